"""The report of a sweep: one HTML file that can be mailed."""

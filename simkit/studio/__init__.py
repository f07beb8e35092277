"""The studio: sweeps over settings, their results and statistics, and what to choose."""

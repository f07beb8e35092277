"""Studies: runs, their two readings, metrics, comparisons and the catalogue of traps."""

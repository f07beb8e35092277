"""Studies: the catalogue of traps, comparisons, replications, closed forms, claims."""

"""What goes into a run: scenario files, organisations, profiles, workloads drawn or recorded."""

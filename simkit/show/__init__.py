"""What people see: tables, plots, the lab and the command line."""

"""What people see: the labs, charts, tables, sentences and the command line."""

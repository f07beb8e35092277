"""What people see: the labs, charts, reports and the command line."""

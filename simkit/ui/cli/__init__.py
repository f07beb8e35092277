"""The command line: numbers to standard output, progress and complaints to standard error."""

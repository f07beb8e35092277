"""Agents who do not interact, as columns in place of processes: the same days, all at once."""

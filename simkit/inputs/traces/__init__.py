"""Recorded days: traces as tables, read, doubted and written."""

"""Foundations that know nothing of widgets: time, randomness, step functions, the log, files."""

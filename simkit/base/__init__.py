"""Foundations that know nothing of widgets: time, addressed randomness, step functions, errors."""

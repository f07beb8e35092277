"""Exercises on a page: a form for an answer, and what is said of it."""

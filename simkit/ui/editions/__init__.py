"""Editions of the notebooks for participants, for whoever corrects, and for instructors."""

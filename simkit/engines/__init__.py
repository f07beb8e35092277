"""Engines: what runs settings, by processes or as columns, behind one door."""

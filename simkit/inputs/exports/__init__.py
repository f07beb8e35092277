"""Exports of a real organisation: recognised, read by pages, made into an organisation."""

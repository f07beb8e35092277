"""Files read safely: YAML and JSON as plain data with places, problems told in one line."""

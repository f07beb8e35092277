"""Charts: each with its finding, a sentence, and the same numbers as a table."""

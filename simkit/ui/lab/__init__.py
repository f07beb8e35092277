"""The live lab: what is chosen, what an agent sees and what is true, moment by moment."""

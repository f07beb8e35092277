"""What all widgets share: their files joined, guarded against what they hear."""

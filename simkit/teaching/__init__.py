"""Teaching: exercises with checks, workshops, progress."""

"""The labs alone, as an app under Voilà: its notebook, its page, and what serves them."""

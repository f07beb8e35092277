"""An organisation's own files audited: what is found, what mends it, and what that changes."""

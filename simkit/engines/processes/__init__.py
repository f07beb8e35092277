"""The world as SimPy processes that wait, ask the rules, and record. Nothing else imports SimPy."""

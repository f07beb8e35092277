"""The stage: actors and the messages between them, one idea at a time."""

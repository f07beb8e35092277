"""What a run left behind and what is read from it: records, beliefs, metrics, causes. No engine."""

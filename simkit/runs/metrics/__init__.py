"""Metrics of runs: read of some agents from the log, put together for all."""

"""Judging: what is said of an answer, by what it is worth over replications and in the log.

An answer is right when it meets the condition that is asked for, whichever way it goes.
"""

"""Commands of the command line, run in the process of the test."""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

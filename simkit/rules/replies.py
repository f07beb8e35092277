"""Replies of the platform. A refusal is a value, never an exception."""

from __future__ import annotations

from typing import NamedTuple

OK = 200
NETWORK_FAILURE = 0
"""The status of a request that an outage swallowed: no reply of the platform at all."""


class Reply(NamedTuple):
    """What comes back over the wire for one request."""

    status: int
    """HTTP status, or 0 when the request was lost."""
    code: str = ""
    """The platform's error code in words; empty when all is well."""
    as_of: int = 0
    """When the platform judged the request, in ms of the run."""
    mask: int = 0
    """The reason codes asked for, as a bit mask."""
    size: int = 0
    """Bytes of the body."""
    retry_after: int = 0
    """Milliseconds to wait, with status 429."""
    division: str = ""
    """Id of the division that it is about: asked for (lists), or the agent's own (renewals)."""
    version: int = -1
    """Version of the list, or of the configuration."""


def lost(left: int) -> Reply:
    """Give what the browser knows of a request that left during an outage: it failed."""
    return Reply(NETWORK_FAILURE, "NETWORK_FAILURE", as_of=left)


def retry_wait(attempt: int) -> int:
    """Give the ms from knowing that a choice was lost to sending it again; it doubles (ASSUMED).

    >>> [retry_wait(attempt) for attempt in range(3)]
    [2000, 4000, 8000]
    """
    return 2_000 << attempt

"""Metrics of requests on the wire: how many, how large, how close together, how many refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from simkit.base.clock import SECOND
from simkit.base.language import tr_noop
from simkit.rules.limits import WINDOW_MS
from simkit.runs.departures import Departures
from simkit.runs.metrics import aggregate
from simkit.runs.metrics.registry import metric

if TYPE_CHECKING:
    from simkit.runs.history import History


def counted(history: History) -> Iterator[tuple[tuple[str, int, str], int]]:
    """Give ((kind, HTTP status, error code), number of requests) of every agent."""
    for requests in history.requests.values():
        for where, (n, _) in requests.items():
            yield where, n


@metric(tr_noop("requests on the wire"), "1/s", aggregate.per_second)
def requests_per_s(history: History) -> int:
    """All requests of all widgets, renewals included, over the length of the run."""
    return sum(n for _, n in counted(history))


@metric(tr_noop("reply bodies on the wire"), "B/s", aggregate.per_second)
def bytes_per_s(history: History) -> int:
    """Bodies of lists and configurations as the kit serialises them, uncompressed."""
    return sum(size for requests in history.requests.values() for _, size in requests.values())


@metric(tr_noop("share of the rate limit"), "share", aggregate.share_of_limit)
def rate_limit_share(history: History) -> int:
    """Mean requests per token and minute over the limit; None where the profile has no limit."""
    return sum(n for (kind, _, _), n in counted(history) if kind != "renew")


@metric(tr_noop("share of the rate limit in the busiest minute"), "share", aggregate.peak_of_limit)
def rate_limit_peak_share(history: History) -> dict[int, int] | int:
    """Most requests of one token that leave in one window of 60 s, over the limit.

    None where the profile has no limit. Renewals go elsewhere and do not count.
    """
    if history.settings.platform.rate_limit_per_min is None:
        return 0
    own = [[d for d in each if d.kind != "renew"] for each in history.departures.values()]
    if history.settings.application.token_topology == "shared":
        return per_bucket((d for each in own for d in each), WINDOW_MS)
    return max(max(per_bucket(each, WINDOW_MS).values(), default=0) for each in own)


@metric(tr_noop("polls on the wire"), "1/s", aggregate.per_second)
def polls_per_s(history: History) -> int:
    """Requests for lists and configurations over the length of the run."""
    return sum(n for (kind, _, _), n in counted(history) if kind in ("list", "config"))


@metric(tr_noop("most requests in one second"), "1/s", aggregate.peak)
def peak_requests_per_s(history: History) -> dict[int, int]:
    """Requests of all widgets that leave within the busiest second of the run.

    Renewals, which go to the login service, are counted apart.
    """
    return load(history, SECOND, ("list", "config", "submit"))


@metric(
    tr_noop("most requests in one second beyond the mean"), "1/s", aggregate.peak_beyond_the_mean
)
def burst_requests_per_s(history: History) -> dict[int, int]:
    """Requests of all widgets in the busiest second of the run, less the mean over its length.

    Renewals, which go to the login service, are left out.
    """
    return load(history, SECOND, ("list", "config", "submit"))


@metric(tr_noop("most token requests in one second"), "1/s", aggregate.peak)
def peak_renewals_per_s(history: History) -> dict[int, int]:
    """Silent renewals of all widgets that leave within the busiest second of the run."""
    return load(history, SECOND, ("renew",))


def load(history: History, bucket: int, kinds: Collection[str]) -> dict[int, int]:
    """Give how many requests of some kinds left in each stretch of ``bucket`` ms.

    Skipped polls are included. Stretches are numbered from the start of the run; those without a
    request are left out.
    """
    requests = (d for each in history.departures.values() for d in each if d.kind in kinds)
    return per_bucket(requests, bucket)


def per_bucket(requests: Iterable[Departures], bucket: int) -> dict[int, int]:
    """Count requests by the stretch of ``bucket`` ms that each left in.

    Progressions whose step is a whole number of stretches are added up in one pass over time.
    """
    counts: Counter[int] = Counter()
    strides: dict[int, Counter[int]] = {}
    for _, first, every, n, _ in requests:
        if n == 1:
            counts[first // bucket] += 1
        elif every % bucket == 0:
            changes = strides.setdefault(every // bucket, Counter())
            changes[first // bucket] += 1
            changes[first // bucket + n * (every // bucket)] -= 1
        else:
            counts.update((first + i * every) // bucket for i in range(n))
    for stride, changes in strides.items():
        running = [0] * stride
        for place in range(min(changes), max(changes)):
            running[place % stride] += changes[place]
            if running[place % stride]:
                counts[place] += running[place % stride]
    return dict(counts)


@metric(tr_noop("requests refused by the rate limit"), "share", aggregate.ratio, most=1.0)
def refused_share(history: History) -> tuple[int, int]:
    """Replies 429 among all requests that the limit applies to."""
    limited = [(status, n) for (kind, status, _), n in counted(history) if kind != "renew"]
    return sum(n for status, n in limited if status == 429), sum(n for _, n in limited)


@metric(tr_noop("token requests"), "per run", aggregate.added)
def token_requests(history: History) -> int:
    """Silent renewals sent."""
    return sum(n for (kind, _, _), n in counted(history) if kind == "renew")


@metric(tr_noop("replies 401"), "per run", aggregate.added)
def unauthorized_replies(history: History) -> int:
    """E2: polls and submissions with a dead token."""
    return sum(n for (_, status, _), n in counted(history) if status == 401)

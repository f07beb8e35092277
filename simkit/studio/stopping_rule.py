"""When replications are enough: the rule of Hoad, Robinson and Davies, with look-ahead.

"Automated selection of the number of replications for a discrete-event simulation", Journal of the
Operational Research Society 61 (2010). Replications go on until the half width of the interval,
over the mean, is at most what was asked for, and stays so for a few more: intervals of few runs
are narrow by chance. As with every rule that looks at the results, coverage falls a little short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simkit.base.statistics import estimate

if TYPE_CHECKING:
    from simkit.studio.experiment import Until

HUNDRED = 100
"""Beyond this many replications the look-ahead grows with their number."""


def further(values: Sequence[float], rule: Until) -> int:
    """Give how many replications to make next; 0 when they are enough, or as many as allowed.

    >>> from simkit.studio.experiment import Until
    >>> further([1.0, 1.0, 1.0, 1.0], Until(relative=0.1, at_least=3, look_ahead=1))
    0
    >>> further([1.0, 1.0, 1.0], Until(relative=0.1, at_least=3, look_ahead=1))
    1
    """
    n = len(values)
    if n < rule.at_least:
        return rule.at_least - n
    first = next((k for k in range(3, n + 1) if _stays_narrow(values, k, rule)), None)
    # Where none is narrow yet, the next one may be, and has to be looked ahead from.
    from_here = n + 1 if first is None else max(first, rule.at_least)
    missing = from_here + _ahead(from_here, rule) - n
    return min(max(0, missing), rule.at_most - n)


def _stays_narrow(values: Sequence[float], k: int, rule: Until) -> bool:
    """Say whether the first k values are narrow, and as many more as there are to look at."""
    last = min(len(values), k + _ahead(k, rule))
    return all(is_narrow(values[:m], rule) for m in range(k, last + 1))


def _ahead(k: int, rule: Until) -> int:
    return rule.look_ahead * max(k, HUNDRED) // HUNDRED


def is_narrow(values: Sequence[float], rule: Until) -> bool:
    """Say whether the half width of the 95 % interval is as narrow as the rule asks."""
    found = estimate(values)
    allowed = rule.absolute if rule.relative is None else rule.relative * abs(found.mean)
    assert allowed is not None
    return (found.high - found.low) / 2 <= allowed

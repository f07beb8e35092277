"""What would have to be true for the choice to change: the tipping point of each assumption.

Money is linear in each price, so where two policies cost the same is exact: the choice follows the
lower envelope of lines. A limit is compared with what policies come to, so where one fits or no
longer does is exact too. Of what the closed forms bend, such as the number of agents, values are
tried outwards in small steps, and halved where the choice changes. The corrections that simulations
made to the closed forms are kept throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from math import ceil, floor, inf

from simkit.studio.closed_forms import Forms, crowd_of
from simkit.studio.information_age import MEASURES
from simkit.studio.policy import Candidate, Corrections
from simkit.studio.prices import MOST, NUMBERS, Prices
from simkit.studio.tipping import Assumption, Change, Tipping
from simkit.studio.weighing import Weighing

STEP = 1.1
"""From one value tried to the next."""
REACH = 100.0
"""How many times more, and less, is tried of what has no bounds of its own."""
_CLOSE = 1e-5
"""How close a change is found, as a share of its value."""
_SAME = 1e-9
YOURS = "given by you"


def tipping_points(
    weighing: Weighing,
    candidates: Sequence[Candidate],
    best: Candidate,
    corrections: Corrections,
) -> tuple[Tipping, ...]:
    """Give how far each assumption may be off before another policy than ``best`` is chosen.

    ``candidates`` are all policies of the question as it was asked. ``best`` has to be chosen among
    them.
    """
    within = [c for c in candidates if c.excess(weighing.limits, corrections.of(c.policy)) <= 1]
    found = [*_limits(weighing, candidates, best, corrections)]
    found += _prices(weighing, within, best)
    found += _model(weighing, best, corrections)
    return tuple(found)


# Prices.


def _prices(weighing: Weighing, within: Sequence[Candidate], best: Candidate) -> Iterator[Tipping]:
    if weighing.cheapest != "money":
        return
    for name in NUMBERS:
        value = getattr(weighing.prices, name)
        if value is None:
            continue
        lines = [(c, *_line(c, weighing.prices, name)) for c in within]
        at, slope = next(line[1:] for line in lines if line[0].policy == best.policy)
        if all(abs(s) <= _SAME for *_, s in lines):
            continue  # of no use to anybody at these prices
        # Working days divide; what is linear is one over them.
        now = 1 / value if name == "working_days" else value
        least, most = _bounds(name)
        apart = [(c, at - a, s - slope) for c, a, s in lines if c.policy != best.policy]
        up = _crossing(weighing, ((c, d, s) for c, d, s in apart if s < -_SAME), now, inf)
        down = _crossing(weighing, ((c, d, s) for c, d, s in apart if s > _SAME), now, -inf)
        if name == "working_days":
            up, down = (
                side and Change(1 / side.at if side.at else inf, side.to) for side in (down, up)
            )
        yield Tipping(
            Assumption(name, _title(name), value, _unit(name, weighing.prices), YOURS),
            down if down and down.at > least else None,
            up if up and up.at <= most else None,
            least,
            inf,
        )


def _line(candidate: Candidate, prices: Prices, name: str) -> tuple[float, float]:
    """Give what a policy costs without a price, and how much more for each unit of it."""
    if name == "working_days":
        free = prices.model_copy(update={"version_days": 0.0, "token_days": 0.0})
        unit = prices.model_copy(update={name: 1})
    else:
        free, unit = (prices.model_copy(update={name: x}) for x in (0.0, 1.0))
    without = candidate.use.money(free)
    return without, candidate.use.money(unit) - without


def _crossing(
    weighing: Weighing,
    lines: Iterable[tuple[Candidate, float, float]],
    now: float,
    towards: float,
) -> Change | None:
    """Give where the first line goes below that of the choice, going from ``now``.

    Each line is a policy, what it costs less without the price, and how much more by unit of it.
    """
    meets = [(ahead / steeper, -abs(steeper), c) for c, ahead, steeper in lines]
    sign = 1 if towards > 0 else -1
    ahead = [(sign * max(sign * at, sign * now), steep, c) for at, steep, c in meets]
    ahead = [each for each in ahead if each[0] >= 0]
    if not ahead:
        return None
    first = min(sign * at for at, _, _ in ahead) * sign
    near = [each for each in ahead if abs(each[0] - first) <= _SAME * max(1.0, abs(first))]
    _, _, to = min(near, key=lambda each: (each[1], each[2].cost(weighing.cheapest)))
    return Change(first, to.policy.short)


def _bounds(name: str) -> tuple[float, float]:
    """Give the least and the most that a price may be."""
    if name == "waiting_share":
        return 0.0, 1.0
    if name in ("wrong_choice_min", "wrong_choice_adherence_min"):
        return 0.0, 1_440.0
    return 0.0, MOST


def _title(name: str) -> str:
    return Prices.model_fields[name].description or name


def _unit(name: str, prices: Prices) -> str:
    if name.endswith("_days"):
        return "days"
    if name.endswith("_min"):
        return "min"
    return "share" if name == "waiting_share" else prices.currency


# Limits.


def _limits(
    weighing: Weighing,
    candidates: Sequence[Candidate],
    best: Candidate,
    corrections: Corrections,
) -> Iterator[Tipping]:
    for metric, limit in weighing.limits.items():
        others = {m: most for m, most in weighing.limits.items() if m != metric}
        fits = [
            (c, c.values[metric] * corrections.of(c.policy).get(metric, 1.0))
            for c in candidates
            if c.excess({**others, metric: inf}, corrections.of(c.policy)) <= 1
        ]
        own = next(value for c, value in fits if c.policy == best.policy)
        cost = best.cost(weighing.cheapest)
        cheaper = [(value, c) for c, value in fits if c.cost(weighing.cheapest) < cost]
        cheaper = [each for each in cheaper if each[0] > limit]
        up = down = None
        if cheaper:
            least = min(value for value, _ in cheaper)
            first = min(
                (c for value, c in cheaper if value <= least * (1 + _SAME)),
                key=lambda c: c.cost(weighing.cheapest),
            )
            up = Change(least, first.policy.short)
        if own > 0:
            below = [c for c, value in fits if value < own * (1 - _SAME)]
            to = min(below, key=lambda c: c.cost(weighing.cheapest), default=None)
            down = Change(own, to.policy.short if to else "")
        title = f"Limit on {MEASURES[metric].title}"
        assumed = Assumption(metric, title, limit, MEASURES[metric].unit, YOURS)
        yield Tipping(assumed, down, up, 0.0, inf)


# What the closed forms assume.


def _model(weighing: Weighing, best: Candidate, corrections: Corrections) -> Iterator[Tipping]:
    for assumption, least, most, under in _assumptions(weighing):
        chosen = _chooser(under, best, corrections)
        whole = assumption.unit != "share"
        below, above = (
            _change(chosen, best, assumption.value, end, whole) for end in (least, most)
        )
        yield Tipping(assumption, below, above, least, most)


Under = Callable[[float], Weighing]


def _assumptions(weighing: Weighing) -> Iterator[tuple[Assumption, float, float, Under]]:
    """Give what the closed forms assume, between which values it is tried, and how."""
    settings = weighing.settings
    crowd = weighing.crowd or crowd_of(settings.organisation)
    agents = Forms(settings, crowd).agents
    yield (
        Assumption("agents", "Number of agents", agents, "agents", "the organisation's"),
        1,
        round(min(1e6, REACH * agents)),
        lambda n: weighing.under(crowd=crowd.of(n)),
    )
    chance = settings.workload.deactivation_probability
    if chance:
        title = "Share of codes deactivated in a day"
        yield (
            Assumption("deactivation_probability", title, chance, "share", "assumed"),
            chance / REACH,
            1.0,
            lambda p: weighing.under(workload={"deactivation_probability": p}),
        )
    limit = settings.platform.rate_limit_per_min
    if limit is not None:
        title = "Requests that a token is allowed in a minute"
        yield (
            Assumption("rate_limit_per_min", title, limit, "requests", "vendor staff, quoted"),
            max(1, round(limit / REACH)),
            round(limit * REACH),
            lambda n: weighing.under(platform={"rate_limit_per_min": round(n)}),
        )


Chooser = Callable[[float], Candidate | None]


def _chooser(under: Under, best: Candidate, corrections: Corrections) -> Chooser:
    @cache
    def chosen(value: float) -> Candidate | None:
        """Give what is chosen; how many tokens that takes is no other choice."""
        found = under(value).chosen(corrections)
        return best if found and found.policy.kind == best.policy.kind else found

    return chosen


def _change(
    chosen: Chooser, best: Candidate, start: float, end: float, whole: bool
) -> Change | None:
    """Give where the choice first changes on the way from ``start`` to ``end``; None if nowhere."""
    before, after = start, start
    while after != end:
        after = before * STEP if end > start else before / STEP
        if whole:  # the next whole number at least
            after = ceil(after) if end > start else floor(after)
        after = min(after, end) if end > start else max(after, end)
        if chosen(after) is not best:
            return _halved(chosen, best, before, after, whole)
        before = after
    return None


def _halved(chosen: Chooser, best: Candidate, before: float, after: float, whole: bool) -> Change:
    """Give where the choice changes between two values, the second of which has another one."""
    while abs(after - before) > (1 if whole else _CLOSE * after):
        middle = (before + after) / 2
        if whole:
            middle = floor(middle)
        if chosen(middle) is best:
            before = middle
        else:
            after = middle
    found = chosen(after)
    return Change(after, found.policy.short if found else "")

"""Words for people: names made readable, values with their units, rounded for reading."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import one_line
from simkit.base.language import number_words, tr, tr_noop
from simkit.base.statistics import Estimate

LONGEST_NAME = 60
METHOD = "95 % Student interval of the mean, cut at 0 and, for parts of a whole, at 100 %"
"""How the intervals of metrics are made."""
_TIMES = {"ms": 1, "s": SECOND, "min": MINUTE}
_UNITS = {
    "ms": tr_noop("ms"),
    "s": tr_noop("s"),
    "min": tr_noop("min"),
    "h": tr_noop("h"),
    "1/s": tr_noop("per s"),
    "B/s": tr_noop("B/s"),
    "per run": tr_noop("per run"),
    "per 100": tr_noop("per 100"),
    "codes": tr_noop("codes"),
    "scopes": tr_noop("scopes"),
}
"""Units of the kit's own metrics in words; those of others are written as they are."""


def name(text: str) -> str:
    """Give a name from the data as people can read it: one line, short, never empty.

    >>> name(""), name("Meal"), name("a" * 80)[-3:]
    ('(no name)', 'Meal', 'aa…')
    """
    return one_line(text, LONGEST_NAME) if text.strip() else tr("(no name)")


def number(value: float | None, unit: str) -> str:
    """Give a value with its unit, rounded for reading.

    >>> number(0.5, "share"), number(937_000.0, "ms"), number(12.345, "1/s"), number(None, "share")
    ('50 %', '15.6 min', '12.3 per s', 'none')
    >>> number(4_838.0, "s"), number(0.238, "min"), number(0.0, "min")
    ('80.6 min', '14.3 s', '0 min')
    """
    if value is None:
        return tr("none")
    scale, shown = scale_of(value, unit)
    return f"{number_words(_rounded(value / scale))} {tr(shown)}"


def unit_words(unit: str) -> str:
    """Give a unit as it stands after a number.

    >>> unit_words("1/s"), unit_words("codes")
    ('per s', 'codes')
    """
    return tr(_UNITS.get(unit) or unit.replace("1/", "per "))


def scale_of(value: float, unit: str) -> tuple[float, str]:
    """Give what to divide by and the unit to write: times in ms, s or min, as long as they are."""
    if unit == "share":
        return 0.01, "%"
    if unit in _TIMES and value:
        ms = abs(value) * _TIMES[unit]
        shown = "min" if ms >= 2 * MINUTE else "s" if ms >= SECOND else "ms"
        return _TIMES[shown] / _TIMES[unit], shown
    return 1, unit.replace("1/", "per ")


def _rounded(value: float) -> str:
    if abs(value) < 0.0005:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interval(estimate: Estimate, unit: str) -> str:
    """Give a mean with its 95 % interval, all in one unit.

    >>> from simkit.base.statistics import Estimate
    >>> interval(Estimate(20.0, 15.0, 25.0), "min"), interval(Estimate(1.0, 1.0, 1.0), "share")
    ('20 min (15 to 25)', '100 % (always)')
    """
    mean = number(estimate.mean, unit)
    if estimate.low == estimate.high:
        return tr("{mean} (always)", mean=mean) if estimate.mean else mean
    scale, _ = scale_of(estimate.mean, unit)
    low, high = (number_words(_rounded(end / scale)) for end in (estimate.low, estimate.high))
    return tr("{mean} ({low} to {high})", mean=mean, low=low, high=high)


def answer_words(value: float | None, unit: str, options: Sequence[str], right: int) -> str:
    """Give the true answer to a question in words: a number, or an option by its place.

    >>> answer_words(23.14, "min", (), -1), answer_words(None, "", ("lock", "force"), 1)
    ('23.1 min', 'force')
    >>> answer_words(None, "", ("lock", "force"), -1)
    'a matter of judgement'
    """
    if value is not None:
        return f"{number_words(f'{value:.3g}')} {tr(unit)}".strip()
    return options[right] if 0 <= right < len(options) else tr("a matter of judgement")

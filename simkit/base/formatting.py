"""Words for people: names made readable, values with their units, rounded for reading."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import one_line
from simkit.base.language import number_words, tr, tr_noop
from simkit.base.statistics import Estimate

LONGEST_NAME = 60
METHOD = "95 % Student interval of the mean, cut at 0 and, for parts of a whole, at 100 %"
"""How the intervals of metrics are made."""
_NOTHING = 1e-12
"""Differences as small as this come from the rounding of sums."""
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
REQUESTS = "requests a second"
"""A unit for sentences in English."""
_OF_ONE = {
    "codes": tr_noop("code"),
    "scopes": tr_noop("scope"),
    "agents": "agent",
    "days": "day",
    "requests": "request",
    REQUESTS: "request a second",
}
"""Units after the number 1, where they take another form."""


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
    >>> number(1.0, "codes"), number(1.5, "codes"), number(1.0, REQUESTS)
    ('1 code', '1.5 codes', '1 request a second')
    """
    if value is None:
        return tr("none")
    scale, shown = scale_of(value, unit)
    return _with_unit(_rounded(value / scale), shown)


def _with_unit(words: str, unit: str) -> str:
    return f"{number_words(words)} {tr(_OF_ONE.get(unit, unit) if words == '1' else unit)}"


def counted(number: int, one: str, many: str = "") -> str:
    """Give how many there are of something, where only English is spoken.

    >>> counted(1, "agent"), counted(1200, "agent"), counted(2, "policy", "policies")
    ('1 agent', '1,200 agents', '2 policies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def all_of(number: int, one: str) -> str:
    """Give all of something, where only English is spoken.

    >>> [all_of(number, "limit") for number in (1, 2, 3)]
    ['the limit', 'both limits', 'all 3 limits']
    """
    return {1: f"the {one}", 2: f"both {one}s"}.get(number, f"all {number:,} {one}s")


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


def interval(estimate: Estimate, unit: str, *, apart: bool = False) -> str:
    """Give a mean with its 95 % interval, all in one unit.

    ``apart`` gives as many digits as tell the ends apart, where three do not.

    >>> from simkit.base.statistics import Estimate
    >>> interval(Estimate(20.0, 15.0, 25.0), "min"), interval(Estimate(1.0, 1.0, 1.0), "share")
    ('20 min (15 to 25)', '100 % (always)')
    >>> narrow = Estimate(480.0, 479.99, 480.01)
    >>> interval(narrow, "min"), interval(narrow, "min", apart=True)
    ('480 min (480 to 480)', '480.00 min (479.99 to 480.01)')
    """
    mean = number(estimate.mean, unit)
    if estimate.low == estimate.high:
        return _always(mean, estimate.mean)
    scale, shown = scale_of(estimate.mean, unit)
    values = [value / scale for value in estimate]
    _, low, high = map(_rounded, values)
    if apart and low == high:
        middle, low, high = _alike(values, "-")
        if low == high:
            return _always(mean, estimate.mean)
        mean = f"{number_words(middle)} {tr(shown)}"
    return tr("{mean} ({low} to {high})", mean=mean, low=number_words(low), high=number_words(high))


def _always(mean: str, value: float) -> str:
    return tr("{mean} (always)", mean=mean) if value else mean


def signed(difference: Estimate, unit: str) -> str:
    """Give a difference with its interval, in one unit and with one rounding, nothing cut.

    Shares differ by percentage points. Ends that are alike in six digits are always so.

    >>> from simkit.base.statistics import Estimate
    >>> signed(Estimate(-0.5, -0.6, -0.4), "share")
    '-50 % points (-60 to -40)'
    >>> signed(Estimate(0.00000229, -0.00000056, 0.00000514), "share")
    '+0.000229 % points (-0.000056 to +0.000514)'
    >>> signed(Estimate(-480.0, -480.00001, -479.99999), "min")
    '-480 min (always)'
    """
    scale, shown = scale_of(max(difference, key=abs), unit)
    mean, low, high = _alike([value / scale for value in difference], "+")
    shown = shown.replace("%", "% points")
    if low == high:
        return f"{mean} {shown} (always)" if mean != "0" else f"{mean} {shown}"
    return f"{mean} {shown} ({low} to {high})"


def _alike(values: Sequence[float], sign: str) -> list[str]:
    """Give numbers with as many decimals each: what the largest and their spread need.

    >>> _alike([-35.512, -35.516, -35.508], "+"), _alike([0.0, -1250.4, 1250.4], "+")
    (['-35.512', '-35.516', '-35.508'], ['0', '-1,250', '+1,250'])
    >>> _alike([-1e-17, 0.0], "+"), _alike([35.512, 35.516], "-")
    (['0', '0'], ['35.512', '35.516'])
    """
    largest, spread = max(map(abs, values)), max(values) - min(values)
    if largest < _NOTHING:
        return ["0" for _ in values]
    # Three digits of the largest, two of half the spread, and never more than six in all.
    whole = floor(log10(largest)) + 1
    decimals = 3 - whole
    if spread > 0:
        decimals = max(decimals, min(1 - floor(log10(spread / 2)), 6 - whole))
    texts = [f"{value:{sign},.{max(0, decimals)}f}" for value in values]
    while all("." in text and text.endswith("0") for text in texts):
        texts = [text[:-1].removesuffix(".") for text in texts]
    return [text if text.strip("+-0.") else "0" for text in texts]


def answer_words(value: float | None, unit: str, options: Sequence[str], right: int) -> str:
    """Give the true answer to a question in words: a number, or an option by its place.

    >>> answer_words(23.14, "min", (), -1), answer_words(None, "", ("lock", "force"), 1)
    ('23.1 min', 'force')
    >>> answer_words(None, "", ("lock", "force"), -1)
    'a matter of judgement'
    """
    if value is not None:
        return _with_unit(f"{value:.3g}", unit).strip()
    return options[right] if 0 <= right < len(options) else tr("a matter of judgement")

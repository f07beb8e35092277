"""What a trace may say and can hardly mean: counted, and told as one notice for each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from simkit.base.errors import BadInput, closest, notice, shown
from simkit.inputs.traces.rounding import RoundedShift, Timed, TraceTimes
from simkit.rules import oauth
from simkit.rules.reasons import Code, Directory, Edit
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION
from simkit.rules.settings import Settings

_MOST_NAMED = 3
_STATUSES = ("wants", "picks")


class Lived(NamedTuple):
    """A shift as it was read, and what falls into it."""

    agent: str
    shift: RoundedShift
    rows: list[Timed]


Doubtful = tuple[TraceTimes, tuple[str | int, ...]]
"""A row of one kind of doubt, and what it is named by: only a few of thousands are."""


def tell(
    name: str,
    settings: Settings,
    codes: Sequence[Code],
    lived: list[Lived],
    edits: list[tuple[Edit, TraceTimes]],
) -> None:
    """Tell what is doubtful about a trace, each kind once, with its number and its first rows."""
    _tell_unknown_reasons(name, {code.name for code in codes}, lived)
    lists = _Lists(settings, codes)
    _tell_empty_lists(name, lists, lived)
    _say(
        name,
        "value",
        [found for each in lived for found in lists.taken_instead(each)],
        lambda instead, code, division: f"{shown(instead)} for {shown(code)} in {shown(division)}",
        "picks a code that its agent's list does not have, and takes the one of its name",
        "pick codes that their agents' lists do not have, and take those of their names",
    )
    _say(
        name,
        "at",
        [found for each in lived for found in _same(each)],
        lambda line, first: f"line {line} as line {first}",
        "says the same as another one, so a status is submitted twice in one millisecond",
        "say the same as others, so statuses are submitted twice in one millisecond",
    )
    _say(
        name,
        "value",
        [found for each in lived for found in _moved_nowhere(each)],
        lambda agent, division, at: f"{shown(agent)} to {shown(division)} at {at}",
        "transfers an agent to the division that the agent is in",
        "transfer agents to the divisions that they are in",
    )
    _tell_edits(name, lived, sorted(edits))


def _say(
    name: str, field: str, found: list[Doubtful], label: Callable[..., str], one: str, more: str
) -> None:
    if not found:
        return
    found = sorted(found)
    counts = list(Counter(parts for _, parts in found).items())
    named = ", ".join(
        f"{label(*parts)}{f' ({n:,} times)' if n > 1 else ''}" for parts, n in counts[:_MOST_NAMED]
    )
    others = f", and {len(counts) - _MOST_NAMED:,} more" if len(counts) > _MOST_NAMED else ""
    rows = f"1 row {one}" if len(found) == 1 else f"{len(found):,} rows {more}"
    doubt = f"{rows}: {named}{others}"
    notice(BadInput(doubt, file=name, line=found[0][0].line, field=field))


# --- what agents want -------------------------------------------------------------------------


def _tell_unknown_reasons(name: str, reasons: set[str], lived: list[Lived]) -> None:
    """Name the wanted reasons that no code is called by: they can only be lost."""
    odd = [
        timed.row
        for each in lived
        for timed in each.rows
        if timed.row.what == "wants" and timed.row.value not in reasons
    ]
    if not odd:
        return
    counts = Counter(row.value for row in odd).most_common()
    named = ", ".join(
        f"{shown(value)}{f' ({n} times)' if n > 1 else ''}{closest(value, reasons)}"
        for value, n in counts[:_MOST_NAMED]
    )
    more = f", and {len(counts) - _MOST_NAMED} more" if len(counts) > _MOST_NAMED else ""
    rows = "1 row wants" if len(odd) == 1 else f"{len(odd):,} rows want"
    doubt = f"{rows} a reason that no code has: {named}{more}"
    notice(BadInput(doubt, file=name, line=min(odd).line, field="value"))


class _Lists:
    """The lists that agents are shown before any code is edited, as far as they are shown any."""

    def __init__(self, settings: Settings, codes: Sequence[Code]) -> None:
        self.widget, self.org = settings.widget, settings.organisation
        self.directory = Directory(self.org, codes, ())
        self.places = {code.id: i for i, code in enumerate(codes)}
        self.refused = (
            oauth.READ_SCOPE not in settings.application.scopes or not settings.widget_allowed
        )
        self._masks: dict[str, int | None] = {}

    def mask(self, division: str) -> int | None:
        """Give the codes that the widget lists in a division; None where it gets no list."""
        if division not in self._masks:
            self._masks[division] = self._mask(division)
        return self._masks[division]

    def _mask(self, division: str) -> int | None:
        asked: str | None = division
        if self.widget.division_id not in (CONTEXT_DIVISION, PAGE_DIVISION):
            asked = self.org.division_by_id.get(self.widget.division_id)
        if asked is None or self.refused:  # said of the settings, and whatever the day is
            return None
        widget = self.widget
        return (
            self.directory.listing(asked, widget.filter_type, widget.status_reason_types).at(0).mask
        )

    def taken_instead(self, each: Lived) -> Iterator[Doubtful]:
        """Give the picks of an agent that end in another code of the same name, and in which.

        A page may still show the list of a division that its agent has left.
        """
        division, seen = each.shift.row.value, self.mask(each.shift.row.value) or 0
        for timed in each.rows:
            row = timed.row
            if row.what == "transferred":
                division, seen = row.value, seen | (self.mask(row.value) or 0)
            elif row.what == "picks" and not seen >> self.places[row.value] & 1:
                name = self.directory.codes[self.places[row.value]].name
                taken = self.directory.wanted(self.mask(division) or 0, name)
                if taken is not None:
                    yield row, (self.directory.codes[taken].id, row.value, division)


def _tell_empty_lists(name: str, lists: _Lists, lived: list[Lived]) -> None:
    """Name the divisions in which agents want what no list can offer them."""
    if all(not lists.mask(code.division) for code in lists.org.codes):
        return  # said of the settings, or what a trap is about
    without: dict[str, TraceTimes] = {}
    for each in lived:
        row = each.shift.row
        moved = [timed.row.value for timed in each.rows if timed.row.what == "transferred"]
        if any(timed.row.what in _STATUSES for timed in each.rows) and all(
            lists.mask(division) == 0 for division in (row.value, *moved)
        ):
            without.setdefault(each.agent, row)
    if not without:
        return
    counts = Counter(shown(row.value) for row in sorted(without.values()))
    named = ", ".join(f"{n:,} in {division}" for division, n in list(counts.items())[:_MOST_NAMED])
    more = f", and more in {len(counts) - _MOST_NAMED} others" if len(counts) > _MOST_NAMED else ""
    agents = "1 agent has" if len(without) == 1 else f"{len(without):,} agents have"
    doubt = f"{agents} an empty list, so whatever they want is lost: {named}{more}"
    notice(BadInput(doubt, file=name, line=min(without.values()).line, field="value"))


def _same(each: Lived) -> Iterator[Doubtful]:
    first: dict[tuple[object, ...], int] = {}
    for start, line, end, row in each.rows:
        if row.what in _STATUSES:
            known = first.setdefault((row.what, row.value, start, end), line)
            if known != line:
                yield row, (line, known)


def _moved_nowhere(each: Lived) -> Iterator[Doubtful]:
    division = each.shift.row.value
    for timed in each.rows:
        row = timed.row
        if row.what == "transferred":
            if row.value == division:
                yield row, (row.agent, division, row.at)
            division = row.value


# --- edits ------------------------------------------------------------------------------------


def _tell_edits(name: str, lived: list[Lived], edits: list[tuple[Edit, TraceTimes]]) -> None:
    opens = min(each.shift.start for each in lived)
    over = max(each.shift.end for each in lived)
    found: dict[str, list[Doubtful]] = {"late": [], "early": [], "vain": []}
    active: dict[int, bool] = {}
    for edit, row in edits:
        parts = row.what, row.value, row.at
        if edit.t >= over:
            found["late"].append((row, parts))
        elif edit.t < opens:
            found["early"].append((row, parts))
        if active.get(edit.code, True) == edit.active:
            found["vain"].append((row, parts))
        active[edit.code] = edit.active
    late, early = "after the last shift, when nobody sees it", "before the first shift"
    _say(name, "at", found["late"], _edit, f"edits a code {late}", f"edit codes {late}")
    so = ", so everybody finds it done"
    _say(name, "at", found["early"], _edit, f"edits a code {early}{so}", f"edit codes {early}{so}")
    _say(
        name,
        "what",
        found["vain"],
        _edit,
        "makes a code what it is already, active or not",
        "make codes what they are already, active or not",
    )


def _edit(what: str, value: str, at: str) -> str:
    return f"{what} {shown(value)} at {at}"

"""Reads exports and gives the organisation that they make, with what was left out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from simkit.base import given
from simkit.base.errors import BadInput, InputNotice, Remark, notice, shown
from simkit.base.formatting import counted
from simkit.base.garbage import collector_at_rest
from simkit.inputs.exports.answers import Answers, checked, read_answers
from simkit.inputs.exports.files import some_of
from simkit.inputs.exports.making import Maker
from simkit.inputs.exports.reading import Exports
from simkit.inputs.exports.recorded import Row, trace_text
from simkit.inputs.exports.records import TITLES, ClientRecord, Kind
from simkit.inputs.organisation_text import write_organisation
from simkit.rules.organisation import FIRST_DAY, LAST_DAY, Organisation

_FLAT = (
    "The platform's divisions are flat: all lie below one root, to which codes of all divisions "
    "(*) are bound."
)
_HIERARCHICAL = (
    "A list asked for one division holds the codes of all divisions too (ASSUMED: whether the "
    "platform gives them is not documented)."
)


@dataclass(frozen=True)
class LeftOut:
    """What was left out: how many entities, of which kind and why."""

    kind: str
    why: str
    count: int
    names: tuple[str, ...] = ()
    """Those of files; never of anything that stands in one."""

    @property
    def told(self) -> str:
        """Why, with some of the names where there are any."""
        return f"{self.why}: {some_of(self.names)}" if self.names else self.why


@dataclass(frozen=True)
class Export:
    """An organisation made of exports, and what became of all that was read."""

    organisation: Organisation
    counts: Mapping[str, int]
    """How many entities of each kind were read, each once: divisions, definitions, and so on."""
    left_out: tuple[LeftOut, ...]
    answers: Mapping[str, str]
    """The answers that were used and given, by the name of the question: to be kept."""
    by_default: tuple[str, ...]
    """Questions that nobody answered; their defaults were used."""
    notices: tuple[str, ...]
    questions: tuple[str, ...] = field(default=(), repr=False)
    """The questions that were asked and have a default."""
    unused: tuple[str, ...] = field(default=(), repr=False)
    """Questions that were answered, and that nothing which came in asks."""
    clients: tuple[ClientRecord, ...] = field(default=(), repr=False)
    """OAuth clients: how they log in, and how long their tokens live, in seconds."""
    recorded: tuple[Row, ...] = field(default=(), repr=False)
    """What logs and audit events tell of the day, as rows of a trace; none without a log."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a commented scenario, with the organisation inside, that ``simkit.load`` reads.

        The ending of the name is .yaml, .yml or .json; BadInput when it cannot be written.
        """
        root = self.organisation.tree.root
        sections: dict[str, dict[str, tuple[Any, str]]] = {}
        if any(code.division == root for code in self.organisation.codes):
            sections["widget"] = {"filter_type": ("hierarchical", _HIERARCHICAL)}
        hints = {"divisions": _FLAT}
        write_organisation(self.organisation, path, self._head(), sections, hints)

    def trace(self) -> str:
        """Give the day that logs of statuses tell, as the text of a trace; BadInput without any.

        ``simkit.read_trace`` reads it when it is written into a file.
        """
        if not self.recorded:
            raise BadInput("no log of statuses came in, and without one there is no trace")
        return trace_text(self.recorded, self.organisation)

    def _head(self) -> Iterator[str]:
        org = self.organisation
        yield (
            f"Imported from exports: divisions {len(org.divisions):,}, codes {len(org.codes):,}, "
            f"shift patterns {len(org.shifts):,}, agents {len(org.agents):,}."
        )
        for each in self.left_out:
            yield f"Left out of {each.kind}, {each.why}: {each.count:,}."
        yield from (f"Note: {words}." for words in self.notices)
        taken = ", ".join(f"{key}={self.answers[key]}" for key in self.by_default)
        yield f"Taken by default: {taken or 'nothing'}."

    def __repr__(self) -> str:
        org = self.organisation
        return (
            f"Export({len(org.divisions):,} divisions, {len(org.codes):,} codes, "
            f"{len(org.agents):,} agents)"
        )


def read_export(
    *files: str | os.PathLike[str],
    answers: Mapping[str, str] | str | os.PathLike[str] | None = None,
    label_language: str | None = None,
    day: date | str | None = None,
    zone: str | None = None,
    keep_names: bool = False,
) -> Export:
    """Give the organisation that exports of a real one make, and what was left out.

    Files and folders, in any mix: pages of divisions, presence definitions (secondary statuses),
    users, OAuth clients and audit events, as JSON, JSON Lines or CSV; schedules as CSV, WFM's JSON
    or iCalendar (which needs the extra ``import``), events that recur for the days of all else,
    or ``day``; logs of statuses as CSV or JSON, of which
    ``trace()`` makes a recorded day, with the edits and transfers of audit events; each also packed
    by gzip, at most 64 MB unpacked. They are told by what stands in them.

    ``answers``: a mapping, or the path of a YAML file, of answers such as
    ``{"presence.Busy": "BREAK"}``; what they leave open is taken by default, and told in
    ``by_default``. ``label_language`` is that of the labels that become names, en_US by default;
    ``day`` the local day (YYYY-MM-DD) whose shifts are taken, by default that with the most;
    ``zone`` the organisation's IANA time zone, by default UTC. All three go before an answer.

    Agents are called agent-0001 and so on, and nothing of their names, addresses and ids is kept,
    unless ``keep_names``. BadInput says in one line which file, line and field cannot be used, and
    never what stands there. What is doubtful is an InputNotice, and in ``notices``; so is an answer
    that nothing asks for, which is in ``unused``. Of a file of answers that is no doubt.
    """
    found = read_quietly(
        *files,
        answers=answers,
        label_language=label_language,
        day=day,
        zone=zone,
        keep_names=keep_names,
    )
    is_file = isinstance(answers, str | os.PathLike)
    tell(found, os.fspath(answers) if is_file else None)  # type: ignore[arg-type]
    return found


def tell(found: Export, remembered: str | None = None) -> None:
    """Give what is doubtful about exports as notices, and which answers nothing asks for.

    A file of answers that is ``remembered`` may have some for other exports: that is no doubt.
    """
    for words in found.notices:
        notice(BadInput(words))
    if found.unused:
        some = counted(number := len(found.unused), "answer")
        of = f" of {remembered}" if remembered else ""
        verb = "is" if number == 1 else "are"
        words = f"{some}{of} {verb} not used here: {some_of(found.unused)}"
        notice(BadInput(words), Remark if remembered else InputNotice)


def read_quietly(
    *files: str | os.PathLike[str],
    answers: Mapping[str, str] | str | os.PathLike[str] | None,
    label_language: str | None,
    day: date | str | None,
    zone: str | None,
    keep_names: bool,
) -> Export:
    """Give what ``read_export`` gives, and leave it to the caller to ``tell`` what is doubtful."""
    if not files:
        raise BadInput(field="files", found="nothing", allowed="paths of files or folders")
    paths = [given.path("files", each) for each in files]
    asked = _answers(answers)
    for key, value in (("labels.language", label_language), ("organisation.zone", zone)):
        if value is not None:
            asked |= checked({key: value})
    wanted = _day(day)
    with collector_at_rest():
        return _read(paths, Answers(asked), wanted, given.flag("keep_names", keep_names))


def _read(paths: list[str], answers: Answers, day: date | None, keep_names: bool) -> Export:
    exports = Exports(answers, answers.ask("organisation.zone", "UTC"))
    exports.read(paths)
    exports.refuse_nothing()
    maker = Maker(exports, answers, keep_names=keep_names)
    try:
        organisation = maker.organisation(day)
    except ValidationError as problem:
        raise refused(problem) from None
    recorded = tuple(maker.recorded(organisation))
    return Export(
        organisation,
        {str(kind): count for kind, count in exports.counts().items()},
        left_out(exports),
        answers.remembered(),
        tuple(answers.by_default),
        (*exports.missing(), *exports.notices, *maker.notices),
        answers.asked(),
        answers.unused(),
        tuple(exports.found["clients"].values()),
        recorded,
    )


def left_out(exports: Exports) -> tuple[LeftOut, ...]:
    """Give what was left out of exports, in a fixed order: what stands twice first."""
    repeats = [LeftOut(TITLES[kind], "in two places", n) for kind, n in exports.repeats.items()]
    order: list[Kind | None] = [*TITLES, None]
    gone = sorted(exports.left_out.items(), key=lambda each: order.index(each[0][0]))
    rest = [
        LeftOut(TITLES[k], why, n) if k else LeftOut("files", why, n, tuple(exports.unread))
        for (k, why), n in gone
    ]
    return (*repeats, *rest)


def _answers(source: object) -> dict[str, str]:
    if source is None:
        return {}
    if isinstance(source, str | os.PathLike):
        return read_answers(given.path("answers", source))
    return checked(source)


def _day(day: object) -> date | None:
    if day is None:
        return None
    try:
        found = day if isinstance(day, date) else date.fromisoformat(str(day))
    except ValueError:
        found = None
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        allowed = f"a day YYYY-MM-DD from {FIRST_DAY} to {LAST_DAY}"
        raise BadInput(field="day", found=shown(day), allowed=allowed)
    return found


def refused(problem: ValidationError) -> BadInput:
    """Say which part of the organisation cannot be, and no value of it."""
    where = ".".join(map(str, problem.errors()[0]["loc"])) or "organisation"
    return BadInput("the exports do not make an organisation", field=where)

"""The organisation that exports make, for `check`: all who are active, on no particular day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from pydantic import ValidationError

from simkit.base.errors import BadInput
from simkit.inputs.exports.answers import Answers
from simkit.inputs.exports.calendars import BEGIN
from simkit.inputs.exports.export import LeftOut, left_out, refused
from simkit.inputs.exports.making import Maker
from simkit.inputs.exports.reading import Exports
from simkit.rules.organisation import Organisation

_EVERYBODY = {"agents.without_schedule": "08:00-16:00"}
"""Who sees which list is the same on each day, so that nobody is left out for being off."""


class Exported(NamedTuple):
    """What exports hold together."""

    organisation: Organisation | None
    """None where users are not among them, or they make none."""
    holds: frozenset[str] = frozenset()
    """Of which kinds there are any."""
    missing: tuple[str, ...] = ()
    """Which pages are not there, in words."""
    grants: tuple[str, ...] = ()
    """How the OAuth clients log in, by the platform's names."""
    problem: BadInput | None = None
    """Why they make none, where users are among them."""
    left_out: tuple[LeftOut, ...] = ()
    """What is in the exports, and not in the organisation."""


NOTHING = Exported(None)


def why_no_export(name: str, contents: Mapping[str, bytes]) -> BadInput | None:
    """Give why a file cannot be read as an export, in words that quote nothing of it.

    ``contents`` are the bytes of files that are in memory alone.
    """
    try:
        _read(_reader(), name, contents)
    except BadInput as problem:
        return problem
    return None


def needs_an_extra(text: str) -> bool:
    """Say whether an export is a calendar, and what reads calendars is not installed."""
    return text.lstrip()[:16].upper().startswith(BEGIN) and find_spec("icalendar") is None


def read_exports(names: Sequence[str], contents: Mapping[str, bytes]) -> Exported:
    """Give what exports hold together; people become numbers."""
    exports = _reader()
    for name in names:
        _read(exports, name, contents)
    found = Exported(
        None,
        frozenset(kind for kind, count in exports.counts().items() if count),
        tuple(exports.missing()),
        tuple(client.grant for client in exports.found["clients"].values()),
    )
    if "users" not in found.holds:  # who is only scheduled is of no known division
        return found
    try:
        made = Maker(exports, exports.answers, keep_names=False).organisation(None)
    except ValidationError as problem:
        return found._replace(problem=refused(problem))
    except BadInput as problem:
        return found._replace(problem=problem)
    return found._replace(organisation=made, left_out=left_out(exports))


def _read(exports: Exports, name: str, contents: Mapping[str, bytes]) -> None:
    if name in contents:
        exports.read_content(contents[name], name)
    else:
        exports.read([name])


def _reader() -> Exports:
    answers = Answers(_EVERYBODY)
    return Exports(answers, answers.ask("organisation.zone", "UTC"))

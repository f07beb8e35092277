"""The log: one total order, identities, causes, a digest."""

from __future__ import annotations

import random

import pytest

from simkit.runs.events import CodeEdited, DropdownOpened, LoggedIn, Submitted
from simkit.runs.log import AGENT, ARRIVAL, PAGE, REPLY, SCRIPT, SWEEP, WFM, Log, Record
from simkit.runs.log import TIMER_POLL as POLL
from simkit.runs.log import TIMER_RENEWAL as RENEWAL

ROWS = [
    Record(5, PAGE, "b", 0, "login", "ui", None, LoggedIn(0, -1, "")),
    Record(5, AGENT, "a", 1, "submit", "ui", ("a", "open", 5, 0), Submitted(0, False)),
    Record(5, AGENT, "a", 0, "open", "ui", ("a", "login", 3, 0), DropdownOpened("x", "list", 1)),
    Record(3, PAGE, "a", 0, "login", "ui", None, LoggedIn(0, -1, "")),
    Record(5, SCRIPT, "admin", 0, "edit", "script", None, CodeEdited(1, "d", False, None)),
]


def test_the_order_within_a_millisecond_is_fixed() -> None:
    """Script, WFM, sweep, arrivals, replies, page, timers, agent: as documented."""
    arrivals = [ARRIVAL[kind] for kind in ("renew", "config", "list", "submit")]
    replies = [REPLY[kind] for kind in ("renew", "config", "list", "submit")]
    order = [SCRIPT, WFM, SWEEP, *arrivals, *replies, PAGE, RENEWAL, POLL, AGENT]
    assert order == sorted(set(order))


def test_records_come_in_canonical_order() -> None:
    """Time, then rank, then actor, then k."""
    kinds = [(r.t, r.actor, r.kind) for r in Log(ROWS)]
    assert kinds == [
        (3, "a", "login"),
        (5, "admin", "edit"),
        (5, "b", "login"),
        (5, "a", "open"),
        (5, "a", "submit"),
    ]


def test_the_digest_does_not_depend_on_the_order_of_writing() -> None:
    """Two logs of the same records are the same log."""
    shuffled = random.Random(7).sample(ROWS, len(ROWS))
    assert Log(shuffled).digest == Log(ROWS).digest


@pytest.mark.parametrize(
    "change",
    [
        {"t": 6},
        {"k": 4},
        {"kind": "opened"},
        {"cause": None},
        {"data": DropdownOpened("x", "list", 2)},
    ],
)
def test_the_digest_notices_any_change(change: dict[str, object]) -> None:
    """Of time, identity, kind, cause or data."""
    changed = [*ROWS[:2], ROWS[2]._replace(**change), *ROWS[3:]]  # type: ignore[arg-type]
    assert Log(changed).digest != Log(ROWS).digest


def test_causes_are_walked_to_the_root() -> None:
    """The chain begins with the record and ends with the one that nothing caused."""
    log = Log(ROWS)
    submit = log.find(("a", "submit", 5, 1))
    assert [record.kind for record in log.causes(submit)] == ["submit", "open", "login"]


def test_records_are_found_by_their_identity_and_by_their_actor() -> None:
    """Each identity names one record, and an actor's records stay in order."""
    log = Log(ROWS)
    assert [log.find(record.id) for record in log] == list(log)
    assert {actor: [r.kind for r in rows] for actor, rows in log.by_actor.items()} == {
        "a": ["login", "open", "submit"],
        "admin": ["edit"],
        "b": ["login"],
    }


def test_an_unknown_identity_is_a_key_error() -> None:
    """A cause that points nowhere is a bug of the kit and not silently dropped."""
    with pytest.raises(KeyError):
        Log(ROWS).find(("a", "submit", 6, 0))

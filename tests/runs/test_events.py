"""The vocabulary of events: one table of kinds, and whatever is told by kind knows them all."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

import simkit
from simkit.rules.settings import Settings
from simkit.runs import why
from simkit.runs.events import KINDS, Event, ListShown, plain
from simkit.runs.log import of_kind
from simkit.study import deciding_rules


def test_the_table_has_every_type_of_event() -> None:
    """A type that is missing in the table could not be written, one too many could not happen."""
    assert list(KINDS) == list(get_args(Event))


def test_no_two_types_have_one_name() -> None:
    """A log file tells kinds by their names alone."""
    names = [kind.name for kind in KINDS.values()]
    assert len(set(names)) == len(names)


def test_every_kind_has_a_sentence_and_no_other() -> None:
    """*why* can tell any record."""
    assert set(why._WORDS) == {event for event, kind in KINDS.items() if not kind.says}


def test_only_kinds_are_decided() -> None:
    """Each rule decides a kind that there is."""
    assert set(deciding_rules._DECIDERS) <= set(KINDS)


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: KINDS[kind].name)
def test_an_event_says_what_it_is(kind: type[Event]) -> None:
    """Each has a sentence of its own, which is its documentation."""
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")


def test_records_carry_the_name_and_side_of_their_kind(healthy: Settings) -> None:
    """What stands in a record beside its event is what the table says."""
    for record in simkit.run(healthy, seed=2).log:
        expected = KINDS[type(record.data)]
        assert (record.kind, record.side) == (expected.name, expected.side)


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (ListShown(5, 2, "d", 70), {"mask": 5, "version": 2, "division": "d", "as_of": 70}),
        (ListShown(0, -1, ""), {"mask": 0, "version": -1, "division": ""}),
    ],
)
def test_a_log_file_has_the_fields_that_apply(event: Event, keys: dict[str, Any]) -> None:
    """A list that was emptied was not judged at any time."""
    assert plain(event) == keys
    assert json.loads(json.dumps(plain(event))) == keys


def test_records_of_a_kind_come_with_what_they_say(healthy: Settings) -> None:
    """In the order of the log, each beside its event."""
    log = simkit.run(healthy, seed=2).log
    found = list(of_kind(log, ListShown))
    assert [record for record, _ in found] == [r for r in log if r.kind == "list"]
    assert all(record.data is event for record, event in found)

"""Organisations resized: those who stay are not disturbed, and those who come are spread evenly."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simkit.inputs.drawing import drawn
from simkit.inputs.resizing import Roster, resized
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings


def per_division(things: Any) -> Counter[str]:
    return Counter(thing.division for thing in things)


@given(agents=st.integers(1, 200), codes=st.integers(2, 200))
def test_there_are_exactly_as_many_as_asked_for(
    agents: int, codes: int, small: Organisation
) -> None:
    """Each has an id of its own, so none is counted twice."""
    found = resized(small, agents, codes)
    assert (len(found.agents), len(found.codes)) == (agents, codes)
    assert len({agent.id for agent in found.agents}) == agents
    assert len({code.id for code in found.codes}) == codes


@pytest.fixture(scope="module")
def small(healthy: Settings) -> Organisation:
    """30 agents and 36 codes, ten and twelve in each of three divisions."""
    return healthy.organisation


def test_a_number_that_is_not_given_stays_and_so_does_all_else(small: Organisation) -> None:
    """Whoever varies the agents has the same codes, and the other way round."""
    assert resized(small) == small
    assert resized(small, len(small.agents), len(small.codes)) == small
    for found in (resized(small, agents=7), resized(small, codes=70)):
        for part in ("name", "day", "divisions", "shifts", "time_zone"):
            assert getattr(found, part) == getattr(small, part)
    assert resized(small, agents=7).codes == small.codes
    assert resized(small, codes=70).agents == small.agents


@pytest.mark.slow
@given(less=st.integers(1, 30), more=st.integers(30, 150))
def test_those_there_are_stay_as_they_are_and_in_their_order(
    less: int, more: int, small: Organisation
) -> None:
    """Growing adds at the end and shrinking leaves out; nobody is renamed or moved."""
    assert resized(small, agents=more).agents[:30] == small.agents
    assert resized(small, codes=more + 6).codes[:36] == small.codes
    places = {person: i for i, person in enumerate(small.agents)}
    kept = [places[person] for person in resized(small, agents=less).agents]
    assert all(a < b for a, b in pairwise(kept))
    places = {code: i for i, code in enumerate(small.codes)}
    kept = [places[code] for code in resized(small, codes=less + 6).codes]
    assert all(a < b for a, b in pairwise(kept))


def test_a_smaller_organisation_keeps_some_of_each_division(small: Organisation) -> None:
    """Three divisions of ten: a third of what is left, to one agent."""
    for wanted in range(3, 31):
        counts = per_division(resized(small, agents=wanted).agents)
        assert len(counts) == 3
        assert max(counts.values()) - min(counts.values()) <= 1


def test_further_agents_follow_the_present_ones_in_division_and_shift(small: Organisation) -> None:
    """The n-th new one has division and shift of the n-th there was, and begins anew after all."""
    found = resized(small, agents=100).agents
    for i, person in enumerate(found):
        model = small.agents[i % 30]
        assert (person.division, person.shift) == (model.division, model.shift)


def test_further_codes_are_spread_over_the_divisions_that_have_some(small: Organisation) -> None:
    """46 codes over three divisions are 15, 15 and 16; empty divisions stay empty."""
    counts = per_division(resized(small, codes=36 + 10).codes)
    assert sorted(counts.values()) == [15, 15, 16]
    assert counts.keys() == per_division(small.codes).keys()


@given(codes=st.integers(2, 36))
def test_a_smaller_catalogue_keeps_a_code_of_each_scheduled_reason(
    codes: int, small: Organisation
) -> None:
    """Short Break and Meal are on the schedule; without them it would name nothing."""
    assert {"Short Break", "Meal"} <= {code.name for code in resized(small, codes=codes).codes}


def test_names_that_are_taken_are_not_given_again(small: Organisation) -> None:
    """Resized once more, or with an agent who is called what the next one would be."""
    twice = resized(resized(small, agents=40, codes=50), agents=60, codes=70)
    assert len({agent.id for agent in twice.agents}) == 60
    assert len({code.id for code in twice.codes}) == 70
    named = [person.model_copy() for person in small.agents]
    named[0] = named[0].model_copy(update={"id": "agent-31"})
    parts = {name: getattr(small, name) for name in type(small).model_fields}
    found = resized(Organisation(**parts | {"agents": named}), agents=32)
    assert len({agent.id for agent in found.agents}) == 32


# Random numbers.


def busy(healthy: Settings) -> Settings:
    """Everything that a workload may hold is drawn."""
    return healthy.replace(
        deactivation_probability=0.5,
        reload_probability=0.5,
        transfer_probability=0.5,
        hidden_per_shift=2,
        outages_per_shift=2,
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_further_agents_move_nobodys_luck(seed: int, healthy: Settings) -> None:
    """Whoever was there has the same day to the millisecond, and the same codes are edited."""
    settings = busy(healthy)
    before = drawn(settings, seed)
    for agents in (12, 31, 90):
        other = settings.with_top(organisation=resized(settings.organisation, agents=agents))
        after = drawn(other, seed)
        days = {day.agent: day for day in after.days}
        assert after.edits == before.edits
        assert [days[day.agent] for day in before.days if day.agent in days] == [
            day for day in before.days if day.agent in days
        ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_further_codes_leave_the_edits_of_the_others_and_all_times_as_they_were(
    seed: int, healthy: Settings
) -> None:
    """What is chosen may be one of the new codes; when somebody chooses does not change."""
    settings = busy(healthy).replace(reload_probability=0.0)
    other = settings.with_top(organisation=resized(settings.organisation, codes=80))
    before, after = drawn(settings, seed), drawn(other, seed)
    assert [edit for edit in after.edits if edit.code < 36] == list(before.edits)
    for mine, theirs in zip(before.days, after.days, strict=True):
        assert [(i.t, i.length) for i in mine.intentions] == [
            (i.t, i.length) for i in theirs.intentions
        ]
        assert (mine.start, mine.end, mine.hidden, mine.outages, mine.transfers) == (
            theirs.start,
            theirs.end,
            theirs.hidden,
            theirs.outages,
            theirs.transfers,
        )


# What cannot be.


@pytest.mark.parametrize("sizes", [{"agents": 0}, {"agents": -1}, {"codes": 0}, {"codes": 1}])
def test_too_few_are_refused(sizes: dict[str, int], small: Organisation) -> None:
    """Two codes are the fewest here: two reasons are on the schedule."""
    with pytest.raises(ValueError, match="at least"):
        resized(small, **sizes)


def test_an_empty_catalogue_has_nothing_to_follow(small: Organisation) -> None:
    """New codes are made after those there are; agents can be had without any."""
    parts = {name: getattr(small, name) for name in type(small).model_fields}
    shifts = [shift.model_copy(update={"activities": ()}) for shift in small.shifts]
    bare = Organisation(**parts | {"codes": (), "shifts": shifts})
    assert resized(bare, agents=2).codes == ()
    with pytest.raises(ValueError, match="at least"):
        resized(bare, codes=3)


@pytest.mark.slow
@pytest.mark.parametrize("agents", [1, 7, 29, 30, 31, 64, 305])
@pytest.mark.parametrize("taken", [(), ("agent-33", "agent-31", "agent-034", "agent-64")])
def test_a_crowd_is_the_resized_organisation_without_the_people(
    agents: int, taken: tuple[str, ...], small: Organisation
) -> None:
    """One by one, in slices, and where names of new agents are taken already."""
    people = list(small.agents)
    for place, name in enumerate(taken):
        people[place] = people[place].model_copy(update={"id": name})
    parts = {name: getattr(small, name) for name in type(small).model_fields}
    org = Organisation(**parts | {"agents": people})
    expected = [(p.id, p.division, p.shift) for p in resized(org, agents=agents).agents]
    crowd = Roster(org, agents)
    assert len(crowd) == agents
    assert [tuple(member) for member in crowd] == expected
    assert [tuple(member) for member in crowd[2:40]] == expected[2:40]
    assert len({member.id for member in crowd}) == agents
    assert [crowd.find(member.id) for member in crowd] == list(crowd)
    others = {f"agent-{n}" for n in range(agents + 40)} | {member.id for member in Roster(org, 30)}
    absent = others - {member.id for member in crowd}
    assert {crowd.find(name) for name in absent} == {None}


def test_a_crowd_of_nobody_is_refused(small: Organisation) -> None:
    """It would have no shift, and so nothing to measure."""
    with pytest.raises(ValueError, match="at least one agent"):
        Roster(small, 0)

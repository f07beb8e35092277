"""Labs, days and desks in another language: whatever they say goes through the catalogue.

They are made in the pseudo-language, in which each text of the catalogue stands between brackets.
What stands outside of all brackets has to be data, or what a program reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from html import unescape
from typing import Any

import pytest
from untranslated import untranslated as outside

import simkit
from simkit.base.clock import show_duration
from simkit.base.formatting import interval, number
from simkit.base.language import PSEUDO, in_language
from simkit.base.statistics import Estimate
from simkit.rules.settings import Settings
from simkit.runs.metrics.registry import Measured
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.ui.lab import controls
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.sentences import quantity
from simkit.ui.stage.still import still_html

pytestmark = pytest.mark.slow  # labs are opened in each language

READ_BY_PROGRAMS = {
    *("kind", "lane", "side", "mark", "state", "said", "fate", "shown", "actor", "lit"),
    *("value", "preset", "organisation", "path", "field", "options", "values"),
    *("color", "type", "zone"),
}
"""Keys of kinds and classes, of what a control sends back, and of the organisation's data."""
FILTER_TYPES = ("division", "hierarchical")
"""Values of the widget's configuration, which are named as they are written there."""
NOT_FOR_LEARNERS = {"language", "part", "rules", "fields", "snippet", "error", "notes"}
"""Traits of code, of messages for who writes code, and those that are looked at by themselves."""


def texts(told: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Give the texts that a trait holds for people, each with the key that it stands under."""
    if key in READ_BY_PROGRAMS:
        return
    if isinstance(told, str):
        yield key, told
    elif key == "parts":  # the pieces of one sentence
        yield key, "".join(part["text"] for part in told)
    elif isinstance(told, dict):
        for inner, value in told.items():
            yield from texts(value, inner)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from texts(value, key)


def untranslated(told: Any, settings: Settings) -> set[tuple[str, str]]:
    """Give the texts that have words which are neither translated nor the data's."""
    org = settings.organisation
    names = [org.name, settings.name, *FILTER_TYPES]
    names += [agent.id for agent in org.agents]
    found = ((key, text) for key, text in texts(told) if text not in values_of_fields())
    return {(key, text) for key, text in found if outside(text, *names)}


@cache
def values_of_fields() -> frozenset[str]:
    """Give the values of settings that stand in scenario files and are offered as they are."""
    fields = (control for row in controls.all_by_section().values() for control in row)
    return frozenset(str(option) for field in fields for option in field.options)


def told_by(lab: Lab) -> dict[str, Any]:
    """Give all that a lab tells the browser, what is owed as well."""
    known = [name for name in lab.trait_names(sync=True) if not name.startswith(("_", "layout"))]
    chosen = {"trap", "second", "agent", "comm", "tabbable", "tooltip"}
    return {name: getattr(lab, name) for name in known if name not in NOT_FOR_LEARNERS | chosen}


def words_of(html: str) -> str:
    """Give the text of a page, a space for each tag."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL))


@pytest.mark.parametrize("trap", TRAP_IDS)
@pytest.mark.some(2)
def test_a_lab_says_nothing_that_is_not_in_the_catalogue(trap: str) -> None:
    """Neither of the trap nor of the trap beside its first fix, nor a step of its story."""
    with in_language(PSEUDO), closing(simkit.lab(trap)) as lab:
        lab.explore = True
        assert untranslated(told_by(lab), lab.state.choice.settings) == set()
        lab.preset = traps[trap].entry.fixes[0].id
        assert untranslated(told_by(lab), lab.state.choice.settings) == set()
        for step in range(len(lab.story["steps"])):
            lab.step = step
            stills = [words_of(still_html(lab)), lab.finding]
            assert untranslated(stills, lab.state.choice.settings) == set()


@pytest.mark.parametrize("preset", ["healthy", "E4b-console", "E4a+E4b", "custom"])
@pytest.mark.some(1)
def test_other_settings_of_a_lab_are_said_as_well(preset: str) -> None:
    """What is compared with, what is ours, two fixes at once, fields changed by hand."""
    with in_language(PSEUDO), closing(simkit.lab("E4", preset=preset)) as lab:
        listed = next(p for p in lab.state.view.pieces(lab.agent) if p.desk.state == "list")
        lab.choose("act", {"code": listed.desk.entries[0], "t": listed.start, "side": 1})
        assert untranslated(told_by(lab), lab.state.choice.settings) == set()


def test_the_form_of_all_fields_is_said_in_the_language_spoken() -> None:
    """Their labels, what can be chosen, and what they do."""
    with in_language(PSEUDO), closing(simkit.lab("E4")) as lab:
        for section in lab.fields.values():
            for told in section:
                assert outside(told["label"]) == [], told["path"]
                assert outside(told["description"]) == [], told["path"]
        assert untranslated(lab.fields, lab.state.choice.settings) == set()


def test_each_record_names_a_rule_that_is_told() -> None:
    """By the same words in any language."""
    for tag in ("en", "de", PSEUDO):
        with in_language(tag), closing(simkit.lab("E3")) as lab:
            (side,) = lab.sides["sides"]
            named = {each["rule"] for each in (*side["records"], *side["discrepancies"])}
            assert named - {""} <= {*lab.rules}
    with in_language(PSEUDO), closing(simkit.lab("E3")) as lab:
        assert [rule for rule in lab.rules if outside(rule)] == []


@pytest.mark.parametrize("trap", TRAP_IDS)
def test_why_is_said_in_the_language_spoken(trap: str) -> None:
    """In the middle of each discrepancy of those who are misled for longest, and where none is."""
    run = simkit.run(traps[trap].settings)
    for agent in (*run.agents_by_discrepancy[:3], run.agents_by_discrepancy[-1]):
        stretches = run.stretches(agent)
        moments = [run.days[agent].start, *((s.start + s.end) // 2 for s in stretches)]
        with in_language(PSEUDO):
            said = [line for t in moments for line in run.why(agent, t).split("\n")]
        assert untranslated(said, run.settings) == set()


@pytest.mark.thorough
def test_thousands_of_agents_are_told_of_in_the_language_spoken() -> None:
    """As groups and counts."""
    with in_language(PSEUDO), closing(simkit.lab("E4", organisation="crowd")) as lab:
        told = [lab.overview, lab.agents]
        assert untranslated(told, lab.state.choice.settings) == set()


@pytest.mark.parametrize("trap", ["E4", "E2", "T1"])
def test_a_desk_and_its_controls_are_said_in_the_language_spoken(trap: str) -> None:
    """The desk before and after an act, the controls' names and what they offer."""
    run = simkit.run(traps[trap].settings)
    with in_language(PSEUDO), closing(simkit.desk(run)) as desk:
        said = [desk.dropdown.description, desk.button.description]
        for value in ["", *(value for _, value in desk.dropdown.options[1:2])]:
            desk.dropdown.value = value
            desk.button.click()
            said.append(desk.text)
        shown = words_of(desk._repr_mimebundle_()["text/html"])
        assert untranslated([*said, shown], run.settings) == set()
    with in_language(PSEUDO), closing(simkit.lab(trap)) as lab:
        for control in lab.controls:
            offered = [label for label, _ in getattr(control, "options", ())]
            assert untranslated([control.description, *offered], run.settings) == set()


def test_a_day_is_said_in_the_language_spoken() -> None:
    """Its title, its digest and what is found at the moment."""
    run = simkit.run(traps["E4"].settings)
    with in_language(PSEUDO), closing(simkit.day(run)) as day:
        said = [day.digest, day.finding, day.sides["title"], day.sides["found"]]
        assert untranslated([*said, day.sides], run.settings) == set()


def test_what_is_not_in_the_catalogue_is_found() -> None:
    """A text beside brackets, a name within words, and one that only looks like a name."""
    settings = traps["E4"].settings
    assert untranslated({"words": "⟦ĺíìśţ⟧ of agent-01, 12:30"}, settings)
    assert untranslated(["Mealtime"], settings) == {("", "Mealtime")}
    assert untranslated(["⟦á⟧ Meal (agent-01)", {"kind": "list"}], settings) == set()


def test_numbers_are_written_as_people_there_write_them() -> None:
    """Times, values with units, intervals."""
    with in_language("de"):
        assert show_duration(1_500).startswith("1,5 ")
        assert number(937_000.0, "ms").startswith("15,6 ")
        assert number(12_345.0, "per run").startswith("12.345 ")
        assert "15,5" in interval(Estimate(20.0, 15.5, 24.5), "min")
        assert quantity(Measured(0.125, "share")) == "12,5 %"

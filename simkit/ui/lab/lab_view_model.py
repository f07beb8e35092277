"""What the lab tells the browser about what is chosen: plain JSON out of a LabState."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, reduce

from simkit.base import resources
from simkit.base.clock import SECOND
from simkit.base.formatting import interval, name
from simkit.base.language import number_words, tr, tr_noop, trn
from simkit.base.statistics import Estimate
from simkit.inputs import loading
from simkit.inputs.resizing import resized
from simkit.rules.agent_ids import workers
from simkit.rules.organisation import Organisation
from simkit.rules.settings import Settings
from simkit.runs.log import Record
from simkit.runs.metrics.registered import METRICS, Measured
from simkit.runs.run import Run
from simkit.runs.why import tell
from simkit.study.stories import ToldStep
from simkit.ui.lab import agent_view_model, controls, told
from simkit.ui.lab.agent_view import AgentView
from simkit.ui.lab.crowd_view_model import crowd_list, crowd_model
from simkit.ui.lab.field_words import change_words, option_words
from simkit.ui.lab.scenario_selection import CUSTOM, HEALTHY, OPEN, TRAP
from simkit.ui.lab.sentences import agent_label, found_in_one, quantity
from simkit.ui.lab.state import REPLICATIONS, LabState
from simkit.ui.stage import story_view_model
from simkit.ui.stage.stage_view_model import stage_of
from simkit.ui.stage.told import Stage

ORGANISATIONS = {
    "small": tr_noop("Small: 30 agents"),
    "classroom": tr_noop("Classroom: 300 agents"),
    "crowd": tr_noop("Contact centre: 10,000 agents"),
}
"""The kit's own organisations: two by the names of their files, and the classroom with more."""
CROWD = 10_000


@cache
def organisation(key: str) -> Organisation:
    """Give one of the kit's own organisations by its key."""
    if key == "crowd":
        return resized(organisation("classroom"), agents=CROWD)
    return loading.load_organisation(resources.directory("data") / "orgs" / f"{key}.yaml")


# The runs side by side.


def sides(state: LabState) -> told.Sides:
    """Give the day of the agent in the trap and, when another is chosen, in the run in force."""
    trap = state.choice.trap
    title = tr(name(trap.title))
    return {
        "sides": [
            agent_view_model.day_model(view, state.agent, label(state, preset))
            for preset, view in _shown(state)
        ],
        "parting": _parting(state),
        "title": tr("Lab {trap}: {title}", trap=name(trap.id), title=title),
        "about": title,
        "found": found_in_one([view for _, view in _shown(state)], state.agent),
    }


def overview(state: LabState) -> told.Overview:
    """Give all agents in the runs side by side, those worst off in the first one first."""
    order = state.trapped.run.agents_by_discrepancy
    shown = [(view, label(state, preset)) for preset, view in _shown(state)]
    if any(view.many for view, _ in shown):
        return {"sides": [crowd_model(view, order, words) for view, words in shown]}
    return {"sides": [agent_view_model.overview_model(view, order, words) for view, words in shown]}


def _shown(state: LabState) -> list[tuple[str, AgentView]]:
    """Give the runs that stand side by side: the trap, and the one in force where it is another."""
    shown = [(TRAP, state.trapped)]
    if state.choice.preset != TRAP:
        shown.append((state.choice.preset, state.view))
    return shown


def label(state: LabState, preset: str) -> str:
    """Give the short name of a run in the lab."""
    trap = state.choice.trap
    if preset == TRAP:
        return tr("As given") if trap.id == OPEN else tr("Trap {trap}", trap=trap.id)
    if preset in (HEALTHY, CUSTOM):
        return tr("Healthy") if preset == HEALTHY else tr("Custom")
    own, fixes = [one.id for one in trap.remedies], preset.split("+")
    named = reduce(lambda one, other: tr("{one} and {other}", one=one, other=other), fixes)
    if all(fix in own for fix in fixes):
        return tr("Ours {fix}", fix=named)
    return tr("Fix {fix}", fix=named)


def _parting(state: LabState) -> told.Parting | None:
    """Give where the two days part: in the records, and on the desks."""
    if state.choice.preset == TRAP:
        return None
    parting = state.parting
    if parting is None:
        return None
    one = _first_record(state.trapped, parting.one, label(state, TRAP))
    other = _first_record(state.view, parting.other, label(state, state.choice.preset))
    if parting.desks is None:
        words = tr(
            "The first records that differ: {one}; {other}. The desks never differ.",
            one=one,
            other=other,
        )
        return {"t": parting.t, "words": words}
    words = tr(
        "The first records that differ: {one}; {other}. The desks differ from {time} on.",
        one=one,
        other=other,
        time=state.time(parting.desks),
    )
    return {"t": parting.desks, "words": words}


def _first_record(view: AgentView, record: Record | None, run: str) -> str:
    if record is None:
        return tr("{run}: nothing more", run=run)
    at = view.run.settings.organisation.calendar.show(record.t)
    return f"{run}: {at} {tell(view.run.history_of(record.actor), record)}"


def stages(state: LabState) -> list[Stage]:
    """Give what happens between desktop and platform, in each of the runs side by side."""
    return [
        stage_of(view, state.agent, agent_view_model.records_of(view, state.agent)[0])
        for _, view in _shown(state)
    ]


# What can be chosen, and what is.


def choices(state: LabState, live: bool, minutes: int) -> told.Choices:
    """Give the entries of all controls, what is chosen, and the lesson of it."""
    choice = state.choice
    first, _, second = choice.preset.partition("+")
    opened = (
        [(OPEN, tr("Open: {title}", title=choice.trap.title))] if choice.trap.id == OPEN else []
    )
    own = choice.organisation
    known = [(key, tr(words)) for key, words in ORGANISATIONS.items()]
    others = [] if own in ORGANISATIONS else [(own, name(choice.settings.organisation.name))]
    return {
        "traps": told.entries(
            [*opened, *((t.id, f"{t.id}: {tr(t.title)}") for t in state.catalogue.values())]
        ),
        "trap": choice.trap.id,
        "presets": told.entries((p.id, p.label) for p in state.choice.presets),
        "preset": first,
        "also": told.entries(
            (p.id, f"{p.id}: {tr(p.change.title)}") for p in state.choice.also if p.change
        ),
        "second": second,
        "switch": story_view_model.switch(state),
        "agent": state.agent,
        "rank": state.rank,
        "organisations": told.entries([*known, *others]),
        "organisation": own,
        "seed": choice.seed,
        "trace": choice.trace is not None,
        "live": live,
        "minutes": minutes,
        "acts": len(choice.acts),
        "lesson": _lesson(state),
        "fields": [field(control) for control in state.choice.controls],
        "values": {
            path: controls.control(path).shown(value) for path, value in choice.settings.flat()
        },
    }


def field(control: controls.Control) -> told.FieldControl:
    """Give what the browser needs to draw a control."""
    return {
        "path": control.path,
        "label": control.label,
        "kind": control.kind,
        "description": tr(control.description),
        "low": control.low,
        "high": control.high,
        "options": [*control.options],
        "option_words": [option_words(control.path, option) for option in control.options],
        "optional": control.optional,
    }


def agents(state: LabState) -> list[told.Entry]:
    """Give the entries of the list of agents, those misled for longest in the trap first.

    Of thousands, some.
    """
    trap, order = state.trapped, state.trapped.run.agents_by_discrepancy
    if trap.many:
        return crowd_list(state.view, order, state.agent)
    return told.entries((agent, agent_label(trap, agent)) for agent in order)


def listed(state: LabState) -> tuple[object, ...]:
    """Give what the list of agents depends on."""
    if not state.trapped.many:
        return (state.trapped,)
    return state.view, state.trapped, state.agent


def _lesson(state: LabState) -> list[told.Lesson]:
    """Give what is changed, field by field, and what replications say of it."""
    choice = state.choice
    if choice.trap.id == OPEN and choice.preset == TRAP:
        words = tr("These are the settings as given; try any documented fix on them.")
        return [{"kind": "what", "words": words, "field": ""}]
    if choice.preset == HEALTHY:
        words = tr("The healthy deployment: nothing is changed.")
        return [{"kind": "what", "words": words, "field": ""}]
    what = tr("{run} changes:", run=label(state, choice.preset))
    if choice.preset == TRAP:
        what = tr("Trap {trap} is the healthy deployment with:", trap=choice.trap.id)
    changes = [(change_words(*change), change.field) for change in state.choice.differences]
    lines: list[told.Lesson] = [{"kind": "what", "words": what, "field": ""}]
    for words, path in changes or [(tr("nothing"), "")]:
        lines.append({"kind": "diff", "words": words, "field": path})
    if state.verdict is not None:
        lines.append({"kind": "verdict", "words": verdict_words(state), "field": ""})
    return lines


def verdict_words(state: LabState) -> str:
    """Say what replications say of the settings in force, beside what the guide promises."""
    verdict = state.verdict
    if verdict is None:
        if state.choice.preset == HEALTHY:
            return tr("The healthy deployment, in which nothing is wrong.")
        return tr("Not measured over replications yet.")
    unit = METRICS[state.choice.trap.metric].unit
    found, trap = interval(verdict.after, unit), interval(verdict.trap, unit)
    promise = verdict.promise
    says = _OF_A_TRAP if verdict.difference is None else _OF_OURS if promise is None else _OF_A_FIX
    return tr(
        says,
        n=verdict.replications,
        verdict=tr(verdict.word),
        found=found,
        trap=trap,
        promise="" if promise is None else tr(promise),
    )


_OF_A_TRAP = tr_noop("Measured over {n} replications: {verdict}, {trap}; healthy {found}.")
_OF_A_FIX = tr_noop(
    "Measured over {n} replications: {verdict}, {found} left of {trap}; the guide promises: "
    "{promise}."
)
_OF_OURS = tr_noop(
    "Measured over {n} replications: {verdict}, {found} left of {trap}; the guide does not name it."
)
VERDICTS = (
    tr_noop("reproduced"),
    tr_noop("not shown"),
    tr_noop("cured"),
    tr_noop("reduced"),
    tr_noop("unchanged"),
    tr_noop("worse"),
    tr_noop("n/a"),
)
"""What can be found of a trap, and of a change of it."""


# Numbers.


def numbers(state: LabState) -> told.Numbers:
    """Give the table of numbers, the symptom as bars, and the verdict in words."""
    heads, rows = state.numbers()
    run = state.view.run
    metric, values = rows[0]
    return {
        "heads": heads,
        "rows": [[tr(METRICS[m].title), *(quantity(v) for v in row)] for m, row in rows],
        "caption": _caption(run),
        "symptom": {
            "title": _symptom_finding(heads, values),
            "what": tr(METRICS[metric].title),
            "values": [
                {"label": head, "value": measured.value, "words": quantity(measured)}
                for head, measured in zip(heads, values, strict=True)
            ],
        },
        "verdict": verdict_words(state),
    }


def _caption(run: Run) -> str:
    agents, shifts = workers(run.days), len(run.days)
    if agents == shifts:
        return trn(
            "{n} agent, seed {seed}", "All {n} agents, seed {seed}", agents, seed=str(run.seed)
        )
    return trn(
        "{n} agent in {shifts} shifts, seed {seed}",
        "All {n} agents in {shifts} shifts, seed {seed}",
        agents,
        shifts=shifts,
        seed=str(run.seed),
    )


def _symptom_finding(heads: list[str], values: list[Measured]) -> str:
    last, found = heads[-1], values[-1]
    if len(heads) < 3 or not values[-2].value:
        return f"{last}: {quantity(found)}"
    share = 100 * (found.value or 0) / values[-2].value
    left = number_words(f"{share:.3g}")
    return tr("{run} leaves {share} % of the symptom", run=last, share=left)


def intervals(state: LabState) -> told.Intervals:
    """Give what replications say of the table of numbers, cell by cell, and of the story."""
    if why := state.why_no_replications:
        none = tr("No intervals: {why}.", why=why)
        return {"words": none, "cells": [], "ranges": [], "story": []}
    choice, n = state.choice, REPLICATIONS
    seeds = {"first": str(choice.seed), "last": str(choice.seed + n - 1)}
    says = _WITHOUT_ACTS if choice.acts else _IN_SMALL_TYPE

    def found(settings: Settings, metric: str) -> Estimate | None:
        return state.replications.estimate(settings, metric, choice.seed, n)

    def words(settings: Settings, metric: str) -> str:
        """Give nothing for what is the same on all days."""
        over = found(settings, metric)
        if over is None or over.low == over.high:
            return ""
        return interval(over, METRICS[metric].unit)

    columns, metrics = state.columns.values(), state.metrics
    symptoms = [found(settings, metrics[0]) for settings in columns]
    return {
        "words": tr(says, n=n, **seeds),
        "cells": [[words(settings, metric) for settings in columns] for metric in metrics],
        "ranges": [[*symptom] if symptom else [] for symptom in symptoms],
        "story": [_over_days(state, step.measured, words) for step in _steps(state)],
    }


_IN_SMALL_TYPE = tr_noop(
    "In small type: the mean of {n} days and its 95 % interval (seeds {first} to {last})."
)
_WITHOUT_ACTS = tr_noop(
    "In small type: the mean of {n} days and its 95 % interval (seeds {first} to {last}), without "
    "what you did."
)


def _steps(state: LabState) -> Sequence[ToldStep]:
    return state.story.steps if state.story else ()


def _over_days(
    state: LabState,
    measured: Sequence[tuple[str, str]],
    words: Callable[[Settings, str], str],
) -> str:
    """Say what replications say of the metrics that a step of the story tells of."""
    found: dict[str, list[str]] = {}
    for preset, metric in measured:
        found.setdefault(metric, []).append(words(state.settings_of(preset), metric))
    said = "; ".join(" → ".join(each) for each in found.values() if all(each))
    if not said:
        return ""
    return tr(
        "On {n} days (seeds {first} to {last}), 95 %: {means}.",
        n=REPLICATIONS,
        first=str(state.choice.seed),
        last=str(state.choice.seed + REPLICATIONS - 1),
        means=said,
    )


# Code.


def snippet(state: LabState) -> str:
    """Give the line of code that opens the lab in the present state."""
    choice = state.choice
    own = choice.organisation
    what = repr(choice.trap.id) if choice.trap.id != OPEN else '"simkit-scenario.yaml"'
    if choice.trap.on_platform:
        what = f"simkit.traps_of({choice.trap.settings.profile!r})[{what}]"
    parts = [what.replace("'", '"')]
    if choice.preset == CUSTOM:
        parts += [f"{p.split('.')[1]}={v!r}" for p, v in choice.changes.items()]
    if choice.preset not in (TRAP, CUSTOM) or (choice.preset == CUSTOM and not choice.changes):
        parts.append(f'preset="{choice.preset}"')
    if own != "small" and choice.trap.id != OPEN:
        parts.append(f'organisation="{own if own in ORGANISATIONS else "organisation.yaml"}"')
    if choice.trace is not None:
        parts.append('workload="simkit-workload.csv"')
    at = _when(state, state.agent, state.moment)
    parts += [f"agent={_quoted(state.agent)}", f"at={_quoted(at)}", f"seed={choice.seed}"]
    if choice.acts:
        acts = [(a.agent, _when(state, a.agent, a.t), a.code_id, a.minutes) for a in choice.acts]
        parts.append(f"acts={acts!r}")
    line = f"simkit.lab({', '.join(parts)})"
    unsaved = choice.trap.id == OPEN or choice.trace is not None
    first = tr("Save the files below first.")
    return f"# {first}\n{line}" if unsaved else line


def _quoted(value: str | int) -> str:
    """Give a value as code, text in the quotes of all else where it holds none itself."""
    code = repr(value)
    return code if '"' in code else code.replace("'", '"')


def _when(state: LabState, agent: str, t: int) -> str | int:
    """Give a moment as people write it, or in ms of the run where that would mean another one."""
    if t % SECOND:
        return t
    exact = state.view.run.moment(agent, state.time(t)) == (agent, t)
    return state.time(t) if exact else t

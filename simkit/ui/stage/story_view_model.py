"""What the first screen is told of a trap's story."""

from __future__ import annotations

from simkit.base.formatting import name
from simkit.base.language import tr
from simkit.study.stories import Question, ToldStep, story_of
from simkit.ui.lab.scenario_selection import TRAP
from simkit.ui.lab.state import LabState
from simkit.ui.lab.told import SwitchEntry
from simkit.ui.stage import told

NONE: told.Story = {"known": True, "agent": "", "steps": []}
"""Where there is no story to tell."""
UNKNOWN: told.Story = {"known": False, "agent": "", "steps": []}
"""Where there is one, and its steps are still to be found."""


def has_story(state: LabState) -> bool:
    """Say whether there may be a story to tell; whether anybody meets the trap is seen later."""
    return story_of(state.choice.trap) is not None


def story(state: LabState) -> told.Story:
    """Give the story of the trap that is chosen, as it came about on its random numbers."""
    found = state.story
    if found is None:
        return NONE
    return {"known": True, "agent": found.agent, "steps": [_step(step) for step in found.steps]}


def switch(state: LabState) -> list[SwitchEntry]:
    """Give the trap and the fixes that are documented, to be switched between."""
    if not has_story(state):
        return []
    trap = state.choice.trap
    title = tr("Trap {trap}: {title}", trap=trap.id, title=tr(name(trap.title)))
    entries: list[SwitchEntry] = [{"value": TRAP, "text": tr("Trap"), "title": title}]
    for fix in trap.fixes:
        short = fix.id.removeprefix(trap.id)
        short = fix.id if short.startswith("-") else short
        text = tr("Fix {fix}", fix=short) if len(trap.fixes) > 1 else tr("Fix")
        title = tr("Fix {fix}: {title}", fix=fix.id, title=tr(name(fix.title)))
        entries.append({"value": fix.id, "text": text, "title": title})
    return entries


def _step(step: ToldStep) -> told.StoryStep:
    return {
        "parts": [{"text": part.text, "wrong": part.wrong} for part in step.parts],
        "t": step.t,
        "lit": [*step.lit],
        "preset": step.preset,
        "small": step.small,
        "question": None if step.question is None else _question(step.question),
    }


def _question(question: Question) -> told.StoryQuestion:
    return {
        "ask": question.ask,
        "options": [*question.options],
        "right": question.right,
        "unit": question.unit,
        "value": question.value,
    }

"""What the first screen is told of a trap's story."""

from __future__ import annotations

from simkit.base.formatting import name
from simkit.study.stories import Question, ToldStep, story_of, tell
from simkit.ui.lab.scenario_selection import OPEN, TRAP
from simkit.ui.lab.state import LabState
from simkit.ui.stage import told

NONE: told.Story = {"agent": "", "steps": [], "switch": []}
"""Where there is no story to tell."""


def story(state: LabState) -> told.Story:
    """Give the story of the trap that is chosen, as it came about on its random numbers."""
    trap = state.choice.trap
    known = None if trap.id == OPEN else story_of(trap.id)
    if known is None:
        return NONE
    found = tell(known, state.trapped.run, lambda fix: state.with_preset(fix).run)
    if found is None:
        return NONE
    return {
        "agent": found.agent,
        "steps": [_step(step) for step in found.steps],
        "switch": _switch(state),
    }


def _switch(state: LabState) -> list[told.SwitchEntry]:
    """Give the trap and the fixes that the guide documents, to be switched between."""
    trap = state.choice.trap
    entries: list[told.SwitchEntry] = [
        {"value": TRAP, "text": "Trap", "title": f"Trap {trap.id}: {name(trap.title)}"}
    ]
    for fix in trap.fixes:
        letter = f" {fix.id.removeprefix(trap.id)}" if len(trap.fixes) > 1 else ""
        title = f"Fix {fix.id}: {name(fix.title)}"
        entries.append({"value": fix.id, "text": f"Fix{letter}", "title": title})
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

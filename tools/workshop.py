"""Writes the made parts of docs/workshop.md again: the agendas, and the notes on each trap.

``python tools/workshop.py``; ``made()`` gives each part, and a test compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from simkit.inputs.profiles import load_profile
from simkit.study.catalogue import TRAP_IDS, traps
from simkit.teaching.agendas import Agenda, agendas, notebooks
from simkit.teaching.notes import notes_on

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "workshop.md"
PART = re.compile(r"<!-- made: (.+?) -->\n(.*?)<!-- end -->", re.DOTALL)
WHOLE_ROOM = "all"


def made() -> dict[str, Callable[[], str]]:
    """Give what makes each part of the page, by its name."""
    return {
        **{f"agenda {each.id}": partial(agenda_part, each) for each in agendas().values()},
        "minutes": minutes_part,
        "assumed": assumed_part,
        "sources": sources_part,
        **{f"trap {trap}": partial(trap_part, trap) for trap in TRAP_IDS},
    }


def agenda_part(agenda: Agenda) -> str:
    """Give an agenda as a table, behind a line on its room and what has to be there."""
    rows = ["| from | min | lane | what happens | uses |", "| --- | --- | --- | --- | --- |"]
    for at, entry in agenda.timed():
        lane = "–" if entry.pause else entry.lane or WHOLE_ROOM
        what = f"**{_ended(entry.title)}** {entry.happens}"
        if not entry.pause:
            what += f"<br>*You:* {entry.trainer}<br>*They:* {entry.people}"
        rows.append(
            f"| {at // 60}:{at % 60:02} | {entry.minutes} | {lane} | {what} "
            f"| {', '.join(entry.uses)} |"
        )
    table = "\n".join(rows)
    return f"{agenda.title}.\n\n*For:* {agenda.room}\n\n*Before:* {agenda.before}\n\n{table}\n"


def minutes_part() -> str:
    """Give the minutes of each notebook, and the misconception that it is aimed at."""
    rows = [
        "| notebook | teach | exercise | aimed at the belief that |",
        "| --- | --- | --- | --- |",
    ]
    for name in sorted(notebooks(), key=lambda each: ("0TE1".index(each[0]), each)):
        said = metadata(name)
        minutes = said["minutes"]
        rows.append(
            f"| [{name}](../notebooks/{name}.ipynb) | {minutes['teach']} | {minutes['exercise']} "
            f"| {said['misconception']} |"
        )
    return "\n".join(rows) + "\n"


def assumed_part() -> str:
    """Give the settings whose comments in the scenario files call them assumed, or ours."""
    rows = ["| file | setting | what is said of it |", "| --- | --- | --- |"]
    for file in sorted((ROOT / "data" / "scenarios").glob("*.yaml")):
        said: list[str] = []
        for line in map(str.strip, file.read_text(encoding="utf-8").splitlines()):
            if line.startswith("#"):
                said.append(line.removeprefix("#").strip())
                continue
            words = " ".join(said)
            if "ASSUMED" in words or "ours" in words:
                rows.append(f"| `{file.name}` | `{line}` | {words} |")
            said = []
    return "\n".join(rows) + "\n"


def sources_part() -> str:
    """Give the constants of the platform, each with its grade and its source."""
    rows = ["| constant | grade | source |", "| --- | --- | --- |"]
    for name, constant in load_profile("guide").constants.items():
        rows.append(f"| `{name}` | {constant.grade} | {constant.source} |")
    return "\n".join(rows) + "\n"


def metadata(notebook: str) -> dict[str, Any]:
    """Give what a notebook says of itself."""
    text = (ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["metadata"]["simkit"]
    return found


def _ended(title: str) -> str:
    return title if title.endswith("?") else f"{title}."


def trap_part(trap: str) -> str:
    """Give the notes on a trap as text."""
    return "\n".join(_lines(trap)) + "\n"


def _lines(trap: str) -> Iterator[str]:
    notes = notes_on(trap)
    yield f"### {trap}: {traps[trap].title}\n"
    yield "**Say.** " + " ".join(notes.say) + "\n"
    yield f"**Predict.** {notes.predict}\n"
    yield "| they guess | what that takes for granted |\n| --- | --- |"
    yield from (f"| {each.guess} | {each.reveals} |" for each in notes.guesses)
    yield ""
    yield from (f"- **{each.what}** {each.way_out}" for each in notes.goes_wrong)
    yield ""
    yield from (f"- *{each.asked}* {each.answer}" for each in notes.questions)
    yield "\n**To take home.** " + " ".join(notes.key_points)


def main() -> None:
    """Write the page again."""
    parts = made()
    text = PAGE.read_text(encoding="utf-8")
    text = PART.sub(
        lambda found: f"<!-- made: {found[1]} -->\n{parts[found[1]]()}<!-- end -->", text
    )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""A room's guesses beside the true answers, as one page: a picture, and the same as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median

from simkit.teaching.progress_file import LockedGuess, ProgressFile
from simkit.ui.workshop.guess_picture import picture
from simkit.ui.workshop.questions import QUESTIONS, Asked, questions_of
from simkit.ui.workshop.snapshot import File

Guessed = list[tuple[Asked, list[str | float]]]
"""Questions, each with what was guessed."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The room’s guesses</title><link rel="icon" href="data:,">
<style>
html {{ color-scheme: light dark;
  background: light-dark(#fff, #101418); color: light-dark(#16202b, #eef2f6);
  font: 16px/1.45 "Liberation Sans", Arial, sans-serif; }}
main {{ max-width: 1000px; margin: 0 auto; padding: 16px; }}
h1 {{ font-size: 24px; margin: 0; }}
svg {{ display: block; width: 100%; height: auto; margin: 8px 0; }}
table {{ border-collapse: collapse; width: 100%; font-size: 14px; }}
:is(th, td) {{ text-align: start; vertical-align: top; font-weight: normal; padding: 4px 12px 4px 0;
  border-bottom: 1px solid light-dark(#c3ccd6, #3a4654); overflow-wrap: anywhere; }}
thead th {{ font-weight: bold; overflow-wrap: normal; }}
summary {{ cursor: pointer; padding: 8px 0; }}
</style></head><body><main>
<h1>The room’s guesses</h1>
<p>{said} Reload the page for later ones.</p>
{picture}
<details><summary>The same as a table</summary>
<table><thead><tr><th scope="col">Trap</th><th scope="col">Question</th><th scope="col">Guesses</th>
<th scope="col">What was guessed</th><th scope="col">It was</th></tr></thead><tbody>
{rows}
</tbody></table></details>
</main></body></html>
"""
_ROW = """<tr><th scope="row">{trap}</th><td>{ask}</td><td>{count}</td><td>{guessed}</td>
<td>{answer}</td></tr>"""


def questions_in(files: Mapping[str, File]) -> tuple[Asked, ...]:
    """Give the questions of a lane out of its files; none where it is no lane."""
    file = files.get(f"/{QUESTIONS}")
    return () if file is None else questions_of(file.content)


def guessed_by(questions: Iterable[Asked], room: Sequence[ProgressFile]) -> Guessed:
    """Give each question with the room's guesses: of each learner the first that is of its kind."""
    found: Guessed = []
    for asked in questions:
        given: list[str | float] = []
        for progress in room:
            guesses = (entry for entry in progress.entries if isinstance(entry, LockedGuess))
            own = (g for g in guesses if (g.trap, g.step) == (asked.trap, asked.step))
            given += [g.guess for g in own if _is_of_its_kind(asked, g.guess)][:1]
        found.append((asked, given))
    return found


def guesses_page(questions: Iterable[Asked], room: Sequence[ProgressFile]) -> str:
    """Give the page of a room's guesses; no name is in it."""
    guessed = guessed_by(questions, room)
    some = [(asked, given) for asked, given in guessed if given]
    count = len(room)
    said = f"{count} {'learner has' if count == 1 else 'learners have'} sent something."
    return _PAGE.format(
        said=said if count else "Nobody has sent anything yet.",
        picture=picture(some) if some else "",
        rows="\n".join(_row(asked, given) for asked, given in guessed),
    )


def summary(asked: Asked, given: Sequence[str | float]) -> str:
    """Say in words what was guessed."""
    if not given:
        return "nothing yet"
    numbers = [guess for guess in given if not isinstance(guess, str)]
    if numbers:
        low, high = min(numbers), max(numbers)
        return f"{low:.6g} to {high:.6g} {asked.unit}, half of them up to {median(numbers):.6g}"
    counts = Counter(given)
    return "; ".join(f"{option}: {counts[option]}" for option in asked.options)


def _is_of_its_kind(asked: Asked, guess: str | float) -> bool:
    if asked.options:
        return guess in asked.options
    return not isinstance(guess, str) and 0 <= guess <= 1e9


def _row(asked: Asked, given: Sequence[str | float]) -> str:
    cells = {
        "trap": asked.trap,
        "ask": asked.ask,
        "count": str(len(given)),
        "guessed": summary(asked, given),
        "answer": asked.answer,
    }
    return _ROW.format(**{name: escape(text) for name, text in cells.items()})

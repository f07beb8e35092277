"""A room's guesses beside the true answers, as one page: a picture, and the same as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median

from simkit.base.language import language, number_words, tr, tr_noop, trn
from simkit.teaching.progress_file import LockedGuess, ProgressFile
from simkit.ui.workshop.guess_picture import picture
from simkit.ui.workshop.questions import QUESTIONS, Asked, questions_of
from simkit.ui.workshop.snapshot import File

Guessed = list[tuple[Asked, list[str | float]]]
"""Questions, each with what was guessed."""

_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,">
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
<h1>{title}</h1>
<p>{said}</p>
{picture}
<details><summary>{as_table}</summary>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table></details>
</main></body></html>
"""
_HEADS = (
    tr_noop("Trap"),
    tr_noop("Question"),
    tr_noop("Guesses"),
    tr_noop("What was guessed"),
    tr_noop("It was"),
)
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
    sent = trn("{n} learner has sent something.", "{n} learners have sent something.", len(room))
    said = sent if room else tr("Nobody has sent anything yet.")
    later = tr("Reload the page for later ones.")
    return _PAGE.format(
        language=language(),
        title=escape(tr("The room’s guesses")),
        said=escape(f"{said} {later}"),
        as_table=escape(tr("The same as a table")),
        heads="".join(f'<th scope="col">{escape(tr(head))}</th>' for head in _HEADS),
        picture=picture(some) if some else "",
        rows="\n".join(_row(asked, given) for asked, given in guessed),
    )


def summary(asked: Asked, given: Sequence[str | float]) -> str:
    """Say in words what was guessed."""
    if not given:
        return tr("nothing yet")
    numbers = [guess for guess in given if not isinstance(guess, str)]
    if numbers:
        low, high, middle = (
            number_words(f"{each:.6g}") for each in (min(numbers), max(numbers), median(numbers))
        )
        return tr(
            "{low} to {high} {unit}, half of them up to {middle}",
            low=low,
            high=high,
            unit=asked.unit,
            middle=middle,
        )
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

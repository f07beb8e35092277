"""Pages to print as HTML: a trap's handout, and the words of the workshop on a card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from simkit.base import resources
from simkit.base.language import catalogue, language, tr, tr_noop
from simkit.ui.editions.handout import Handout

CARD = tr_noop("Words of the workshop")
WHAT_HAPPENS = tr_noop("What happens")
WHAT_HELPS = tr_noop("What helps, and what it costs")
AT_HOME = tr_noop("Ask at home")
KEY_POINTS = tr_noop("Key points")
QUOTED = tr_noop("“{said}”")
FIX_HEADS = (
    tr_noop("change"),
    tr_noop("promised"),
    tr_noop("measured"),
    tr_noop("what is left"),
    tr_noop("what it costs"),
)
STYLE = Path(__file__).with_name("page.css")
_SHRINKING = 0.6
_CODE = re.compile(r"`([^`]*)`|\*([^*]*)\*")


@dataclass(frozen=True)
class Words:
    """A section of the glossary: its title, and each word with what it means."""

    title: str
    rows: tuple[tuple[str, str], ...]


def glossary() -> tuple[Words, ...]:
    """Give the sections of the glossary, in English and as plain text."""
    text = (resources.directory("docs") / "glossary.md").read_text(encoding="utf-8")
    return tuple(_sections(text))


def spoken_glossary() -> tuple[Words, ...]:
    """Give the sections of the glossary in the language that is spoken."""
    return tuple(
        Words(tr(each.title), tuple((tr(word), tr(means)) for word, means in each.rows))
        for each in glossary()
    )


def _sections(text: str) -> Iterator[Words]:
    for part in text.split("\n## ")[1:]:
        title, *lines = part.splitlines()
        rows = [line.strip("| ").split(" | ", 1) for line in lines if line.startswith("| ")]
        plain = [(_plain(word), _plain(means)) for word, means in rows[2:]]
        yield Words(title, tuple(plain))


def _plain(text: str) -> str:
    return _CODE.sub(lambda found: found[1] or found[2], text)


def handout_page(told: Handout) -> str:
    """Give a trap's handout as a page that prints on one side of A4."""
    return _page(
        f"{told.trap}: {told.title}",
        f"<h1><b>{escape(told.trap)}</b> {escape(told.title)}</h1>",
        f"<blockquote>{escape(tr(QUOTED, said=told.said))}</blockquote>",
        _head(WHAT_HAPPENS),
        _list("ol", told.happens),
        f'<figure class="stage-picture">{told.picture.still}</figure>',
        _head(WHAT_HELPS),
        f"<p>{escape(told.symptom)}</p>",
        _fixes(told),
        '<div class="two">',
        f"<section>{_head(AT_HOME)}{_list('ul', told.ask)}</section>",
        f"<section>{_head(KEY_POINTS)}{_list('ul', told.key_points)}</section>",
        "</div>",
        f"<footer>{escape(told.foot)}</footer>",
    )


def glossary_page(sections: Iterable[Words]) -> str:
    """Give the glossary as a page that prints on one side of A4."""
    parts = []
    for each in sections:
        rows = "".join(
            f"<dt>{escape(word)}</dt> <dd>{escape(means)}</dd>" for word, means in each.rows
        )
        parts.append(f"<h2>{escape(each.title)}</h2><dl>{rows}</dl>")
    title = tr(CARD)
    return _page(
        title,
        f"<h1>{escape(title)}</h1>",
        f'<div class="card-columns">{"".join(parts)}</div>',
    )


def _fixes(told: Handout) -> str:
    rows = "".join(
        f"<tr><th>{escape(fix.id)}</th><td>{escape(fix.title)}</td><td>{escape(fix.promise)}</td>"
        f"<td><b>{escape(fix.measured)}</b></td><td>{escape(fix.left)}</td>"
        f"<td>{'<br>'.join(map(escape, fix.costs))}</td></tr>"
        for fix in told.fixes
    )
    head = "<th></th>" + "".join(f"<th>{escape(tr(each))}</th>" for each in FIX_HEADS)
    return f"<table class='fixes'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _head(words: str) -> str:
    return f"<h2>{escape(tr(words))}</h2>"


def _list(tag: str, texts: Iterable[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</{tag}>"


def _scale() -> float:
    """Give how large to print what is spoken, so that it takes the room that English does.

    A text that is twice as long takes as much room when each side of a letter is by the root of 2
    smaller, and by a little more where long words leave lines of narrow columns unfilled.
    """
    texts = catalogue(language()).texts
    english, said = sum(map(len, texts)), sum(len(forms[0]) for forms in texts.values())
    return min(1.0, (english / said) ** _SHRINKING) if said else 1.0


def _page(title: str, *content: str) -> str:
    style = STYLE.read_text(encoding="utf-8")
    scale = _scale()
    main = "<main>" if scale == 1 else f'<main style="--scale: {scale:.2f}">'
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{main}\n{chr(10).join(content)}\n</main>\n</body>\n</html>\n"
    )

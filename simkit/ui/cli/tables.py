"""Lines and tables for terminals: how wide they are, and what gives way where there is no room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from shutil import get_terminal_size
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDTH = 100
"""Columns of a pipe, and the most that a table takes of a terminal."""
_SHORTEST = 12
"""Letters that are left of a title, however narrow the terminal."""


def width_of(console: Console) -> int:
    """Give the columns that lines may take: those of the terminal, or of the console if fewer."""
    return min(console.width, get_terminal_size((WIDTH, 0)).columns)


def print_lines(console: Console, lines: Iterable[str | Text]) -> None:
    """Print lines as they are: none is wrapped, and no word of them is taken for markup."""
    from rich.text import Text

    for line in lines:
        text = Text.assemble(line)
        text.rstrip()
        console.print(text, markup=False, no_wrap=True, overflow="ignore", crop=False)


def lines_of(table: RenderableType, console: Console, width: int) -> Iterator[Text]:
    """Give the lines of a table, to be printed without the blanks that fill them up."""
    from rich.text import Text

    for line in console.render_lines(table, console.options.update(width=width), pad=False):
        yield Text.assemble(*((part.text, part.style or "") for part in line))


def beside(left: str | Text, right: str | Text, width: int) -> Text:
    """Give a line of a text, cut where it has to be, and numbers at its end, which never are.

    >>> beside("Refresh every 15 s", "7.52 min", 24).plain
    'Refresh every…  7.52 min'
    """
    from rich.text import Text

    line = Text.assemble(left)
    end = Text.assemble(right)
    room = max(_SHORTEST, width - end.cell_len - (2 if end else 0))
    line.truncate(room, overflow="ellipsis", pad=bool(end))
    return Text.assemble(line, "  ", end) if end else line


def paragraph(text: str, width: int, indent: str = "") -> list[str]:
    """Give a text in lines; those after the first are indented by two more."""
    return wrapped(f"{indent}{text}", width, hang=f"{indent}  ")


def wrapped(text: str, width: int, hang: str = "") -> list[str]:
    """Give a text in lines, those after the first behind ``hang``; a number stays with its unit.

    >>> wrapped("It takes 12 min, at most.", 12)
    ['It takes', '12 min, at', 'most.']
    """
    from textwrap import wrap

    joined = _UNIT.sub(lambda unit: unit[0].replace(" ", _JOINT), text)
    lines = wrap(joined, max(width, len(hang) + 1), subsequent_indent=hang, break_on_hyphens=False)
    return [line.replace(_JOINT, " ") for line in lines]


_JOINT = "\0"
"""Stands for a blank at which no line ends: it can be in no text that may be printed."""
_UNIT = re.compile(
    r"(?<=\d) (?:%|ms|s|min|h|K?B/s|per (?:s|min|run|100)|(?:requests )?a second)(?!\w)"
)


def profile_option(profile: str) -> str:
    """Give the option that names a profile in a command, a space before it; none for the guide's.

    >>> profile_option("guide"), profile_option("genesys"), profile_option("acme")
    ('', ' --profile genesys', ' --profile FILE')
    """
    from simkit.inputs.profiles import GUIDE, of_the_kit

    if profile == GUIDE:
        return ""
    return f" --profile {profile if profile in of_the_kit() else 'FILE'}"

"""Standard output as it is: what a terminal cannot show or should not obey is told otherwise."""

from __future__ import annotations

import codecs
import io
import re
import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Self

from simkit.base.outgoing import lines_shown

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult

WIDTH = 100
_PLAIN = {
    "→": ">",
    "–": "-",
    "−": "-",
    "…": "~",
    "×": "x",
    "✗": "x",
    "✓": "v",
    "“": '"',
    "”": '"',
    "’": "'",
    "≤": "<",
    "≥": ">",
    "≠": "#",
    "·": "-",
    "\N{NO-BREAK SPACE}": " ",
}
"""As wide as what they stand for, so that columns stay columns."""


def prepare() -> None:
    """Let both outputs show something for each character, whatever the terminal's encoding is."""
    codecs.register_error("simkit", _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="simkit")


def _stand_in(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    lost = problem.object[problem.start : problem.end]
    return "".join(_PLAIN.get(character, "?") for character in lost), problem.end


def show(text: str) -> None:
    """Print text of one or more lines; nothing in it but its line ends is obeyed."""
    print(lines_shown(text))


def width() -> int:
    """Give the columns that lines may take: those of the terminal, up to as many as a pipe has."""
    return min(WIDTH, get_terminal_size((WIDTH, 0)).columns)


def show_prose(text: str) -> None:
    """Print text as ``show`` does; a terminal gets long lines wrapped below their beginning."""
    if sys.stdout is None or not sys.stdout.isatty():
        show(text)
        return
    from simkit.ui.cli.tables import wrapped

    for line in lines_shown(text).split("\n"):
        start = _BEGINNING.match(line)
        assert start
        hang = " " * (start.end() if start[1] else start.end() + 2)
        print("\n".join(wrapped(line, width(), hang=hang)))


_BEGINNING = re.compile(r" *(\d\d:\d\d(?::\d\d(?:\.\d+)?)? )?")
"""What the further lines of a wrapped line stand below: its indent, and the time it begins with."""


class ProgressLine:
    """A bar on standard error and words beside it, gone when the work is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = BarColumn(), TextColumn("{task.description}", markup=False)
        # Drawn when the work says how far it is, and by no thread that an interrupt could meet.
        self._bar = Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
        )
        self._task = self._bar.add_task("", total=1.0)

    @classmethod
    def here(cls) -> Self | None:
        """Give a line of the terminal; None where there is none to see it."""
        return cls() if sys.stderr is not None and sys.stderr.isatty() else None

    def show(self, words: str, share: float) -> None:
        """Say how far the work is."""
        self._bar.update(self._task, description=words, completed=share)
        self._bar.start()  # which does nothing once it is there
        self._bar.refresh()

    def end(self) -> None:
        """Take the line away."""
        self._bar.stop()


def console() -> Console:
    """Give a console for tables; nothing in their cells is obeyed.

    Its frames are drawn with the characters of ASCII where the terminal has no others.
    """
    from rich.console import Console, RenderHook
    from rich.segment import Segment

    class ShownText:
        """Something to print, with its text made safe after it has been laid out."""

        def __init__(self, inside: ConsoleRenderable) -> None:
            self.inside = inside

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for text, style, control in console.render(self.inside, options):
                yield Segment(text if control else lines_shown(text), style, control)

    class Piped(Console):
        """A console that leaves it to the command what becomes of a pipe that was closed."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    class Hook(RenderHook):
        def process_renderables(
            self, renderables: list[ConsoleRenderable]
        ) -> list[ConsoleRenderable]:
            return [ShownText(each) for each in renderables]

    made = Piped(width=WIDTH, highlight=False)
    made.push_render_hook(Hook())
    return made

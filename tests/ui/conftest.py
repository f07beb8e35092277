"""What the tests of the top floor share: the command line, and labs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from commands import Answer

from simkit.ui.cli import main
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.lab import lab as opened_lab


@pytest.fixture
def simkit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """A function that runs a command in this process."""

    def command(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["simkit", *map(str, arguments)])
        code: str | int | None = 0
        try:
            main.main()
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return Answer(int(code or 0), out, err)

    return command


@pytest.fixture
def lab() -> Iterator[Callable[..., Lab]]:
    """Open labs that are closed when the test ends."""
    opened: list[Lab] = []

    def open_lab(*args: Any, **keywords: Any) -> Lab:
        opened.append(opened_lab(*args, **keywords))
        return opened[-1]

    yield open_lab
    for each in opened:
        each.close()

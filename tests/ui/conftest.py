"""What the tests of the front end share: the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from commands import Answer

from simkit.ui.cli import main


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

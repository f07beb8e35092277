"""The pytest plugin: a fixture that checks a trainer's notebook in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def simkit_notebook(request: pytest.FixtureRequest) -> Callable[[str | Path], None]:
    """Check a notebook, named from the test's folder; see ``simkit.testing.check_notebook``."""

    def check(path: str | Path) -> None:
        from simkit.testing.notebook_check import check_notebook

        check_notebook(request.path.parent / path)

    return check

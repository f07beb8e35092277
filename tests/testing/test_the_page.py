"""docs/testing.md: what it shows runs as it stands there."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "testing.md"


def test_the_examples_of_the_page_run() -> None:
    """Every line that begins with a prompt, and what follows it."""
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 4) == (0, True)

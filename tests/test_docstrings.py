"""What docstrings show, happens."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import simkit

PACKAGE = Path(simkit.__file__).parent
SHOWN = [
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
    for file in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", SHOWN)
def test_the_examples_of_a_module_hold(module: str) -> None:
    """Each example gives what stands beneath it."""
    result = doctest.testmod(import_module(module))
    assert result.attempted > 0
    assert result.failed == 0

"""What the browser is told of a chart, by name; ``tools/typedefs.py`` writes its types out of this.

Every text is for people, and stays text.
"""

from __future__ import annotations

from typing import TypedDict


class Caption(TypedDict):
    """What stands under a figure, and what the figure is called."""

    title: str
    sentence: str
    alt: str
    """The words for those who do not see the figure."""
    head: list[str]
    rows: list[list[str]]
    """The cells of a table; the first of a row says what the row is about."""
    file: str
    """The name of a downloaded picture, without its ending."""


class CaptionTold(TypedDict):
    """What the widget holds for the browser, by the names of its traits."""

    content: Caption

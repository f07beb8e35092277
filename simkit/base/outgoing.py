"""Text on its way out: names shown and never obeyed, by terminals, browsers and spreadsheets."""

from __future__ import annotations

import json
import re
from typing import Any

from simkit.base.errors import UNPRINTABLE, one_line

# The writer of JSON has escaped the first block itself; what is left of it are line ends.
_RAW_IN_JSON = re.compile(f"(?![\x00-\x1f]){UNPRINTABLE.pattern}")
# What spreadsheets take for the beginning of a formula, also behind white space.
_FORMULA = re.compile(r"\s*[=+\-@\t\r'＝＋－＠]")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def json_text(data: Any, indent: int | None = None) -> str:
    r"""Give data as JSON: letters as they are, control and direction characters as escapes.

    ValueError for a number that JSON does not have.

    >>> json_text({"name": "Café\u202e"})
    '{"name": "Café\\u202e"}'
    """
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    return _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def lines_shown(text: str) -> str:
    """Give text of several lines that is safe to print: only its line ends are obeyed."""
    return "\n".join(map(one_line, text.split("\n")))


def csv_safe(cell: str) -> str:
    """Give a cell of a CSV file that no spreadsheet takes for a formula; ``csv_plain`` undoes it.

    >>> csv_safe("=1+1"), csv_safe("'=1"), csv_safe("Meal"), csv_safe("-1.5")
    ("'=1+1", "''=1", 'Meal', '-1.5')
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def csv_plain(cell: str) -> str:
    """Give what a cell of a CSV file says, whether it was written with ``csv_safe`` or by hand.

    >>> csv_plain("'=1+1"), csv_plain("''=1"), csv_plain("'tis"), csv_plain("=1+1")
    ('=1+1', "'=1", "'tis", '=1+1')
    """
    rest = cell[1:]
    return rest if cell[:1] == "'" and csv_safe(rest) == cell else cell

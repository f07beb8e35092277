"""Files with the patches of their findings in place, written beside them or in their place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.files import read_bytes, reason, replacing
from simkit.base.reading.documents import MAX_BYTES
from simkit.checking.check import Examined, examine
from simkit.checking.findings import UNREAD, Finding
from simkit.checking.patches import apart, applied

_PASSES = 10
_MARK = b"\xef\xbb\xbf"


class Mended(NamedTuple):
    """What became of the findings of some files."""

    texts: Mapping[str, str]
    """The new texts of those files that change."""
    patches: Mapping[str, int]
    """How many patches each of them took."""
    left: list[Finding]
    """What is still found."""


def mended(names: Sequence[str], examined: Examined) -> Mended:
    """Give what files are with all patches in place, and what is found then.

    Patches are made that do not touch each other, and the files are judged again, until nothing is
    left that has a patch. One after which a file could not be read is not made.
    """
    texts = dict(examined.texts)
    counts: dict[str, int] = {}
    found = examined
    for _ in range(_PASSES):
        patches = {
            name: [each.patch for each in found.findings if each.patch and each.file == name]
            for name in dict.fromkeys(names)
        }
        new = dict(texts)
        for name, mine in patches.items():
            edits, count = apart(mine)
            if edits:
                new[name] = applied(texts[name], edits)
                counts[name] = counts.get(name, 0) + count
        if new == texts:
            break
        judged = examine(names, new, examined.exported)
        if _unread(judged.findings) > _unread(examined.findings):
            break
        texts, found = new, judged
    changed = {name: texts[name] for name in counts if texts[name] != examined.texts[name]}
    return Mended(changed, {name: counts[name] for name in changed}, found.findings)


def _unread(findings: Sequence[Finding]) -> int:
    return sum(each.rule in UNREAD or each.rule == "syntax" for each in findings)


def beside(name: str) -> str:
    """Give where the mended copy of a file goes.

    >>> beside("portal/page.html")
    'portal/page.fixed.html'
    """
    stem, ending = os.path.splitext(name)
    return f"{stem}.fixed{ending}"


def write_mended(texts: Mapping[str, str], *, in_place: bool = False) -> dict[str, str]:
    """Write mended texts beside the files, or in their place, and give where each of them is.

    Each file is whole or not there at all, with the permissions, the line ends and the byte order
    mark of the original. BadInput, before anything is written, where a copy is there already.
    """
    targets = {name: os.path.realpath(name) if in_place else beside(name) for name in texts}
    for target in targets.values():
        if not in_place and os.path.lexists(target):
            raise BadInput("is there already, and is not written over", file=target)
    for name, text in texts.items():
        content = read_bytes(name, MAX_BYTES)
        mark = _MARK if content.startswith(_MARK) else b""
        try:
            with replacing(Path(targets[name])) as part:
                part.write_bytes(mark + text.encode())
                shutil.copymode(name, part)
        except OSError as problem:
            why = f"cannot be written: {reason(problem)}"
            raise BadInput(why, file=targets[name]) from None
    return {name: name if in_place else target for name, target in targets.items()}

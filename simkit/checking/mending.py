"""Files with the patches of their findings in place, written beside them or in their place."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.files import read_bytes, reason, replacing
from simkit.base.reading.documents import MAX_BYTES
from simkit.checking.examining import Examined
from simkit.checking.findings import UNREAD, Finding
from simkit.checking.patches import Edit, applied

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
    counts = Counter[str]()
    made: set[tuple[object, ...]] = set()
    found = examined
    for _ in range(_PASSES):
        new = dict(texts)
        for name in dict.fromkeys(names):
            # A patch that did not help is not made again.
            mine = [
                each
                for each in found.findings
                if each.patch and each.file == name and _what(each) not in made
            ]
            edits, taken = apart(mine)
            made.update(map(_what, taken))
            if edits:
                new[name] = applied(texts[name], edits)
                counts[name] += len(taken)
        judged = examined.again(names, new) if new != texts else found
        if judged is found or unread(judged.findings) > unread(examined.findings):
            break
        texts, found = new, judged
    changed = {name: text for name, text in texts.items() if text != examined.texts[name]}
    return Mended(changed, {name: counts[name] for name in changed}, found.findings)


def _what(finding: Finding) -> tuple[object, ...]:
    # The place alone would not do: when an entry of a list is gone, the next one has its number.
    inserted = finding.patch.edits if finding.patch else ()
    edits = tuple(edit.text for edit in inserted)
    return finding.file, finding.rule, finding.field, finding.message, edits


def apart(findings: Iterable[Finding]) -> tuple[list[Edit], list[Finding]]:
    """Give the edits of those findings of one file whose patches do not touch, and these findings.

    One that touches an edit taken before waits: what it edits may be another thing by then.
    """
    edits: list[Edit] = []
    taken = []
    for finding in findings:
        assert finding.patch
        new = [edit for edit in finding.patch.edits if edit not in edits]
        if not any(_touch(one, other) for one in new for other in edits):
            edits += new
            taken.append(finding)
    return edits, taken


def _touch(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def unread(findings: Sequence[Finding]) -> int:
    """Give how many findings say that something could not be read."""
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

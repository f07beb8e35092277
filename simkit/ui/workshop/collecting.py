"""Takes what a room's learners send: with the code, little, not too often, and as data only."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from simkit.base.errors import BadInput, shown
from simkit.base.files import reason, write_text
from simkit.base.language import tr
from simkit.teaching.progress_file import MOST_BYTES as MOST_BYTES
from simkit.teaching.progress_file import ProgressFile, progress_of, read_progress, text_of

MOST_FILES = 300
"""In the folder; who has sent before has a file and needs no further one."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of a code: none that is taken for another one."""
_CODE = re.compile(r"[A-Z0-9]{6}", re.ASCII)
_NAME = re.compile(r"progress-(\d{4})\.json", re.ASCII)
_AT_ONCE = 20
_EVERY_S = 2.0
"""So many from one address at once, and then one in so many seconds."""
_MOST_ADDRESSES = 1_000


class Refused(Exception):  # noqa: N818
    """What is sent is not taken; the status and the words say why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Collector:
    """The folder of a room's progress files, and who may add to it."""

    def __init__(self, folder: Path, code: str | None = None) -> None:
        """Collect in a folder, made if need be; BadInput where nothing can be written there."""
        self.folder = folder
        self.code = drawn_code() if code is None else code.upper()
        if not _CODE.fullmatch(self.code):
            allowed = "six letters or digits"
            raise BadInput(field="--code", found=shown(code), allowed=allowed)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = [_NAME.fullmatch(file.name) for file in folder.iterdir()]
        except OSError as problem:
            raise BadInput(f"cannot be used: {reason(problem)}", file=str(folder)) from None
        self._last = max((int(name[1]) for name in taken if name), default=0)
        self._files = sum(name is not None for name in taken)
        self._receipts: dict[str, str] = {}
        self._rates = Rates()

    def take(self, content: bytes, code: str, receipt: str, address: str) -> str:
        """Keep a progress file and give the receipt for it; Refused when it is not taken.

        With the receipt of a file that was sent before, it takes the place of that one.
        """
        if not self._rates.allow(address):
            raise Refused(429, tr("Too many at once: try again in a minute."))
        if len(content) > MOST_BYTES:
            raise Refused(413, too_much())
        if not hmac.compare_digest(code.upper().encode(), self.code.encode()):
            raise Refused(403, tr("This is not the code of the room."))
        try:
            text = text_of(progress_of(content))
        except (BadInput, ValueError) as problem:
            raise Refused(400, str(problem)) from None
        name = self._receipts.get(receipt)
        if name is None:
            if self._files >= MOST_FILES:
                raise Refused(503, tr("The room's folder is full."))
            receipt, name = secrets.token_urlsafe(16), f"progress-{self._last + 1:04}.json"
        try:
            write_text(self.folder / name, f"{text}\n")
        except BadInput:
            raise Refused(503, tr("The file cannot be kept.")) from None
        if receipt not in self._receipts:
            self._receipts[receipt] = name
            self._last += 1
            self._files += 1
        return receipt


def too_much() -> str:
    """Say how much can be sent."""
    return tr("At most {n} bytes.", n=MOST_BYTES)


class Rates:
    """How much each address may still send: a few at once, and then one by one."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, float]] = {}

    def allow(self, address: str) -> bool:
        """Say whether an address may send once more, and count that it does."""
        now = time.monotonic()
        left, since = self._left.get(address, (_AT_ONCE, now))
        left = min(left + (now - since) / _EVERY_S, _AT_ONCE)
        if address not in self._left and len(self._left) >= _MOST_ADDRESSES:
            self._forget_rested(now)
            if len(self._left) >= _MOST_ADDRESSES:
                return False
        self._left[address] = (max(left - 1, 0.0), now) if left >= 1 else (left, now)
        return left >= 1

    def _forget_rested(self, now: float) -> None:
        rest = _AT_ONCE * _EVERY_S
        self._left = {a: entry for a, entry in self._left.items() if now - entry[1] < rest}


def collected(folder: Path) -> list[ProgressFile]:
    """Give the progress files in a folder; one that is none, or is not whole, is left out."""
    found = []
    for file in sorted(folder.glob("*.json")):
        with suppress(BadInput):
            found.append(read_progress(file))
    return found


def drawn_code() -> str:
    """Give a code of six characters, drawn so that nobody guesses it."""
    return "".join(secrets.choice(LETTERS) for _ in range(6))

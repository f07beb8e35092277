"""A folder as a server gives it: its files as they are when it starts, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.files import read_bytes

INDEX = "index.html"
MOST_FILES = 500
MOST_BYTES = 64 * 1024 * 1024
"""Of all files together, since they are held in memory."""
_TEXT = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ipynb": "application/json",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
}
_OTHER = {".pdf": "application/pdf", ".png": "image/png", ".zip": "application/zip"}


class File(NamedTuple):
    """A file to be served."""

    kind: str
    content: bytes
    packed: bytes | None
    """The same compressed, where that is worth it."""
    tag: str
    """What stands for the content."""


def snapshot(folder: Path) -> dict[str, File]:
    """Give the files of a folder by their paths in an address, such as ``/lane.js``; ``/`` is one.

    Hidden files and links are left out, wherever they lead. BadInput where there is no index page,
    or too much.
    """
    if not (folder / INDEX).is_file():
        allowed = "a folder with one, such as simkit workshop lane writes"
        raise BadInput(f"no {INDEX} in it", file=str(folder), allowed=allowed)
    found: dict[str, File] = {}
    left = MOST_BYTES
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith(".") or path.is_symlink():
                continue
            if len(found) == MOST_FILES:
                allowed = f"at most {MOST_FILES} files"
                raise BadInput("too many files", file=str(folder), allowed=allowed)
            file = _file(path, left)
            left -= len(file.content)
            found[f"/{path.relative_to(folder).as_posix()}"] = file
    return {"/": found[f"/{INDEX}"], **found} if f"/{INDEX}" in found else found


def _file(path: Path, at_most: int) -> File:
    content = read_bytes(path, at_most)
    ending = path.suffix.lower()
    kind = _TEXT.get(ending) or _OTHER.get(ending, "application/octet-stream")
    packed = gzip.compress(content, mtime=0) if ending in _TEXT else None
    if packed is not None and len(packed) > 0.9 * len(content):
        packed = None
    return File(kind, content, packed, hashlib.sha256(content).hexdigest()[:32])

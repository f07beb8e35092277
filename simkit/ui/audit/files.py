"""Files of an audit: as bytes in memory, by their names, and the mended ones packed."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from simkit.base import given, resources
from simkit.base.files import read_bytes
from simkit.inputs.exports.files import MAX_BYTES

_SAMPLE = ("exports", "payloads/widget-configuration.json")
_READABLE = 0o644
"""Who may read a file that is unpacked: without it nobody."""


def contents_of(paths: Iterable[str | os.PathLike[str]]) -> dict[str, bytes]:
    """Give the bytes of files by their paths; BadInput for one that cannot be read."""
    names = [given.path("paths", path) for path in paths]
    return {name: read_bytes(name, MAX_BYTES) for name in names}


def sample() -> dict[str, bytes]:
    """Give the kit's own exports and a widget configuration, by the names of the files."""
    data = resources.directory("data")
    found: list[Path] = []
    for place in (data / each for each in _SAMPLE):
        found += sorted(place.iterdir()) if place.is_dir() else [place]
    return {path.name: read_bytes(path, MAX_BYTES) for path in found}


def packed(texts: Mapping[str, str], contents: Mapping[str, bytes]) -> bytes:
    """Give mended files as a ZIP archive: the same texts are the same bytes.

    Each has the byte order mark of its original, ``contents``. Its name has no way out of a folder.
    """
    there: set[str] = set()
    archive = BytesIO()
    with ZipFile(archive, "w") as packing:
        for number, (name, text) in enumerate(sorted(texts.items()), 1):
            inside = _inside(name)
            if inside in there:
                inside = f"{number}/{inside}"
            there.add(inside)
            mark = codecs.BOM_UTF8 if contents[name].startswith(codecs.BOM_UTF8) else b""
            entry = ZipInfo(inside)  # of the first day of 1980, like all others
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, _READABLE << 16
            packing.writestr(entry, mark + text.encode())
    return archive.getvalue()


def _inside(name: str) -> str:
    """Give the name of a file below the folder that an archive is unpacked in.

    >>> _inside("../portal/page.html"), _inside("C:\\\\portal\\\\page.html")
    ('portal/page.html', 'C/portal/page.html')
    """
    parts = PurePosixPath(name.replace("\\", "/").replace(":", "")).parts
    return "/".join(part for part in parts if part not in ("/", "//", ".."))

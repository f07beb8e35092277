"""Where files of an audit are dropped or chosen: their bytes come over in pieces, into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import traitlets

from simkit.base import given
from simkit.base.errors import BadInput, closest, shown
from simkit.base.files import too_large
from simkit.inputs.exports.files import MAX_BYTES, MOST_FILES
from simkit.ui.frontend import assets
from simkit.ui.frontend.guarded import Guarded

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
"""A single file that is packed, such as ``users.json.gz``, is none."""


class Zone(Guarded):
    """A drop zone, with a button beside it. What the browser is told is ``told.ZoneTold``.

    ``take`` is called with the files of each drop, by their names, and gives what is said of it.
    """

    _esm = assets.script("audit/zone")
    _css = assets.style("frontend/tokens", "lab/lab", "audit/zone")

    most_bytes = traitlets.Int(MAX_BYTES).tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, take: Callable[[Mapping[str, bytes]], str]) -> None:
        self._take = take
        self._buffers: Sequence[memoryview] = ()
        self._sizes: dict[str, int] = {}
        """Of the files that are coming, by their names."""
        self._came = bytearray()
        """Their bytes so far, one file after the other."""
        super().__init__()

    def __repr__(self) -> str:
        return "where files of an audit are dropped"

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        self._buffers = buffers
        super()._hear(widget, content, buffers)

    def _answer(self, kind: str, value: Any) -> None:
        commands = {"begin": self._begin, "piece": self._add}
        if kind not in commands:
            raise BadInput(f"unknown command {shown(kind)}{closest(kind, commands)}")
        self.error = ""
        try:
            commands[kind](value)
        except BaseException:
            self._forget()
            raise

    def _begin(self, value: object) -> None:
        self._forget()
        self.said = ""
        self._sizes = _sizes(value)
        self._take_all()

    def _add(self, at: object) -> None:
        more = b"".join(self._buffers)
        whole = sum(self._sizes.values())
        if at != len(self._came) or len(self._came) + len(more) > whole:
            raise BadInput("the files did not come over whole: drop them again")
        self._came += more
        self._take_all()

    def _take_all(self) -> None:
        """Take the files once all of their bytes are there."""
        if len(self._came) == sum(self._sizes.values()):
            contents = dict(self._split())
            self._forget()
            self._say_work("Reading …")
            self.said = self._take(contents)

    def _split(self) -> Iterator[tuple[str, bytes]]:
        begin = 0
        for name, size in self._sizes.items():
            yield name, bytes(self._came[begin : begin + size])
            begin += size

    def _forget(self) -> None:
        self._sizes, self._came = {}, bytearray()


def _sizes(files: object) -> dict[str, int]:
    """Give the sizes of the files that are about to come, by name; BadInput for what is not taken.

    >>> _sizes([{"name": "users.json", "size": 12, "folder": False}])
    {'users.json': 12}
    """
    if not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        found = f"{len(files):,} files" if isinstance(files, list) else shown(files)
        raise BadInput(field="dropped", found=found, allowed=f"1 to {MOST_FILES:,} files")
    sizes: dict[str, int] = {}
    for each in files:
        told = given.mapping("file", each)
        name = given.text("name", told.get("name"))
        size = given.whole("size", told.get("size"), 0)
        folder = given.flag("folder", told.get("folder"))
        if folder or name.lower().endswith(_ARCHIVES):
            found = "a folder" if folder else "an archive"
            raise BadInput(file=name, found=found, allowed="the files that are in it")
        if size > MAX_BYTES:
            raise too_large(f"{size:,} bytes", name, MAX_BYTES)
        if name in sizes:
            raise BadInput("two files of one name", file=name)
        sizes[name] = size
    return sizes

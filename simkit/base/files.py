"""Files opened and written with care: regular ones only, bounded, each whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from simkit.base.errors import BadInput, one_line

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
# Without it the opening of a pipe waits for a writer, and some files of the system for news.
_AT_ONCE: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | os.PathLike[str], at_most: int) -> BinaryIO:
    """Open a regular file for reading; BadInput when it is none, or has more bytes than that.

    What was opened is judged, so that nothing can take its place in between.
    """
    name = os.fspath(path)
    try:
        # A look before it is opened: even that has an effect on some devices.
        _refuse_odd(os.stat(name), name, at_most)
        descriptor = os.open(name, os.O_RDONLY | _AT_ONCE)
    except FileNotFoundError:
        raise BadInput("no such file", file=name) from None
    except PermissionError:
        raise BadInput("permission denied", file=name) from None
    except OSError as problem:
        raise BadInput(f"cannot be read: {reason(problem)}", file=name) from None
    except ValueError:  # a path with a NUL in it
        raise BadInput("not a possible file name", file=name) from None
    try:
        _refuse_odd(os.fstat(descriptor), name, at_most)
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_bytes(path: str | os.PathLike[str], at_most: int) -> bytes:
    """Give the content of a regular file of at most so many bytes; BadInput when there is none."""
    name = os.fspath(path)
    with open_regular(name, at_most) as file:
        try:
            # One byte more than allowed: the size may be unknown (0) or out of date.
            content = file.read(at_most + 1)
        except OSError as problem:
            raise BadInput(f"cannot be read: {reason(problem)}", file=name) from None
    if content is None:  # the system has nothing to give at once, as from its log
        raise BadInput("not a regular file", file=name, found="nothing to read yet")
    if len(content) > at_most:
        raise too_large(f"more than {at_most:,} bytes", name, at_most)
    return content


def kind_of(mode: int) -> str:
    """Give in words what kind of file a mode stands for; empty for a regular one."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "something else")


def _refuse_odd(about: os.stat_result, name: str, at_most: int) -> None:
    if kind := kind_of(about.st_mode):
        raise BadInput("not a regular file", file=name, found=kind)
    if about.st_size > at_most:
        raise too_large(f"{about.st_size:,} bytes", name, at_most)


def too_large(found: str, name: str, at_most: int) -> BadInput:
    """Give the complaint about a file with too many bytes."""
    return BadInput("too large", file=name, found=found, allowed=f"at most {at_most:,} bytes")


def reason(problem: OSError) -> str:
    """Give why the system refused something, in a few words; libraries do not always say it."""
    return problem.strerror or one_line(str(problem), 200) or type(problem).__name__


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give where to write a file that takes the place of ``path`` once it is whole.

    OSError when it cannot be written; what stood at ``path`` is then still there. It is also one
    where ``path`` is a device, a pipe or a folder, which no file may replace.
    """
    with suppress(FileNotFoundError):
        if kind := kind_of(path.stat().st_mode):
            raise OSError(None, f"{kind} is in its place", str(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_lines(path: Path, lines: Iterable[str]) -> Path:
    """Write text into a file, whole or not at all, and give its path; OSError when it cannot be."""
    # Line ends go out as they are given, so that a file is the same on every system.
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines)
    return path


def write_text(path: str | Path, text: str) -> None:
    """Write a text into a file, whole or not at all; BadInput when it cannot be written."""
    with writing(path, text):
        pass


@contextmanager
def writing(path: str | Path, text: str) -> Iterator[None]:
    """Write a text, which takes its place once all is well that is done meanwhile.

    BadInput when it cannot be written, before anything else is done.
    """
    with refusing(path), replacing(Path(path)) as part:
        part.write_text(text, encoding="utf-8", newline="")
        yield


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes into a file, whole or not at all; BadInput when they cannot be written."""
    with refusing(path), replacing(Path(path)) as part:
        part.write_bytes(content)


@contextmanager
def refusing(path: str | Path) -> Iterator[None]:
    """Give BadInput, which says why, where a file cannot be written meanwhile."""
    try:
        yield
    except (OSError, ValueError) as problem:  # ValueError: a name with a NUL in it
        why = reason(problem) if isinstance(problem, OSError) else "not a possible file name"
        raise BadInput(f"cannot be written: {why}", file=str(path)) from None


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts into a folder, made if need be, each whole, and give their paths.

    ``texts`` are by names of files. BadInput when the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadInput(f"cannot be written: {reason(problem)}", file=str(folder)) from None
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]

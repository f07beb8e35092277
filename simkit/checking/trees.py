"""Syntax trees of JavaScript and HTML by tree-sitter, within bounds that hold for any text."""

from __future__ import annotations

import re
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query, Tree

Result = TypeVar("Result")
Grammar = Literal["javascript", "html"]
MAX_CODE = 4_000_000
"""Bytes of a page or script. The HTML grammar may look at the rest of a page for each tag."""
CPU_SECONDS = 1.5
"""For parsing one file: about 1 s/MB is usual, hostile texts take minutes for a few KB."""
MEMORY = 120 * 1024 * 1024
"""What parsing may add to the memory of the process: 60 MB/MB is usual, hostile texts take 1 GB."""
MAX_MESSAGES = 150_000
"""Of the parser's log, which has one for each character: about a second's worth."""
_STACK = 64 * 1024 * 1024
_PIECE = 65_536
_SMALL_PIECE = 256
_SAMPLED = 32
_SAMPLE = 24
_PLACE = re.compile(r"process .*row:(\d+), col:(\d+)")
_TROUBLE = ("resume", "skip_token", "recover")
_BLOCK = 16_384
_CONTINUATION = bytes(range(0x80, 0xC0))


class Patience:
    """What may be spent on the scripts of one file. Its clock counts work, not waiting."""

    def __init__(self, seconds: float = CPU_SECONDS) -> None:
        self.seconds = seconds
        self._memory = _used() + MEMORY

    def timer(self) -> Callable[[], bool]:
        """Give a function that says whether patience has ended, from now on in this thread."""
        last = time.thread_time()
        turns = 0

        def ended() -> bool:
            nonlocal last, turns
            now = time.thread_time()
            self.seconds -= now - last
            last = now
            turns += 1
            is_full = turns % 4 == 0 and _used() > self._memory
            return self.seconds < 0 or is_full

        return ended


def _used() -> int:
    """Give how much memory this process has, in bytes; the most it has had where none is told."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def parse(grammar: Grammar, code: bytes, patience: Patience) -> Tree | None:
    """Give the syntax tree of some code, errors included; None when patience ended before."""
    return _in_thread(lambda: _parse(grammar, code, patience)) if len(code) <= MAX_CODE else None


def first_error(code: bytes, tree: Tree | None, patience: Patience) -> int | None:
    """Give the offset at which no JavaScript could go on as this does; None when none was seen.

    It is the end of the last token that fits. A tree does not tell: its errors lie where the code
    would be mended at the least cost. The parser's own log does, but slows it down so much that
    it is only kept from the first error of the tree on.
    """
    begin = _first_problem(tree) - 2 * _SMALL_PIECE if tree else 0
    log = _in_thread(lambda: _Log(code, begin, patience))
    return log.error if log else None


class _Log:
    """What the parser says of its work, from an offset on, until the code cannot be read."""

    def __init__(self, code: bytes, begin: int, patience: Patience) -> None:
        from tree_sitter import Parser

        self.code, self.begin = code, begin
        self.error: int | None = None
        self._here = self._furthest = (0, 0)
        self._left = MAX_MESSAGES
        self._parser = Parser(_language("javascript"))
        ended = patience.timer()
        with suppress(ValueError):  # how the parser says that it was stopped
            self._parser.parse(
                self._read,
                encoding="utf8",
                progress_callback=lambda *_: self._is_over or ended(),
            )
        # Its log knows the parser, so that neither would be freed; and it has to be freed here, in
        # the thread whose stack is deep enough.
        del self._parser.logger
        del self._parser

    @property
    def _is_over(self) -> bool:
        return self.error is not None or self._left <= 0

    def _read(self, offset: int, _: Any) -> bytearray:
        if self._is_over:
            return _piece(self.code, offset, 0)
        if offset >= self.begin:
            self._parser.logger = self._listen
        return _piece(self.code, offset, _SMALL_PIECE)

    def _listen(self, _: Any, message: str) -> None:
        self._left -= 1
        if place := _PLACE.match(message):
            self._here = int(place[1]), int(place[2])
        elif message.startswith("detect_error"):  # in one of several ways to read the code
            self._furthest = max(self._furthest, self._here)
        elif message.startswith("resume"):  # none of them goes on
            row, column = self._furthest
            starts = [0, *(end.end() for end in re.finditer(b"\n", self.code))]
            self.error = starts[row] + column
        if self._is_over:
            del self._parser.logger


def _first_problem(tree: Tree) -> int:
    """Give an offset before which the tree has no error."""
    node = tree.root_node
    while not node.is_error:
        inner = next((each for each in node.children if each.has_error or each.is_missing), None)
        if inner is None:
            break
        node = inner
    return node.start_byte


def _parse(grammar: Grammar, code: bytes, patience: Patience) -> Tree | None:
    from tree_sitter import Parser

    ended = patience.timer()
    parser = Parser(_language(grammar))
    calls = troubles = left = 0

    def watch(_: Any, message: str) -> None:
        nonlocal troubles, left
        troubles += message.startswith(_TROUBLE)
        left -= message.startswith("process")
        if not left:
            del parser.logger

    def progress(*_: Any) -> bool:
        # Code with an error at every step is given up at once: at its end the parser would try
        # all ways to mend it, without asking again whether to go on. The log tells, in samples.
        nonlocal calls, left
        calls += 1
        if calls % _SAMPLED == 0 and grammar == "javascript":
            left = _SAMPLE
            parser.logger = watch
        return ended() or troubles > 2

    try:
        return parser.parse(
            lambda offset, _: _piece(code, offset, _PIECE),
            encoding="utf8",
            progress_callback=progress,
        )
    except ValueError:  # how the parser says that it was stopped
        return None
    finally:
        del parser.logger  # which knows the parser, so that neither would be freed
        ended()


def _piece(code: bytes, start: int, length: int) -> bytearray:
    """Give a piece of the code, always in the same place."""
    # The parser's binding (0.26) never lets go of what it was given to read: of one object it
    # counts up a number, of many it would keep them all. Only one parser reads at a time.
    end = start + length
    while end < len(code) and 0x80 <= code[end] < 0xC0:
        end -= 1  # half a character at the end of all that is read is more than the parser bears
    _the_piece[:] = code[start:end]
    return _the_piece


_the_piece = bytearray()


def _in_thread(work: Callable[[], Result]) -> Result | None:
    # The parser goes one C frame deeper for each bracket of an ambiguous text. 100,000 of them are
    # more than a usual stack holds, and the process would die of it.
    results: list[Result] = []
    with _one_at_a_time:
        before = threading.stack_size(_STACK)
        try:
            thread = threading.Thread(target=lambda: results.append(work()))
            thread.start()
        finally:
            threading.stack_size(before)
        thread.join()
    return results[0] if results else None


_one_at_a_time = threading.Lock()


@cache
def _language(grammar: Grammar) -> Language:
    import tree_sitter_html
    import tree_sitter_javascript
    from tree_sitter import Language

    module = tree_sitter_html if grammar == "html" else tree_sitter_javascript
    return Language(module.language())


@cache
def _query(grammar: Grammar, pattern: str) -> Query:
    from tree_sitter import Query

    return Query(_language(grammar), pattern)


def captures(grammar: Grammar, pattern: str, tree: Tree) -> list[tuple[str, Node]]:
    """Give the nodes that a pattern names, each with its name, outer nodes before inner ones."""
    from tree_sitter import QueryCursor

    found = QueryCursor(_query(grammar, pattern)).captures(tree.root_node)
    nodes = [(name, node) for name, each in found.items() for node in each]
    nodes.sort(key=lambda each: (each[1].start_byte, -each[1].end_byte))
    return nodes


def leaves(tree: Tree, end: int) -> Iterator[Node]:
    """Give the tokens that begin before an offset, in order."""
    cursor = tree.walk()
    while True:
        node = cursor.node
        assert node is not None
        if node.start_byte >= end:
            return
        if node.child_count == 0:
            yield node
        elif node.end_byte > node.start_byte and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


class Text:
    """A text as the bytes that are parsed, and the line and column of each."""

    def __init__(self, text: str) -> None:
        self.code = text.encode()
        blocks = [self.code[i : i + _BLOCK] for i in range(0, len(self.code), _BLOCK)]
        self._lines = [0, *accumulate(block.count(b"\n") for block in blocks)]
        self._characters = [0, *accumulate(map(_characters, blocks))]

    def at(self, offset: int) -> tuple[int, int]:
        """Give (line, column) from 1, in characters, of an offset in bytes."""
        block = offset // _BLOCK
        line = self._lines[block] + self.code.count(b"\n", block * _BLOCK, offset)
        start = self.code.rfind(b"\n", 0, offset) + 1
        return line + 1, self._before(offset) - self._before(start) + 1

    def _before(self, offset: int) -> int:
        block = offset // _BLOCK
        return self._characters[block] + _characters(self.code[block * _BLOCK : offset])


def _characters(code: bytes) -> int:
    """Give how many characters begin in some bytes of a text."""
    return len(code.translate(None, _CONTINUATION))


def text_of(node: Node, code: bytes) -> str:
    """Give what stands in a node's place in the code."""
    return code[node.start_byte : node.end_byte].decode(errors="replace")

"""A page as a browser would meet it: its scripts in order, its ids, and what loads the SDK."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from simkit.base.errors import BadInput
from simkit.checking.templates import Tag, tags, without_tags
from simkit.checking.trees import MAX_CODE, Patience, Text, captures, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

SDK = "widget-sdk"
MAX_TAGS = 200
MAX_NODES = 50_000
_TAGS = "(start_tag) @tag (self_closing_tag) @tag"
_JAVASCRIPT = re.compile(
    r"|module|text/babel|((text|application)/(x-)?(java|ecma)script|text/(jscript|livescript)).*",
    re.IGNORECASE,
)
_TYPESCRIPT = ("ts", "tsx", "typescript", "x-typescript")
_INTERESTING = re.compile(rb"<script|\bid\b|\son[a-z]+\s*=", re.IGNORECASE)
_RAW = re.compile(rb"(?i)<(?P<ends>/?)(?:script|style|title|textarea)\b")
"""What begins or ends text in which nothing is markup."""
_END = re.compile(rb"</script(?=[\s/>])", re.IGNORECASE)


@dataclass
class ScriptText:
    """A piece of JavaScript, and where it stands."""

    code: bytes
    text: Text
    start: int = 0
    """Offset of the code in the file, in bytes."""
    tag: int = 0
    """Offset of the element that holds it."""
    is_later: bool = False
    """Whether it runs when the page has been read: modules, and what waits for an event."""
    is_module: bool = False
    is_copy: bool = False
    """Whether the code differs from the file's text, so that only its tag has a place."""
    is_typescript: bool = False
    """Whether it is meant as TypeScript, of which some is JavaScript."""

    def at(self, offset: int) -> tuple[int, int]:
        """Give (line, column) in the file of an offset in the code."""
        return self.text.at(self.tag if self.is_copy else self.start + offset)


@dataclass
class Source:
    """A script that a page loads from an address."""

    address: str
    tag: int
    waits: str
    """What makes it run later than where it stands: defer, async, type=module, or nothing."""


@dataclass
class HtmlPage:
    """What a page has that matters to a widget."""

    text: Text
    ids: dict[str, int] = field(default_factory=dict)
    scripts: list[ScriptText] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    is_template: bool = False
    """Whether a template engine fills in the page, and may add anything to it."""
    is_cut: bool = False
    """Whether it has so many elements that not all are looked at."""
    mentions: bool = False
    """Whether a script in another language than JavaScript speaks of the widgets."""
    problem: tuple[int, str] | None = None
    """Where the page cannot be read, and why."""

    @property
    def sdk(self) -> list[Source]:
        return [source for source in self.sources if SDK in source.address]

    @property
    def others(self) -> list[Source]:
        return [source for source in self.sources if SDK not in source.address]


def read_page(text: str, name: str, patience: Patience) -> HtmlPage:
    """Give a page; BadInput when it is too much or too tangled to be read."""
    page = HtmlPage(Text(text))
    code = page.text.code
    plain = without_tags(code, all_of_them=False)
    opened_at = _open_comment(plain)
    if opened_at is not None:
        page.problem = opened_at, "the comment that begins here is never closed"
        plain = plain[:opened_at]
    tree = parse("html", plain, patience)
    if tree is None:
        if len(code) <= MAX_CODE:
            raise BadInput("the page is too tangled to be read", file=name)
        allowed = f"at most {MAX_CODE:,} bytes of HTML"
        raise BadInput("too large", file=name, found=f"{len(code):,} bytes", allowed=allowed)
    nodes = captures("html", _TAGS, tree)
    page.is_cut = len(nodes) > MAX_NODES
    for _, node in nodes[:MAX_NODES]:
        if _INTERESTING.search(plain, node.start_byte, node.end_byte):
            _read_tag(node, plain, page)
    page.is_template = any(_is_filled(tag, page) for tag in islice(tags(code), MAX_TAGS))
    if not page.scripts and not page.sources and (opened := re.search(rb"(?i)<script", plain)):
        # Its element was not found: it lies in a tag or comment that never ends.
        around = tree.root_node.descendant_for_byte_range(opened.start(), opened.end())
        while around and not around.is_error and around.parent:
            around = around.parent
        if around and around.is_error:
            page.problem = around.start_byte, "what begins here is never closed"
    return page


def _open_comment(plain: bytes) -> int | None:
    """Give where a comment begins that is never closed: it holds all that follows."""
    closed = max(plain.rfind(b"-->"), plain.rfind(b"--!>"))
    begin = plain.find(b"<!--", closed + 1)
    if begin < 0 or plain.rfind(b"<", 0, begin) > plain.rfind(b">", 0, begin):
        return None  # none, or text within a tag
    around = [*_RAW.finditer(plain, 0, begin)]
    return None if around and not around[-1]["ends"] else begin


def _is_filled(tag: Tag, page: HtmlPage) -> bool:
    """Say whether a tag is one of a template engine; braces in a script may be anything."""
    scripts = (
        code for code in page.scripts if code.start <= tag.start < code.start + len(code.code)
    )
    return tag.is_certain or (tag.writes and next(scripts, None) is None)


def _read_tag(node: Node, plain: bytes, page: HtmlPage) -> None:
    attributes = _attributes(node, plain)
    if value := attributes.get("id", ("", 0))[0]:
        page.ids.setdefault(value, node.start_byte)
    for key, (value, start) in attributes.items():
        if key.startswith("on") and value:
            raw = page.text.code[start : start + len(value.encode())]
            is_copy = raw != value.encode()
            code = value.encode() if is_copy else raw
            page.scripts.append(
                ScriptText(code, page.text, start, node.start_byte, True, False, is_copy)
            )
    tag = node.named_children[0] if node.named_children else None
    if tag and text_of(tag, plain).casefold() == "script":
        _read_script(node, attributes, plain, page)


def _read_script(
    node: Node, attributes: dict[str, tuple[str, int]], plain: bytes, page: HtmlPage
) -> None:
    kind = attributes.get("type", ("", 0))[0].strip().casefold()
    language = attributes.get("lang", ("", 0))[0].strip().casefold()
    is_typescript = language in _TYPESCRIPT or kind.rpartition("/")[2] in _TYPESCRIPT
    start = node.end_byte
    ending = _END.search(plain, start)
    end = ending.start() if ending else len(plain)
    if "src" in attributes:
        waits: list[str] = [each for each in ("async", "defer") if each in attributes]
        waits += ["type=module"] if kind == "module" else []
        page.sources.append(Source(attributes["src"][0], node.start_byte, " ".join(waits[:1])))
    elif not (is_typescript or _JAVASCRIPT.fullmatch(kind)):
        page.mentions |= b"GenesysCloudWidgets" in plain[start:end]
    else:
        is_module = kind == "module" or is_typescript  # as compilers and bundlers take it
        is_later = is_module or kind == "text/babel"
        code = ScriptText(page.text.code[start:end], page.text, start, node.start_byte)
        code.is_later, code.is_module, code.is_typescript = is_later, is_module, is_typescript
        page.scripts.append(code)
    if ending is None:
        page.problem = page.problem or (start, "the script that begins here is never closed")


def _attributes(node: Node, plain: bytes) -> dict[str, tuple[str, int]]:
    """Give the value of each attribute of a tag, and the offset at which it begins."""
    found: dict[str, tuple[str, int]] = {}
    for attribute in node.named_children:
        if attribute.type != "attribute" or not attribute.named_children:
            continue
        name, *rest = attribute.named_children
        value = rest[0] if rest else None
        if value and value.type == "quoted_attribute_value":
            value = value.named_children[0] if value.named_children else None
        text = html.unescape(text_of(value, plain)) if value else ""
        start = value.start_byte if value else name.start_byte
        found.setdefault(text_of(name, plain).casefold(), (text, start))
    return found

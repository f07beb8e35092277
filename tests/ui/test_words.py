"""What the JavaScript of labs, stories and the lane says to people goes through the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_javascript
from babel.messages.extract import extract_from_file
from tree_sitter import Language, Node, Parser, Query, QueryCursor

import simkit

UI = Path(simkit.__file__).parent / "ui"
ROOMS = ("frontend", "lab", "stage", "workshop")
FILES = sorted(file for room in ROOMS for file in UI.glob(f"{room}/*.js"))
GRAMMAR = Language(tree_sitter_javascript.language())
LITERALS = Query(GRAMMAR, "[(string) (template_string)] @literal")
SAYING = {"tr": 1, "trn": 2, "trNoop": 1}
"""What translates, and how many of its arguments are texts."""
WORDS = re.compile(r"[^\W\d_] [^\W\d_]|^[^\w]*[A-Z][a-z]")
"""Two words, or a beginning as of a sentence."""
SHOWN = re.compile(r"[^\W\d_]{2}")
"""Where it is certain that something is shown, a single word is enough."""
BESIDE_A_PLACE = re.compile(r"[^\W\d_]{2}\W* \W*$|^\W* \W*[^\W\d_]{2}|[^\W\d_] [^\W\d_]")
"""Words before or after what a template fills in."""
SHOWING = {"h": 2, "s": 2, "say": 1, "append": 0, "replaceChildren": 0, "labelled": 0}
"""What shows its arguments from a place on."""
READ_ALOUD = {"aria-label", "aria-valuetext", "title", "placeholder", "alt"}
FOR_PROGRAMS = {"class", "style", "transform", "d", "points", "viewBox", "className"}
"""Attributes and properties whose words only a browser reads."""
PASSED_ON = {
    *("array", "binary_expression", "parenthesized_expression", "spread_element"),
    *("ternary_expression", "template_string", "template_substitution"),
}
"""What a text stays itself in, on its way to where it is shown."""
ALLOWED = {
    # what browsers call keys (KeyboardEvent.key)
    *("ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "PageDown", "PageUp"),
    *("End", "Enter", "Escape", "Home"),
    # formats, called alike everywhere
    *("SVG", "PNG"),
    # what becomes of a message, as the kernel tells it; it is said in the words of FATES
    *("thrown away", "from cache"),
    # a font, as style sheets have it
    'bold 16px "Liberation Sans", Arial, sans-serif',
    # classes and transforms that have a name of their own before an element takes them
    *("mark ${…} ${…}", "up lost", "back thrown", "translate(${…},${…}) rotate(${…})"),
    # by what it is known whether something is another: a command that waits, a sentence
    *("field ${…}", "step ${…} ${…}"),
}
"""Texts that are no words for people."""


def bare(code: str) -> Iterator[str]:
    """Give the texts of a file that look like words for people and are not translated."""
    for node, text in literals(code):
        if shown(text) in ALLOWED or is_translated(node) or is_for_programs(node):
            continue
        pattern = BESIDE_A_PLACE if node.type == "template_string" else WORDS
        parts = text.split("\0")
        if any(map(pattern.search, parts)) or (is_shown(node) and any(map(SHOWN.search, parts))):
            yield shown(text)


def shown(text: str) -> str:
    """Give a text with a sign for what a template fills in."""
    return text.replace("\0", "${…}")


def literals(code: str) -> list[tuple[Node, str]]:
    """Give strings and templates with their text; a template has a NUL in place of a value."""
    root = Parser(GRAMMAR).parse(code.encode()).root_node
    assert not root.has_error
    found = QueryCursor(LITERALS).captures(root).get("literal", [])
    return [(node, content(node)) for node in sorted(found, key=lambda each: each.start_byte)]


def content(node: Node) -> str:
    """Give what a literal says."""
    parts = node.named_children
    return "".join("\0" if p.type == "template_substitution" else words(p) for p in parts)


def words(node: Node | None) -> str:
    """Give what stands in the place of a node."""
    return (node.text or b"").decode() if node else ""


def called(arguments: Node | None) -> str:
    """Give the name of the function that takes some arguments; of a method, its last part."""
    call = arguments.parent if arguments and arguments.type == "arguments" else None
    if not call:
        return ""
    name = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    return words(name).rsplit(".", 1)[-1]


def is_translated(node: Node) -> bool:
    """Whether a literal is the argument of what translates."""
    return called(node.parent) in SAYING


def ways_up(node: Node) -> Iterator[tuple[Node, Node]]:
    """Give each node that a node is in with the one in it on that way, the nearest first."""
    inner, outer = node, node.parent
    while outer:
        yield outer, inner
        inner, outer = outer, outer.parent


def is_for_programs(node: Node) -> bool:
    """Whether only a program reads it: a path of a module, a key, what is compared, an error."""
    for outer, inner in ways_up(node):
        sign = words(outer.child_by_field_name("operator"))
        is_key = outer.type == "pair" and outer.child_by_field_name("key") == inner
        if is_key or outer.type == "import_statement" or sign in ("===", "!==", "in"):
            return True
        if called(outer) == "Error" or given_to(outer, inner) in FOR_PROGRAMS:
            return True
        if outer.type not in PASSED_ON:
            return False
    return False


def given_to(outer: Node, value: Node) -> str:
    """Give the name of the attribute or property that a value is given to, if it is."""
    for kind, of, name in (("pair", "value", "key"), ("assignment_expression", "right", "left")):
        if outer.type == kind and outer.child_by_field_name(of) == value:
            return words(outer.child_by_field_name(name)).rsplit(".", 1)[-1].strip('"')
    return ""


def is_shown(node: Node) -> bool:
    """Whether a literal is, on its way up, among what an element is made of."""
    for outer, inner in ways_up(node):
        if outer.type == "arguments":
            name = called(outer)
            return name in SHOWING and outer.named_children.index(inner) >= SHOWING[name]
        if outer.type not in PASSED_ON:
            return given_to(outer, inner) in READ_ALOUD
    return False


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_people_read_is_translated(file: Path) -> None:
    """No text that looks like words stands beside tr, trn and trNoop."""
    assert list(bare(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        'h("p", {}, "Some words");',
        'h("p", {}, "words");',
        'h("p", {}, found ? "some" : null);',
        'h("p", {}, [one, "words"]);',
        'h("button", { "aria-label": "words" }, tr("Said"));',
        'h("button", { title: found ? "words" : null });',
        'h("p", {}, `${n} polls`);',
        'say(this.note, "words");',
        "say(this.note, `list of ${time}`);",
        'this.said.replaceChildren("Note: ", bdi(words));',
        'const WORDS = { done: "▶ Play" };',
        'const words = "two words";',
        'draw(tr("Said"), "Not said");',
        'tr("{what}", { what: "two words" });',
    ],
)
def test_words_beside_the_catalogue_are_found(code: str) -> None:
    """Wherever they stand on their way to the page."""
    assert len(list(bare(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'import { h } from "../frontend/Some words.js";',
        '// Some words, "such as these"',
        'h("p", { class: found ? "one other" : "other one" }, tr("Some words"));',
        'h("p", { class: `side ${side}`, style: `left: ${x}px` });',
        'element.className = `said ${look} ${found ? "so or so" : ""}`;',
        'say(words, trn("{n} poll", "{n} polls", n));',
        'const WORDS = { done: trNoop("Done") };',
        'if (fate === "some fate") throw new Error("the picture is not drawn yet");',
        'h("p", {}, `${one}: ${other}`, "–", " → ");',
        "document.querySelector(\"[role='img'][aria-label]\");",
        'headers = { "Content-Type": "application/json" };',
    ],
)
def test_what_only_programs_read_is_left_alone(code: str) -> None:
    """Classes, styles, comparisons, keys, errors for developers, and signs between words."""
    assert list(bare(code)) == []


def test_style_sheets_say_nothing() -> None:
    """What they write on a page, an element gives them in its language."""
    for room in ROOMS:
        for file in UI.glob(f"{room}/*.css"):
            rules = re.findall(r"content: *([^;}]*)", file.read_text(encoding="utf-8"))
            said = re.findall(r"\"[^\"]*\"|'[^']*'", " ".join(rules))
            assert not [text for text in said if SHOWN.search(text)], file.name


def test_everything_that_is_allowed_is_needed() -> None:
    """No exception outlives what it was made for."""
    scripts = [file.read_text(encoding="utf-8") for file in FILES]
    assert {shown(text) for script in scripts for _, text in literals(script)} >= ALLOWED


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_template_finds_every_text(file: Path) -> None:
    """Babel's reader of JavaScript finds what the grammar does, and all of it in plain strings."""
    texts: dict[int, list[str]] = {}
    for node, text in literals(file.read_text(encoding="utf-8")):
        arguments = node.parent
        assert arguments
        name = called(arguments)
        if name in SAYING and arguments.named_children.index(node) < SAYING[name]:
            assert node.type == "string"
            texts.setdefault(arguments.start_byte, []).append(text)
    keywords = {"tr": None, "trNoop": None, "trn": (1, 2)}
    extracted = extract_from_file("javascript", file, keywords=keywords)
    found = [[said] if isinstance(said, str) else list(said) for _, said, _, _ in extracted]
    assert found == [texts[place] for place in sorted(texts)]

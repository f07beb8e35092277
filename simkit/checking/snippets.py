"""Judges pages and scripts that embed the widget: what it is told, and whether it can start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.errors import closest, shown
from simkit.base.formatting import counted
from simkit.checking.findings import Found, Subject
from simkit.checking.kinds import SCRIPTS, TYPESCRIPT
from simkit.checking.mistakes import Mistake, mistake_at, typographic_quotes
from simkit.checking.pages import MAX_TAGS, SDK, HtmlPage, ScriptText, read_page
from simkit.checking.payloads import judge_widget
from simkit.checking.scopes import (
    IMPORTED,
    Binding,
    Call,
    Given,
    Names,
    Reference,
    Script,
    arguments_of,
    callee_of,
)
from simkit.checking.templates import Tag, is_template, tags, without_tags
from simkit.checking.timing import moment_of
from simkit.checking.trees import Patience, Text, captures, first_error, parse
from simkit.checking.values import Hidden, ObjectTable, Plain, ValueRow, Values, subject_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

SDK_NAME = "GenesysCloudWidgets"
MAX_CALLS = 100
MAX_DOUBTS = 1_000
MAX_CHANGES = 20
MAX_SCRIPTS = 1_000
_TEXTS = ("string_fragment", "regex_pattern", "comment", "html_comment", "escape_sequence")


def judge_snippet(text: str, found: Found) -> list[Subject]:
    """Judge a page or a script that embeds the widget, and give the configurations in it."""
    text = re.sub(r"\r(?!\n)", "\n", text)  # a lone return ends a line, also of JavaScript
    ending = os.path.splitext(found.file)[1].lower()
    is_typescript = ending in TYPESCRIPT
    is_page = ending not in (*SCRIPTS, *TYPESCRIPT) and (
        text.lstrip()[:1] == "<" or "<script" in text[:100_000]
    )
    patience = Patience()
    if is_page:
        page = read_page(text, found.file, patience)
    else:
        whole = Text(text)
        code = ScriptText(whole.code, whole, is_later=True, is_module=ending == ".mjs")
        code.is_typescript = is_typescript
        page = HtmlPage(whole, scripts=[code], is_template=is_template(whole.code))
    if page.problem:
        offset, problem = page.problem
        found.add("syntax", page.text.at(offset), problem)
    judge = _Judge(page, is_page, found)
    judge.read(patience)
    judge.judge()
    return list(judge.judged.values())


@dataclass
class _Judge:
    """Judges one page, or one script as a page of nothing else."""

    page: HtmlPage
    is_page: bool
    found: Found
    scripts: list[Script] = field(default_factory=list)
    judged: dict[tuple[int, int], Subject] = field(default_factory=dict)
    """The objects that have been judged, by where they stand; the first where one may change."""
    others: set[tuple[int, int]] = field(default_factory=set)
    """Where objects stand that are of another widget."""
    is_partial: bool = False
    """Whether a script could not be read."""

    # --- reading ------------------------------------------------------------------------------

    def read(self, patience: Patience) -> None:
        """Read the scripts; those that cannot be read are findings."""
        scripts = self.page.scripts
        if len(scripts) > MAX_SCRIPTS:
            more = counted(len(scripts) - MAX_SCRIPTS, "more script is", "more scripts are")
            message = f"{more} not judged"
            self.found.add("too-many", scripts[MAX_SCRIPTS].at(0), message)
        for code in scripts[:MAX_SCRIPTS]:
            script = self._read(code, patience)
            if script:
                self.scripts.append(script)
            else:
                self.is_partial = True
        # An element's id is nothing that the SDK would fill in.
        self.page.is_template |= any(map(_has_filled_id, self.scripts))
        self.names = Names(self.scripts, self.page.is_template)

    def _read(self, code: ScriptText, patience: Patience) -> Script | None:
        tree = parse("javascript", code.code, patience)
        if tree and not tree.root_node.has_error:
            mistake = typographic_quotes(code.code, tree)
            if mistake is None:
                return Script(code, code.code, tree)
            self._mistaken(code, mistake)
            return None
        # Tags within texts are part of the text; those in the code stand in the way.
        first = islice(tags(code.code), MAX_TAGS)
        in_code = [tag for tag in first if not _is_in_text(tag, tree)]
        plain = without_tags(code.code) if in_code else code.code
        if in_code:
            tree = parse("javascript", plain, patience)
            if tree and not tree.root_node.has_error:
                # Nothing else than a template has braces where no JavaScript could have them.
                self.page.is_template |= any(tag.writes for tag in in_code)
                return Script(code, plain, tree)
        error = first_error(plain, tree, Patience(1.0))
        if error is None and tree and tree.root_node.has_error:
            error = len(plain)
        if error is None:
            message = "a script too large or too tangled to be read: not judged"
            self.found.add("unjudged", code.at(0), message)
            return None
        for tag in in_code:
            if tag.is_certain or tag.start - 3 <= error <= tag.end + 3:
                message = "the script cannot be read before its template is filled in: not judged"
                self.found.add("unjudged", code.at(tag.start), message)
                return None
        tree = tree or parse("javascript", plain[:error], Patience(1.0))
        self._mistaken(
            code, mistake_at(plain, tree, error) if tree else Mistake(error, "unreadable")
        )
        return None

    def _mistaken(self, code: ScriptText, mistake: Mistake) -> None:
        if code.is_typescript:
            self._refuse_typescript(code, mistake.start)
            return
        path = (mistake.key,) if mistake.key else ()
        self.found.add("syntax", code.at(mistake.start), mistake.message, path)

    def _refuse_typescript(self, code: ScriptText, start: int) -> None:
        """Say that a script is no JavaScript from some place on; one of other things may be."""
        message = (
            "TypeScript is not read, and from here on this is no JavaScript: check judges the "
            "script that a compiler makes of it"
        )
        if not self.is_page:
            self.found.add("unreadable", code.at(start), message)
        elif re.search(rb"GenesysCloudWidgets|widget-sdk|\bwidgetId\b", code.code):
            self.found.add("unjudged", code.at(start), message)

    # --- judging ------------------------------------------------------------------------------

    def judge(self) -> None:
        """Judge what the widget is told, and whether and when it is started."""
        starts = list(starts_of(self.names))
        if self.is_page:
            self._judge_sdk(starts)
        if not starts:
            self._judge_missing_start()
        for each in starts:
            if each.misspelt:
                problem = f"{shown(each.misspelt)} is nothing that the SDK has"
                message = f"{problem}; did you mean '{SDK_NAME}.init'?"
                self.found.add("init-missing", each.place, message)
        unknown = [start for start in starts[:MAX_CALLS] if not self._judge_start(start)]
        if len(starts) > MAX_CALLS:
            left = len(starts) - MAX_CALLS
            more = counted(left, "more call of init is", "more calls of init are")
            message = f"{more} not judged"
            self.found.add("too-many", starts[MAX_CALLS].place, message)
        others = list(self._other_objects()) if unknown or not starts else []
        for table, start in others:
            self._judge_table(table, start)
        for start in unknown:
            config = start.config
            what = "the configuration"
            if config and config.node:
                what = shown(config.script.text(config.node))
            message = f"{what}, which init is given, is only known when the script runs"
            if others:
                message += "; what looks like a configuration is judged in its place"
            rule = "expression" if others else "unjudged"
            self.found.add(rule, start.place, message if others else f"{message}: not judged")

    def _judge_start(self, start: Start) -> bool:
        """Judge the configuration that a call is given; say whether it is known."""
        if start.config is None:
            if not start.is_called:
                return False
            self.found.add("wrong-value", start.place, "init is given no configuration")
            return True
        values = Values(self.names, start.call)
        item = _configuration(values, start)
        if isinstance(item, Hidden):
            return False
        if not isinstance(item, ObjectTable):
            what = "a list" if isinstance(item, ValueRow) else shown(item.value)
            message = f"init is given {what}; allowed: an object"
            self.found.add("wrong-value", start.place, message)
            return True
        self._judge_table(item, start)
        # What may change under a condition is judged as well, one change at a time.
        for change in values.conditional[:MAX_CHANGES]:
            changed = _configuration(Values(self.names, start.call, change), start)
            if isinstance(changed, ObjectTable):
                self._judge_table(changed, start)
        return True

    def _judge_table(self, table: ObjectTable, start: Start | None) -> None:
        subject, remarks = subject_of(table, self.found.file)
        before = len(self.found.findings)
        if not judge_widget(subject, self.found):
            self.others.add(table.at)
            return
        self.judged.setdefault(table.at, subject)
        news = self.found.findings[before:]
        unknown = {each.field for each in news if each.rule == "unknown-key"}
        for rule, place, message, path in remarks:
            self.found.add(rule, place, message, path)
        for path, why in subject.unseen.items():
            if not any(".".join(map(str, path[: i + 1])) in unknown for i in range(len(path))):
                self.found.at(subject, path, "expression", f"{why}: not judged")
        self._judge_container(subject, start)

    # --- the page around it -------------------------------------------------------------------

    def _judge_container(self, subject: Subject, start: Start | None) -> None:
        container = subject.value("containerId")
        where = ["containerId"]
        if container is None:
            self.found.at(subject, where, "container-missing", "the snippet names no container")
        if not self.is_page or not isinstance(container, str):
            return
        if any(tags(container.encode())):
            message = f"{shown(container)} is filled in by a template: not judged"
            self.found.at(subject, where, "expression", message)
            return
        at = self.page.ids.get(container)
        if at is None:
            guess = closest(container, self.page.ids)
            message = f"no element of the page has the id {shown(container)}{guess}"
            if guess or not self._may_make_elements():
                self.found.at(subject, where, "container-unknown", message)
            else:
                message += "; a script or template may make it: not judged"
                self.found.at(subject, where, "expression", message)
            return
        # What is only bound, or given to something, may be called later.
        is_now = start is not None and start.is_called
        moment = moment_of(start.call, self.names) if start and is_now else None
        if moment is not None and at > moment:
            line, _ = self.page.text.at(at)
            message = (
                f"{shown(container)} stands in line {line}, below the script: it does not exist "
                "yet when the widget is started; move the script below it, or wait for "
                "DOMContentLoaded"
            )
            self.found.at(subject, where, "container-late", message)

    def _may_make_elements(self) -> bool:
        """Say whether the page may have elements that its text does not show."""
        codes = [code.code for code in self.page.scripts]
        is_made = any(_MAKES_ELEMENTS.search(code) for code in codes)
        return is_made or bool(self.page.others) or self.page.is_template or self.page.is_cut

    def _may_add_scripts(self) -> bool:
        page = self.page
        is_open = page.is_template or page.is_cut or page.mentions
        is_loaded = any(_loads_scripts(script) for script in self.scripts)
        return bool(page.others) or is_open or self.is_partial or is_loaded

    def _judge_sdk(self, starts: list[Start]) -> None:
        page = self.page
        if any(_loads_sdk(code, script) for code, script in self._read_and_unread()):
            return
        first = page.scripts[0].at(0) if page.scripts else (1, 1)
        if not page.sdk:
            message = "no script element loads the SDK (widget-sdk.js)"
            code = b" ".join(code.code for code in page.scripts)
            if self._may_add_scripts() or _MAY_LOAD.search(code):
                self.found.add("sdk-elsewhere", first, f"{message}; what the page adds may")
            else:
                self.found.add("sdk-missing", first, message)
            return
        for start in starts:
            moment = moment_of(start.call, self.names)
            if moment is None or any(not s.waits and s.tag < moment for s in page.sdk):
                continue
            line, _ = start.place
            sdk = page.sdk[0]
            how = f" with {sdk.waits}" if sdk.waits else ""
            message = f"the SDK is loaded{how} after the call that needs it, in line {line}"
            self.found.add("sdk-late", page.text.at(sdk.tag), message)
            return

    def _read_and_unread(self) -> Iterator[tuple[ScriptText, Script | None]]:
        read = {id(script.source): script for script in self.scripts}
        for code in self.page.scripts:
            yield code, read.get(id(code))

    def _judge_missing_start(self) -> None:
        if self.is_partial:
            return  # the call may stand in what could not be read
        first = self.page.scripts[0].at(0) if self.page.scripts else (1, 1)
        if self.is_page and not self._may_add_scripts():
            message = "the widget is never started: no call of GenesysCloudWidgets.init"
            self.found.add("init-missing", first, message)
        else:
            message = "no call of GenesysCloudWidgets.init stands here; another script may have it"
            self.found.add("init-elsewhere", first, message)

    def _other_objects(self) -> Iterator[tuple[ObjectTable, Start | None]]:
        """Give objects that look like configurations of a widget and were not judged yet."""
        for script in self.scripts:
            for node in _objects(script):
                if script.place(node) in self.judged.keys() | self.others:
                    continue
                values = Values(self.names, None)
                item = values.meaning_of(node, script, self.names.scope_at(node, script))
                if isinstance(item, ObjectTable) and (item.more or "configuration" in item.entries):
                    yield item, None


_MAKES_ELEMENTS = re.compile(
    rb"createElement|innerHTML|outerHTML|insertAdjacentHTML|document\.write|cloneNode|jsx|"
    rb"\.(render|mount|append|prepend|html|replaceWith|createRoot)\b|\.id\s*="
)
_ID = re.compile(rb"\bcontainerId[\"']?\s*:\s*[\"'`]([^\"'`\n]{0,200})")
_MAY_LOAD = re.compile(rb"\b(import|require|createElement|getScript|write)\b")


# --- calls and objects ------------------------------------------------------------------------


class Start(NamedTuple):
    """A call of init, or one that init is given to; and the configuration, if it can be seen."""

    call: Call
    config: Given | None
    is_called: bool = True
    is_list: bool = False
    """Whether the configuration is the first entry of a list, as ``apply`` wants it."""
    misspelt: str | None = None
    """What is called in place of init, where that is nothing that the SDK has."""
    is_sure: bool = True
    """Whether it is one whatever it is given."""

    @property
    def place(self) -> tuple[int, int]:
        return self.call.script.place(self.call.node)


def starts_of(names: Names) -> Iterator[Start]:
    """Give the calls that start a widget, by whatever name they call init."""
    scripts = {id(call.script): call.script for call in names.calls}.values()
    code = b"\n".join(script.parsed for script in scripts)
    nearly = _nearly(code)
    may_import = b"init" in code and _IMPORTS_SOMETHING.search(code)
    if not (nearly or may_import or _SPEAKS.search(code)):
        return
    found: list[tuple[Start, Reference]] = []
    doubts = 0
    for call in names.calls:
        given = [Given(call.script, call.scope, each) for each in arguments_of(call.node)]
        reference = names.reference(callee_of(call.node), call.script, call.scope)
        start = reference and _start(call, reference, given, nearly)
        if start and not start.is_sure:
            doubts += 1
            is_one = doubts <= MAX_DOUBTS and _names_a_widget(start, names)
            start = start if is_one else None
        if start and reference:
            found.append((start, reference))
            continue
        for each in given:
            if each.node and each.node.type in ("identifier", "member_expression"):
                passed = names.reference(each.node, each.script, each.scope)
                if passed and _init_by(passed) == "":
                    config = passed.bound[0] if passed.bound else None
                    found.append((Start(call, config, is_called=False), passed))
                    break
    # Of a function that is seen to be called, or given to something, that is what counts.
    used = {reference.bind.id for _, reference in found if reference.bind}
    yield from (start for start, _ in found if start.call.node.id not in used)


_SPEAKS = re.compile(rb"GenesysCloudWidgets|widget-sdk")
_IMPORTS_SOMETHING = re.compile(rb"\b(?:import|require)\b")


def _start(
    call: Call, reference: Reference, given: list[Given], nearly: frozenset[str]
) -> Start | None:
    """Give what a call starts, if it is one of init or of what is nearly called so."""
    way = _init_by(reference)
    misspelt = None
    if way is None:
        keys = _keys_of(reference)
        way = str(keys.pop()) if keys[-1] in _WAYS else ""
        misspelt = ".".join(map(str, keys))
        is_imported = reference.root == IMPORTED and keys[-1] == "init"
        if keys[0] in nearly and keys[1:] == ["init"] and not isinstance(reference.root, Binding):
            is_sure = True
        elif is_imported or (keys[0] == SDK_NAME and len(keys) == 2 and _is_nearly_init(keys[1])):
            is_sure = False
        else:
            return None
        misspelt = None if is_imported else misspelt
    else:
        is_sure = True
    ahead = given[: 1 if way else 0]
    is_spread = any(each.node and each.node.type == "spread_element" for each in ahead)
    inputs = [*reference.bound, *(given if is_spread else given[len(ahead) :])]
    config = inputs[0] if inputs else None
    is_list = way == "apply" and not reference.bound and not is_spread
    return Start(call, config, way != "bind", is_list, misspelt, is_sure)


_WAYS = ("call", "apply", "bind")


def _keys_of(reference: Reference) -> list[str | int | None]:
    root = reference.root if isinstance(reference.root, str) else reference.root.name
    return [key for key in (root, *reference.path) if key != "default"] or [root]


def _init_by(reference: Reference) -> str | None:
    """Give how a reference calls init: by ``call``, ``apply``, ``bind`` or "" for itself."""
    keys = _keys_of(reference)
    way = str(keys.pop()) if keys[-1] in _WAYS else ""
    return way if keys[-2:] == [SDK_NAME, "init"] else None


def _nearly(code: bytes) -> frozenset[str]:
    """Give the words of a script that are nearly the name of the widgets."""
    meant = SDK_NAME.casefold()
    words = {word.decode() for word in re.findall(rb"\b[A-Za-z]{15,24}\b", code)}
    likely = (
        word
        for word in words
        if not word.startswith(SDK_NAME)  # such as another's GenesysCloudWidgetsHelper
        and len(set(meant) - set(word.casefold())) < 3
    )
    return frozenset(
        word
        for word in islice(likely, MAX_DOUBTS)
        if SequenceMatcher(None, word.casefold(), meant).ratio() > _NEARLY
    )


_NEARLY = 0.9


def _is_nearly_init(key: str | int | None) -> bool:
    return isinstance(key, str) and len(key) < 8 and bool(closest(key, ["init"]))


def _names_a_widget(start: Start, names: Names) -> bool:
    """Say whether what a call is given holds the id of a widget."""
    item = _configuration(Values(names, start.call), start) if start.config else None
    return isinstance(item, ObjectTable) and "widgetId" in item.entries


def _configuration(values: Values, start: Start) -> ObjectTable | ValueRow | Plain | Hidden:
    config = start.config
    assert config
    assert config.node
    item = values.of(config.node, config.script, config.scope)
    if start.is_list and isinstance(item, ValueRow) and item.items:
        return item.items[0]
    return item


def _objects(script: Script) -> Iterator[Node]:
    """Give the object literals that have a key widgetId."""
    root = script.tree.root_node
    for found in islice(re.finditer(rb"\bwidgetId\b", script.parsed), MAX_CALLS):
        node = root.descendant_for_byte_range(found.start(), found.end())
        for _ in range(4):  # the name, its string, its pair, the object
            if node is None or node.type == "object":
                break
            node = node.parent
        if node and node.type == "object":
            yield node


def _is_in_text(tag: Tag, tree: Tree | None) -> bool:
    node = tree.root_node.descendant_for_byte_range(tag.start, tag.start + 1) if tree else None
    return node is not None and node.type in _TEXTS


_ADDS_SCRIPTS = re.compile(
    rb"createElement\(\s*[\"'`]script[\"'`]|\bgetScript\b|\bdocument\.write|\bimportScripts\b"
)
_IMPORTS = """
(import_statement source: (_) @source)
(export_statement source: (_) @source)
(call_expression function: (import) arguments: (_) @source)
(call_expression function: (identifier) @name)
"""


def _has_filled_id(script: Script) -> bool:
    """Say whether a script names a container in braces."""
    return any(b"{{" in found[1] and b"}}" in found[1] for found in _ID.finditer(script.parsed))


def _loads_scripts(script: Script) -> bool:
    """Say whether a script loads others than the SDK, which may do anything."""
    if _ADDS_SCRIPTS.search(script.parsed) and SDK.encode() not in script.parsed:
        return True
    if not re.search(rb"\b(import|export|require)\b", script.parsed):
        return False
    for kind, node in captures("javascript", _IMPORTS, script.tree):
        call = node.parent if kind == "name" and script.text(node) == "require" else None
        source = node if kind == "source" else call
        if source and SDK not in script.text(source):
            return True
    return False


def _loads_sdk(code: ScriptText, script: Script | None) -> bool:
    """Say whether a script names the SDK in a text or an import; unread ones are trusted."""
    if script is None:
        return SDK.encode() in code.code
    root = script.tree.root_node
    for found in islice(re.finditer(SDK.encode(), script.parsed), MAX_CALLS):
        node = root.descendant_for_byte_range(found.start(), found.end())
        if node and node.type == "string_fragment":
            return True
    return False

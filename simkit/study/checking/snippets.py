"""Judges pages and scripts that embed the widget: what it is told, and whether it can start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.errors import closest, shown
from simkit.study.checking.findings import Found, Subject
from simkit.study.checking.kinds import SCRIPTS
from simkit.study.checking.mistakes import Mistake, mistake_at, typographic_quotes
from simkit.study.checking.pages import MAX_TAGS, SDK, Code, Page, read_page
from simkit.study.checking.payloads import judge_widget
from simkit.study.checking.scopes import Call, Names, Reference, Script, callee_of
from simkit.study.checking.templates import Tag, is_template, tags, without_tags
from simkit.study.checking.timing import moment_of
from simkit.study.checking.trees import Patience, Text, first_error, parse
from simkit.study.checking.values import Hidden, Plain, Row, Table, Values, subject_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

MAX_CALLS = 100
MAX_CHANGES = 20
MAX_SCRIPTS = 1_000
_TEXTS = ("string_fragment", "regex_pattern", "comment", "html_comment", "escape_sequence")


def judge_snippet(text: str, found: Found) -> None:
    """Judge a page or a script that embeds the widget."""
    text = re.sub(r"\r(?!\n)", "\n", text)  # a lone return ends a line, also of JavaScript
    ending = os.path.splitext(found.file)[1].lower()
    is_page = ending not in SCRIPTS and (text.lstrip()[:1] == "<" or "<script" in text[:100_000])
    patience = Patience()
    if is_page:
        page = read_page(text, found.file, patience)
    else:
        whole = Text(text)
        code = Code(whole.code, whole, is_later=True, is_module=ending == ".mjs")
        page = Page(whole, scripts=[code], is_template=is_template(whole.code))
    if page.problem:
        offset, problem = page.problem
        found.add("syntax", page.text.at(offset), problem)
    judge = _Judge(page, is_page, found)
    judge.read(patience)
    judge.judge()


@dataclass
class _Judge:
    """Judges one page, or one script as a page of nothing else."""

    page: Page
    is_page: bool
    found: Found
    scripts: list[Script] = field(default_factory=list)
    judged: set[tuple[int, int]] = field(default_factory=set)
    """Where the objects stand that have been judged."""
    is_partial: bool = False
    """Whether a script could not be read."""

    # --- reading ------------------------------------------------------------------------------

    def read(self, patience: Patience) -> None:
        """Read the scripts; those that cannot be read are findings."""
        scripts = self.page.scripts
        if len(scripts) > MAX_SCRIPTS:
            message = f"{len(scripts) - MAX_SCRIPTS:,} more scripts are not judged"
            self.found.add("too-many", scripts[MAX_SCRIPTS].at(0), message)
        for code in scripts[:MAX_SCRIPTS]:
            script = self._read(code, patience)
            if script:
                self.scripts.append(script)
            else:
                self.is_partial = True
        self.names = Names(self.scripts, self.page.is_template)

    def _read(self, code: Code, patience: Patience) -> Script | None:
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

    def _mistaken(self, code: Code, mistake: Mistake) -> None:
        path = (mistake.key,) if mistake.key else ()
        self.found.add("syntax", code.at(mistake.start), mistake.message, path)

    # --- judging ------------------------------------------------------------------------------

    def judge(self) -> None:
        """Judge what the widget is told, and whether and when it is started."""
        starts = list(starts_of(self.names))
        if self.is_page:
            self._judge_sdk(starts)
        if not starts:
            self._judge_missing_start()
        unknown = [start for start in starts[:MAX_CALLS] if not self._judge_start(start)]
        if len(starts) > MAX_CALLS:
            message = f"{len(starts) - MAX_CALLS:,} more calls of init are not judged"
            self.found.add("too-many", starts[MAX_CALLS].place, message)
        others = list(self._other_objects()) if unknown or not starts else []
        for table, start in others:
            self._judge_table(table, start)
        for start in unknown:
            config = start.config
            what = shown(start.call.script.text(config)) if config else "the configuration"
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
        if not isinstance(item, Table):
            what = "a list" if isinstance(item, Row) else shown(item.value)
            message = f"init is given {what}; allowed: an object"
            self.found.add("wrong-value", start.place, message)
            return True
        self._judge_table(item, start)
        # What may change under a condition is judged as well, one change at a time.
        for change in values.conditional[:MAX_CHANGES]:
            changed = _configuration(Values(self.names, start.call, change), start)
            if isinstance(changed, Table):
                self._judge_table(changed, start)
        return True

    def _judge_table(self, table: Table, start: Start | None) -> None:
        self.judged.add(table.at)
        subject, remarks = subject_of(table, self.found.file)
        before = len(self.found.findings)
        if not judge_widget(subject, self.found):
            return
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
        moment = moment_of(start.call, self.names) if start else None
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
        return bool(page.others) or is_open or self.is_partial

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

    def _read_and_unread(self) -> Iterator[tuple[Code, Script | None]]:
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

    def _other_objects(self) -> Iterator[tuple[Table, Start | None]]:
        """Give objects that look like configurations of a widget and were not judged yet."""
        for script in self.scripts:
            for node in _objects(script):
                if script.place(node) in self.judged:
                    continue
                values = Values(self.names, None)
                item = values.meaning_of(node, script, self.names.scope_at(node, script))
                if isinstance(item, Table) and (item.more or "configuration" in item.entries):
                    yield item, None


_MAKES_ELEMENTS = re.compile(
    rb"createElement|innerHTML|outerHTML|insertAdjacentHTML|document\.write|cloneNode|jsx|"
    rb"\.(render|mount|append|prepend|html|replaceWith|createRoot)\b|\.id\s*="
)


_MAY_LOAD = re.compile(rb"\b(import|require|createElement|getScript|write)\b")


# --- calls and objects ------------------------------------------------------------------------


class Start(NamedTuple):
    """A call of init, or one that init is given to; and the configuration, if it can be seen."""

    call: Call
    config: Node | None
    is_called: bool = True
    is_list: bool = False
    """Whether the configuration is the first entry of a list, as ``apply`` wants it."""

    @property
    def place(self) -> tuple[int, int]:
        return self.call.script.place(self.call.node)


def starts_of(names: Names) -> Iterator[Start]:
    """Give the calls that start a widget, by whatever name they call init."""
    speaks = {
        id(script): b"GenesysCloudWidgets" in script.parsed or SDK.encode() in script.parsed
        for script in {id(call.script): call.script for call in names.calls}.values()
    }
    if not any(speaks.values()):
        return
    for call in names.calls:
        callee = callee_of(call.node)
        arguments = call.node.child_by_field_name("arguments")
        given = (
            [each for each in arguments.named_children if each.type != "comment"]
            if (arguments and arguments.type == "arguments")
            else []
        )
        way = _init_by(names.reference(callee, call.script, call.scope))
        if way is not None:
            index = 1 if way else 0
            config = given[index] if len(given) > index else None
            yield Start(call, config, is_list=way == "apply")
        elif any(
            _init_by(names.reference(each, call.script, call.scope)) == ""
            for each in given
            if each.type in ("identifier", "member_expression")
        ):
            yield Start(call, None, is_called=False)


def _init_by(reference: Reference | None) -> str | None:
    """Give how a reference calls init: by ``call``, ``apply``, ``bind`` or "" for itself."""
    if reference is None:
        return None
    root = reference.root if isinstance(reference.root, str) else reference.root.name
    keys = [key for key in (root, *reference.path) if key != "default"]
    way = ""
    if keys[-1] in ("call", "apply", "bind"):
        way = str(keys.pop())
    return way if keys[-2:] == ["GenesysCloudWidgets", "init"] else None


def _configuration(values: Values, start: Start) -> Table | Row | Plain | Hidden:
    assert start.config is not None
    item = values.of(start.config, start.call.script, start.call.scope)
    if start.is_list and isinstance(item, Row) and item.items:
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


def _loads_sdk(code: Code, script: Script | None) -> bool:
    """Say whether a script names the SDK in a text or an import; unread ones are trusted."""
    if script is None:
        return SDK.encode() in code.code
    root = script.tree.root_node
    for found in islice(re.finditer(SDK.encode(), script.parsed), MAX_CALLS):
        node = root.descendant_for_byte_range(found.start(), found.end())
        if node and node.type == "string_fragment":
            return True
    return False

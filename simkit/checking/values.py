"""Works out what expressions of a script are worth, without running anything."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simkit.base.errors import shown
from simkit.base.given import unrounded
from simkit.base.reading.document import MAX_DEPTH
from simkit.checking.findings import UNSEEN, Subject
from simkit.checking.places import Place, document
from simkit.checking.scopes import (
    Binding,
    Call,
    Given,
    Names,
    Reassignment,
    Scope,
    Script,
    may_not_happen,
    operator_of,
)
from simkit.checking.templates import tags
from simkit.rules.payloads import is_variable, means_context_division

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_VALUES = 5_000
MAX_TEXT = 100_000
_DEEPEST = 100
_FREEZERS = re.compile(r"Object\.(freeze|seal|preventExtensions)|structuredClone")


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = _Undefined()
Where = tuple[int, int]


@dataclass(eq=False)
class Plain:
    """A value that is known: text, a number, true, false, null or undefined."""

    value: Any
    at: Where


@dataclass(eq=False)
class Hidden:
    """A value that is not known without running the script."""

    why: str
    at: Where
    is_filled: bool = False
    """Whether a template engine puts it in."""


@dataclass(eq=False)
class ObjectTable:
    """An object: its keys, where each stands, and what may be in it besides."""

    at: Where
    entries: dict[str, tuple[Where, Item]] = field(default_factory=dict)
    more: list[Hidden] = field(default_factory=list)
    twice: list[tuple[str, Where]] = field(default_factory=list)
    odd: Where | None = None
    """Where a second comma stands, which the grammar lets pass."""


@dataclass(eq=False)
class ValueRow:
    """A list."""

    at: Where
    items: list[Item] = field(default_factory=list)


Item = Plain | Hidden | ObjectTable | ValueRow


class Values:
    """Values as they are when a call is made; of changes under a condition, one may be taken."""

    def __init__(self, names: Names, call: Call | None, taken: Reassignment | None = None) -> None:
        self.names = names
        self.call = call
        self.taken = taken
        self.conditional: list[Reassignment] = []
        """Changes that happen under conditions, of what was worked out."""
        self._known: dict[Binding, Item] = {}
        self._left = MAX_VALUES

    def of(self, node: Node, script: Script, scope: Scope, depth: int = 0) -> Item:
        """Give what an expression is worth."""
        self._left -= 1
        at = script.place(node)
        if depth > _DEEPEST or self._left < 0:
            return Hidden("is too much to be worked out", at)
        work = _WORK.get(node.type)
        item = work(self, node, script, scope, depth + 1) if work else None
        is_known = item is not None and not (isinstance(item, Hidden) and not item.is_filled)
        return item if item is not None and is_known else _unknown(node, script)

    def meaning_of(self, node: Node, script: Script, scope: Scope) -> Item:
        """Give what an object literal is worth, with all changes if it has a name."""
        binding = self.names.bound_to(node, scope)
        return (binding and self._meant(binding, 0)) or self.of(node, script, scope)

    # --- names --------------------------------------------------------------------------------

    def _name(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        name = script.text(node)
        binding = scope.find(name)
        if binding:
            return self._meant(binding, depth)
        constants = {"NaN": math.nan, "Infinity": math.inf, "undefined": UNDEFINED}
        return Plain(constants[name], script.place(node)) if name in constants else None

    def _meant(self, binding: Binding, depth: int) -> Item | None:
        given = binding.only
        if given is None or given.node is None:
            return None
        if binding not in self._known:
            self._known[binding] = _unknown(given.node, given.script)  # where it needs itself
            item = self._given(given, depth)
            for change in self.names.changes.get(binding, ()):
                if self._has_happened(change, binding):
                    self._apply(change, item, depth)
            self._known[binding] = item
        return self._known[binding]

    def _given(self, given: Given, depth: int) -> Item:
        if given.node is None:
            return Hidden("is not worked out", (1, 1))
        item: Item | None = self.of(given.node, given.script, given.scope, depth)
        for key in given.path:
            item = item and _inside(item, key)
        return item or _unknown(given.node, given.script)

    def _has_happened(self, change: Reassignment, binding: Binding) -> bool:
        """Say whether a change comes before the call; one under a condition only if it is taken."""
        call = self.call
        if call and change.script is call.script and change.scope.function is call.scope.function:
            if change.node.start_byte > call.node.start_byte:
                return False
        elif call and change.script.source.start > call.script.source.start:
            return False
        is_certain = change.scope.function is binding.scope.function
        if is_certain and not may_not_happen(change.node):
            return True
        self.conditional.append(change)
        return change is self.taken

    def _apply(self, change: Reassignment, item: Item, depth: int) -> None:
        *way, key = change.path if change.kind in ("set", "delete") else (*change.path, "")
        target: Item | None = item
        for each in way:
            target = target and _inside(target, each)
        if change.kind == "push" and isinstance(target, ValueRow):
            target.items += [self._given(each, depth) for each in change.values]
        elif not isinstance(target, ObjectTable):
            return
        elif change.kind == "delete":
            target.entries.pop(str(key), None)
        elif change.kind == "merge":
            for given in change.values:
                _merge(self._given(given, depth), target)
        elif change.kind == "set":
            [given] = change.values
            value = self._given(given, depth) if given.node else _changed(change)
            target.entries[str(key)] = (change.place, value)

    # --- composed values ----------------------------------------------------------------------

    def _table(self, node: Node, script: Script, scope: Scope, depth: int) -> Item:
        table = ObjectTable(script.place(node))
        written: set[str] = set()
        before = ","
        for child in node.children:
            if child.type == "," and before in (",", "{") and before != "{":
                table.odd = table.odd or script.place(child)
            before = child.type if child.type != "comment" else before
            if not child.is_named or child.type == "comment":
                continue
            at = script.place(child)
            if child.type == "spread_element":
                _merge(self.of(child.named_children[0], script, scope, depth), table)
                written.clear()
                continue
            key, item = self._entry(child, script, scope, depth)
            if key is None:
                table.more.append(Hidden(f"{_code(child, script)} has a key that is not known", at))
            elif key == "__proto__":
                table.more.append(Hidden("what it inherits is not known", at))
            else:
                if key in written:
                    table.twice.append((key, at))
                written.add(key)
                table.entries.pop(key, None)
                table.entries[key] = at, item
        return table

    def _entry(
        self, child: Node, script: Script, scope: Scope, depth: int
    ) -> tuple[str | None, Item]:
        if child.type == "shorthand_property_identifier":
            name = script.text(child)
            is_filled = any(tags(name.encode()))
            item = self._name(child, script, scope, depth) or _unknown(child, script)
            return (None if is_filled else name), item
        key = child.child_by_field_name("key") or child.child_by_field_name("name")
        value = child.child_by_field_name("value")
        item = self.of(value, script, scope, depth) if value else _unknown(child, script)
        if key is None:
            return None, item
        if key.type == "property_identifier":
            return _unescaped(script.text(key)), item
        inner = key.named_children[0] if key.type == "computed_property_name" else key
        name_of = self.of(inner, script, scope, depth)
        if isinstance(name_of, Plain) and isinstance(name_of.value, str | int | float):
            return _as_text(name_of.value), item
        return None, item

    def _row(self, node: Node, script: Script, scope: Scope, depth: int) -> Item:
        row = ValueRow(script.place(node))
        before = ","
        for child in node.children[1:-1]:
            if child.type == "," and before == ",":
                row.items.append(Plain(UNDEFINED, script.place(child)))
            if child.type == "spread_element":
                inner = self.of(child.named_children[0], script, scope, depth)
                row.items += (
                    inner.items if isinstance(inner, ValueRow) else [_unknown(child, script)]
                )
            elif child.is_named and child.type != "comment":
                row.items.append(self.of(child, script, scope, depth))
            before = child.type if child.type != "comment" else before
        return row

    def _member(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        reference = self.names.reference(node, script, scope)
        if reference and isinstance(reference.root, Binding):
            item = self._meant(reference.root, depth)
            for key in reference.path:
                item = (item and key is not None and _inside(item, key)) or None
            return item
        inner = node.child_by_field_name("object")
        key = self.names.key(node, script, scope)
        item = self.of(inner, script, scope, depth) if inner and key is not None else None
        return (item and key is not None and _inside(item, key)) or None

    def _call(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        callee = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if not callee or not arguments:
            return None
        name = script.text(callee)
        given = [each for each in arguments.named_children if each.type != "comment"]
        if given and _FREEZERS.fullmatch(name):
            return self.of(given[0], script, scope, depth)
        if given and name == "Object.assign":
            table = ObjectTable(script.place(node))
            for each in given:
                _merge(self.of(each, script, scope, depth), table)
            return table
        return None

    # --- texts and numbers --------------------------------------------------------------------

    def _text(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        if any(tag.is_certain for tag in tags(script.text(node).encode())):
            return _unknown(node, script)
        parts: list[str] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                inner = self.of(child.named_children[0], script, scope, depth)
                text = _as_text(inner.value) if isinstance(inner, Plain) else None
                if text is None:
                    return None
                parts.append(text)
            else:
                text = script.text(child)
                parts.append(_unescaped(text) if child.type == "escape_sequence" else text)
        # Emoji may be written as two halves, each an escape.
        text = "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if self.names.is_template and is_variable(text) and not means_context_division(text):
            return Hidden(f"{shown(text)} is filled in by a template", script.place(node), True)
        return Plain(text, script.place(node)) if len(text) <= MAX_TEXT else None

    def _number(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        value = _number_of(script.text(node))
        return None if value is None else Plain(value, script.place(node))

    def _constant(self, node: Node, script: Script, scope: Scope, depth: int) -> Item:
        constants = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
        return Plain(constants[node.type], script.place(node))

    def _last(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        parts = [each for each in node.named_children if each.type != "comment"]
        return self.of(parts[-1], script, scope, depth) if parts else None

    def _unary(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        argument = node.child_by_field_name("argument")
        operator = operator_of(node)
        item = self.of(argument, script, scope, depth) if argument else None
        if operator == "void" and isinstance(item, Plain):
            return Plain(UNDEFINED, script.place(node))
        if operator == "!" and item:
            truth = _truth(item)
            return None if truth is None else Plain(not truth, script.place(node))
        number = _number_in(item)
        if number is None or operator not in ("-", "+"):
            return None
        return Plain(-number if operator == "-" else number, script.place(node))

    def _binary(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if not left or not right:
            return None
        operator = operator_of(node)
        first = self.of(left, script, scope, depth)
        if operator in ("||", "&&", "??"):
            is_kept = _is_kept(first, operator)
            chosen = first if is_kept else self.of(right, script, scope, depth)
            return None if is_kept is None else chosen
        second = self.of(right, script, scope, depth)
        value = _computed(operator, first, second)
        return None if value is None else Plain(value, script.place(node))

    def _either(self, node: Node, script: Script, scope: Scope, depth: int) -> Item | None:
        condition = node.child_by_field_name("condition")
        truth = _truth(self.of(condition, script, scope, depth)) if condition else None
        chosen = node.child_by_field_name("consequence" if truth else "alternative")
        return self.of(chosen, script, scope, depth) if chosen and truth is not None else None


_Work = Callable[[Values, "Node", Script, Scope, int], Item | None]
_WORK: dict[str, _Work] = {
    "identifier": Values._name,
    "object": Values._table,
    "array": Values._row,
    "member_expression": Values._member,
    "subscript_expression": Values._member,
    "call_expression": Values._call,
    "string": Values._text,
    "template_string": Values._text,
    "number": Values._number,
    "unary_expression": Values._unary,
    "binary_expression": Values._binary,
    "ternary_expression": Values._either,
    **dict.fromkeys(("true", "false", "null", "undefined"), Values._constant),
    **dict.fromkeys(("parenthesized_expression", "sequence_expression"), Values._last),
}


def _code(node: Node, script: Script) -> str:
    return shown(" ".join(script.text(node)[:200].split()))


def _unknown(node: Node, script: Script) -> Hidden:
    code = _code(node, script)
    if _is_filled(script.text(node)):
        return Hidden(f"{code} is filled in by a template", script.place(node), True)
    return Hidden(f"{code} is only known when the script runs", script.place(node))


def _is_filled(code: str) -> bool:
    quoted = code[:1] in "\"'`"
    return any(tag.is_certain or not quoted for tag in tags(code[:1_000].encode()))


def _changed(change: Reassignment) -> Hidden:
    return Hidden(f"{_code(change.node, change.script)} is only known when it runs", change.place)


def _inside(item: Item, key: str | int) -> Item | None:
    """Give what stands under a key; None where that is not known."""
    if isinstance(item, ObjectTable):
        if str(key) in item.entries:
            return item.entries[str(key)][1]
        return None if item.more else Plain(UNDEFINED, item.at)
    if isinstance(item, ValueRow) and str(key).isdecimal() and int(key) < len(item.items):
        return item.items[int(key)]
    return None


def _merge(item: Item, into: ObjectTable) -> None:
    """Spread an object into another."""
    if isinstance(item, ObjectTable):
        for key, entry in item.entries.items():
            into.entries.pop(key, None)
            into.entries[key] = entry
        into.more += item.more
        into.twice += item.twice
    elif isinstance(item, Hidden):
        into.more.append(item)


def _truth(item: Item) -> bool | None:
    """Say whether a value counts as true; None when it is not known."""
    if isinstance(item, Hidden):
        return None
    if isinstance(item, Plain):
        value = item.value
        return value is not UNDEFINED and bool(value) and value == value
    return True


def _is_kept(item: Item, operator: str) -> bool | None:
    """Say whether the left side of a logical operator is its value; None when nobody knows."""
    if operator == "??":
        is_nothing = isinstance(item, Plain) and item.value in (None, UNDEFINED)
        return None if isinstance(item, Hidden) else not is_nothing
    truth = _truth(item)
    return truth if truth is None or operator == "||" else not truth


def _number_in(item: Item | None) -> int | float | None:
    value = item.value if isinstance(item, Plain) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _computed(operator: str, first: Item, second: Item) -> Any:
    """Give a sum, a product, or two texts put together; None when it is not worked out."""
    if operator == "+" and isinstance(first, Plain) and isinstance(second, Plain):
        texts = _as_text(first.value), _as_text(second.value)
        if isinstance(first.value, str) or isinstance(second.value, str):
            whole = None if None in texts else f"{texts[0]}{texts[1]}"
            return whole if whole is not None and len(whole) <= MAX_TEXT else None
    a, b = _number_in(first), _number_in(second)
    if a is None or b is None:
        return None
    try:
        a, b = float(a), float(b)
        match operator:
            case "+":
                return unrounded(a + b)
            case "-":
                return unrounded(a - b)
            case "*":
                return unrounded(a * b)
            case "/":
                return unrounded(a / b)
            case "%":
                return unrounded(math.fmod(a, b))
            case "**":
                power = a**b
                return unrounded(power) if isinstance(power, float) else None
    except (ArithmeticError, ValueError):
        return None
    return None


def _number_of(text: str) -> int | float | None:
    """Give the number that a literal stands for; None for what JSON has no number for."""
    plain = text.replace("_", "").lower()
    try:
        if plain[:2] in ("0x", "0o", "0b"):
            whole: int = unrounded(float(int(plain, 0)))
            return whole
        if re.fullmatch(r"0[0-7]+", plain):
            return int(plain, 8)
        number: int | float = unrounded(float(plain))
        return number
    except (ValueError, OverflowError):  # 30000n is a whole number of another kind
        return None


def _as_text(value: Any) -> str | None:
    """Give the text that a value becomes within a text; None when it is not worked out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value is UNDEFINED:
        return "undefined" if value else "null"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else None


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r?\n|.))")


def _unescaped(text: str) -> str:
    """Give a text with its escapes worked out."""

    def plain(found: re.Match[str]) -> str:
        if code := found[1] or found[2] or found[3]:
            number = int(code, 16)
            return chr(number) if number <= 0x10FFFF else "\ufffd"
        return "" if found[4].endswith("\n") else _ESCAPES.get(found[4], found[4])

    return _ESCAPE.sub(plain, text)


# --- as data ----------------------------------------------------------------------------------


class Remark(NamedTuple):
    """What is to be said of how an object is written, whatever it is for."""

    rule: str
    place: Where
    message: str
    path: tuple[str | int, ...]


def subject_of(table: ObjectTable, name: str) -> tuple[Subject, list[Remark]]:
    """Give an object as data to judge, with the place of each value, and what is odd about it."""
    unseen: dict[tuple[str | int, ...], str] = {}
    remarks: list[Remark] = []
    opened: set[tuple[str | int, ...]] = set()
    left = MAX_VALUES

    def data_of(item: Item, path: tuple[str | int, ...]) -> tuple[Any, Place]:
        nonlocal left
        left -= 1
        if len(path) >= MAX_DEPTH or left < 0:
            item = Hidden("is too much to be worked out", item.at)
        if isinstance(item, Hidden):
            unseen[path] = item.why
            return UNSEEN, Place(*item.at)
        if isinstance(item, Plain):
            return (None if item.value is UNDEFINED else item.value), Place(*item.at)
        if isinstance(item, ValueRow):
            row = [data_of(each, (*path, i)) for i, each in enumerate(item.items)]
            return [data for data, _ in row], Place(*item.at, tuple(place for _, place in row))
        if item.more:
            opened.add(path)
        for hidden in item.more:
            message = f"{hidden.why}: what it adds is not judged"
            remarks.append(Remark("expression", hidden.at, message, path))
        for key, at in item.twice:
            message = f"{shown(key)} is given twice; only the last one counts"
            remarks.append(Remark("duplicate-key", at, message, (*path, key)))
        if item.odd:
            message = "the object cannot be read here: ',' is unexpected"
            remarks.append(Remark("syntax", item.odd, message, ()))
        data: dict[str, Any] = {}
        places = []
        for key, (at, value) in item.entries.items():
            if isinstance(value, Plain) and value.value is UNDEFINED:
                continue  # as if the key were not there
            data[key], inner = data_of(value, (*path, key))
            places.append(Place(*at, inner.inside))
        return data, Place(*item.at, tuple(places))

    data, places = data_of(table, ())
    return Subject(document(name, data, places), (), unseen, frozenset(opened)), remarks

"""When a call is made: while the page is being read, or later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simkit.checking.scopes import Binding, Call, Names, Scope, Script, callee_of, may_not_happen
from simkit.checking.trees import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_AT_ONCE = re.compile(r"\b(forEach|map|flatMap|filter|reduce|some|every|find)$")
_DEEPEST = 20


def moment_of(call: Call, names: Names) -> int | None:
    """Give the offset of the script element at which a call is made, where that is certain.

    None stands for later: the script is deferred, or the call waits for an event or a promise.
    """
    return _moment(call.node, call.script, call.scope, names, set())


def _moment(
    node: Node, script: Script, scope: Scope, names: Names, seen: set[tuple[int, int]]
) -> int | None:
    if script.source.is_later or may_not_happen(node, script.parsed, b"GenesysCloudWidgets"):
        return None
    function = scope.function
    if function.node is None or function.node.type == "program":
        return script.source.tag
    here = (script.source.start, function.node.start_byte)
    if here in seen or len(seen) > _DEEPEST:
        return None
    seen.add(here)
    before = script.parsed[function.node.start_byte : node.start_byte]
    if re.search(rb"\bawait\b|\byield\b", before):
        return None
    if _is_called_at_once(function.node, script) and function.outer:
        return _moment(function.node, script, function.outer, names, seen)
    binding = _name_of(function, script, names)
    if binding is None:
        return None
    moments = (
        _moment(each.node, each.script, each.scope, names, seen)
        for each in names.calls
        if _calls(each, binding)
    )
    return min((moment for moment in moments if moment is not None), default=None)


def _is_called_at_once(function: Node, script: Script) -> bool:
    """Say whether a function is called where it stands, or given to one that calls it."""
    inner, around = function, function.parent
    while around and around.type in ("parenthesized_expression", "unary_expression"):
        inner, around = around, around.parent
    if around and around.type == "call_expression":
        return around.child_by_field_name("function") == inner
    if around and around.type == "member_expression":  # (function () {}).call(this)
        return around.child_by_field_name("object") == inner
    call = around.parent if around and around.type == "arguments" else None
    callee = call.child_by_field_name("function") if call else None
    return callee is not None and bool(_AT_ONCE.search(text_of(callee, script.parsed)))


def _name_of(function: Scope, script: Script, names: Names) -> Binding | None:
    """Give the name by which a function is called."""
    node = function.node
    if node is None or function.outer is None:
        return None
    name = node.child_by_field_name("name")
    if name is None and node.parent and node.parent.type == "variable_declarator":
        name = node.parent.child_by_field_name("name")
    binding = function.outer.find(script.text(name)) if name else None
    is_only = binding is not None and binding.only is not None and binding.only.node == node
    return binding if is_only else None


def _calls(call: Call, binding: Binding) -> bool:
    callee = callee_of(call.node)
    if callee is None or callee.type != "identifier":
        return False
    return call.scope.find(text_of(callee, call.script.parsed)) is binding

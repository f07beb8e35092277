"""Which name of a script means what: scopes, what each name is given, and what is changed later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from simkit.checking.pages import SDK, ScriptText
from simkit.checking.trees import captures, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

_FUNCTIONS = (
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "arrow_function",
    "method_definition",
    "class_static_block",
)
_BLOCKS = ("statement_block", "for_statement", "for_in_statement", "switch_body", "catch_clause")
_PATTERN = "\n".join(
    [
        "(program) @scope",
        *(f"({kind}) @scope" for kind in (*_FUNCTIONS, *_BLOCKS)),
        "(variable_declarator) @declared",
        "(class_declaration) @class",
        "(import_statement) @import",
        "(assignment_expression) @written",
        "(augmented_assignment_expression) @changed",
        "(update_expression) @changed",
        '(unary_expression operator: "delete") @deleted',
        "(call_expression) @call",
        "(new_expression) @call",
    ]
)
_WINDOWS = frozenset(("window", "self", "globalThis", "top", "parent", "frames"))
_MAYBE = frozenset(
    [
        "if_statement",
        "ternary_expression",
        "switch_case",
        "switch_default",
        "for_statement",
        "for_in_statement",
        "while_statement",
        "do_statement",
        "catch_clause",
    ]
)
_DEEPEST = 40
_BIND_DEPTH = 8
"""A function is bound once or twice; long rows of it would be gone through for each call."""
IMPORTED = "import"
"""Stands for what an unknown module brings; no name is written so."""


@dataclass(eq=False)
class Scope:
    """A part of a script in which names are declared."""

    node: Node | None
    outer: Scope | None
    is_function: bool
    names: dict[str, Binding] = field(default_factory=dict)

    @property
    def function(self) -> Scope:
        """The function around it, or the script."""
        scope = self
        while not scope.is_function and scope.outer:
            scope = scope.outer
        return scope

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None


class Given(NamedTuple):
    """What a name is given: an expression, or what stands at a path inside of its value."""

    script: Script
    scope: Scope
    node: Node | None
    """None where no expression tells, as for parameters."""
    path: tuple[str | int, ...] = ()


@dataclass(eq=False)
class Binding:
    """A name of a scope, and all that it is given anywhere."""

    name: str
    scope: Scope
    given: list[Given] = field(default_factory=list)

    @property
    def only(self) -> Given | None:
        """What the name always means; None when it is given several things, or unknown ones."""
        one = self.given[0] if len(self.given) == 1 else None
        return one if one and one.node else None


class Reference(NamedTuple):
    """A thing that an expression names: what it starts at, and the keys from there."""

    root: Binding | str
    path: tuple[str | int | None, ...] = ()
    """None stands for a key that is not known."""
    bound: tuple[Given, ...] = ()
    """Arguments that ``bind`` puts before those of a call."""
    bind: Node | None = None
    """The call of ``bind`` that made a function of it."""


@dataclass(eq=False)
class Reassignment:
    """A change of an object after it was made: a key set, deleted, or values pushed or merged."""

    kind: Literal["set", "delete", "merge", "push"]
    path: tuple[str | int, ...]
    values: list[Given]
    node: Node
    place: tuple[int, int]
    script: Script
    scope: Scope


@dataclass(eq=False)
class Call:
    """A call that a script makes."""

    node: Node
    script: Script
    scope: Scope


@dataclass(eq=False)
class Script:
    """A script that could be read."""

    source: ScriptText
    parsed: bytes
    tree: Tree
    """The tree of ``parsed``, which is the code without the tags of template engines."""
    calls: list[Call] = field(default_factory=list)

    def text(self, node: Node) -> str:
        """Give what stands in a node's place, template tags included."""
        return text_of(node, self.source.code)

    def place(self, node: Node) -> tuple[int, int]:
        return self.source.at(node.start_byte)


class Names:
    """The names of all scripts of a page or file."""

    def __init__(self, scripts: list[Script], is_template: bool) -> None:
        self.is_template = is_template
        self.page = Scope(None, None, True)
        self.changes: dict[Binding, list[Reassignment]] = {}
        self.calls: list[Call] = []
        self._scopes: dict[Script, list[Scope]] = {}
        self._later: list[tuple[str, Node, Script, Scope]] = []
        for script in scripts:
            self._sweep(script)
            self.calls += script.calls
        for kind, node, script, scope in self._later:
            if kind == "written":
                self._write(node, script, scope)
        for kind, node, script, scope in self._later:
            self._change(kind, node, script, scope)

    # --- declarations -------------------------------------------------------------------------

    def _sweep(self, script: Script) -> None:
        nodes = captures("javascript", _PATTERN, script.tree)
        nodes.sort(key=lambda each: each[0] != "scope")
        nodes.sort(key=lambda each: (each[1].start_byte, -each[1].end_byte))
        scope = self.page
        for kind, node in nodes:
            while scope.node and node.start_byte >= scope.node.end_byte and scope.outer:
                scope = scope.outer
            if kind == "scope":
                scope = self._enter(node, script, scope)
                self._scopes.setdefault(script, []).append(scope)
            elif kind == "declared":
                self._declare_variables(node, script, scope)
            elif kind == "class":
                self._declare(node.child_by_field_name("name"), script, scope, node)
            elif kind == "import":
                self._declare_imports(node, script, scope)
            elif kind == "call":
                script.calls.append(Call(node, script, scope))
                self._later.append((kind, node, script, scope))
            else:
                self._later.append((kind, node, script, scope))

    def _enter(self, node: Node, script: Script, outer: Scope) -> Scope:
        is_function = node.type in _FUNCTIONS
        if node.type == "program":
            # Scripts of a page share their names; modules keep them.
            return Scope(node, self.page, True) if script.source.is_module else self._shared(node)
        scope = Scope(node, outer, is_function)
        name = node.child_by_field_name("name")
        if node.type.endswith("function_declaration"):
            self._declare(name, script, outer, node)
        elif node.type in ("function_expression", "generator_function"):
            self._declare(name, script, scope, node)
        if is_function:
            promised = self._promised(node, script, outer)
            for key in ("parameters", "parameter"):
                for each in _patterns(node.child_by_field_name(key)):
                    for target, path in _targets(each, script):
                        given = promised and promised._replace(path=path or ())
                        self._give(target, script, scope, given if path is not None else None)
        elif node.type == "catch_clause":
            for target, _ in _targets(node.child_by_field_name("parameter"), script):
                self._give(target, script, scope, None)
        elif node.type == "for_in_statement":
            kind = node.child_by_field_name("kind")
            into = scope.function if kind and kind.type == "var" else scope
            for target, _ in _targets(node.child_by_field_name("left"), script):
                if kind:
                    self._give(target, script, into, None)
                else:
                    self._later.append(("changed", target, script, outer))
        return scope

    def _shared(self, node: Node) -> Scope:
        return Scope(node, None, True, self.page.names)

    def _promised(self, node: Node, script: Script, scope: Scope) -> Given | None:
        """Give what a function is given by ``import("…").then(function)``."""
        if b"then" not in script.parsed[max(0, node.start_byte - 40) : node.start_byte]:
            return None
        call = node.parent and node.parent.parent
        callee = call and call.child_by_field_name("function")
        promise = callee and callee.child_by_field_name("object")
        return Given(script, scope, promise) if promise else None

    def _declare_variables(self, node: Node, script: Script, scope: Scope) -> None:
        statement = node.parent
        into = scope.function if statement and statement.type == "variable_declaration" else scope
        value = node.child_by_field_name("value")
        for target, path in _targets(node.child_by_field_name("name"), script):
            binding = self._binding(script.text(target), into)
            if value:
                known = value if path is not None else None
                binding.given.append(Given(script, scope, known, path or ()))

    def _declare_imports(self, node: Node, script: Script, scope: Scope) -> None:
        clause = next((each for each in node.named_children if each.type == "import_clause"), None)
        for each in _patterns(clause):
            specifiers = each.named_children if each.type == "named_imports" else [each]
            for specifier in specifiers:
                inner = [*specifier.named_children, specifier]
                local, imported = inner[1 if len(inner) > 2 else 0], inner[0]
                path = (script.text(imported),) if specifier.type == "import_specifier" else ()
                binding = self._binding(script.text(local), scope)
                binding.given.append(Given(script, scope, node, path))

    def _declare(self, name: Node | None, script: Script, scope: Scope, node: Node) -> None:
        if name:
            self._give(name, script, scope, Given(script, scope, node))

    def _give(self, name: Node, script: Script, scope: Scope, given: Given | None) -> None:
        binding = self._binding(script.text(name), scope)
        binding.given.append(given or Given(script, scope, None))

    def _binding(self, name: str, scope: Scope) -> Binding:
        return scope.names.setdefault(name, Binding(name, scope))

    def scope_at(self, node: Node, script: Script) -> Scope:
        """Give the innermost scope around a node."""
        found = self.page
        for scope in self._scopes[script]:
            if scope.node and scope.node.start_byte <= node.start_byte < scope.node.end_byte:
                found = scope
        return found

    def bound_to(self, node: Node, scope: Scope) -> Binding | None:
        """Give the name that always means what stands at a node."""
        around: Scope | None = scope
        while around:
            for binding in around.names.values():
                if binding.only and binding.only.node == node and not binding.only.path:
                    return binding
            around = around.outer
        return None

    # --- what changes later -------------------------------------------------------------------

    def _write(self, node: Node, script: Script, scope: Scope) -> None:
        """Take an assignment to a name, or to a key of the window, which is a name as well."""
        left, value = node.child_by_field_name("left"), node.child_by_field_name("right")
        for target, path in _targets(left, script):
            given = Given(script, scope, value if path is not None else None, path or ())
            self._assigned(script.text(target), scope).given.append(given)
        if left and left.type in ("member_expression", "subscript_expression"):
            inner = left.child_by_field_name("object")
            if inner and script.text(inner) in _WINDOWS:
                name = self.key(left, script, scope)
                if isinstance(name, str):
                    given = Given(script, scope, value)
                    self._binding(name, self.page).given.append(given)

    def _assigned(self, name: str, scope: Scope) -> Binding:
        return scope.find(name) or self._binding(name, self.page)

    def _change(self, kind: str, node: Node, script: Script, scope: Scope) -> None:
        """Take what changes an object, or a name in a way that is not worked out."""
        given: list[Given] = []
        target: Node | None = node
        change: Literal["set", "delete", "merge", "push"] = "set"
        if kind == "written":
            target = node.child_by_field_name("left")
            given = [Given(script, scope, node.child_by_field_name("right"))]
        elif kind == "call":
            change, target, given = self._changing_call(node, script, scope)
        elif kind == "deleted":
            change, target = "delete", node.child_by_field_name("argument")
        elif node.type != "identifier":
            target = node.child_by_field_name("left") or node.child_by_field_name("argument")
            given = [Given(script, scope, None)]
        if target is None:
            return
        if target.type == "identifier" and kind == "changed":
            unknown = Given(script, scope, None)
            self._assigned(script.text(target), scope).given.append(unknown)
        elif change in ("merge", "push") or target.type.endswith("_expression"):
            self._add_change(change, target, given, node, script, scope)

    def _changing_call(
        self, node: Node, script: Script, scope: Scope
    ) -> tuple[Literal["merge", "push"], Node | None, list[Given]]:
        callee = callee_of(node)
        arguments = node.child_by_field_name("arguments")
        if not callee or not arguments or callee.type != "member_expression":
            return "push", None, []
        name = text_of(callee, script.parsed)
        inputs = [each for each in arguments.named_children if each.type != "comment"]
        if name == "Object.assign" and inputs:
            return "merge", inputs[0], [Given(script, scope, each) for each in inputs[1:]]
        if name.endswith(".push"):
            target = callee.child_by_field_name("object")
            return "push", target, [Given(script, scope, each) for each in inputs]
        return "push", None, []

    def _add_change(
        self,
        kind: Literal["set", "delete", "merge", "push"],
        target: Node,
        given: list[Given],
        node: Node,
        script: Script,
        scope: Scope,
    ) -> None:
        reference = self.reference(target, script, scope)
        if reference is None or isinstance(reference.root, str) or None in reference.path:
            return
        if reference.bind:  # another function than the one that is bound
            return
        path = tuple(key for key in reference.path if key is not None)
        if path or kind in ("merge", "push"):
            key = _key_node(target)
            place = script.place(key or target)
            change = Reassignment(kind, path, given, node, place, script, scope)
            self.changes.setdefault(reference.root, []).append(change)

    # --- references ---------------------------------------------------------------------------

    def reference(
        self, node: Node | None, script: Script, scope: Scope, depth: int = 0
    ) -> Reference | None:
        """Give what an expression names, through all its aliases; None when it names nothing."""
        if node is None or depth > _DEEPEST:
            return None
        depth += 1
        match node.type:
            case "identifier" | "this":
                name = text_of(node, script.parsed)
                binding = scope.find(name)
                return self._meant(binding, depth) if binding else Reference(name)
            case "member_expression" | "subscript_expression":
                inner = node.child_by_field_name("object")
                whole = self.reference(inner, script, scope, depth)
                return whole and self._inside(whole, (self.key(node, script, scope),), depth)
            case "parenthesized_expression" | "sequence_expression" | "await_expression":
                parts = [each for each in node.named_children if each.type != "comment"]
                return self.reference(parts[-1], script, scope, depth) if parts else None
            case "binary_expression" if operator_of(node) in ("||", "??"):  # window.x || {}
                left = node.child_by_field_name("left")
                return self.reference(left, script, scope, depth)
            case "import_statement":
                return _module(node, script)
            case "call_expression":
                callee = node.child_by_field_name("function")
                is_import = callee and text_of(callee, script.parsed) in ("import", "require")
                if is_import:
                    return _module(node, script)
                return self._bound(node, callee, script, scope, depth) if callee else None
        return None

    def _bound(
        self, node: Node, callee: Node, script: Script, scope: Scope, depth: int
    ) -> Reference | None:
        """Give the function that a call of ``bind`` binds."""
        function = callee.child_by_field_name("object")
        if function is None or self.key(callee, script, scope) != "bind":
            return None
        whole = self.reference(function, script, scope, depth + _BIND_DEPTH)
        # The first argument is what the function is called on, unless it stands for several.
        given = arguments_of(node)
        is_spread = bool(given) and given[0].type == "spread_element"
        bound = tuple(Given(script, scope, each) for each in given[0 if is_spread else 1 :])
        return whole and whole._replace(bound=(*whole.bound, *bound), bind=node)

    def _meant(self, binding: Binding, depth: int) -> Reference:
        given = binding.only
        aliased = given and self.reference(given.node, given.script, given.scope, depth)
        if not given or not aliased or aliased.root is binding:
            return Reference(binding)
        return self._inside(aliased, given.path, depth)

    def _inside(
        self, reference: Reference, keys: tuple[str | int | None, ...], depth: int
    ) -> Reference:
        root, path = reference.root, (*reference.path, *keys)
        if reference.bind:  # what it returns has other keys than the function
            is_call = set(keys) <= {"call", "apply", "bind"}
            return reference._replace(path=path) if is_call else Reference("bound")
        if root in _WINDOWS and path and isinstance(path[0], str):
            name, *rest = path
            binding = self.page.names.get(str(name))
            whole = self._meant(binding, depth + 1) if binding else Reference(str(name))
            return whole._replace(path=(*whole.path, *rest))
        return Reference(root, path)

    def key(self, node: Node, script: Script, scope: Scope) -> str | int | None:
        """Give the key of a member access; None when it is worked out in the browser."""
        key = _key_node(node)
        if key is None:
            return None
        if node.type == "member_expression":
            return text_of(key, script.parsed)
        for _ in range(_DEEPEST):  # constants that hold the key
            if key.type != "identifier":
                break
            binding = scope.find(script.text(key))
            given = binding.only if binding else None
            if not given or not given.node or given.path:
                return None
            key, script, scope = given.node, given.script, given.scope
        text = script.text(key)
        if key.type == "number":
            return int(text) if text.isdecimal() else None
        parts = {each.type for each in key.named_children}
        is_text = key.type in ("string", "template_string") and parts <= {"string_fragment"}
        return text[1:-1] if is_text else None


def _module(node: Node, script: Script) -> Reference:
    """Give what an import brings: the widgets, if it is one of the SDK."""
    return Reference("GenesysCloudWidgets" if SDK in script.text(node) else IMPORTED)


def operator_of(node: Node) -> str:
    """Give the operator of an expression, such as +."""
    operator = node.child_by_field_name("operator")
    return operator.type if operator else ""


def _key_node(node: Node) -> Node | None:
    return node.child_by_field_name("property") or node.child_by_field_name("index")


def _patterns(node: Node | None) -> list[Node]:
    """Give the parts of a list of parameters or imports, or a single one."""
    if node is None:
        return []
    is_list = node.type in ("formal_parameters", "import_clause")
    return node.named_children if is_list else [node]


def _targets(
    node: Node | None, script: Script
) -> Iterator[tuple[Node, tuple[str | int, ...] | None]]:
    """Give the names in a pattern, and the path of what each is given; None where none tells."""
    waiting: list[tuple[Node, tuple[str | int, ...] | None]] = [(node, ())] if node else []
    while waiting:
        each, path = waiting.pop()
        match each.type:
            case "identifier":
                yield each, path
            case "shorthand_property_identifier_pattern":
                yield each, None if path is None else (*path, script.text(each))
            case "object_pattern":
                waiting += [(inner, path) for inner in each.named_children]
            case "pair_pattern":
                key, value = each.child_by_field_name("key"), each.child_by_field_name("value")
                name = script.text(key).strip("\"'") if key else ""
                known = path is not None and key and key.type != "computed_property_name"
                if value:
                    waiting.append((value, (*path, name) if known and path is not None else None))
            case "array_pattern":
                at = 0
                for inner in each.children:
                    if inner.is_named and inner.type != "comment":
                        waiting.append((inner, None if path is None else (*path, at)))
                    at += inner.type == ","
            case "object_assignment_pattern" | "assignment_pattern":
                left = each.child_by_field_name("left")
                if left:
                    waiting.append((left, None))
            case "rest_pattern":
                waiting += [(inner, None) for inner in each.named_children]


def arguments_of(call: Node) -> list[Node]:
    """Give what a call is given."""
    arguments = call.child_by_field_name("arguments")
    if not arguments or arguments.type != "arguments":
        return []
    return [each for each in arguments.named_children if each.type != "comment"]


def callee_of(call: Node) -> Node | None:
    """Give what a call calls."""
    return call.child_by_field_name("function") or call.child_by_field_name("constructor")


def may_not_happen(node: Node, code: bytes = b"", sure: bytes = b"") -> bool:
    """Say whether a statement is reached under conditions, within its function.

    A condition that speaks of what is ``sure`` is none.
    """
    inner, around = node, node.parent
    while around and around.type not in _FUNCTIONS:
        first = around.child_by_field_name("condition") or around.child_by_field_name("left")
        is_condition = around.type in _MAYBE or around.type == "binary_expression"
        if is_condition and first != inner:
            asked = code[first.start_byte : first.end_byte] if first else b""
            if not sure or sure not in asked:
                return True
        inner, around = around, around.parent
    return False

"""Write the types of the front end out of those of the view models: ``told.d.ts`` beside each."""

from __future__ import annotations

import ast
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from simkit.ui.architect import told as architect
from simkit.ui.audit import told as audit
from simkit.ui.charts import told as charts
from simkit.ui.lab import told as lab
from simkit.ui.stage import told as stage
from simkit.ui.workshop import told as workshop

MODULES = [architect, audit, charts, lab, stage, workshop]
PLAIN = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    Any: "any",
    NoneType: "null",
}


def script_type(kind: Any) -> str:
    """Give the type that JavaScript has for a type of Python."""
    origin, parts = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        return str(kind.__name__)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in parts)
    if origin in (Union, UnionType):
        return " | ".join(map(script_type, parts))
    if origin is list:
        inner = script_type(parts[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {script_type(parts[1])}>"
    return PLAIN[kind]


def described(node: ast.stmt | None, indent: str) -> list[str]:
    """Give the words that follow a name in Python, as a comment that stands before it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [f"{indent}/** {node.value.value} */"]
    return []


def foreign(module: Any) -> dict[str, list[str]]:
    """Give the types of other rooms that a module's types are made of, room by room."""
    found: dict[str, list[str]] = {}
    for name, kind in vars(module).items():
        if is_typeddict(kind) and kind.__module__ != module.__name__:
            found.setdefault(kind.__module__.split(".")[-2], []).append(name)
    return found


def declarations(module: Any) -> str:
    """Give the declarations of a module's types, in its order and with its words."""
    source = Path(module.__file__)
    where = f"{source.parent.name}/{source.name}"
    lines = [f"// What the kernel tells, and how: out of {where}, by tools/typedefs.py."]
    body = ast.parse(source.read_text(encoding="utf-8")).body
    lines += [
        f'import type {{ {", ".join(names)} }} from "../{room}/told";'
        for room, names in foreign(module).items()
    ]
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            alias = node.targets[0].id
            kind = script_type(getattr(module, alias))
            lines += ["", *described(after, ""), f"export type {alias} = {kind};"]
        if not isinstance(node, ast.ClassDef):
            continue
        hints = get_type_hints(getattr(module, node.name))
        lines += ["", f"/** {ast.get_docstring(node)} */", f"export interface {node.name} {{"]
        for field, words in zip(node.body, [*node.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                name = field.target.id
                lines += [*described(words, "  "), f"  {name}: {script_type(hints[name])};"]
        lines.append("}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the files."""
    for module in MODULES:
        Path(module.__file__).with_suffix(".d.ts").write_text(declarations(module), "utf-8")


if __name__ == "__main__":
    main()

"""What the command line tells of itself: its help, and which value an option cannot take."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from simkit.base import resources
from simkit.base.errors import BadInput, shown

_Function = TypeVar("_Function", bound=Callable[..., Any])
_DATA = "{data}"
"""Stands in an example for where the kit's data are."""
_RANGE = re.compile(r"(?:(-?\d+)<=)?x(?:<=(\d+))?(?:>=(-?\d+))?(?=[];])")
_TOLD = 10**9
"""A bound beyond it is no news to anybody who reads a help text."""


class Command(TyperCommand):
    """A command whose help names its values in plain words and ends in examples."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Give the parts of the line on usage: what need not be given is in brackets."""
        pieces = ["[OPTIONS]"]
        for param in self.params:
            if param.param_type_name == "argument":
                name = _name(param)
                pieces.append(name if param.required else f"[{name}]")
        return pieces

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each argument and for each option."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            rows = [_row(each, ctx) for each in self.get_params(ctx) if _is(each, kind)]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_examples(self.epilog, formatter)


class Group(TyperGroup):
    """The command line as a whole: its help shows the descriptions of commands uncut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a line for each command, longer ones wrapped."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, inspect.cleandoc(each.help or "")) for name, each in self.commands.items()]
            )

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_examples(self.epilog, formatter)


def command(
    app: typer.Typer, *examples: str, name: str | None = None
) -> Callable[[_Function], _Function]:
    """Give a decorator that makes a function a command, with examples of its use.

    Its name is that of the function, where none is given.
    """
    return app.command(name, cls=Command, epilog="\n".join(examples))


def wrong_value(problem: TyperException) -> BadInput | None:
    """Give what is wrong with the value of an option in the kit's words, if that is the problem."""
    from pydantic import ValidationError  # the parser of options has loaded it by then

    param, cause = getattr(problem, "param", None), problem.__cause__
    if param is None or not isinstance(cause, ValidationError):
        return None
    about = param.type_descriptor
    if about.choices is not None:
        allowed = ", ".join(map(str, about.choices))
    elif about.annotation is int:
        allowed = "a whole number"
        if param.min is not None:
            allowed += f" of at least {param.min}"
        if param.max is not None:
            low = f"from {param.min} to " if param.min is not None else "of at most "
            allowed = f"a whole number {low}{param.max}"
    else:
        return None
    found = cause.errors()[0]["input"]
    field = param.opts[-1] if _is(param, "option") else _name(param)
    is_plain = re.fullmatch(r"-?\d{1,20}", str(found))
    return BadInput(field=field, found=str(found) if is_plain else shown(found), allowed=allowed)


def _is(param: Any, kind: str) -> bool:
    return bool(param.param_type_name == kind)


def _name(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return f"{name}..." if argument.nargs != 1 else name


def _row(param: Any, ctx: Any) -> tuple[str, str]:
    name, said = param.get_help_record(ctx)
    said = _RANGE.sub(_bounds, said)
    if _is(param, "option"):
        return name, said
    return _name(param), said.removesuffix("  [required]")  # the line on usage says it


def _bounds(found: re.Match[str]) -> str:
    """Give the bounds of a number as people say them."""
    low, high = found[1] or found[3], found[2]
    if high is None or (low is not None and int(high) > _TOLD):
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"


def _write_examples(examples: str | None, formatter: Any) -> None:
    if not examples:
        return
    from simkit.inputs.loading import from_here

    lines = examples.replace(_DATA, from_here(resources.directory("data"))).splitlines()
    with formatter.section("Example" if len(lines) == 1 else "Examples"):
        formatter.write("".join(f"  {line}\n" for line in lines))

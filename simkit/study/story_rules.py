"""Rules that find the moments of stories, by name: how one is registered, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from simkit.runs.messages import Message
from simkit.study.story_scene import Kinds, Moment, Scene

Case = TypeVar("Case")


class Rule(NamedTuple):
    """How a moment is found."""

    find: Callable[[Scene], Moment | None]
    fills: Kinds
    """The type of each value that it gives, by its name."""
    needs_fix: bool
    """Whether it looks at the run of a fix."""


MOMENTS: dict[str, Rule] = {}


def moment(
    of: Callable[[Scene], Case | None], *, needs_fix: bool = False, **fills: type
) -> Callable[[Callable[[Scene, Case], Moment | None]], Callable[[Scene, Case], Moment | None]]:
    """Register a rule under the name of its function, with the types of what it fills in.

    It is asked with the case that ``of`` finds in a scene; without a case there is no moment.
    """

    def register(
        rule: Callable[[Scene, Case], Moment | None],
    ) -> Callable[[Scene, Case], Moment | None]:
        def find(scene: Scene) -> Moment | None:
            case = of(scene)
            return None if case is None else rule(scene, case)

        MOMENTS[rule.__name__] = Rule(find, fills, needs_fix)
        return rule

    return register


def going(message: Message) -> int:
    """Give a moment at which a request is on its way."""
    return (message.leaves + message.arrives) // 2


def coming(message: Message) -> int:
    """Give a moment at which an answer is on its way."""
    return (message.arrives + message.back) // 2

"""The division tree, and who sees what through it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from simkit.base.errors import LocatedError, shown
from simkit.base.formatting import counted
from simkit.base.names import plain_name

MAX_LEVELS = 100
"""Of a division tree: far more than any has, and few enough for the path of each division."""
_TOLD = 10
"""Divisions of a cycle that are named, at most."""
_DIVISION_ID = re.compile(r"([dD]-)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_division_id(text: str) -> bool:
    """Say whether a text can be a division's id: a GUID, with or without the prefix d-."""
    return _DIVISION_ID.fullmatch(text) is not None


def division_key(text: str) -> str:
    """Give what makes a division's id itself: its GUID in lower case, without d-.

    Other texts as ``plain_name`` gives them.

    >>> division_key("D-5F1C0A02-7B2E-4C39-9A41-0C6DE8B30002")
    '5f1c0a02-7b2e-4c39-9a41-0c6de8b30002'
    """
    name = plain_name(text)
    return name.lower().removeprefix("d-") if is_division_id(name) else name


def below_one_root(organisation: Any) -> tuple[Any, str]:
    """Give what describes an organisation with all its divisions below one root, and what was done.

    The root is the division without a parent that is called Home, else the first that is a parent
    itself; else there is a new one. Nothing is done, and said, to what has one root already,
    or is no organisation.
    """
    rows = organisation.get("divisions") if isinstance(organisation, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return organisation, ""
    name_of = [plain_name(str(row.get("name"))) for row in rows]
    alone = [i for i, row in enumerate(rows) if row.get("parent") is None]
    if len(alone) < 2:
        return organisation, ""
    parents = {plain_name(str(row["parent"])) for row in rows if row.get("parent") is not None}
    homes = [i for i in alone if name_of[i] == "Home"] or [
        i for i in alone if name_of[i] in parents
    ]
    new = []
    if homes:
        root, below = name_of[homes[0]], shown(name_of[homes[0]])
        alone.remove(homes[0])
    else:
        root = next(name for name in _names_of_roots() if name not in name_of)
        keys = {division_key(str(row.get("id"))) for row in rows}
        ids = (f"00000000-0000-0000-0000-{number:012}" for number in count())
        new = [{"id": next(each for each in ids if each not in keys), "name": root}]
        below = f"a new root, {shown(root)}"
    rooted = list(rows)
    for i in alone:
        rooted[i] = {**rows[i], "parent": root}
    more = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
    done = f"{shown(name_of[alone[0]])}{more} had no parent and is now below {below}"
    return {**organisation, "divisions": [*rooted, *new]}, done


def _names_of_roots() -> Iterator[str]:
    yield from ("Global", "All divisions")
    yield from (f"All divisions {number}" for number in count(2))


class DivisionTree:
    """A rooted tree of division names.

    >>> tree = DivisionTree([("Global", None), ("North", "Global"), ("Care", "North")])
    >>> tree.path("Care")
    ('Care', 'North', 'Global')
    """

    def __init__(self, rows: Iterable[tuple[str, str | None]]) -> None:
        """Build the tree from (name, parent) rows; LocatedError when it is no tree."""
        import networkx as nx  # here: it takes longer to import than all of the rules

        rows = list(rows)
        parents = dict(rows)
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(parents)
        for i, (name, parent) in enumerate(rows):
            if parent is None:
                continue
            if parent not in parents:
                raise LocatedError(
                    f"unknown parent {parent!r} of division {name!r}",
                    ("divisions", i, "parent"),
                    allowed=sorted(parents),
                )
            graph.add_edge(parent, name)
        try:
            loop = [parent for parent, _ in nx.find_cycle(graph)]
        except nx.NetworkXNoCycle:
            loop = []
        order = list(parents)
        if loop:
            names = loop if len(loop) <= _TOLD else [*loop[:_TOLD], f"... ({len(loop)} in all)"]
            raise LocatedError(
                f"cycle in the division tree: {' > '.join([*names, loop[0]])}",
                ("divisions", order.index(loop[0]), "parent"),
            )
        roots = [name for name, parent in rows if parent is None]
        if len(roots) > 1:
            raise LocatedError(
                f"{len(roots)} divisions have no parent, among them {roots[0]!r} and {roots[1]!r}; "
                "a tree has one root: give the others a parent, or have all put below one root "
                "(--flat; in Python load(path, flat=True))",
                ("divisions", order.index(roots[1])),
            )
        self.root = roots[0]
        self.parent = parents
        self._paths: dict[str, tuple[str, ...]] = {}
        for name in nx.topological_sort(graph):
            above = parents[name]
            self._paths[name] = (name,) if above is None else (name, *self._paths[above])
            if len(self._paths[name]) > MAX_LEVELS:
                raise LocatedError(
                    f"division {name!r} lies more than {MAX_LEVELS} levels deep",
                    ("divisions", order.index(name), "parent"),
                )

    def __repr__(self) -> str:
        return f"DivisionTree(root {self.root!r}, {counted(len(self._paths), 'division')})"

    def path(self, name: str) -> tuple[str, ...]:
        """Give the division and its ancestors, the root last; KeyError when unknown."""
        return self._paths[name]

    def visible(self, name: str, filter_type: str) -> tuple[str, ...]:
        """Give the divisions whose codes a list asked for ``name`` shows.

        ``division`` matches exactly; ``hierarchical`` adds the ancestors up to the root. Never a
        sibling's, never a descendant's.
        """
        return self._paths[name] if filter_type == "hierarchical" else (name,)

    def unrelated(self, name: str) -> list[str]:
        """Give the divisions that are neither ancestor nor descendant of ``name``, by name."""
        mine = set(self._paths[name])
        return [
            other for other in self._paths if other not in mine and name not in self._paths[other]
        ]

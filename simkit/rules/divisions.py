"""The division tree, and who sees what through it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from simkit.base.errors import LocatedError
from simkit.base.names import plain_name

_DIVISION_ID = re.compile(r"(d-)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_division_id(text: str) -> bool:
    """Say whether a text can be a division's id: a GUID, with or without the prefix d-."""
    return _DIVISION_ID.fullmatch(text) is not None


def division_key(text: str) -> str:
    """Give what makes a division's id itself: its GUID in lower case, without d-.

    Other texts are given as ``plain_name`` gives them.

    >>> division_key("D-5F1C0A02-7B2E-4C39-9A41-0C6DE8B30002")
    '5f1c0a02-7b2e-4c39-9a41-0c6de8b30002'
    """
    name = plain_name(text)
    low = name.lower()
    return low.removeprefix("d-") if is_division_id(low) else name


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
            raise LocatedError(
                f"cycle in the division tree: {' > '.join([*loop, loop[0]])}",
                ("divisions", order.index(loop[0]), "parent"),
            )
        roots = [name for name, parent in rows if parent is None]
        if len(roots) > 1:
            raise LocatedError(
                f"two roots in the division tree: {roots[0]!r} and {roots[1]!r}",
                ("divisions", order.index(roots[1])),
            )
        self.graph = graph
        self.root = roots[0]
        self.parent = parents
        self._paths: dict[str, tuple[str, ...]] = {}
        for name in nx.topological_sort(graph):
            above = parents[name]
            self._paths[name] = (name,) if above is None else (name, *self._paths[above])

    def __repr__(self) -> str:
        return f"DivisionTree(root {self.root!r}, {len(self._paths)} divisions)"

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

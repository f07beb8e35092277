"""A lab driven in code: choose, move, act, tell its story, and expect what is on the desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from simkit.base.errors import BadInput, closest, shown
from simkit.base.formatting import name
from simkit.ui.lab.agent_view import AgentView, DeskState
from simkit.ui.lab.lab import Lab
from simkit.ui.lab.sentences import status_name


class LabDriver:
    """A lab, and what can be done with it. Each method gives the driver back, or complains.

    What cannot be done is a BadInput, as in the lab; what is not as expected an AssertionError that
    names both.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def __repr__(self) -> str:
        return f"LabDriver({self.lab!r})"

    def choose(self, **traits: Any) -> LabDriver:
        """Choose by the names of the lab's traits: trap, preset, second, agent, organisation, seed.

        Fields of the settings are chosen by their names as well, as with ``simkit.lab``.
        """
        for trait, value in traits.items():
            if self.lab.has_trait(trait):
                setattr(self.lab, trait, value)
            else:
                self.lab.choose("field", [trait, value])
        return self

    def move(self, at: int | str) -> LabDriver:
        """Move to a moment: a local time such as ``"14:03"``, or ms of the run."""
        self.lab.moment = at
        return self

    def act(self, reason: str, minutes: int = 10) -> LabDriver:
        """Choose a reason on the desk, as the agent, and set it as the status for some minutes."""
        codes = {self._code(code): code for code in self._desk().entries}
        if reason not in codes:
            raise BadInput(
                f"the desk does not list {shown(reason)}{closest(reason, codes)}",
                field="reason",
                allowed=", ".join(codes) or "nothing: the list is empty",
            )
        self.lab.choose("minutes", minutes)
        self.lab.choose("live", True)
        self.lab.choose("act", {"code": codes[reason]})
        return self

    def story(self) -> list[str]:
        """Tell the story to its end, step by step; give what each step says.

        AssertionError where a step cannot be shown, or a question cannot be answered.
        """
        said = []
        steps = self.lab.story["steps"]
        for place, step in enumerate(steps):
            self.lab.step = place
            _equal(f"step {place + 1} is shown", self.lab.step, place)
            _equal(f"step {place + 1} shows", self.lab.preset, step["preset"])
            _equal(f"step {place + 1} is at", self.lab.moment, step["t"])
            asked = step["question"]
            if asked is not None:  # some ask for an opinion, and no answer is the right one
                answerable = asked["value"] is not None or asked["options"]
                assert answerable, f"step {place + 1} asks what nothing answers: {asked['ask']}"
            said.append("".join(part["text"] for part in step["parts"]))
        return said

    def expect(
        self,
        *,
        state: DeskState | None = None,
        listed: Collection[str] | None = None,
        unusable: Collection[str] | None = None,
        believed: str | None = None,
        true: str | None = None,
        finding: str | None = None,
    ) -> LabDriver:
        """Expect what is on the desk at the moment, in the run that is chosen.

        ``state`` is that of the dropdown, ``listed`` the reasons in it in any order, ``unusable``
        those of them that the platform would refuse, ``believed`` and ``true`` the status that the
        desk and the platform have, ``finding`` a part of the lab's sentence.
        """
        desk, piece = self._desk(), self._view().at(self.lab.agent, self.lab.moment)
        names = [self._code(code) for code in desk.entries]
        refused = [self._code(code) for code in desk.entries if not piece.truth.usable >> code & 1]
        view = self._view()
        found: Mapping[str, tuple[Any, Any]] = {
            "state": (desk.state, state),
            "listed": (sorted(names), None if listed is None else sorted(listed)),
            "unusable": (sorted(refused), None if unusable is None else sorted(unusable)),
            "believed": (status_name(view, desk.status), believed),
            "true": (status_name(view, piece.truth.status), true),
        }
        for what, (is_so, expected) in found.items():
            if expected is not None:
                _equal(what, is_so, expected)
        if finding is not None:
            assert finding in self.lab.finding, f"finding: {self.lab.finding!r} lacks {finding!r}"
        return self

    def _view(self) -> AgentView:
        return self.lab.state.view

    def _desk(self) -> Any:
        return self._view().at(self.lab.agent, self.lab.moment).desk

    def _code(self, code: int) -> str:
        return name(self._view().run.directory.codes[code].name)


def drive(lab: Lab) -> LabDriver:
    """Give a driver of a lab; BadInput for anything else."""
    if not isinstance(lab, Lab):
        raise BadInput(field="lab", found=shown(lab), allowed="a lab; simkit.lab gives one")
    return LabDriver(lab)


def _equal(what: str, found: Any, expected: Any) -> None:
    assert found == expected, f"{what}: found {found!r}, expected {expected!r}"

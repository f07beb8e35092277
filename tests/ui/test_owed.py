"""What a lab tells later: never missed by whoever reads it, and told where a kernel comes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import simkit
from simkit.ui.frontend import owed
from simkit.ui.lab import lab_view_model
from simkit.ui.lab.lab import Lab

pytestmark = pytest.mark.slow  # labs are opened

LATER = ("story", "metrics", "overview")


def told(lab: Lab) -> list[str]:
    """Give what has been told of what comes later."""
    made = {"story": lab._trait_values["story"]["known"]}
    made |= {name: lab._trait_values[name] is not None for name in LATER[1:]}
    return [name for name in LATER if made[name]]


def in_a_loop(work: Callable[[], Any], then: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Do work in a loop as a kernel's, and look at what came of it once the loop had time."""

    async def both() -> tuple[Any, Any]:
        made = work()
        seen = then(made)
        await asyncio.sleep(0)
        return seen, then(made)

    return asyncio.run(both())


def test_without_a_kernel_all_is_told_at_once(lab: Callable[..., Lab]) -> None:
    """A script has no moment at which it comes back to what is owed."""
    assert told(lab("E4")) == list(LATER)


def test_a_lab_owes_what_its_first_screen_does_not_show(lab: Callable[..., Lab]) -> None:
    """And tells it as soon as the loop has time; it is what it would have been at once."""
    before, after = in_a_loop(lambda: lab("E4"), told)
    assert (before, after) == ([], list(LATER))
    at_once = lab("E4")
    for name in LATER:
        _, value = in_a_loop(lambda: lab("E4"), lambda one, name=name: one._trait_values[name])
        assert value == getattr(at_once, name)


@pytest.mark.parametrize("name", LATER)
def test_who_reads_what_is_owed_has_it(lab: Callable[..., Lab], name: str) -> None:
    """In the same cell as well, and also who asks for all of the state."""
    value = getattr(lab("E4"), name)
    assert in_a_loop(lambda: lab("E4"), lambda one: getattr(one, name))[0] == value
    assert in_a_loop(lambda: lab("E4"), lambda one: one.get_state()[name])[0] == value


def test_what_is_owed_is_what_is_chosen_last(lab: Callable[..., Lab]) -> None:
    """Numbers of a choice that was left before anybody read them are never told."""
    heads: list[Any] = []

    def chosen() -> Lab:
        one = lab("E4")
        one.observe(lambda change: heads.append(change.new["heads"]), "metrics")
        one.preset = "E4a"
        one.preset = "E4b"
        return one

    in_a_loop(chosen, told)
    assert [each[-1] for each in heads] == ["E4b"]


def test_a_cell_ends_with_what_is_owed(lab: Callable[..., Lab]) -> None:
    """Told before the kernel says that the cell is over, so that who saves the outputs has it."""
    shell = InteractiveShell.instance()
    try:
        before, after = in_a_loop(
            lambda: lab("E4"),
            lambda one: (told(one), shell.events.trigger("post_execute"), told(one))[::2],
        )[0]
    finally:
        InteractiveShell.clear_instance()
    assert (before, after) == ([], list(LATER))


def test_what_fails_later_is_said(lab: Callable[..., Lab], monkeypatch: Any) -> None:
    """Nobody is there to catch it: it is said in the lab, which stays as it is."""

    def failing(state: Any) -> Any:
        raise RuntimeError("no numbers today")

    monkeypatch.setattr(lab_view_model, "numbers", failing)
    one = in_a_loop(lambda: lab("E4"), lambda one: one)[1]
    assert one.error == "RuntimeError: no numbers today"
    assert one.metrics is None


def test_what_is_interrupted_is_still_owed(lab: Callable[..., Lab], monkeypatch: Any) -> None:
    """It is not begun again by itself; who reads it has it."""
    numbers = lab_view_model.numbers

    def interrupted(state: Any) -> Any:
        monkeypatch.setattr(lab_view_model, "numbers", numbers)
        raise KeyboardInterrupt

    monkeypatch.setattr(lab_view_model, "numbers", interrupted)
    one = in_a_loop(lambda: lab("E4"), lambda one: one)[1]
    assert "metrics" not in told(one)
    assert one.error == "Interrupted; all is as it was."
    assert one.metrics["heads"]


def test_nothing_is_told_of_a_closed_lab(lab: Callable[..., Lab]) -> None:
    """A lab that is closed in its own cell owes nobody anything."""

    def closed() -> Lab:
        one = lab("E4")
        one.close()
        return one

    assert in_a_loop(closed, told)[1] == []


def test_a_lab_that_cannot_be_leaves_no_widget(lab: Callable[..., Lab], monkeypatch: Any) -> None:
    """The browser was told of it before it was known that it cannot be."""
    opened: list[Lab] = []
    monkeypatch.setattr("simkit.ui.lab.lab.send_now", lambda: None)
    begin = Lab.open
    monkeypatch.setattr(Lab, "open", lambda one: (opened.append(one), begin(one)))
    with pytest.raises(simkit.BadInput, match="unknown preset"):
        lab("E4", preset="E9")
    assert [each.comm for each in opened] == [None]
    assert owed.can_wait() is False


def test_a_lab_says_that_it_owes(lab: Callable[..., Lab]) -> None:
    """For who waits, and for who looks at numbers of the choice before."""
    assert in_a_loop(lambda: lab("E4"), lambda one: one.owes) == (True, False)
    assert lab("E4").owes is False

    def read(one: Lab) -> bool:
        return bool(one.story and one.metrics and one.overview) and one.owes

    assert in_a_loop(lambda: lab("E4"), read) == (False, False)

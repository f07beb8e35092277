"""What a lab does where something goes wrong around it: an interrupt, an observer, no home."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browsing
import pytest
import traitlets
from asking import asked, token
from extent import some
from jupyter_core import paths
from tornado.ioloop import IOLoop

import simkit
from simkit import BadInput
from simkit.ui.architect import view_model
from simkit.ui.architect.architect import Architect
from simkit.ui.frontend import interrupts, working
from simkit.ui.frontend.guarded import INTERRUPTED, Guarded
from simkit.ui.lab import lab_view_model
from simkit.ui.lab.lab import Lab
from simkit.ui.server import jupyter

pytestmark = pytest.mark.slow  # thousands of agents are run


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab of its own."""
    one = simkit.lab("E4", preset="E4a")
    yield one
    one.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is sent to the browser besides the widget's state."""
    sent: list[Any] = []
    monkeypatch.setattr(Guarded, "send", lambda _, content: sent.append(content))
    return sent


def ask(one: Guarded, kind: str, value: Any = None, n: int = 1) -> None:
    """Ask as a browser does."""
    content = {"ask": kind, "value": value, "n": n}
    one._handle_msg({"content": {"data": {"method": "custom", "content": content}}})


def alive(told: list[Any]) -> list[dict[str, str]]:
    """Give the signs of life, and what was said with them."""
    return [content["alive"] for content in told if "alive" in content]


# Signs of life.


def test_whatever_is_heard_is_answered_by_a_sign_of_life_at_once(lab: Lab, told: list[Any]) -> None:
    """Before it is done, and also where no number is answered; who only looks changes nothing."""
    before = lab.answered
    ask(lab, "alive", n=before + 5)
    assert (alive(told), lab.answered) == ([{"words": "", "job": ""}], before)
    update = {"method": "update", "state": {"moment": lab.moment + 1}}
    lab._handle_msg({"content": {"data": update}})
    assert len(alive(told)) == 2
    seen: list[int] = []
    lab.observe(lambda _: seen.append(len(alive(told))), "sides")
    ask(lab, "preset", "E4b")
    assert seen == [3]


@pytest.mark.thorough
def test_a_long_run_gives_signs_of_life(
    lab: Lab, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the kernel is kept from all else; afterwards there are none."""
    monkeypatch.setattr(working, "BEAT_S", 0.02)

    def slow(*_: Any, **__: Any) -> Any:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass
        raise BadInput("not today")

    monkeypatch.setattr(lab.state, "_simulate", slow)
    ask(lab, "seed", 7)
    count = len(alive(told))
    assert count > 4
    assert lab.error == "not today"
    time.sleep(0.1)
    assert len(alive(told)) == count


@pytest.mark.thorough
def test_before_thousands_are_run_it_is_said_how(
    told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By processes where columns cannot: that may take a minute, and nothing else is heard."""
    one = simkit.lab("E2", organisation="classroom")
    for fields, words in [
        ({}, "Running 10,000 agents …"),
        ({"http_max_age_ms": 60_000.0}, "Running 10,000 agents by processes …"),
    ]:
        seen: list[str] = []

        def stop(*_: Any, seen: list[str] = seen, **__: Any) -> Any:
            seen.append(alive(told)[-1]["words"])
            raise BadInput("enough")

        if fields:
            one.choose("field", next(iter(fields.items())))
        monkeypatch.setattr(one.state, "_simulate", stop)
        ask(one, "organisation", "crowd")
        assert seen == [words]
        monkeypatch.undo()
        monkeypatch.setattr(Guarded, "send", lambda _, content: told.append(content))
    one.close()


# Interrupts.


@pytest.mark.parametrize("where", ["in the run", "while it is told"])
@pytest.mark.some(1)
def test_an_interrupted_command_is_answered_and_changes_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """What was half told is told again as it was, and the next command is done."""
    sides, choices, numbers = lab.sides, lab.choices, lab.metrics

    def interrupted(*_: Any, **__: Any) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    if where == "in the run":
        monkeypatch.setattr(lab.state, "_simulate", interrupted)
    else:
        monkeypatch.setattr(lab_view_model, "numbers", interrupted)
    ask(lab, "seed", 7)
    assert (lab.error, lab.answered) == (INTERRUPTED, 1)
    assert lab.state.choice.seed == 1
    assert (lab.sides, lab.choices, lab.metrics) == (sides, choices, numbers)
    ask(lab, "seed", 7, n=2)
    assert (lab.error, lab.answered, lab.choices["seed"]) == ("", 2, 7)


def test_an_interrupted_panel_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The architect's choice too is what it was, and what was found for it stays."""
    panel = Architect(simkit.architect().choice)
    before = panel.choice, panel.told

    def interrupted(*_: Any, **__: Any) -> Any:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(view_model, "told", interrupted)
    ask(panel, "set", {"interval_ms": 15_000})
    assert (panel.error, panel.answered) == (INTERRUPTED, 1)
    assert (panel.choice, panel.told) == before
    panel.close()


@pytest.mark.skipif(os.name == "nt", reason="a kernel is interrupted in another way there")
def test_an_interrupt_reaches_a_widget_at_work_in_another_thread() -> None:
    """As in a subshell: the main thread has ignored interrupts, and gives this one on, once."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends: list[str] = []

    async def kernel() -> None:
        loop = type("Kernel", (), {"io_loop": IOLoop.current()})

        def work() -> None:
            try:
                with interrupts.interruptible(loop):
                    ends.append("begun")
                    end = time.monotonic() + 10
                    while time.monotonic() < end:
                        pass
                ends.append("done")
            except KeyboardInterrupt:
                ends.append("interrupted")

        thread = threading.Thread(target=work)
        thread.start()
        async with asyncio.timeout(20):
            while not ends or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
                await asyncio.sleep(0.01)
        signal.raise_signal(signal.SIGINT)
        thread.join()
        signal.raise_signal(signal.SIGINT)  # nobody is at work

    try:
        asyncio.run(kernel())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ends == ["begun", "interrupted"]


# Observers of the user's.


def fails_at(change: Any) -> None:
    """An observer that fails in its second line."""
    number = 0
    return 1 // number  # type: ignore[return-value]


LINE = fails_at.__code__.co_firstlineno + 3
WORDS = f"your observer fails_at, line {LINE} of test_states.py, failed: ZeroDivisionError: "


def test_an_observer_that_fails_is_named_and_stops_nothing(lab: Lab) -> None:
    """The lab has done what was asked for, and says whose code it was that failed."""
    lab.observe(fails_at, "sides")
    ask(lab, "preset", "E4b")
    assert lab.error.startswith(WORDS)
    assert lab.choices["preset"] == lab.state.choice.preset == "E4b"
    assert lab.sides["sides"][1]["label"] == "Fix E4b"
    lab.unobserve(fails_at, "sides")
    ask(lab, "preset", "E4c")
    assert lab.error == ""


def test_an_observer_of_the_moment_that_fails_is_named(lab: Lab) -> None:
    """A browser that only moves on hears of it too."""
    lab.observe(fails_at, "moment")
    update = {"method": "update", "state": {"moment": lab.moment + 1_000}}
    lab._handle_msg({"content": {"data": update}})
    assert lab.error.startswith(WORDS)
    assert lab.state.moment == lab.moment


def test_in_python_an_observer_fails_where_its_cause_stands_when_all_is_told(lab: Lab) -> None:
    """As traitlets has it for any assignment, and so for a command."""
    lab.observe(fails_at, ["moment", "sides"])
    with pytest.raises(ZeroDivisionError):
        lab.moment += 1_000
    assert lab.state.moment == lab.moment
    with pytest.raises(ZeroDivisionError):
        lab.choose("preset", "E4b")
    assert lab.choices["preset"] == lab.state.choice.preset == "E4b"
    assert f"E4b, {lab.state.agent}" in repr(lab).replace("seed 1, ", "")


def test_an_observer_in_a_cell_is_found_by_its_line(lab: Lab) -> None:
    """Cells are files of ipykernel's that nobody knows by name; a lambda has none either."""
    names: dict[str, Any] = {"lab": lab}
    cell = "def seen(change):\n    # here\n    None.x\nlab.observe(seen, 'moment')"
    exec(compile(cell, "ipykernel_12/34.py", "exec"), names)
    ask(lab, "moment", lab.moment + 1_000)
    assert lab.error.startswith("your observer seen, line 3 of the cell, failed: AttributeError: ")
    lab.unobserve(names["seen"], "moment")
    lab.observe(lambda change: 1 // 0, "moment")
    ask(lab, "moment", lab.moment + 1_000)
    assert lab.error.startswith("your observer, line ")


def test_a_link_that_fails_is_the_users(lab: Lab) -> None:
    """What another widget refuses is not what the lab refuses."""

    class Small(traitlets.HasTraits):
        value = traitlets.Int(max=1)

    small = Small()
    link = traitlets.dlink((lab, "step"), (small, "value"))
    ask(lab, "step", 2)
    assert lab.error.startswith("your observer failed: TraitError: ")
    assert lab.step == 2
    link.unlink()


def test_what_the_lab_itself_refuses_is_said_as_its_own(lab: Lab) -> None:
    """Also while there is an observer that never fails."""
    lab.observe(lambda change: None)
    ask(lab, "preset", "E9")
    assert lab.error.startswith("unknown preset")


# No home.

NAMES = ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR")
NAMES += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")


def nowhere(folder: Path) -> Path:
    """Give a home that cannot be, whoever asks: permissions do not stop an administrator."""
    (folder / "file").touch()
    return folder / "file" / "home"


def test_without_a_home_folders_of_a_server_are_elsewhere_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data of the user is still looked for where it would be; afterwards nothing is left."""
    before = Path(tempfile.gettempdir())
    for name in (*NAMES, "JUPYTER_PATH", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with jupyter.unconfigured():
        assert not os.environ.get("JUPYTER_DATA_DIR")
    monkeypatch.setenv("HOME", str(nowhere(tmp_path)))
    with jupyter.unconfigured():
        kept = {Path(paths.jupyter_data_dir()), Path(paths.jupyter_runtime_dir())}
        kept |= {Path(os.environ[name]) for name in NAMES if name != "JUPYTER_CONFIG_DIR"}
        assert len(kept) == 5
        for folder in kept:
            folder.mkdir(parents=True)
            assert folder.is_relative_to(before)
        assert os.environ["JUPYTER_PATH"].startswith(str(nowhere(tmp_path)))
    assert not any(folder.exists() for folder in kept)
    assert not os.environ.get("JUPYTER_DATA_DIR")


@pytest.mark.slow
@pytest.mark.parametrize("kind", some(["app", "lab"], 1))
@pytest.mark.thorough
def test_a_server_needs_no_home(kind: str, tmp_path: Path) -> None:
    """A home below a file cannot be made: kernels start and labs are served all the same."""
    command = [sys.executable, "-m", "simkit.ui.cli.main", "lab", *(["--app"] * (kind == "app"))]
    variables = dict.fromkeys(NAMES, "") | {"HOME": str(nowhere(tmp_path))}
    with browsing.announced(command, tmp_path, **variables) as server:
        if kind == "app":
            reply = asked(server, "/", token(server))
            assert (reply.code, "jupyter.widget-view" in reply.text) == (200, True)
        else:
            assert asked(server, "/lab", token(server)).code == 200
            assert asked(server, "/api/kernels", token(server), "POST").code == 201
    log = (tmp_path / "server.log").read_text("utf-8")
    assert str(nowhere(tmp_path)) not in log, "nothing fails over it"

"""The help of the command line: whole sentences, plain words for values, and it fits."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import typer
from commands import Answer

import simkit as kit
from simkit.ui.cli import main  # noqa: F401
from simkit.ui.cli.app import app

COMMANDS = [
    *("traps", "run", "why", "check", "lab", "sample", "calibrate", "import", "new", "sweep"),
    *("recommend", "workshop"),
]

ALL = [*COMMANDS[:-1], *(f"workshop {each}" for each in ("plan", "check", "build", "lane"))]
ALL += ["workshop serve", "workshop collect"]


def described() -> dict[str, str]:
    """What the functions behind the commands say of themselves, and groups of commands."""
    single = {
        str(each.name or (each.callback and each.callback.__name__)): str(
            each.callback and each.callback.__doc__
        )
        for each in app.registered_commands
    }
    groups = app.registered_groups
    return single | {str(each.name): str(each.typer_instance.info.help) for each in groups}


@pytest.mark.parametrize("width", [100, 80, 60])
def test_the_help_says_of_each_command_all_that_it_does(
    width: int, simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sentence is cut, and no line is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(width))
    answer = simkit("--help")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= width
    joined = " ".join(answer.out.split())
    assert set(described()) == set(COMMANDS)
    for name, sentence in described().items():
        assert f" {name} {sentence} " in joined
    assert "…" not in answer.out
    assert "..." not in answer.out.partition("Commands:")[2]


def test_the_help_takes_a_line_a_command_in_100_columns(
    simkit: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At that width no sentence is folded, so that each line begins with a command."""
    monkeypatch.setenv("COLUMNS", "100")
    lines = simkit("--help").out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines[: len(COMMANDS)]] == COMMANDS


@pytest.mark.slow
def test_the_help_ends_in_examples_that_are_understood(simkit: Callable[..., Answer]) -> None:
    """Of the whole, and of each command: the options named there exist."""
    inner = [["workshop", "plan"], ["workshop", "check"], ["workshop", "build"]]
    for command in [[], *([name] for name in COMMANDS), *inner]:
        examples = simkit(*command, "--help").out.partition("Example")[2].splitlines()[1:]
        assert examples
        for example in examples:
            words = example.split()
            assert words[0] == "simkit"
            assert words[1 : 1 + len(command)] == command
            named = 3 if words[1] == "workshop" else 2
            known = simkit(*words[1:named], "--help").out
            assert all(word in known for word in words if word.startswith("--"))


@pytest.mark.parametrize("command", COMMANDS)
def test_values_are_named_in_plain_words(command: str, simkit: Callable[..., Answer]) -> None:
    """Neither types of Python nor inequalities; in capitals, as in the line on usage."""
    text = simkit(command, "--help").out
    assert not re.search(r"[<>{}]", text)
    assert "list[" not in text
    assert "x<=" not in text


@pytest.mark.parametrize("name", ALL)
def test_the_help_of_an_option_names_none_that_the_command_lacks(name: str) -> None:
    """Options that several commands share are told in the words of each."""
    command = typer.main.get_command(app)
    for each in name.split():
        command = command.commands[each]  # type: ignore[attr-defined]
    known = {each for param in command.params for each in (*param.opts, *param.secondary_opts)}
    for param in command.params:
        said = getattr(param, "help", None) or ""
        assert {*re.findall(r"--[a-z-]+", said)} <= known, param.name


def test_a_required_option_says_so(simkit: Callable[..., Answer]) -> None:
    """Nobody has to fail first to learn that a limit must be given."""
    text = " ".join(simkit("recommend", "--help").out.split())
    assert re.search(r"--limit METRIC=MOST [^-]*\[required\]", text)


def test_bounds_are_told_as_people_say_them(simkit: Callable[..., Answer]) -> None:
    """Readers see 1 to 200 and at least 0, and no inequalities."""
    assert "[1 to 200]" in " ".join(simkit("lab", "--help").out.split())
    text = " ".join(simkit("run", "--help").out.split())
    assert "Seed of the workload and all delays. [at least 0]" in text


@pytest.mark.parametrize("command", [[], ["run"], ["recommend"]])
def test_h_is_help(command: list[str], simkit: Callable[..., Answer]) -> None:
    """The short form says the very same, of the whole and of a command."""
    assert simkit(*command, "-h") == simkit(*command, "--help")


def test_the_version_is_told(simkit: Callable[..., Answer]) -> None:
    """One line on standard output has the version of the package that is imported."""
    assert simkit("--version") == Answer(0, f"simkit {kit.__version__}\n", "")


@pytest.mark.slow
def test_the_module_has_all_commands_when_it_is_run() -> None:
    """Also those that join from a module of their own."""
    command = [sys.executable, "-m", "simkit.ui.cli.main", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = done.stdout.partition("Commands:")[2]
    named = re.findall(r"^  ([a-z]+)  ", shown, re.MULTILINE)
    assert sorted(named) == sorted({*COMMANDS, "workshop"})


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["run", "x.yaml", "--seed", "x"],
            "--seed: found 'x'; allowed: a whole number from 0 to 4611686018427387903; "
            "see simkit run --help",
        ),
        (
            ["lab", "--port", "0"],
            "--port: found 0; allowed: a whole number from 1 to 65535; see simkit lab --help",
        ),
        (
            ["sweep", "x.yaml", "--jobs", "-3"],
            "--jobs: found -3; allowed: a whole number of at least 1; see simkit sweep --help",
        ),
        (
            ["traps", "--replications", "1.5"],
            "--replications: found '1.5'; allowed: a whole number of at most 100000; "
            "see simkit traps --help",
        ),
        (
            ["recommend", "x.yaml", "--limit", "stale_share=1", "--cheapest", "time"],
            "--cheapest: found 'time'; allowed: requests_per_s, bytes_per_s, money; "
            "see simkit recommend --help",
        ),
    ],
)
def test_a_value_that_an_option_cannot_take_is_told_in_the_kits_words(
    arguments: list[str], line: str, simkit: Callable[..., Answer]
) -> None:
    """What was found and what is allowed, as of a value in a file."""
    assert simkit(*arguments) == Answer(2, "", f"simkit: {line}\n")

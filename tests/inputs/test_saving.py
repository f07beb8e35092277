"""Settings saved as a scenario: what is loaded again is what was saved."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.names import is_blank
from simkit.base.reading import documents
from simkit.inputs.loading import load, load_text
from simkit.inputs.saving import save, scenario_text
from simkit.rules.organisation import Organisation
from simkit.rules.sections import SECTIONS
from simkit.rules.settings import Settings
from simkit.study.catalogue import TRAP_IDS

SCENARIOS = sorted((resources.directory("data") / "scenarios").glob("*.yaml"))

ODD = {
    "quotes": 'it\'s "so" \\ ',
    "emoji": "😀 👩‍💻",
    "right to left": "שלום عربي",
    "a direction mark": "a\u202eb\u2066c\u200f",
    "line ends": "a\nb\r\nc\rd\u2028e\u2029f\x85g",
    "controls": "".join(map(chr, range(32))) + "\x7f\x80\x9f",
    "marks that nobody sees": "\ufeffa\u00a0b\u200bc\ufffe\uffff",
    "300 characters": "x y" * 100,
    "300 line ends": "\n" * 300,
    "spaces around": "  a  ",
    "a tab": "\ta\t",
    "nothing": "",
    "a comment": "# a",
    "a mapping": "{a: b}",
    "a key": "a: b",
    "a list": "- a",
    "an alias": "*a",
    "a tag": "!!str a",
    "a document": "--- a",
    "a directive": "%YAML 1.1",
    "a number": "1e3",
    "an octal number": "0o17",
    "a time": "08:00",
    "null": "Null",
    "true": "TRUE",
    "yes": "yes",
    "a tilde": "~",
}


def named(settings: Settings, name: str) -> Settings:
    """Settings in which everything that has a name is called so, where it may be."""
    org = settings.organisation
    some = "a" if is_blank(name) else name
    moved = {
        "name": some,
        "provisioning_user_division": some,
        "divisions": [{"id": some, "name": some}],
        "codes": [{"id": some, "name": some, "type": "BREAK", "division": some}],
        "shifts": [
            {
                "name": some,
                "start": "08:00",
                "end": "16:00",
                "activities": [{"start": "09:00", "end": "10:00", "reason": some}],
            }
        ],
        "agents": [{"id": some, "division": some, "shift": some}],
    }
    organisation = Organisation.model_validate({"day": org.day} | moved)
    return settings.with_top(name=name, organisation=organisation).replace(
        placeholder_text=name,
        scopes=[name, name],
        widget_permissions={name: {"allowed": False}, "status-reason": {}},
        reason_not_usable={"status": 404, "code": name[:100]},
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_of_the_kit_is_loaded_again_as_it_was(path: Path, tmp_path: Path) -> None:
    """One file, read beside no other, gives equal settings and an equal run."""
    settings = load(path)
    save(settings, tmp_path / "saved.yaml")
    again = load(tmp_path / "saved.yaml")
    assert again == settings
    assert again.hash == settings.hash
    if len(settings.organisation.agents) < 100:
        assert simkit.run(again).digest == simkit.run(settings).digest


@pytest.mark.slow
@pytest.mark.parametrize("trap_id", TRAP_IDS)
def test_every_fix_is_loaded_again_as_it_was(trap_id: str) -> None:
    """Fixes, remedies, readings and mechanisms alike can be kept as a file."""
    trap = simkit.traps[trap_id]
    entry = trap.entry
    for change in (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms):
        fixed = trap.fixed(change.id)
        assert load_text(scenario_text(fixed), "saved.yaml") == fixed


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
def test_a_name_of_any_kind_is_loaded_again_as_it_was(
    name: str, healthy: Settings, tmp_path: Path
) -> None:
    """From text and from a file: neither YAML nor the file system changes a character of it."""
    settings = named(healthy, name)
    assert load_text(scenario_text(settings), "saved.yaml") == settings
    save(settings, tmp_path / "saved.yml")
    assert load(tmp_path / "saved.yml") == settings


@pytest.mark.fuzz
@given(st.text(max_size=40))
@example("-")
@example("a -b")
@example("a: ")
@example("e5")
@example("*")
def test_any_text_is_loaded_again_as_it_was(healthy: Settings, name: str) -> None:
    """The examples are what YAML takes for a list, a key, a number or an alias."""
    settings = named(healthy, name)
    assert load_text(scenario_text(settings), "saved.yaml") == settings


def test_keys_longer_than_yaml_takes_unmarked_are_loaded_again(healthy: Settings) -> None:
    """A key of more than 1,024 characters needs a question mark before it; so do escapes."""
    keys = ["k" * 999, "k" * 1_025, "\n" * 600, "é" * 5_000]
    settings = healthy.replace(widget_permissions={key: {} for key in keys})
    assert load_text(scenario_text(settings), "saved.yaml") == settings


def test_values_at_the_bounds_are_loaded_again(healthy: Settings) -> None:
    """Nothing given, the smallest, the largest: floats keep every digit."""
    settings = healthy.with_top(seed=(1 << 62) - 1).replace(
        refresh_interval_ms=None,
        relogin_after_ms=None,
        rate_limit_per_min=10_000_000,
        deactivation_probability=1e-300,
        transfer_probability=0.1 + 0.2,
        unscheduled_breaks=50,
        campaign_hours=[("08:00", "09:00"), ("10:00:30", "11:00")],
        status_reason_types=[],
        widget_permissions={},
    )
    assert load_text(scenario_text(settings), "saved.yaml") == settings


def test_only_what_differs_from_the_defaults_is_written() -> None:
    """The platform is compared with its profile, every other section with its defaults."""
    settings = simkit.traps["E4"].fixed("E4b").replace(token_life_ms=3_600_000)
    written: dict[str, Any] = documents.parse(scenario_text(settings), "saved.yaml").data
    sections = {name: written[name] for name in SECTIONS if name in written}
    assert sections == {
        "widget": {"version_parameter": True, "dataset_life_polls": 60},
        "platform": {"token_life_ms": 3_600_000},
        "workload": {
            "deactivation_probability": 0.16666666666666666,
            "reload_probability": 0.7,
        },
    }
    assert written["profile"] == "guide"
    assert not isinstance(written["organisation"], str), "no other file is needed"


def test_a_file_is_written_whole_or_not_at_all(healthy: Settings, tmp_path: Path) -> None:
    """What cannot be written leaves the old file as it was, and nothing beside it."""
    path = tmp_path / "saved.yaml"
    save(healthy, path)
    before = path.read_bytes()
    unknown = healthy.with_top(profile="vendor")
    with pytest.raises(BadInput, match="unknown profile 'vendor'"):
        save(unknown, path)
    for bad in (tmp_path / "no" / "saved.yaml", f"{tmp_path}/a\0.yaml", tmp_path / "dir.yaml"):
        (tmp_path / "dir.yaml").mkdir(exist_ok=True)
        with pytest.raises(BadInput, match="cannot be written: ") as said:
            save(healthy, bad)
        assert len(str(said.value).splitlines()) == 1
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dir.yaml", "saved.yaml"]


def test_what_goes_wrong_at_the_last_moment_leaves_nothing_half_written(
    healthy: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text is complete before it takes the name, and is gone when it cannot."""

    def full(part: Path, target: Path) -> None:
        assert part.read_text(encoding="utf-8") == scenario_text(healthy)
        assert not target.exists()
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BadInput, match="cannot be written: no space left"):
        save(healthy, tmp_path / "saved.yaml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["saved.json", "saved.txt", "saved", ""])
def test_a_file_that_could_not_be_loaded_is_not_written(
    name: str, healthy: Settings, tmp_path: Path
) -> None:
    """The ending says how a file is read; this text is YAML."""
    with pytest.raises(BadInput, match=r"allowed: \.yaml, \.yml"):
        save(healthy, tmp_path / name)
    assert list(tmp_path.iterdir()) == []

"""Platform profiles: every value has its origin, and what cannot be used is said at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.inputs.loading import load, load_text
from simkit.inputs.profiles import (
    Grade,
    Profile,
    load_profile,
    of_the_kit,
    read_profile,
)
from simkit.inputs.saving import scenario_text
from simkit.rules.sections import SECTIONS, dotted

DATA = resources.directory("data")
ACME: dict[str, Any] = {
    "name": "acme",
    "title": "Acme Voice",
    "constants": yaml.safe_load((DATA / "profiles" / "guide.yaml").read_text("utf-8"))["constants"],
    "choices": {
        "widget.refresh_interval_ms": {"value": 60_000, "source": "Handbook", "grade": "A"},
    },
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a profile with some of its keys changed; give its path."""

    def written(**changes: Any) -> Path:
        path = tmp_path / "acme.yaml"
        path.write_text(yaml.safe_dump(ACME | changes, sort_keys=False), encoding="utf-8")
        return path

    return written


def scenario(folder: Path, profile: Any) -> Path:
    """Write a scenario on the small organisation with a profile; give its path."""
    small = str(DATA / "orgs" / "small.yaml")
    path = folder / "scenario.yaml"
    data = {"name": "Here", "organisation": small, "profile": profile}
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def line_of(path: Path, text: str) -> int:
    """Give the last line with a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return max(i for i, line in enumerate(lines, 1) if text in line)


# The kit's own.


@pytest.mark.parametrize("name", of_the_kit())
def test_everything_that_a_profile_says_has_a_source_and_a_grade(name: str) -> None:
    """No number stands without its origin, and the constants are the fields of the platform."""
    profile = load_profile(name)
    assert profile.name == name
    said = [*profile.constants.values(), *profile.choices.values(), *profile.names.values()]
    for each in (*said, *profile.traps, *profile.not_modelled):
        assert each.source.strip()
        assert each.grade in get_args(Grade)
    assert profile.constants.keys() == SECTIONS["platform"].model_fields.keys()


def test_the_guide_s_tokens_are_the_guide_s() -> None:
    """A life of 45 min, renewed 60 s before it ends, are the two numbers that it states."""
    constants = load_profile("guide").constants
    assert constants["token_life_ms"].value == 45 * 60_000
    assert constants["renewal_lead_ms"].value == 60_000


def test_settings_on_a_profile_have_its_constants_and_choices() -> None:
    """Fields that no file sets are the platform's; all others keep the defaults of the kit."""
    profile = load_profile("genesys")
    settings = load(DATA / "scenarios" / "genesys" / "healthy.yaml")
    for path, choice in profile.choices.items():
        assert settings.get(path) == choice.value, path
    assert settings.platform.token_life_ms == 24 * 3_600_000
    assert settings.platform.rate_limit_per_min == 300
    assert settings.widget.refresh_interval_ms == 30_000, "a default that no choice changes"


def test_names_on_genesys_cover_what_the_kit_calls_otherwise() -> None:
    """Each scope of the kit has the vendor's name beside it, none of which is the kit's."""
    names = load_profile("genesys").names
    for scope in simkit.traps["T1"].base.application.scopes:
        assert names[scope].value not in names


# A file of one's own.


def test_a_scenario_takes_a_profile_from_a_file_beside_it(write: Write, tmp_path: Path) -> None:
    """The path begins where the scenario lies; settings carry the profile's name alone."""
    life = ACME["constants"] | {
        "token_life_ms": {"value": 7_200_000, "source": "Handbook", "grade": "A"}
    }
    write(constants=life)
    settings = load(scenario(tmp_path, "./acme.yaml"))
    assert settings.profile == "acme"
    assert settings.platform.token_life_ms == 7_200_000
    assert settings.widget.refresh_interval_ms == 60_000


def test_a_profile_is_known_by_its_name_once_it_was_read(write: Write) -> None:
    """And as the file says now: who changes it and loads again gets what stands there."""
    read_profile(write(title="First"))
    assert load_profile("acme").title == "First"
    constants = ACME["constants"] | {
        "token_life_ms": {"value": 9_000_000, "source": "Handbook", "grade": "A"}
    }
    read_profile(write(title="Second", constants=constants))
    assert load_profile("acme").title == "Second"


def test_settings_on_a_profile_of_one_s_own_are_saved_with_it(write: Write, tmp_path: Path) -> None:
    """The saved file needs no other, and gives the same settings where the profile is unknown."""
    settings = load(scenario(tmp_path, str(write())))
    text = scenario_text(settings.replace(refresh_interval_ms=30_000))
    saved = yaml.safe_load(text)
    assert saved["profile"]["constants"] == ACME["constants"]
    assert saved["widget"] == {"refresh_interval_ms": 30_000}
    other = text.replace("name: acme", "name: elsewhere", 1)
    again = load_text(other, "saved.yaml")
    assert again.profile == "elsewhere"
    assert (again.platform, again.widget.refresh_interval_ms) == (settings.platform, 30_000)


def test_an_uploaded_scenario_reads_no_profile_of_the_machine() -> None:
    """A path out of the kit's data is refused unread, and one of the kit's is taken."""
    organisation = "organisation: ../orgs/small.yaml\n"
    with pytest.raises(BadInput, match="leads out of the kit's data"):
        load_text(f"{organisation}profile: ../../../mine.yaml\n", "up.yaml")
    taken = load_text(f"{organisation}profile: ../profiles/genesys.yaml\n", "up.yaml")
    assert taken.profile == "genesys"


def grade(**changes: Any) -> dict[str, Any]:
    return {"value": 1, "source": "Handbook", "grade": "A"} | changes


TRAP = {
    "relation": "exists",
    "id": "T1",
    "why": "So",
    "source": "Handbook",
    "grade": "A",
    "scenario": "T1.yaml",
}

WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "a constant is missing": (
        {"constants": {k: v for k, v in ACME["constants"].items() if k != "token_life_ms"}},
        "constants:",
        "constants",
        "required, but missing: token_life_ms",
    ),
    "an unknown constant": (
        {"constants": ACME["constants"] | {"token_live_ms": grade()}},
        "token_live_ms",
        "constants.token_live_ms",
        "did you mean 'token_life_ms'?",
    ),
    "a constant that cannot be": (
        {"constants": ACME["constants"] | {"token_life_ms": grade(value="2 h")}},
        "value: 2 h",
        "constants.token_life_ms.value",
        "found '2 h'",
    ),
    "a grade that there is not": (
        {"constants": ACME["constants"] | {"token_life_ms": grade(value=7_200_000, grade="D")}},
        "grade: D",
        "constants.token_life_ms.grade",
        "found 'D'",
    ),
    "a value without a source": (
        {"choices": {"session.poll_counts": {"value": True, "grade": "A"}}},
        "session.poll_counts:",
        "choices.session.poll_counts.source",
        "required, but missing",
    ),
    "a choice that is no field": (
        {"choices": {"widget.refresh_interval": grade()}},
        "widget.refresh_interval:",
        "choices.widget.refresh_interval",
        "did you mean 'widget.refresh_interval_ms'?",
    ),
    "a choice by its last part": (
        {"choices": {"poll_counts": grade(value=True)}},
        "poll_counts:",
        "choices.poll_counts",
        "session.poll_counts",
    ),
    "a choice of the platform": (
        {"choices": {"platform.token_life_ms": grade(value=7_200_000)}},
        "platform.token_life_ms:",
        "choices.platform.token_life_ms",
        "is a constant",
    ),
    "a choice out of bounds": (
        {"choices": {"widget.refresh_interval_ms": grade(value=5)}},
        "value: 5",
        "choices.widget.refresh_interval_ms.value",
        "found 5",
    ),
    "a relation that there is not": (
        {"traps": [TRAP | {"relation": "gone"}]},
        "relation: gone",
        "traps.0.relation",
        "found 'gone'",
    ),
    "a trap that is said twice": (
        {"traps": [TRAP, dict(TRAP)]},
        "id: T1",
        "traps.1.id",
        "duplicate trap T1",
    ),
    "the name of one of the kit's": (
        {"name": "guide"},
        "name: guide",
        "name",
        "the kit has a profile 'guide'",
    ),
    "a key that there is not": ({"constant": {}}, "constant: {}", "constant", "'constants'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_used_is_one_line_with_its_place(case: str, write: Write) -> None:
    """File, line, field, what is wrong: as for any other file."""
    changes, text, field, said = WRONG[case]
    path = write(**changes)
    with pytest.raises(BadInput) as refused:
        read_profile(path)
    assert refused.value.file == str(path)
    assert refused.value.line == line_of(path, text)
    assert refused.value.field == field
    assert said in str(refused.value)


def test_a_refused_profile_takes_no_name(write: Write) -> None:
    """Nothing of a file that cannot be used is known afterwards."""
    with pytest.raises(BadInput):
        read_profile(write(name="wrong", constants={}))
    with pytest.raises(BadInput, match="unknown profile 'wrong'") as refused:
        load_profile("wrong")
    assert refused.value.allowed == "genesys, guide, or a file such as mine.yaml"


def test_a_scenario_may_hold_the_profile_itself(tmp_path: Path) -> None:
    """With faults at their places in the scenario."""
    inside = ACME | {"name": "inside"}
    assert load(scenario(tmp_path, inside)).profile == "inside"
    path = scenario(tmp_path, inside | {"title": ""})
    with pytest.raises(BadInput, match=r"profile\.title") as refused:
        load(path)
    assert refused.value.line == line_of(path, "title: ''")


def test_choices_are_named_by_whole_paths() -> None:
    """A section and a field of it, as settings know them, and never one of the platform."""
    for name in of_the_kit():
        for path in load_profile(name).choices:
            assert dotted(path) == path
            assert not path.startswith("platform.")


def test_a_profile_gives_each_section_whole() -> None:
    """Sections without a choice are as the kit has them."""
    profile: Profile = load_profile("genesys")
    assert profile.section("wire") == SECTIONS["wire"]()
    assert profile.section("session").model_dump() == (
        SECTIONS["session"]().model_dump() | {"poll_counts": True}
    )

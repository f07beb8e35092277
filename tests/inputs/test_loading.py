"""Scenario files: what they build on, and one readable line for each thing that is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import simkit
from simkit import BadInput
from simkit.base import resources
from simkit.base.reading import documents
from simkit.inputs.loading import (
    load,
    load_organisation,
    load_organisation_text,
    load_text,
)
from simkit.rules.settings import Settings, diff
from simkit.study.catalogue import TRAP_IDS

DATA = resources.directory("data")
SCENARIOS = sorted((DATA / "scenarios").glob("*.yaml"))

ORGANISATION = """\
name: By hand
day: 2026-03-02
time_zone: Europe/Berlin
provisioning_user_division: North
divisions:
  - {id: d0, name: Global}
  - {id: d1, name: North, parent: Global}
  - {id: d2, name: Care, parent: North}
codes:
  - {id: c1, name: Pause, type: BREAK, division: Care}
  - {id: c2, name: Meal, type: BREAK, division: Care}
shifts:
  - name: early
    start: "00:30"
    end: "08:00"
    activities:
      - {start: "03:00", end: "03:15", reason: Pause}
      - {start: "05:00", end: "05:30", reason: Meal}
agents:
  - {id: a1, division: Care, shift: early}
"""
SCENARIO = "organisation: org.yaml\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder of their own and give the path of the first."""

    def files(**texts: str) -> Path:
        texts.setdefault("org", ORGANISATION)
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path / f"{next(iter(texts))}.yaml"

    return files


def refusal(path: Path | str) -> BadInput:
    with pytest.raises(BadInput) as refused:
        load(path)
    assert "\n" not in str(refused.value)
    return refused.value


# What loads.


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_of_the_kit_loads(path: Path) -> None:
    """Each has a name, the guide's constants and its agents: 300 in the large two, else 30."""
    settings = load(path)
    assert settings.name
    assert settings.profile == "guide"
    large = path.stem in ("classroom", "architect")
    assert len(settings.organisation.agents) == (300 if large else 30)


def test_the_kit_has_a_scenario_for_each_healthy_base_and_for_each_trap() -> None:
    """No trap of the catalogue lacks its file, and no file belongs to none."""
    assert {path.stem for path in SCENARIOS} == {"healthy", "classroom", "architect", *TRAP_IDS}


def test_the_classroom_is_the_healthy_deployment_in_another_organisation(
    healthy: Settings,
) -> None:
    """No setting differs, so what differs in a run comes of the organisation."""
    assert diff(healthy, load(DATA / "scenarios" / "classroom.yaml")) == []


def test_the_architects_question_is_the_classroom_with_a_limit_and_with_edits() -> None:
    """There are 200 codes: 24 deactivations a day are a probability of 24/200 for each."""
    classroom, asked = (load(DATA / "scenarios" / f"{n}.yaml") for n in ("classroom", "architect"))
    assert [(d.field, d.new) for d in diff(classroom, asked)] == [
        ("platform.rate_limit_per_min", 300),
        ("workload.deactivation_probability", 24 / 200),
    ]


def test_the_public_name_is_the_same_function() -> None:
    """So all that is shown here holds for what a notebook calls."""
    assert simkit.load is load


def test_a_file_adds_to_its_base_and_the_nearest_value_holds(write: Write) -> None:
    """Three files deep: each gives what none above it gives."""
    path = write(
        top="base: middle.yaml\nwidget: {force: true}\n",
        middle="base: bottom.yaml\nname: Middle\nwidget: {refreshIntervalMs: 15000}\nseed: 7\n",
        bottom=SCENARIO + "name: Bottom\nwidget: {refresh_interval_ms: 45000, auto_select: true}\n",
    )
    settings = load(path)
    assert (settings.name, settings.seed, settings.profile) == ("Middle", 7, "guide")
    assert settings.widget.force
    assert settings.widget.auto_select
    assert settings.widget.refresh_interval_ms == 15_000


def test_a_file_without_a_name_is_called_like_the_file(write: Write) -> None:
    """Results then carry the name that people know the file by."""
    assert load(write(morning=SCENARIO)).name == "morning"


def test_settings_are_those_of_the_defaults_where_no_file_says_otherwise(
    write: Write, healthy: Settings
) -> None:
    """One line that names an organisation is enough, and its settings are the healthy ones."""
    assert diff(healthy, load(write(plain=SCENARIO))) == []


def test_an_organisation_may_stand_in_the_scenario_itself(write: Write) -> None:
    """One file is enough to hand on, and it means the same as two."""
    inside = "organisation:\n" + "".join(f"  {line}\n" for line in ORGANISATION.splitlines())
    apart = load(write(one=SCENARIO))
    assert load(write(two=inside)).organisation == apart.organisation


def test_json_says_the_same_as_yaml(write: Write, tmp_path: Path) -> None:
    """Programs that write JSON get what people get who write YAML, field by field."""
    path = write(one=SCENARIO + "widget: {force: true}\n")
    text = '{"organisation": "org.yaml", "widget": {"force": true}}'
    (tmp_path / "two.json").write_text(text, encoding="utf-8")
    assert diff(load(path), load(tmp_path / "two.json")) == []


@pytest.mark.parametrize("number", ["30000.0", "3e4", "3.0e+4"])
@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_whole_number_may_be_written_as_a_fraction(
    number: str, kind: str, write: Write, tmp_path: Path
) -> None:
    """As spreadsheets and programs do that have one kind of number."""
    write(one=SCENARIO)
    path = tmp_path / f"two.{kind}"
    text = f'{{"organisation": "org.yaml", "widget": {{"refresh_interval_ms": {number}}}}}'
    path.write_text(text, encoding="utf-8")
    found = load(path).widget.refresh_interval_ms
    assert (found, type(found)) == (30_000, int)


def test_the_constants_of_the_profile_can_be_overridden_one_by_one(write: Write) -> None:
    """Those that a file does not name stay as the guide has them."""
    path = write(
        one=SCENARIO
        + "platform:\n  tokenLifeMs: 3600000\n  missing_scope: {status: 401, code: NO_SCOPE}\n"
    )
    found = load(path)
    given = load(write(two=SCENARIO))
    changes = {d.field: d.new for d in diff(given, found)}
    assert changes.keys() == {"platform.token_life_ms", "platform.missing_scope"}
    assert found.platform.token_life_ms == 3_600_000
    assert tuple(dict(found.platform.missing_scope).values()) == (401, "NO_SCOPE")


# Paths.


def test_relative_paths_are_looked_up_beside_the_file_that_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of scenarios works wherever one stands when it is loaded."""
    for folder in ("orgs", "bases", "mine", "elsewhere"):
        (tmp_path / folder).mkdir()
    (tmp_path / "orgs/org.yaml").write_text(ORGANISATION, encoding="utf-8")
    (tmp_path / "bases/base.yaml").write_text("organisation: ../orgs/org.yaml\n", encoding="utf-8")
    (tmp_path / "mine/one.yaml").write_text("base: ../bases/base.yaml\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load(tmp_path / "mine/one.yaml").organisation.name == "By hand"
    assert load("../mine/one.yaml").organisation.name == "By hand"
    monkeypatch.chdir(tmp_path / "mine")
    assert load("one.yaml").organisation.name == "By hand"


def test_absolute_paths_are_taken_as_they_are(write: Write, tmp_path: Path) -> None:
    """The base is found although the file that names it lies in another folder."""
    base = write(base=f"organisation: {tmp_path / 'org.yaml'}\n")
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "one.yaml").write_text(f"base: {base}\n", encoding="utf-8")
    assert load(folder / "one.yaml").organisation.name == "By hand"


def test_an_organisation_that_was_edited_is_read_anew(write: Write, tmp_path: Path) -> None:
    """Nothing old is kept between two loads, so an edit of the file counts at once."""
    path = write(one=SCENARIO)
    assert load(path).organisation.name == "By hand"
    (tmp_path / "org.yaml").write_text(
        ORGANISATION.replace("By hand", "Rewritten"), encoding="utf-8"
    )
    assert load(path).organisation.name == "Rewritten"


@pytest.mark.parametrize("key", ["base", "organisation"])
def test_a_name_that_no_file_can_have_is_refused(write: Write, key: str) -> None:
    """A NUL is no part of a path; the line is told where the path is written."""
    path = write(one=f'{key}: "a\\0b.yaml"\n')
    assert str(refusal(path)) == f"{path}:1:1: {key}: not a possible file name"


def test_a_base_that_is_a_loop_of_links_is_refused(write: Write, tmp_path: Path) -> None:
    """It ends in one line, not in an endless search."""
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert "cannot be used: " in str(refusal(write(one="base: loop.yaml\n")))


# What is wrong in a scenario file, and where.


class Wrong(NamedTuple):
    """A text that follows the first line of a scenario, and what is to be said about it."""

    text: str
    place: tuple[int, int]
    field: str
    says: str


SCENARIO_MISTAKES = {
    "unknown section": Wrong("wigdet: {}\n", (2, 1), "wigdet", "did you mean 'widget'?"),
    "unknown key": Wrong(
        "widget:\n  filterTyp: division\n",
        (3, 3),
        "widget.filterTyp",
        "unknown key 'filterTyp'; did you mean 'filterType'?",
    ),
    "unknown key in snake case": Wrong(
        "widget:\n  refresh_intervall_ms: 1\n",
        (3, 3),
        "widget.refresh_intervall_ms",
        "did you mean 'refresh_interval_ms'?",
    ),
    "a word for a number": Wrong(
        "widget:\n  force: true\n  refreshIntervalMs: soon\n",
        (4, 3),
        "widget.refreshIntervalMs",
        "found 'soon'; allowed: whole number of ms from 1000 to 3600000",
    ),
    "a number out of range": Wrong(
        "widget: {refreshIntervalMs: 999}\n",
        (2, 10),
        "widget.refreshIntervalMs",
        "found 999; allowed: whole number of ms from 1000 to 3600000",
    ),
    "a probability above one": Wrong(
        "workload:\n  transfer_probability: 1.5\n",
        (3, 3),
        "workload.transfer_probability",
        "found 1.5; allowed: number from 0 to 1",
    ),
    "a choice that is none": Wrong(
        "session: {}\nwidget:\n  onError: shout\n",
        (4, 3),
        "widget.onError",
        "allowed: one of 'swallow', 'surface'",
    ),
    "a list for a mapping": Wrong("widget: []\n", (2, 1), "widget", "allowed: mapping"),
    "a negative seed": Wrong("seed: -1\n", (2, 1), "seed", "found -1"),
    "an unknown profile": Wrong(
        "profile: gide\n", (2, 1), "profile", "unknown profile 'gide'; did you mean 'guide'?"
    ),
    "polls that overlap": Wrong(
        "wire: {delay_max_ms: 2000}\nwidget:\n  refresh_interval_ms: 4000\n",
        (4, 3),
        "widget.refresh_interval_ms",
        "overlap",
    ),
    "a renewal that comes too late": Wrong(
        "platform:\n  renewal_lead_ms: 400\n",
        (3, 3),
        "platform.renewal_lead_ms",
        "needs more than one round trip",
    ),
    "a refusal that is no refusal": Wrong(
        "platform:\n  dead_token: {status: 200, code: OK}\n",
        (3, 16),
        "platform.dead_token.status",
        "from 400 to 499",
    ),
    "half a refusal": Wrong(
        "platform:\n  dead_token: {status: 401}\n",
        (3, 3),
        "platform.dead_token.code",
        "required, but missing",
    ),
    "an unmet prerequisite": Wrong(
        "provisioning:\n  permissions: []\n",
        (3, 3),
        "provisioning.permissions",
        "provisioning is refused",
    ),
    "campaign hours of no length": Wrong(
        "routing:\n  campaignHours: [['08:00', '08:00']]\n",
        (3, 3),
        "routing.campaignHours",
        "must end at another time than they start",
    ),
}


@pytest.mark.parametrize("wrong", SCENARIO_MISTAKES.values(), ids=SCENARIO_MISTAKES.keys())
def test_a_mistake_in_a_scenario_is_one_line_with_file_line_column_and_field(
    write: Write, wrong: Wrong
) -> None:
    """Each row has the place to which an editor has to jump to mend it."""
    path = write(one=SCENARIO + wrong.text)
    refused = refusal(path)
    line, column = wrong.place
    assert str(refused).startswith(f"{path}:{line}:{column}: {wrong.field}: ")
    assert wrong.says in str(refused)


def test_a_mistake_in_a_base_names_the_base(write: Write, tmp_path: Path) -> None:
    """One is sent to the file that has to be mended, not to the one that was loaded."""
    path = write(top="base: low.yaml\n", low=SCENARIO + "widget:\n  force: maybe\n")
    assert str(refusal(path)).startswith(f"{tmp_path / 'low.yaml'}:3:3: widget.force: ")


def test_further_mistakes_are_counted(write: Write) -> None:
    """Of three the first in line order is told, and that two are left after it."""
    text = "wire: {}\nwidget:\n  filterTyp: x\n  force: maybe\n  forse: true\n"
    refused = refusal(write(one=SCENARIO + text))
    assert str(refused).endswith("(and 2 more)")
    assert (refused.line, refused.column) == (4, 3)


def test_a_scenario_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Whoever mistypes a path reads it back, not an error of the system."""
    assert str(refusal(tmp_path / "none.yaml")) == f"{tmp_path / 'none.yaml'}: no such file"


def test_a_base_that_is_not_there_is_refused_where_it_is_named(
    write: Write, tmp_path: Path
) -> None:
    """The line to mend is told, and the path at which the file was looked for."""
    path = write(one=SCENARIO + "seed: 1\nbase: none.yaml\n")
    text = str(refusal(path))
    assert text.startswith(f"{path}:3:1: ")
    assert f"{tmp_path / 'none.yaml'}: no such file" in text


@pytest.mark.parametrize(
    "texts",
    [
        {"one": "base: one.yaml\n"},
        {"one": "base: two.yaml\n", "two": "base: one.yaml\n"},
        {"one": "base: two.yaml\n", "two": "base: three.yaml\n", "three": "base: ./two.yaml\n"},
    ],
    ids=["itself", "each other", "further down"],
)
def test_scenarios_that_build_on_each_other_in_a_circle_are_refused(
    write: Write, texts: dict[str, str]
) -> None:
    """Reading would never end; another spelling of a path hides no circle."""
    assert "builds on itself" in str(refusal(write(**texts)))


def test_a_scenario_without_any_organisation_is_refused(write: Write) -> None:
    """Without agents there is nothing to run, and no default makes some up."""
    refused = refusal(write(one="base: two.yaml\n", two="seed: 3\n"))
    assert "no organisation is named, here or in a base" in str(refused)


def test_an_organisation_that_is_not_there_is_refused_where_it_is_named(write: Write) -> None:
    """The place is line 2, where the name stands that has to be mended."""
    path = write(one="seed: 1\norganisation: nowhere.yaml\n")
    text = str(refusal(path))
    assert text.startswith(f"{path}:2:1: ")
    assert "'nowhere.yaml' is not there" in text


@pytest.mark.parametrize(
    ("text", "found"),
    [("", ""), ("# nothing\n", ""), ("[]\n", "an empty list"), ("word\n", "'word'"), ("5\n", "5")],
)
def test_what_is_no_mapping_is_no_scenario(write: Write, text: str, found: str) -> None:
    """Nothing, a comment, a list, a word and a number: the line has the file and what it holds."""
    path = write(one=text)
    wanted = f":1:1: found {found}; allowed: mapping of keys to values"
    assert str(refusal(path)) == f"{path}{wanted if found else ': the file is empty'}"


def test_text_that_is_no_yaml_is_refused_where_it_breaks(write: Write) -> None:
    """A brace that is never closed has a line and a column, like any other mistake."""
    path = write(one=SCENARIO + "widget: {force: true\nwire: {}\n")
    assert re.match(re.escape(str(path)) + r":\d+:\d+: ", str(refusal(path)))


# What is wrong in an organisation file, and where.


class Edited(NamedTuple):
    """A line of the organisation replaced by others, and what is to be said about it."""

    line: str
    by: str
    at: str
    """The text, found once in the file, at whose begin the mistake stands."""
    field: str
    says: str


ORGANISATION_MISTAKES = {
    "a cycle": Edited(
        "  - {id: d1, name: North, parent: Global}\n",
        "  - {id: d1, name: North, parent: Care}\n",
        "parent: Care}",
        "divisions.1.parent",
        "cycle in the division tree",
    ),
    "two roots": Edited(
        "  - {id: d1, name: North, parent: Global}\n",
        "  - {id: d1, name: North}\n",
        "{id: d1",
        "divisions.1",
        "2 divisions have no parent, among them 'Global' and 'North'; a tree has one root",
    ),
    "an unknown parent": Edited(
        "  - {id: d2, name: Care, parent: North}\n",
        "  - {id: d2, name: Care, parent: Nrth}\n",
        "parent: Nrth",
        "divisions.2.parent",
        "unknown parent 'Nrth' of division 'Care'; did you mean 'North'?",
    ),
    "a code id that comes twice": Edited(
        "  - {id: c2, name: Meal, type: BREAK, division: Care}\n",
        "  - {id: c1, name: Meal, type: BREAK, division: Care}\n",
        "id: c1, name: Meal",
        "codes.1.id",
        "duplicate code id 'c1'",
    ),
    "an agent in an unknown division": Edited(
        "  - {id: a1, division: Care, shift: early}\n",
        "  - {id: a1, division: Cares, shift: early}\n",
        "division: Cares",
        "agents.0.division",
        "unknown division 'Cares'; did you mean 'Care'?",
    ),
    "a code in an unknown division": Edited(
        "  - {id: c2, name: Meal, type: BREAK, division: Care}\n",
        "  - {id: c2, name: Meal, type: BREAK, division: Moon}\n",
        "division: Moon",
        "codes.1.division",
        "unknown division 'Moon'; allowed: 'Care', 'Global', 'North'",
    ),
    "windows that overlap": Edited(
        '      - {start: "05:00", end: "05:30", reason: Meal}\n',
        '      - {start: "03:10", end: "05:30", reason: Meal}\n',
        'start: "03:10"',
        "shifts.0.activities.1.start",
        "schedule windows overlap",
    ),
    "a type that is none": Edited(
        "  - {id: c2, name: Meal, type: BREAK, division: Care}\n",
        "  - {id: c2, name: Meal, type: LUNCH, division: Care}\n",
        "type: LUNCH",
        "codes.1.type",
        "found 'LUNCH'; allowed: one of 'BREAK', 'TRAINING', 'OTHER', 'CUSTOM'",
    ),
    "a mistyped key": Edited(
        "  - {id: a1, division: Care, shift: early}\n",
        "  - {id: a1, division: Care, shft: early}\n",
        "shft: early",
        "agents.0.shft",
        "did you mean 'shift'?",
    ),
    "a time that daylight saving skips": Edited(
        "day: 2026-03-02\n",
        "day: 2026-03-29  # 02:00 to 03:00 is skipped\n",
        'start: "02:30"',
        "shifts.0.start",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin",
    ),
    "an unknown time zone": Edited(
        "time_zone: Europe/Berlin\n",
        "time_zone: Europe/Berln\n",
        "time_zone:",
        "time_zone",
        "unknown time zone 'Europe/Berln'",
    ),
}


@pytest.mark.parametrize("edited", ORGANISATION_MISTAKES.values(), ids=ORGANISATION_MISTAKES.keys())
def test_a_mistake_in_an_organisation_is_one_line_with_file_line_column_and_field(
    write: Write, tmp_path: Path, edited: Edited
) -> None:
    """The place is that of the row's own words, looked up in the text."""
    text = ORGANISATION
    if "skipped" in edited.by:
        text = text.replace('start: "00:30"', 'start: "02:30"')
    assert edited.line in text
    text = text.replace(edited.line, edited.by)
    assert text.count(edited.at) == 1
    before = text[: text.index(edited.at)].split("\n")
    line, column = len(before), len(before[-1]) + 1
    refused = refusal(write(one=SCENARIO, org=text))
    assert str(refused).startswith(f"{tmp_path / 'org.yaml'}:{line}:{column}: {edited.field}: ")
    assert edited.says in str(refused)


def test_a_mistake_in_an_organisation_inside_a_scenario_is_placed_there(write: Write) -> None:
    """Line 21, column 16: one line and two columns further than in a file of its own."""
    wrong = ORGANISATION.replace("division: Care, shift", "division: Moon, shift")
    inside = "organisation:\n" + "".join(f"  {line}\n" for line in wrong.splitlines())
    path = write(one=inside)
    assert str(refusal(path)).startswith(f"{path}:21:16: organisation.agents.0.division: ")


def test_an_organisation_can_be_loaded_alone_and_is_refused_alike(write: Write) -> None:
    """Whoever needs no settings reads the same message as with a scenario around it."""
    path = write(org=ORGANISATION)
    assert load_organisation(path).name == "By hand"
    bad = write(bad=ORGANISATION.replace("shift: early}", "shift: late}"))
    with pytest.raises(BadInput, match="unknown shift 'late'"):
        load_organisation(bad)


# Uploaded text.


def upload_refused(text: str, name: str = "upload.yaml") -> str:
    """The one line in which an uploaded scenario is refused."""
    with pytest.raises(BadInput) as refused:
        load_text(text, name)
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_an_uploaded_scenario_of_the_kit_is_the_same_scenario(path: Path) -> None:
    """Bases and organisations are found where the kit's own scenarios find them."""
    assert load_text(path.read_text(encoding="utf-8"), path.name) == load(path)


def test_an_upload_may_name_files_of_the_kit_in_any_spelling(healthy: Settings) -> None:
    """Dots and doubled slashes lead to the same files, and so to equal settings."""
    for base in ("healthy.yaml", "./healthy.yaml", "../scenarios/healthy.yaml", "E4.yaml"):
        assert load_text(f"base: {base}\nprofile: guide\n", "a.yaml").organisation
    text = "name: Healthy deployment\norganisation: ../scenarios/../orgs//small.yaml\n"
    assert load_text(text, "x.yaml") == healthy


def test_an_upload_without_a_name_is_called_like_its_file() -> None:
    """The ending is dropped, that of YAML as that of JSON; blanks stay."""
    text = "organisation: ../orgs/small.yaml\n"
    assert load_text(text, "my morning.yml").name == "my morning"
    assert load_text('{"organisation": "../orgs/small.yaml"}', "my day.json").name == "my day"


OUTSIDE = [
    "/etc/passwd",
    "/etc/none.yaml",
    "../../none.yaml",
    "../../README.md",
    "../../../../../../../../etc/passwd",
    "../../data-elsewhere/a.yaml",
    "..\\..\\none.yaml/../../../x.yaml",
    "~/x/../../../../none.yaml",
    "../..",
    str(DATA / "scenarios" / "healthy.yaml"),
    f"../../{DATA.parent.name}/../{DATA.name}/scenarios/healthy.yaml",
    "~root/../../../../root/none.yaml",
]


@pytest.mark.parametrize("key", ["base", "organisation"])
@pytest.mark.parametrize("path", OUTSIDE)
def test_an_upload_cannot_name_a_file_outside_of_the_kit(
    path: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear line, whether the file is there or not: nothing outside is looked at.

    A way out and in again is refused too: it would tell where the kit is.
    """

    def looked(*_: object, **__: object) -> None:
        raise AssertionError("a file was looked at")

    with monkeypatch.context() as patch:
        for name in ("is_file", "exists", "resolve", "open"):
            patch.setattr(Path, name, looked)
        patch.setattr(documents, "read_text", looked)
        patch.setattr(os.path, "realpath", looked)
        said = upload_refused(f"seed: 1\n{key}: '{path}'\n")
    assert said.startswith(f"upload.yaml:2:1: {key}: '{path}' leads out of the kit's data")
    assert str(DATA) not in said.replace(path, "")


def test_what_an_uploaded_file_names_is_not_shown_with_the_place_of_the_kit() -> None:
    """Nor what stands in files of the kit that are no scenario."""
    cases = {
        "base: none.yaml\n": "upload.yaml:1:1: base: cannot be used: data/scenarios/none.yaml: no",
        "base: ../README.md\n": "unknown kind of file",
        "base: ../orgs/small.yaml\n": "data/orgs/small.yaml:3:1: day: unknown key 'day'",
        "base: ..\n": "cannot be used: data: not a regular file",
        "organisation: none.yaml\n": "upload.yaml:1:1: organisation: 'none.yaml' is not there",
        "organisation: healthy.yaml\n": "data/scenarios/healthy.yaml:3:1: organisation: unknown",
        'base: "a\\0b.yaml"\n': "upload.yaml:1:1: base: not a possible file name",
        'organisation: "a\\0b.yaml"\n': "organisation: not a possible file name",
    }
    for text, says in cases.items():
        said = upload_refused(text)
        assert says in said
        assert str(DATA.parent) not in said


@pytest.mark.parametrize("wrong", SCENARIO_MISTAKES.values(), ids=SCENARIO_MISTAKES.keys())
def test_a_mistake_in_an_upload_is_said_as_one_in_a_file(wrong: Wrong, write: Write) -> None:
    """The rows are those of files; the upload's own name stands before the place."""
    first = "organisation: ../orgs/small.yaml\n"
    line, column = wrong.place
    said = upload_refused(first + wrong.text, "my file.yaml")
    assert said.startswith(f"my file.yaml:{line}:{column}: {wrong.field}: ")
    assert wrong.says in said


def test_an_upload_that_is_no_scenario_is_refused() -> None:
    """Each reason has words of its own, down to a trap's metric that does not exist."""
    assert upload_refused("a: 1", "a.txt").startswith("a.txt: unknown kind of file")
    assert upload_refused("", "a.yaml") == "a.yaml: the file is empty"
    assert upload_refused("{", "a.json").startswith("a.json:1:1: not valid JSON")
    assert "no organisation is named" in upload_refused("seed: 1\n", "a.yaml")
    assert "trap.metric" in upload_refused(
        "base: healthy.yaml\ntrap: {id: X, title: x, fault: x, metric: x, fixes: []}\n", "a.yaml"
    )


def test_the_bytes_of_an_upload_are_read_as_those_of_a_file() -> None:
    """A byte order mark is dropped; what is no UTF-8 text, or too large, is refused."""
    text = "organisation: ../orgs/small.yaml\nname: Früh\n"
    assert documents.text_of(text.encode("utf-8-sig"), "a.yaml") == text
    for content, says in [
        (text.encode("utf-16"), "found UTF-16"),
        (text.encode("latin-1"), "byte 0xFC at line 2, column 9"),
        (b"\0", "binary"),
        (bytes(documents.MAX_BYTES + 1), "too large"),
    ]:
        with pytest.raises(BadInput, match=says):
            documents.text_of(content, "a.yaml")


def test_an_uploaded_organisation_is_read_and_refused_like_a_file() -> None:
    """Line 20 is that of the agent, as it is in a file."""
    assert load_organisation_text(ORGANISATION, "org.yaml").name == "By hand"
    bad = ORGANISATION.replace("shift: early}", "shift: late}")
    with pytest.raises(BadInput, match="unknown shift 'late'") as refused:
        load_organisation_text(bad, "org.yaml")
    assert str(refused.value).startswith("org.yaml:20:")

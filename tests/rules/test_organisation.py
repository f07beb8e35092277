"""An organisation is refused, with the place, when its parts do not fit together."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from simkit import BadInput
from simkit.base.clock import HOUR, MINUTE, parse_wall
from simkit.base.reading.validation import validate_data
from simkit.rules.organisation import Organisation

GOOD: dict[str, Any] = {
    "name": "By hand",
    "day": "2026-03-02",
    "time_zone": "Europe/Berlin",
    "provisioning_user_division": "North",
    "divisions": [
        {"id": "d0", "name": "Global"},
        {"id": "d1", "name": "North", "parent": "Global"},
    ],
    "codes": [
        {"id": "c1", "name": "Pause", "type": "BREAK", "division": "North"},
        {"id": "c2", "name": "Meal", "type": "BREAK", "division": "Global"},
    ],
    "shifts": [
        {
            "name": "early",
            "start": "08:00",
            "end": "16:00",
            "activities": [
                {"start": "10:00", "end": "10:15", "reason": "Pause"},
                {"start": "12:00", "end": "12:30", "reason": "Meal"},
            ],
        }
    ],
    "agents": [{"id": "a1", "division": "North", "shift": "early"}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good organisation with one value replaced, or appended where the path ends in +."""
    data: Any = deepcopy(GOOD)
    *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = data
    for part in parts:
        place = place[part]
    if last == "+":
        place.append(value)
    else:
        place[last] = value
    return data


def refusal(path: str, value: Any) -> BadInput:
    with pytest.raises(BadInput) as refused:
        validate_data(Organisation, changed(path, value))
    assert "\n" not in str(refused.value)
    return refused.value


def test_a_good_organisation_is_taken() -> None:
    """Other cases change one value of it, so what is refused there is that value."""
    org = validate_data(Organisation, deepcopy(GOOD))
    assert org.tree.path("North") == ("North", "Global")
    assert org.division_ids == {"Global": "d0", "North": "d1"}
    assert org.division_by_id == {"d0": "Global", "d1": "North"}


@pytest.mark.parametrize(
    ("path", "value", "field", "problem"),
    [
        ("divisions.+", {"id": "d1", "name": "New", "parent": "Global"}, "divisions.2.id", "id"),
        (
            "divisions.+",
            {"id": "d9", "name": "North", "parent": "Global"},
            "divisions.2.name",
            "name",
        ),
        ("codes.+", GOOD["codes"][0], "codes.2.id", "duplicate code id 'c1'"),
        ("shifts.+", GOOD["shifts"][0], "shifts.1.name", "duplicate shift name 'early'"),
        ("agents.+", GOOD["agents"][0], "agents.1.id", "duplicate agent id 'a1'"),
    ],
)
def test_a_name_or_id_that_must_be_unique_is_refused_where_it_comes_again(
    path: str, value: Any, field: str, problem: str
) -> None:
    """The place is the second one, and the line says what comes twice."""
    refused = refusal(path, value)
    assert refused.field == field
    assert "duplicate" in refused.problem
    assert problem in refused.problem


def test_two_codes_may_share_a_name() -> None:
    """Divisions may each have a Pause: codes are told apart by their ids."""
    again = {"id": "c9", "name": "Pause", "type": "OTHER", "division": "Global"}
    assert len(validate_data(Organisation, changed("codes.+", again)).codes) == 3


@pytest.mark.parametrize(
    ("path", "what", "known"),
    [
        ("provisioning_user_division", "division", "'North'"),
        ("codes.0.division", "division", "'North'"),
        ("agents.0.division", "division", "'North'"),
        ("agents.0.shift", "shift", "'early'"),
        ("shifts.0.activities.0.reason", "reason", "'Pause'"),
        ("divisions.1.parent", "parent", "'Global'"),
    ],
)
def test_an_unknown_name_is_refused_where_it_stands_with_those_that_are_known(
    path: str, what: str, known: str
) -> None:
    """Whatever refers to a division, shift, reason or parent is answered with a choice."""
    refused = refusal(path, "Nowhere at all")
    assert refused.field == path
    assert f"unknown {what} 'Nowhere at all'" in refused.problem
    assert known in (refused.allowed or "")


def test_a_mistyped_division_is_answered_with_the_one_that_is_meant() -> None:
    """Two letters that changed places are near enough for a guess."""
    assert "did you mean 'North'?" in refusal("agents.0.division", "Nroth").problem


@pytest.mark.parametrize(
    ("start", "end"),
    [("10:10", "10:20"), ("09:50", "10:01"), ("10:00", "10:15"), ("09:00", "11:00")],
)
def test_windows_of_one_schedule_must_not_overlap(start: str, end: str) -> None:
    """Nobody is on two breaks at once, be it for one minute or for the same quarter."""
    refused = refusal("shifts.0.activities.+", {"start": start, "end": end, "reason": "Pause"})
    assert "overlap" in refused.problem
    assert refused.field
    assert refused.field.startswith("shifts.0.activities.")
    assert refused.field.endswith(".start")


def test_windows_may_follow_each_other_without_a_gap_and_in_any_order() -> None:
    """The end of a window is no part of it, so 10:15 may end one and begin another."""
    for start, end in (("10:15", "10:30"), ("09:30", "10:00"), ("12:30", "13:00")):
        activity = {"start": start, "end": end, "reason": "Pause"}
        org = validate_data(Organisation, changed("shifts.0.activities.+", activity))
        assert len(org.shifts[0].activities) == 3


@pytest.mark.parametrize(
    ("start", "end"),
    [("07:59", "08:10"), ("15:50", "16:01"), ("11:00", "11:00"), ("11:10", "11:00")],
)
def test_an_activity_lies_inside_its_shift_and_has_a_length(start: str, end: str) -> None:
    """One minute beyond either end is too much, and nobody could see one without length."""
    refused = refusal("shifts.0.activities.+", {"start": start, "end": end, "reason": "Pause"})
    assert "inside its shift" in refused.problem
    assert refused.field == "shifts.0.activities.2"


@pytest.mark.parametrize("end", ["08:00", "07:00", "00:01"])
def test_a_shift_has_a_length_and_is_no_longer_than_a_night(end: str) -> None:
    """16 h at most where it ends on the next day: 17 h are a slip rather than a shift."""
    refused = refusal("shifts.0.end", end)
    assert refused.field == "shifts.0.end"


@pytest.mark.parametrize("end", ["24:00", "00:00"])
def test_a_shift_may_end_at_midnight(end: str) -> None:
    """24:00 and 00:00 are one end of the day, 16 h after the run begins at 08:00."""
    org = validate_data(Organisation, changed("shifts.0.end", end))
    assert org.hours[org.shifts[0].name].end == 16 * HOUR


def test_a_night_shift_ends_on_the_next_morning_and_so_do_its_activities() -> None:
    """22:00 to 06:00, where the day begins with a shift at 08:00: from hour 14 to hour 22."""
    breaks = [("23:50", "00:10"), ("03:00", "03:30"), ("22:00", "22:15"), ("05:45", "06:00")]
    shift = {
        "name": "night",
        "start": "22:00",
        "end": "06:00",
        "activities": [{"start": a, "end": b, "reason": "Pause"} for a, b in breaks],
    }
    hours = validate_data(Organisation, changed("shifts.+", shift)).hours["night"]
    assert (hours.start, hours.end) == (14 * HOUR, 22 * HOUR)
    assert [(w.start, w.end) for w in hours.windows] == [
        (14 * HOUR, 14 * HOUR + 15 * MINUTE),
        (15 * HOUR + 50 * MINUTE, 16 * HOUR + 10 * MINUTE),
        (19 * HOUR, 19 * HOUR + 30 * MINUTE),
        (21 * HOUR + 45 * MINUTE, 22 * HOUR),
    ]


@pytest.mark.parametrize(
    ("start", "end"), [("21:59", "22:10"), ("05:50", "06:01"), ("12:00", "13:00")]
)
def test_an_activity_out_of_a_night_shift_is_refused(start: str, end: str) -> None:
    """The night is 22:00 to 06:00: a minute beyond either end, or noon, is not in it."""
    activity = {"start": start, "end": end, "reason": "Pause"}
    night_shift = {"name": "night", "start": "22:00", "end": "06:00", "activities": [activity]}
    assert "inside its shift" in refusal("shifts.+", night_shift).problem


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 7), ("2026-03-29", 8), ("2026-10-24", 9)]
)
def test_a_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer(
    day: str, hours: int
) -> None:
    """In Berlin they change at 02:00 and 03:00 on 29 March and 25 October 2026."""
    org = validate_data(Organisation, night(day, "22:00", "06:00"))
    assert org.hours["early"].end == hours * HOUR


def test_an_agent_who_works_two_shifts_has_an_entry_for_each() -> None:
    """The second behind all others, so that nobody else's place changes."""
    shifts = [
        {"name": "morning", "start": "08:00", "end": "12:00"},
        {"name": "evening", "start": "16:00", "end": "20:00"},
    ]
    agents = [
        {"id": "ann", "division": "North", "shift": ["morning", "evening"]},
        {"id": "bob", "division": "North", "shift": "evening"},
    ]
    org = validate_data(Organisation, {**deepcopy(GOOD), "shifts": shifts, "agents": agents})
    assert [(a.id, a.shift) for a in org.agents] == [
        ("ann", "morning"),
        ("bob", "evening"),
        ("ann/2", "evening"),
    ]
    agents[0]["shift"] = ["evening", "evening"]
    with pytest.raises(BadInput, match="two shifts at once"):
        validate_data(Organisation, {**deepcopy(GOOD), "shifts": shifts, "agents": agents})
    agents[0]["shift"] = ["morning", "noon"]
    with pytest.raises(BadInput, match="unknown shift 'noon'"):
        validate_data(Organisation, {**deepcopy(GOOD), "shifts": shifts, "agents": agents})


@pytest.mark.parametrize("text", ["8:0", "24:00", "08:60", "noon", "", "08:00:00.5", " 08:00"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    """A shift may end at 24:00 but cannot start then; the line says how to write a time."""
    refused = refusal("shifts.0.start", text)
    assert refused.field == "shifts.0.start"
    assert "HH:MM" in str(refused)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("codes.0.type", "LUNCH"),
        ("codes.0.color", "red"),
        ("codes.0.color", "#12345"),
        ("codes.0.id", ""),
        ("day", "2026-02-30"),
        ("day", "tomorrow"),
        ("time_zone", "Mars/Olympus"),
        ("agents", []),
        ("shifts", []),
        ("divisions", []),
        ("agents", "everybody"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_by_name(path: str, value: Any) -> None:
    """The path leads to the one value to mend, down to the entry of a list."""
    assert refusal(path, value).field == path


def test_a_required_part_that_is_missing_is_refused_by_name() -> None:
    """The field is the one that has to be added, in the entry that lacks it."""
    data = deepcopy(GOOD)
    del data["codes"][1]["division"]
    with pytest.raises(BadInput, match="required, but missing") as refused:
        validate_data(Organisation, data)
    assert refused.value.field == "codes.1.division"


# Daylight saving, in Berlin: 2026-03-29 skips 02:00 to 03:00, 2026-10-25 has 02:00 to 03:00 twice.


def night(day: str, start: str, end: str, *activity: str) -> dict[str, Any]:
    activities = [{"start": activity[0], "end": activity[1], "reason": "Pause"}] if activity else []
    shift = {"name": "early", "start": start, "end": end, "activities": activities}
    return {**deepcopy(GOOD), "day": day, "shifts": [shift]}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (night("2026-03-29", "02:30", "10:00"), "shifts.0.start"),
        (night("2026-03-29", "00:00", "02:00"), "shifts.0.end"),
        (night("2026-03-29", "00:00", "08:00", "02:15", "04:00"), "shifts.0.activities.0.start"),
        (night("2026-03-29", "00:00", "08:00", "01:15", "02:59"), "shifts.0.activities.0.end"),
    ],
)
def test_a_local_time_that_daylight_saving_skips_is_refused(
    data: dict[str, Any], field: str
) -> None:
    """No moment of that morning is 02:00 to 02:59, be it a start or an end."""
    with pytest.raises(BadInput, match="daylight saving skips it") as refused:
        validate_data(Organisation, data)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("day", "lost_or_won"),
    [("2026-03-29", -1), ("2026-03-30", 0), ("2026-10-25", 1)],
)
def test_a_shift_across_the_change_of_the_clocks_is_an_hour_shorter_or_longer(
    day: str, lost_or_won: int
) -> None:
    """From 00:00 to 08:00 are 7 h in March, 9 h in October and 8 h the day after."""
    org = validate_data(Organisation, night(day, "00:00", "08:00"))
    assert org.calendar.ms(parse_wall("08:00")) == (8 + lost_or_won) * HOUR


def test_a_repeated_local_time_means_its_first_occurrence() -> None:
    """02:30 comes two and a half hours after midnight, and again an hour later."""
    org = validate_data(Organisation, night("2026-10-25", "00:00", "08:00", "02:30", "03:30"))
    calendar = org.calendar
    first = calendar.ms(parse_wall("02:30"))
    assert first == 150 * MINUTE
    assert calendar.show(first) == calendar.show(first + HOUR) == "02:30:00.000"
    assert calendar.ms(parse_wall("03:30")) == 270 * MINUTE


def test_the_run_starts_with_the_earliest_shift() -> None:
    """06:30 is millisecond 0, and 08:00 comes 90 min later."""
    late = {"name": "late", "start": "06:30", "end": "09:00"}
    org = validate_data(Organisation, changed("shifts.+", late))
    assert org.calendar.ms(parse_wall("06:30")) == 0
    assert org.calendar.ms(parse_wall("08:00")) == timedelta(minutes=90) / timedelta(milliseconds=1)


# Names.

NFD = "Cafe\u0301-Pause"
NFC = "Café-Pause"


@pytest.mark.parametrize("spelling", [NFD, f" {NFC} ", f"{NFC}\u00a0", f"\t{NFD}\n"])
def test_a_name_is_kept_in_one_spelling_and_found_by_any(spelling: str) -> None:
    """A reason that a Mac wrote is the reason that the schedule asks for."""
    data = changed("codes.0.name", spelling)
    data["shifts"][0]["activities"][0]["reason"] = NFC
    org = validate_data(Organisation, data)
    assert org.codes[0].name == org.shifts[0].activities[0].reason == NFC


def test_every_kind_of_name_is_found_in_another_spelling() -> None:
    """Divisions, parents, shifts and ids as well as reasons."""
    data = changed("divisions.1.name", " North\u00a0 East")
    data["provisioning_user_division"] = data["codes"][0]["division"] = "North East"
    data["divisions"].append({"id": "d2", "name": "Care", "parent": "North  East"})
    data["shifts"][0]["name"] = "fru\u0308h"
    data["agents"] = [{"id": " a1\t", "division": "North East ", "shift": "früh"}]
    org = validate_data(Organisation, data)
    assert org.tree.path("Care") == ("Care", "North East", "Global")
    assert org.agents[0].id == "a1"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (
            "codes",
            [
                {"id": "c1", "name": "Pause", "type": "BREAK", "division": "North"},
                {"id": "c2", "name": "Meal", "type": "BREAK", "division": "North"},
                {"id": "c3", "name": NFC, "type": "BREAK", "division": "North"},
                {"id": "c4", "name": NFD, "type": "BREAK", "division": "North"},
            ],
            "codes.3.name",
        ),
        (
            "agents",
            [
                {"id": NFD, "division": "North", "shift": "early"},
                {"id": NFC, "division": "North", "shift": "early"},
            ],
            "agents.1.id",
        ),
    ],
)
def test_two_names_that_are_one_in_two_spellings_are_refused_with_the_difference(
    path: str, value: Any, field: str
) -> None:
    """Nobody sees why they are duplicates; so the line says it."""
    refused = refusal(path, value)
    assert refused.field == field
    assert f"'{NFC}', written in two ways that are one" in refused.problem
    assert "U+00E9 LATIN SMALL LETTER E WITH ACUTE" in refused.problem


def test_white_space_that_tells_two_names_apart_is_named() -> None:
    """A blank at the end shows in no table."""
    refused = refusal("shifts.+", {"name": "early ", "start": "09:00", "end": "10:00"})
    assert "duplicate shift name 'early'" in refused.problem
    assert "differ in white space" in refused.problem


def test_codes_of_two_divisions_share_a_name_in_any_spelling() -> None:
    """It is one reason for those who look for it."""
    data = changed("codes.0.name", NFC)
    data["codes"][1] |= {"name": NFD, "division": "Global"}
    data["shifts"][0]["activities"] = []
    assert {code.name for code in validate_data(Organisation, data).codes} == {NFC}


@pytest.mark.parametrize("path", ["name", "divisions.1.name", "codes.0.name", "agents.0.id"])
@pytest.mark.parametrize("blank", [" ", "\u200b", "\u00a0\t"])
def test_a_name_of_which_nothing_is_seen_is_refused(path: str, blank: str) -> None:
    """It could not be told from none."""
    refused = refusal(path, blank)
    assert refused.field == path
    assert "blank" in refused.problem


def test_an_empty_name_is_refused() -> None:
    """As text of no characters."""
    assert refusal("codes.0.name", "").field == "codes.0.name"


def doubtful(path: str, value: Any) -> list[tuple[str, str]]:
    org = validate_data(Organisation, changed(path, value))
    return [(".".join(map(str, place)), words) for place, words in org.doubtful_names]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("meal", "in case alone"),
        ("Me\u200bal", "in U+200B ZERO WIDTH SPACE, which one only has"),
        ("Ｍeal", "in U+FF2D FULLWIDTH LATIN CAPITAL LETTER M, which one only has"),
    ],
)
def test_two_names_that_look_alike_are_doubtful(name: str, how: str) -> None:
    """They stay two names, and whoever reads them is told how they differ."""
    code = {"id": "c9", "name": name, "type": "OTHER", "division": "North"}
    words = f"'{name}' and 'Meal' are two names, which differ {how}"
    assert doubtful("codes.+", code) == [("codes.2.name", words)]


def test_ids_that_differ_in_case_are_doubtful_and_counted() -> None:
    """One line for each kind of name, however many there are."""
    agents = [
        {"id": f"{stem}{n}", "division": "North", "shift": "early"} for stem in "aA" for n in "12"
    ]
    (found,) = doubtful("agents", agents)
    assert found[0] == "agents.2.id"
    assert found[1].endswith("(and 1 more)")


def test_a_name_that_comes_twice_in_one_division_is_doubtful() -> None:
    """Agents choose by name: the second one is never chosen."""
    code = {"id": "c9", "name": "Pause", "type": "OTHER", "division": "North"}
    ((field, words),) = doubtful("codes.+", code)
    assert field == "codes.2.name"
    assert "take the first in the list" in words


def test_the_good_organisation_has_no_doubtful_name() -> None:
    """Else the lines above would say nothing."""
    assert validate_data(Organisation, deepcopy(GOOD)).doubtful_names == ()


# Ids of divisions.

GUID = "5f1c0a02-7b2e-4c39-9a41-0c6de8b30002"


def test_two_divisions_with_one_id_in_two_spellings_are_refused() -> None:
    """With d- and without it is the same division."""
    data = changed("divisions.1.id", GUID)
    data["divisions"][0]["id"] = f"D-{GUID.upper()}"
    with pytest.raises(BadInput) as refused:
        validate_data(Organisation, data)
    assert refused.value.field == "divisions.1.id"
    assert "in another spelling" in refused.value.problem


def test_a_division_is_found_by_its_id_in_any_spelling() -> None:
    """And its id is given in the organisation's own."""
    org = validate_data(Organisation, changed("divisions.1.id", f"d-{GUID}"))
    assert org.own_division_id(GUID.upper()) == f"d-{GUID}"
    assert org.own_division_id("d0") == "d0"
    assert org.own_division_id("North") is None


def test_a_code_for_all_divisions_is_refused_with_what_to_write() -> None:
    """The vendor's sign for all divisions is no division of the tree."""
    refused = refusal("codes.0.division", "*")
    assert refused.field == "codes.0.division"
    assert "not modelled" in refused.problem
    assert "'Global'" in refused.problem
    assert "filter_type: hierarchical" in refused.problem


def test_a_root_that_stands_for_all_divisions_has_the_codes_of_all() -> None:
    """Its id is the vendor's sign; another division with that id does not stand for them."""
    data = changed("divisions.0.id", "*")
    data["codes"][0]["division"] = "*"
    org = validate_data(Organisation, data)
    assert org.codes[0].division == org.tree.root == "Global"
    assert org.own_division_id("*") == "*"
    data["divisions"][0]["id"], data["divisions"][1]["id"] = GUID, "*"
    with pytest.raises(BadInput, match="not modelled"):
        validate_data(Organisation, data)


def test_the_further_shifts_of_an_agent_go_by_the_plain_id() -> None:
    """So an id in another spelling is one agent, who cannot work two shifts at once."""
    data = changed("shifts.+", {"name": "late", "start": "17:00", "end": "20:00"})
    data["agents"] = [{"id": " ann\u00a0", "division": "North", "shift": ["early", "late"]}]
    agents = validate_data(Organisation, data).agents
    assert [(agent.id, agent.shift) for agent in agents] == [("ann", "early"), ("ann/2", "late")]
    data["shifts"][1] |= {"start": "15:00"}
    with pytest.raises(BadInput, match="two shifts at once"):
        validate_data(Organisation, data)

"""Settings: bounds, spellings, differences and what several fields break together."""

from __future__ import annotations

import warnings
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from annotated_types import Ge, Le
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from simkit import BadInput
from simkit.base.reading.validation import validate_data
from simkit.rules.organisation import Organisation
from simkit.rules.schedule import in_campaign
from simkit.rules.sections import PATHS, SECTIONS, dotted
from simkit.rules.settings import Settings, diff

FIELDS = [
    (section, name, info)
    for section, model in SECTIONS.items()
    for name, info in model.model_fields.items()
]


def bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    low = next((m.ge for m in info.metadata if isinstance(m, Ge)), None)
    high = next((m.le for m in info.metadata if isinstance(m, Le)), None)
    return low, high  # type: ignore[return-value]


BOUNDED = [(s, n, bounds(info)) for s, n, info in FIELDS if any(bounds(info))]


def refusal(settings: Settings, **changes: Any) -> BadInput:
    with pytest.raises(BadInput) as refused:
        settings.replace(changes)
    assert "\n" not in str(refused.value)
    return refused.value


# Fields.


def test_the_last_part_of_each_field_is_unique_over_all_sections() -> None:
    """Else a short name could change a field of another section than the one meant."""
    assert len(PATHS) == len(FIELDS)
    assert set(PATHS.values()) == {f"{section}.{name}" for section, name, _ in FIELDS}


@pytest.mark.parametrize(("section", "name", "info"), FIELDS, ids=lambda part: str(part)[:30])
def test_every_field_has_a_description(section: str, name: str, info: FieldInfo) -> None:
    """Labs and reports show it beside the value, so none of them has a gap."""
    assert info.description, f"{section}.{name}"


@pytest.mark.parametrize(("section", "name", "limits"), BOUNDED)
def test_a_number_beyond_its_bounds_is_refused_by_name_with_what_is_allowed(
    healthy: Settings, section: str, name: str, limits: tuple[float | None, float | None]
) -> None:
    """One step beyond each limit, the line has the field, the value and the limit."""
    for limit, step in zip(limits, (-1, 1), strict=True):
        if limit is not None:
            refused = refusal(healthy, **{name: limit + step})
            assert refused.field == f"{section}.{name}"
            assert refused.found == str(limit + step)
            assert refused.allowed
            assert str(int(limit)) in refused.allowed


@pytest.mark.parametrize(("section", "name", "limits"), BOUNDED)
def test_a_number_at_its_bounds_is_taken_by_its_section(
    healthy: Settings, section: str, name: str, limits: tuple[float | None, float | None]
) -> None:
    """Alone: what several fields break together is another matter."""
    model, info = SECTIONS[section], SECTIONS[section].model_fields[name]
    for limit in limits:
        if limit is not None and not name.startswith(("delay_", "hidden_m")):
            kept = dict(getattr(healthy, section)) | {name: limit}
            assert getattr(model.model_validate(kept), name) == limit, info


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(healthy: Settings, value: float) -> None:
    """Neither NaN nor infinity gets into a run, where comparisons with it would mislead.

    Not into any field that is a number: the line has the field and what was found.
    """
    numbers = [
        (section, name)
        for section, name, info in FIELDS
        if {int, float} & {info.annotation, *get_args(info.annotation)}
    ]
    assert len(numbers) >= len(BOUNDED)
    for section, name in numbers:
        refused = refusal(healthy, **{name: value})
        assert (refused.field, refused.found) == (f"{section}.{name}", str(value))


@pytest.mark.parametrize("section", SECTIONS)
def test_camel_case_and_snake_case_keys_mean_the_same_field(
    healthy: Settings, section: str
) -> None:
    """Each key has both spellings, and a section reads the same from either."""
    model, own = SECTIONS[section], getattr(healthy, section)
    by_alias = own.model_dump(by_alias=True)
    by_name = own.model_dump(by_alias=False)
    assert {key.replace("_", "").lower() for key in by_name} == {k.lower() for k in by_alias}
    assert not any("_" in key for key in by_alias)
    assert model.model_validate(by_alias) == model.model_validate(by_name) == own


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_is_refused_with_the_key_that_is_meant(
    healthy: Settings, section: str
) -> None:
    """The suggestion keeps the spelling that the user writes in, camels or underscores."""
    model = SECTIONS[section]
    name, info = next(iter(model.model_fields.items()))
    given_data = getattr(healthy, section).model_dump()
    for meant, mistyped in ((name, name + "_"), (info.alias or name, (info.alias or name) + "x")):
        with pytest.raises(BadInput, match="unknown key") as refused:
            validate_data(model, {**given_data, mistyped: 1}, at=(section,))
        assert f"did you mean '{meant}'?" in str(refused.value)
        assert refused.value.field == f"{section}.{mistyped}"


def test_a_value_of_another_type_is_refused(healthy: Settings) -> None:
    """The line has the field, the value and the bounds, so nobody has to look them up."""
    refused = refusal(healthy, refresh_interval_ms="soon")
    assert refused.field == "widget.refresh_interval_ms"
    assert refused.found == "'soon'"
    assert refused.allowed
    assert "whole number of ms from 1000 to 3600000" in refused.allowed


def test_a_choice_that_is_none_is_refused_with_those_that_are(healthy: Settings) -> None:
    """A letter that is left out is answered with both filters that there are."""
    refused = refusal(healthy, filter_type="hierachical")
    assert refused.allowed
    assert "'division'" in refused.allowed
    assert "'hierarchical'" in refused.allowed


# Differences.


def test_a_field_can_be_named_by_its_path_or_by_its_last_part(healthy: Settings) -> None:
    """Either name may be written and read, and the settings are equal."""
    by_path = healthy.replace({"widget.refresh_interval_ms": 15_000})
    by_name = healthy.replace(refresh_interval_ms=15_000)
    assert by_path == by_name
    assert by_path.get("widget.refresh_interval_ms") == by_path.get("refresh_interval_ms") == 15_000


@pytest.mark.parametrize(
    "path", ["refresh_intervall_ms", "wire.refresh_interval_ms", "widget", "", "widget.", "a.b.c"]
)
def test_an_unknown_setting_is_refused_and_named(healthy: Settings, path: str) -> None:
    """A section alone, a wrong section or nothing at all is not taken for a field."""
    with pytest.raises(BadInput, match="unknown setting"):
        dotted(path)
    with pytest.raises(BadInput, match="unknown setting"):
        healthy.replace({path: 1})


def test_a_mistyped_setting_is_answered_with_the_one_that_is_meant() -> None:
    """A doubled letter is near enough for a guess."""
    with pytest.raises(BadInput, match=r"did you mean 'refresh_interval_ms'\?"):
        dotted("refresh_intervall_ms")


def test_a_replacement_leaves_the_original_alone(healthy: Settings) -> None:
    """So one base can serve for a trap and all its fixes."""
    before = healthy.model_dump()
    changed = healthy.replace(force=True, sweep_interval_ms=1_000)
    assert (changed.widget.force, changed.routing.sweep_interval_ms) == (True, 1_000)
    assert healthy.model_dump() == before


def test_settings_are_frozen(healthy: Settings) -> None:
    """What a run says it was run with cannot be changed afterwards."""
    with pytest.raises(ValidationError, match="frozen"):
        healthy.widget.force = True  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        healthy.seed = 5  # type: ignore[misc]


OTHERS: dict[str, Any] = {
    "filter_type": "hierarchical",
    "refresh_interval_ms": 15_000,
    "scopes": ("user:read",),
    "relogin_after_ms": None,
    "binding": "omitted",
    "writes_status": True,
    "sweep_interval_ms": 900_000,
    "token_life_ms": 3_600_000,
    "delay_median_ms": 61,
    "transfer_probability": 0.5,
}


@pytest.mark.slow
@given(names=st.sets(st.sampled_from(sorted(OTHERS))))
def test_the_difference_is_exactly_the_fields_that_were_replaced(
    healthy: Settings, names: set[str]
) -> None:
    """Old and new value are told of each, and nothing differs once they are put back."""
    changes = {name: OTHERS[name] for name in names}
    changed = healthy.replace(changes)
    found = {d.field: (d.old, d.new) for d in diff(healthy, changed)}
    assert found == {PATHS[n]: (healthy.get(n), value) for n, value in changes.items()}
    back = changed.replace({name: healthy.get(name) for name in names})
    assert diff(healthy, back) == []


def test_the_hash_covers_every_field_and_neither_name_nor_seed(healthy: Settings) -> None:
    """Each field of each section and of the organisation gives a hash that no other has.

    Values need not be legal here: what is refused elsewhere would still have to be told apart.
    """
    parts = fields_of(healthy)
    renamed = Settings(**parts | {"name": "Another", "seed": 99})
    assert renamed.hash == healthy.hash
    hashes = {"": healthy.hash}
    for part, value in parts.items():
        if part in ("name", "seed"):
            continue
        others = {part: another(value)}
        if isinstance(value, BaseModel):
            own = fields_of(value)
            others = {
                f"{part}.{name}": type(value).model_construct(**own | {name: another(each)})
                for name, each in own.items()
            }
        for where, other in others.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # pydantic's, of what is not legal
                hashes[where] = Settings.model_construct(**parts | {part: other}).hash
    assert {f"{section}.{name}" for section, name, _ in FIELDS} <= hashes.keys()
    assert {f"organisation.{name}" for name in Organisation.model_fields} <= hashes.keys()
    found = list(hashes.values())
    assert [where for where, each in hashes.items() if found.count(each) > 1] == []


def test_a_field_that_came_later_leaves_the_hashes_of_before(healthy: Settings) -> None:
    """With every type mapped the hash is that of the version before there was the field."""
    assert healthy.hash == "65a238775b6ac9f52da7efc9"
    assert healthy.replace(mapped_types=["BREAK"]).hash != healthy.hash


def fields_of(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields}


def another(value: Any) -> Any:
    """Give another value, of the same kind where there is one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return value[1:] or (("08:00", "09:00"),)
    if isinstance(value, BaseModel):
        first = next(iter(type(value).model_fields))
        return value.model_copy(update={first: another(getattr(value, first))})
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value}, another"
    return {} if isinstance(value, dict) else 1


def test_equal_settings_have_equal_hashes_however_they_came_about(healthy: Settings) -> None:
    """The hash is that of the values, not of the way to them."""
    there_and_back = healthy.replace(force=True).replace(force=False)
    assert there_and_back.hash == healthy.hash


# What several fields break together.


@pytest.mark.parametrize(("versioned", "legs"), [(False, 2), (True, 4)])
def test_polls_must_not_overlap(healthy: Settings, versioned: bool, legs: int) -> None:
    """A poll takes two delays at most, and four when it reads the version first."""
    fields = {"delay_max_ms": 1_000, "version_parameter": versioned}
    longest = legs * 1_000
    refused = refusal(healthy, refresh_interval_ms=longest, **fields)
    assert refused.field == "widget.refresh_interval_ms"
    assert str(longest) in str(refused)
    assert healthy.replace(fields, refresh_interval_ms=longest + 1).interval_ms == longest + 1


@pytest.mark.parametrize(
    ("lead", "life", "fine"),
    [
        (500, 45 * 60_000, False),
        (501, 45 * 60_000, True),
        (59_499, 60_000, True),
        (59_500, 60_000, False),
    ],
)
def test_a_renewal_needs_a_round_trip_before_expiry_and_after_issue(
    healthy: Settings, lead: int, life: int, fine: bool
) -> None:
    """A round trip takes 500 ms at most: a lead fits from 501 ms to 501 ms below the life."""
    assert 2 * healthy.wire.delay_max_ms == 500
    changes = {"renewal_lead_ms": lead, "token_life_ms": life}
    if fine:
        assert healthy.replace(changes).platform.renewal_lead_ms == lead
    else:
        assert refusal(healthy, **changes).field == "platform.renewal_lead_ms"


def test_delays_must_not_fall_from_shortest_to_longest(healthy: Settings) -> None:
    """The healthy median is 60 ms and its maximum 250: one more is too many."""
    assert refusal(healthy, delay_min_ms=61).field == "wire.delay_min_ms"
    assert refusal(healthy, delay_median_ms=251).field == "wire.delay_min_ms"


def test_the_shortest_hiding_is_not_above_the_longest(healthy: Settings) -> None:
    """No length lies between a shortest of 2 ms and a longest of 1 ms."""
    refused = refusal(healthy, hidden_min_ms=2, hidden_max_ms=1)
    assert refused.field == "workload.hidden_min_ms"


@pytest.mark.parametrize("hours", [[["08:00", "08:00"]], [["8", "18:00"]], [["08:00", "25:00"]]])
def test_campaign_hours_are_local_times_and_have_a_length(
    healthy: Settings, hours: list[list[str]]
) -> None:
    """Equal ends, an hour without minutes and 25:00 are told by their field."""
    field = refusal(healthy, campaign_hours=hours).field
    assert field
    assert field.startswith("routing.campaign_hours")


def test_campaign_hours_become_milliseconds_of_the_run(healthy: Settings) -> None:
    """The first shift starts at 08:00. Recorded ones may go on over midnight."""
    settings = healthy.replace(campaign_hours=[["07:30", "12:00"]])
    spans = [(start / 3_600_000, end / 3_600_000) for start, end in settings.campaign_ms]
    assert spans == [(-0.5, 4), (23.5, 28), (47.5, 52)]


@pytest.mark.parametrize("hours", [["05:00", "07:00"], ["20:00", "22:00"]])
def test_campaign_hours_outside_a_shift_are_not_the_whole_day(
    healthy: Settings, hours: list[str]
) -> None:
    """Before it or after it: in none of its moments is there a campaign."""
    campaign = healthy.replace(campaign_hours=[hours]).campaign_ms
    assert campaign
    assert not any(in_campaign(campaign, hour * 3_600_000) for hour in range(12))


@pytest.mark.parametrize(
    ("start", "end", "spans"),
    [
        ("12:00", "24:00", [(-20, -8), (4, 16), (28, 40)]),
        ("00:00", "24:00", [(-32, -8), (-8, 16), (16, 40), (40, 64)]),
        ("18:00", "09:00", [(-14, 1), (10, 25), (34, 49)]),
    ],
)
def test_campaign_hours_may_last_till_midnight_and_beyond(
    healthy: Settings, start: str, end: str, spans: list[tuple[int, int]]
) -> None:
    """Each evening anew: who works early meets the end of the campaign of the day before."""
    settings = healthy.replace(campaign_hours=[[start, end]])
    assert settings.campaign_ms == tuple((a * 3_600_000, b * 3_600_000) for a, b in spans)


# What is derived.


@pytest.mark.claim("C060")
def test_the_widgets_own_interval_overrides_the_applications_default(healthy: Settings) -> None:
    """By the guide the 20 s of the application are for widgets that say nothing."""
    defaults = {"status-reason": {"configurationDefaults": {"refreshIntervalMs": 20_000}}}
    own = healthy.replace(widget_permissions=defaults)
    assert own.interval_ms == 30_000
    assert own.replace(refresh_interval_ms=None).interval_ms == 20_000


def test_a_widget_without_permission_is_not_allowed(healthy: Settings) -> None:
    """An application that does not name it refuses it as one does that says no."""
    assert healthy.widget_allowed
    assert not healthy.replace(widget_permissions={}).widget_allowed
    refused = healthy.replace(widget_permissions={"status-reason": {"allowed": False}})
    assert not refused.widget_allowed


def test_without_a_permission_the_default_interval_is_that_of_the_guide(healthy: Settings) -> None:
    """The guide's payloads print 30000 ms, and nobody else says any interval here."""
    assert healthy.replace(widget_permissions={}, refresh_interval_ms=None).interval_ms == 30_000


# Ids of divisions, and units.


@pytest.mark.parametrize(
    "spelled", [str.upper, lambda text: text.removeprefix("d-"), " {} ".format]
)
def test_a_known_division_id_takes_the_spelling_of_the_organisation(
    healthy: Settings, spelled: Any
) -> None:
    """So equal settings are equal, whatever spelling a file has: in hash, log and digest."""
    own = healthy.organisation.divisions[3].id
    assert own.startswith("d-")
    given = healthy.replace(division_id=spelled(own))
    assert given.widget.division_id == own
    assert given.hash == healthy.replace(division_id=own).hash


@pytest.mark.parametrize(
    "text",
    [
        "{{ context.user.divisionId }}",
        "{{CONTEXT.user.divisionId}}",
        "*",
        "Sales",
        "D-5F1C0A04-7B2E-4C39-9A41-0C6DE8B3FFFF",
    ],
)
def test_what_is_no_known_division_id_stays_as_it_was_written(healthy: Settings, text: str) -> None:
    """Faults of spelling stay possible: the platform judges what it is asked."""
    assert healthy.replace(division_id=text).widget.division_id == text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("refresh_interval_ms", 30, "; seconds? 30 s are 30000 ms"),
        ("refresh_interval_ms", "30s", "; 30s are 30000"),
        ("refresh_interval_ms", "30000", "; without quotes: 30000"),
        ("token_life_ms", 1_800, "; seconds? 1800 s are 1800000 ms"),
        ("token_life_ms", "45 min", "; 45 min are 2700000"),
        ("force", "true", "; without quotes: true"),
        ("unscheduled_breaks", "3.5", "; without quotes: 3.5"),
    ],
)
def test_a_refused_value_is_answered_with_what_was_meant(
    healthy: Settings, field: str, value: Any, words: str
) -> None:
    """Seconds for milliseconds, a unit behind the number, quotes around it."""
    assert str(refusal(healthy, **{field: value})).endswith(words)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("refresh_interval_ms", 9_000_000),
        ("refresh_interval_ms", True),
        ("refresh_interval_ms", "2 h"),
        ("refresh_interval_ms", "soon"),
        ("refresh_interval_ms", -30),
        ("dataset_life_polls", "60s"),
        ("dataset_life_polls", 0),
        ("force", "yes"),
        ("force", "[" * 100_000),
    ],
)
def test_a_value_that_would_be_refused_in_seconds_too_is_only_refused(
    healthy: Settings, field: str, value: Any
) -> None:
    """A guess that is refused as well would lead astray."""
    text = str(refusal(healthy, **{field: value}))
    assert "seconds?" not in text
    assert "without quotes" not in text
    assert " are " not in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token_life_ms": 3_600}, "; seconds? 3600 s are 3600000 ms"),
        ({"renewal_lead_ms": 60}, "; seconds? 60 s are 60000 ms"),
        ({"renewal_lead_ms": 3_000_000}, "within a life of 2700000 ms"),
    ],
)
def test_a_life_and_a_lead_that_do_not_fit_may_be_in_seconds(
    healthy: Settings, changes: dict[str, int], words: str
) -> None:
    """A life of 3.6 s ends before a renewal 60 s earlier; one of 3,600 s does not."""
    assert str(refusal(healthy, **changes)).endswith(words)

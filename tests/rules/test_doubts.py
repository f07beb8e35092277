"""What can only end in nothing is said before the run, and only that."""

from __future__ import annotations

from typing import Any

import pytest

import simkit
from simkit.base.clock import HOUR, MINUTE
from simkit.rules.doubts import NEEDS, Doubt, doubts
from simkit.rules.organisation import Organisation
from simkit.rules.sections import CONTEXT_DIVISION, PAGE_DIVISION, SECTIONS, dotted
from simkit.rules.settings import Settings

READ, WRITE = "telephony:status:read", "telephony:status:write"
UNKNOWN = "d-5f1c0a04-7b2e-4c39-9a41-0c6de8b3ffff"
USUAL = {"platform.token_life_ms": 45 * MINUTE, "platform.renewal_lead_ms": MINUTE}


def found(settings: Settings, **changes: Any) -> list[Doubt]:
    return doubts(settings.replace(changes), USUAL)


def the_doubt(settings: Settings, **changes: Any) -> Doubt:
    (doubt,) = found(settings, **changes)
    assert "\n" not in doubt.words
    return doubt


def small(settings: Settings, **parts: Any) -> Settings:
    """The settings with parts of their organisation exchanged."""
    org = settings.organisation
    fields = {name: getattr(org, name) for name in type(org).model_fields}
    return settings.with_top(organisation=Organisation.model_validate(fields | parts))


def empty_share(settings: Settings) -> float:
    return float(simkit.run(settings).metrics["empty_openings_share"].value)


def test_nothing_is_doubtful_about_the_healthy_deployment(healthy: Settings) -> None:
    """Else every scenario would begin with noise."""
    assert doubts(healthy, USUAL) == []


# Lists that are refused.


@pytest.mark.parametrize(
    ("asked", "says", "better"),
    [
        ("{{ context.user.divisionId }}", "no variable", f"spelled {CONTEXT_DIVISION}"),
        ("{{Context.User.DivisionID}}", "no variable", f"spelled {CONTEXT_DIVISION}"),
        ("{{ page.divisionid }}", "no variable", f"spelled {PAGE_DIVISION}"),
        ("context.user.divisionId", "no division's id", f"spelled {CONTEXT_DIVISION}"),
        ("${context.user.divisionId}", "no division's id", f"spelled {CONTEXT_DIVISION}"),
        ("{{context.user.divisonId}}", "no variable", f"did you mean '{CONTEXT_DIVISION}'?"),
        ("{{context.user.division}}", "no variable", f"did you mean '{CONTEXT_DIVISION}'?"),
        ("*", "(all divisions)", "filter_type: hierarchical"),
        (UNKNOWN, "the id of no division", "did you mean 'd-5f1c0a"),
        ("d-8a7b6c5d-4e3f-2g1h-0i9j-8k7l6m5n4o3p", "not hexadecimal: it has g, h", ""),
        ("", "it is empty", CONTEXT_DIVISION),
    ],
)
def test_a_division_id_that_no_list_can_have_is_said_with_the_right_spelling(
    healthy: Settings, asked: str, says: str, better: str
) -> None:
    """And it is true: each dropdown that is opened is empty."""
    doubt = the_doubt(healthy, division_id=asked)
    assert doubt.field == "widget.division_id"
    assert says in doubt.words
    assert better in doubt.words
    status = 404 if asked == UNKNOWN else 400
    assert f"every list is refused ({status} " in doubt.words
    assert empty_share(healthy.replace(division_id=asked)) == 1


def test_the_name_of_a_division_is_answered_with_its_id(healthy: Settings) -> None:
    """In any spelling of the name."""
    division = healthy.organisation.divisions[3]
    for name in (division.name, f" {division.name}\u00a0"):
        doubt = the_doubt(healthy, division_id=name)
        assert "is the name of a division, not its id" in doubt.words
        assert doubt.words.endswith(f"its id is {division.id}")


@pytest.mark.parametrize("asked", [CONTEXT_DIVISION, PAGE_DIVISION])
def test_the_variables_themselves_are_not_doubtful(healthy: Settings, asked: str) -> None:
    """They are spelled as the widget reads them."""
    assert found(healthy, division_id=asked) == []


@pytest.mark.parametrize("scopes", [(), (WRITE,), ("telephony:status:raed", WRITE)])
def test_without_the_read_scope_all_lists_are_refused(
    healthy: Settings, scopes: tuple[str, ...]
) -> None:
    """A mistyped scope is shown."""
    first = found(healthy, scopes=scopes)[0]
    assert first.field == "application.scopes"
    assert f"without {READ} every list is refused" in first.words
    assert ("'telephony:status:raed' is another word" in first.words) == (len(scopes) == 2)
    assert empty_share(healthy.replace(scopes=scopes)) == 1


def test_without_the_write_scope_all_submissions_are_refused(healthy: Settings) -> None:
    """The fault of T3, when it is nobody's trap."""
    assert (
        f"without {WRITE} every submission is refused" in the_doubt(healthy, scopes=(READ,)).words
    )


@pytest.mark.parametrize(
    ("permissions", "says"),
    [
        ({}, "is not among the widgets"),
        ({"status-reasons": {}}, "'status-reasons' is another word"),
        ({"status-reason": {"allowed": False}}, "is not allowed"),
    ],
)
def test_a_widget_that_is_not_allowed_lists_nothing(
    healthy: Settings, permissions: dict[str, Any], says: str
) -> None:
    """Permissions under another name are those of another widget."""
    doubt = the_doubt(healthy, widget_permissions=permissions)
    assert says in doubt.words
    assert empty_share(healthy.replace(widget_permissions=permissions)) == 1


# Lists that are empty.


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"binding": "omitted"}, "provisioning.binding"),
        ({"binding": "parent"}, "provisioning.binding"),
        ({"status_reason_types": ("CUSTOM",)}, "widget.status_reason_types"),
        ({"status_reason_types": ()}, "widget.status_reason_types"),
    ],
)
def test_lists_that_are_empty_for_everybody_are_said_at_the_field_to_blame(
    healthy: Settings, changes: dict[str, Any], field: str
) -> None:
    """And it is true."""
    assert the_doubt(healthy, **changes).field == field
    assert empty_share(healthy.replace(changes)) == 1


def test_lists_of_a_division_without_codes_are_empty(healthy: Settings) -> None:
    """A static id of a division that has none, and a tree whose codes lie elsewhere."""
    root = healthy.organisation.divisions[0]
    assert the_doubt(healthy, division_id=root.id).field == "widget.division_id"
    codes = [code.model_copy(update={"division": root.name}) for code in healthy.organisation.codes]
    assert the_doubt(small(healthy, codes=codes[:12])).field == "widget.filter_type"
    assert found(small(healthy, codes=codes[:12]), filter_type="hierarchical") == []


def test_an_organisation_without_codes_has_empty_lists(healthy: Settings) -> None:
    """Nothing else of it is doubted then."""
    shifts = [shift.model_copy(update={"activities": ()}) for shift in healthy.organisation.shifts]
    assert the_doubt(small(healthy, codes=[], shifts=shifts)).field == "organisation.codes"


def test_codes_that_are_in_nobodys_list_are_named_and_counted(healthy: Settings) -> None:
    """Here those of a division in which nobody is; a transfer may bring somebody there."""
    org = healthy.organisation
    gone = org.agents[0].division
    left = small(healthy, agents=[a for a in org.agents if a.division != gone])
    doubt = the_doubt(left)
    first = next(i for i, code in enumerate(org.codes) if code.division == gone)
    assert doubt.field == f"organisation.codes.{first}.division"
    assert f"no widget asks for the codes of '{gone}' (and 11 more)" in doubt.words
    assert found(left, transfer_probability=0.1) == []


def test_codes_of_a_type_that_is_not_listed_are_named(healthy: Settings) -> None:
    """Agents look for them all the same."""
    doubt = the_doubt(healthy, status_reason_types=("BREAK", "OTHER"))
    assert doubt.field == "widget.status_reason_types"
    assert "(and 8 more)" in doubt.words


# Spans of time.


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"http_max_age_ms": 1_800}, "widget.http_max_age_ms"),
        ({"http_max_age_ms": 8 * HOUR}, "widget.http_max_age_ms"),
        ({"dataset_life_polls": 960}, "widget.dataset_life_polls"),
        (
            {"token_life_ms": 20_000, "renewal_lead_ms": 5_000, "refresh_token": False},
            "platform.token_life_ms",
        ),
        (
            {"transfer_probability": 1.0, "transfer_guard_ms": 8 * HOUR},
            "workload.transfer_guard_ms",
        ),
    ],
)
def test_a_span_within_which_nothing_can_happen_is_said(
    healthy: Settings, changes: dict[str, Any], field: str
) -> None:
    """Shifts of the healthy deployment last 8 h, polls leave every 30 s."""
    assert the_doubt(healthy, **changes).field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"http_max_age_ms": 30_001},
        {"http_max_age_ms": 8 * HOUR, "version_parameter": True},
        {"http_max_age_ms": 8 * HOUR - 1},
        {"dataset_life_polls": 959},
        {"token_life_ms": 30_001, "renewal_lead_ms": 5_000, "refresh_token": False},
        {"transfer_probability": 1.0, "transfer_guard_ms": 8 * HOUR - 1},
    ],
)
def test_just_beyond_such_a_span_nothing_is_said_of_it(
    healthy: Settings, changes: dict[str, Any]
) -> None:
    """The borders are exact. What is left may be doubted for its unit."""
    assert [doubt for doubt in found(healthy, **changes) if "seconds?" not in doubt.words] == []


def test_an_interval_as_long_as_the_longest_shift_is_said(healthy: Settings) -> None:
    """The only poll is the first. A shift past midnight is as long as its hours."""
    shift = {"name": "short", "start": "23:30", "end": "00:30"}
    agents = [
        {"id": "a", "division": a.division, "shift": "short"}
        for a in healthy.organisation.agents[:1]
    ]
    short = small(healthy, shifts=[shift], agents=agents)
    fields = [doubt.field for doubt in found(short, refresh_interval_ms=HOUR)]
    assert "widget.refresh_interval_ms" in fields
    assert "widget.refresh_interval_ms" not in [
        doubt.field for doubt in found(short, refresh_interval_ms=HOUR - 1)
    ]


def test_nobody_can_be_transferred_where_no_other_division_has_codes(healthy: Settings) -> None:
    """T2 cannot show there."""
    org = healthy.organisation
    home = org.agents[0].division
    one = small(
        healthy,
        agents=[agent for agent in org.agents if agent.division == home],
        codes=[code for code in org.codes if code.division == home],
    )
    assert the_doubt(one, transfer_probability=1.0).field == "workload.transfer_probability"


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({"token_life_ms": 86_400}, "1 min 26 s, where 45 min is usual; seconds? 86400 s"),
        ({"relogin_after_ms": 300}, "300 ms, where 5 min is usual; seconds? 300 s"),
        ({"start_jitter_ms": 90}, "90 ms; seconds? 90 s are 90000 ms"),
        ({"sweep_interval_ms": 900}, "900 ms; seconds? 900 s are 900000 ms"),
        ({"start_spread_ms": 1_800}, "1.8 s, where 30 min is usual; seconds? 1800 s"),
        ({"http_max_age_ms": 1_800}, "; seconds? 1800 s are 1800000 ms"),
        ({"refresh_interval_ms": 1_800}, "1.8 s, where 30 s is usual; seconds? 1800 s"),
    ],
)
def test_a_number_that_would_be_usual_in_seconds_is_asked_about(
    healthy: Settings, changes: dict[str, int], question: str
) -> None:
    """From the field's own bounds and default; no field is named by hand."""
    assert question in the_doubt(healthy, **changes).words


@pytest.mark.parametrize(
    "changes",
    [
        {"token_life_ms": 10 * MINUTE},
        {"relogin_after_ms": 0},
        {"refresh_interval_ms": 1_000},
        {"refresh_interval_ms": 15_000},
        {"delay_min_ms": 1},
        {"start_spread_ms": MINUTE},
        {"sweep_interval_ms": 5_000},
    ],
)
def test_a_small_number_that_makes_sense_is_not_asked_about(
    healthy: Settings, changes: dict[str, int]
) -> None:
    """Nor one that no field's bounds allow in seconds."""
    assert found(healthy, **changes) == []


# What is given and never used.

OTHER: dict[str, Any] = {
    "config_reread": "mount",
    "override_window_ms": 5 * MINUTE,
    "retry_after_lock": False,
    "retry_jitter_ms": MINUTE,
    "honour_retry_after": True,
    "token_topology": "shared",
    "duplicate_critical": True,
    "reload_probability": 1.0,
    "reload_within_ms": MINUTE,
    "transfer_guard_ms": MINUTE,
    "hidden_min_ms": MINUTE,
    "hidden_max_ms": 50 * MINUTE,
    "refetch_on_focus": True,
    "outage_max_ms": 5 * MINUTE,
    "campaign_hours": (("09:00", "12:00"),),
    "redirect_uris": ("https://desk.example/back",),
}
"""Another value than the default for each field that may have no effect."""
WITH: dict[str, Any] = {
    "config_reread": {"version_parameter": True, "deactivation_probability": 1.0},
    "override_window_ms": {"override_guard": "lock", "writes_status": True},
    "retry_after_lock": {"override_guard": "lock", "writes_status": True},
    "retry_jitter_ms": {"honour_retry_after": True, "rate_limit_per_min": 1},
    "honour_retry_after": {"rate_limit_per_min": 1},
    "token_topology": {"rate_limit_per_min": 60},
    "duplicate_critical": {"binding": "parent"},
    "reload_probability": {"deactivation_probability": 1.0},
    "reload_within_ms": {"reload_probability": 1.0, "deactivation_probability": 1.0},
    "transfer_guard_ms": {"transfer_probability": 1.0},
    "hidden_min_ms": {"hidden_per_shift": 4, "deactivation_probability": 1.0},
    "hidden_max_ms": {"hidden_per_shift": 4, "deactivation_probability": 1.0},
    "refetch_on_focus": {"hidden_per_shift": 4, "deactivation_probability": 1.0},
    "outage_max_ms": {"outages_per_shift": 20},
    "campaign_hours": {"ignore_manual": "drop"},
}
"""What gives each of them an effect."""


@pytest.mark.slow
@pytest.mark.parametrize("name", NEEDS)
def test_a_field_said_to_have_no_effect_has_none(healthy: Settings, name: str) -> None:
    """The log is the same without it, record by record, and so is all that is counted."""
    doubt = the_doubt(healthy, **{name: OTHER[name]})
    assert doubt.field == dotted(name)
    assert doubt.words.startswith("has no effect")
    plain, other = simkit.run(healthy), simkit.run(healthy.replace({name: OTHER[name]}))
    assert plain.digest == other.digest
    assert plain.requests == other.requests


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH)
@pytest.mark.some(4, start=2)
def test_a_field_with_what_it_needs_has_an_effect_and_is_not_doubted(
    healthy: Settings, name: str
) -> None:
    """Else it would be said to need what does not help it."""
    needed = healthy.replace(WITH[name])
    changed = needed.replace({name: OTHER[name]})
    assert dotted(name) not in [doubt.field for doubt in doubts(changed, USUAL)]
    assert simkit.run(needed).digest != simkit.run(changed).digest


def test_copies_of_critical_codes_need_critical_codes(healthy: Settings) -> None:
    """E1b copies none where none is marked."""
    codes = [code.model_copy(update={"critical": False}) for code in healthy.organisation.codes]
    fields = {
        doubt.words: doubt.field
        for doubt in found(small(healthy, codes=codes), binding="parent", duplicate_critical=True)
    }
    assert fields["has no effect: no code is critical"] == "provisioning.duplicate_critical"


def test_permissions_of_other_widgets_are_said_not_to_be_used(healthy: Settings) -> None:
    """One widget is simulated."""
    both = {"status-reason": {}, "queue-view": {}, "wallboard": {}}
    doubt = the_doubt(healthy, widget_permissions=both)
    assert doubt.words == "'queue-view' (and 1 more) is not used: status-reason alone is simulated"


def test_doubtful_names_are_doubts_at_their_place(healthy: Settings) -> None:
    """Those that the organisation knows of itself."""
    org = healthy.organisation
    shifts = [*org.shifts, org.shifts[0].model_copy(update={"name": org.shifts[0].name.upper()})]
    doubt = the_doubt(small(healthy, shifts=shifts))
    assert doubt.field == f"organisation.shifts.{len(org.shifts)}.name"


def test_every_field_in_ms_has_bounds_to_ask_by() -> None:
    """What asks about seconds reads them from the field."""
    for section, model in SECTIONS.items():
        for name, info in model.model_fields.items():
            if name.endswith("_ms"):
                kinds = {type(bound).__name__ for bound in info.metadata}
                assert {"Ge", "Le"} <= kinds, f"{section}.{name}"

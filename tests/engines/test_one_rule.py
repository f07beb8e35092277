"""No second copy of a rule can drift: a rule that changes is noticed in both engines.

Each rule is changed on purpose. Where both engines ask the same function, both change alike. Where
columns have a twin of it, since a column cannot go through the same lines, the two part, and the
comparison of engines fails. Nothing stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from anyworld import healthy
from retold import by_columns, by_log, different

from simkit.base import randomness
from simkit.base.clock import HOUR, MINUTE
from simkit.base.steps import Steps
from simkit.engines.columns import population as population_module
from simkit.engines.columns.population import Population
from simkit.engines.processes import actors, platform, seat, widget
from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.engines.processes.seat import Seat
from simkit.inputs import drawing
from simkit.rules import intentions, limits, oauth, schedule
from simkit.rules.reasons import Directory
from simkit.rules.replies import OK, Reply
from simkit.rules.schedule import AVAILABLE
from simkit.rules.sections import PAGE_DIVISION
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire

SEED = 11
BUSY = healthy().replace(
    {
        "wfm.writes_status": True,
        "routing.sweep_interval_ms": 5 * MINUTE,
        "routing.ignore_manual": "leave_alone",
        "routing.campaign_hours": [("08:10", "09:30")],
        "widget.override_guard": "lock",
        "widget.dataset_life_polls": 20,
        "workload.deactivation_probability": 0.6,
        "workload.reload_probability": 0.7,
    }
)
"""A world in which most rules that both engines know have something to say."""
MOVING = BUSY.replace(
    {
        "widget.division_id": PAGE_DIVISION,
        "widget.version_parameter": True,
        "workload.hidden_per_shift": 4,
        "workload.transfer_probability": 0.7,
    }
)
"""The same with tabs that are hidden, agents who are transferred, and versions to be read."""
CROWDED = BUSY.replace(
    {
        "workload.unscheduled_breaks": 50.0,
        "workload.reload_probability": 1.0,
        "widget.dataset_life_polls": 1,
        "wire.delay_max_ms": 10_000,
        "wire.delay_median_ms": 5_000,
        "platform.renewal_lead_ms": 60_000,
    }
)
"""The same with so many intentions and so slow a wire that the next one comes before a reply."""
DYING = BUSY.replace({"widget.auto_refresh": False, "widget.dataset_life_polls": 1})
"""The same with tokens that nothing renews silently."""
COUNTING = DYING.replace(
    {
        "session.poll_counts": True,
        "workload.hidden_per_shift": 3,
        "workload.hidden_max_ms": 3 * HOUR,
        "widget.override_guard": "none",
    }
)
"""The same where polls keep tokens alive, and tabs are hidden for hours."""
FAILING = BUSY.replace(
    {
        "workload.outages_per_shift": 6,
        "workload.outage_max_ms": 20 * MINUTE,
        "workload.unscheduled_breaks": 12.0,
    }
)
"""The same with networks that fail, and lose polls, choices and renewals."""
FOLLOWING = BUSY.replace({"workload.transfer_probability": 1.0, "widget.dataset_life_polls": 1})
"""The same with lists that follow agents who are transferred."""
FOCUSED = BUSY.replace(
    {
        "widget.dataset_life_polls": 1,
        "widget.refetch_on_focus": True,
        "workload.hidden_per_shift": 6,
    }
)
"""The same with tabs that are hidden, and pages that poll at once as these are shown again."""
LAGGING = FOLLOWING.replace(
    {"widget.division_reread": "request", "platform.permission_lag_ms": 20 * MINUTE}
)
"""The same where a transfer takes effect later, and lists go by what holds at each request."""
REFUSED = BUSY.replace({"application.scopes": (oauth.WRITE_SCOPE,)})
"""The same with lists that nobody may read."""

LIMITED = BUSY.replace(
    {
        "widget.dataset_life_polls": 1,
        "widget.version_parameter": True,
        "application.token_topology": "shared",
        "platform.rate_limit_per_min": 60,
    }
)
"""The same with a token of half the requests that all pages send in a minute."""
WAITING = LIMITED.replace(
    {
        "widget.version_parameter": False,
        "widget.honour_retry_after": True,
        "widget.retry_jitter_ms": 20_000,
        "platform.rate_limit_per_min": 30,
    }
)
"""The same with widgets that wait when they are told to."""


class Change(NamedTuple):
    """A rule changed, whether both engines ask the very same function, and where it is tried."""

    owner: Any
    name: str
    to: Callable[..., Any]
    shared: bool
    world: Settings = BUSY


def unlimited_submissions(judge: Callable[..., Any]) -> Callable[..., Any]:
    """Give a judge that looks at no limit where a submission is judged."""

    def judged(self: Any, seat: Any, kind: str, token: Any, asked: Any) -> Any:
        with pytest.MonkeyPatch.context() as inner:
            if kind == "submit":
                inner.setattr(self, "shared_window", None)
            return judge(self, seat, kind, token, asked)

    return judged


def after(function: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """Give a function whose result is changed."""
    return lambda *args, **kwargs: change(function(*args, **kwargs))


def later(history: Steps[Any]) -> Steps[Any]:
    """Give a history whose changes come half an hour later."""
    moved = Steps(history.values[0])
    for t, value in zip(history.times[1:], history.values[1:], strict=True):
        moved.set(t + HOUR // 2, value)
    return moved


CHANGES = {
    "what a name picks from a list": Change(
        Directory, "wanted", lambda self, mask, name, code_id="": None, shared=True
    ),
    "when a list changes": Change(
        Directory, "listing", after(Directory.listing, later), shared=True
    ),
    "which codes may be used": Change(
        Directory, "usable", after(Directory.usable, lambda _: Steps(0)), shared=True
    ),
    "what WFM writes": Change(
        schedule,
        "wfm_write",
        lambda status, kind, off: None if off else schedule.Status(AVAILABLE),
        shared=True,
    ),
    "what the sweep writes": Change(
        schedule, "sweep_write", lambda status, off, ignores: None, shared=True
    ),
    "when the next sweep is": Change(
        schedule, "next_sweep", after(schedule.next_sweep, lambda t: t + 7_000), shared=True
    ),
    "a whole number out of a draw": Change(
        randomness, "below", lambda u, bound: (u & 0xFFFFFFFF) * bound >> 32, shared=True
    ),
    "whether a draw happens": Change(
        randomness, "happens", lambda u, p: (u & 0xFFFFFFFF) < round(p * (1 << 32)), shared=True
    ),
    "who comes back from a status": Change(
        intentions, "comes_back", lambda moved_on, awaits_reply: "now", True, CROWDED
    ),
    "how long an agent waits for a list": Change(
        intentions, "waits_until", lambda due, length, end: due + 1, False, CROWDED
    ),
    "the scope that a submission needs": Change(oauth, "WRITE_SCOPE", "another", shared=True),
    "what a draw is": Change(randomness, "FIRST_FACTOR", randomness.SECOND_FACTOR, shared=True),
    "a quantile": Change(
        randomness.QuantileTable,
        "at",
        after(randomness.QuantileTable.at, lambda value: value + 50),
        shared=False,
    ),
    "the delays of a call": Change(
        Wire, "delays", after(Wire.delays, lambda both: (both[0] + 1, both[1])), shared=False
    ),
    "whether the schedule has somebody off": Change(
        schedule, "off_queue", lambda windows, t: False, shared=False
    ),
    "when the next transition is": Change(
        schedule, "next_transition", lambda windows, t: t + MINUTE // 2, shared=False
    ),
    "whether a campaign runs": Change(
        schedule, "in_campaign", lambda hours, t: False, shared=False
    ),
    "how long a list is kept": Change(widget, "holds", lambda *_: False, shared=False),
    "when the token dies": Change(
        oauth, "expires", after(oauth.expires, lambda t: t - 44 * MINUTE), shared=False
    ),
    "when a token dies that nothing renews": Change(
        oauth, "expires", after(oauth.expires, lambda t: t - 5 * MINUTE), False, DYING
    ),
    "what keeps a token alive": Change(Seat, "extend", lambda self, t, by=None: None, False, DYING),
    "who logs in again": Change(
        actors.Agent, "_meet_dead_widget", lambda self, cause: None, False, DYING
    ),
    "what freezes the dropdown": Change(
        widget.Page, "frozen", property(lambda self: False), False, DYING
    ),
    "when tabs are hidden": Change(
        drawing, "_spans", after(drawing._spans, lambda spans: spans[:1]), False, MOVING
    ),
    "where agents are transferred": Change(
        drawing.Frame,
        "targets",
        after(drawing.Frame.targets, lambda names: []),
        True,
        MOVING,
    ),
    "what a transfer changes": Change(
        platform.Account, "division", lambda self, t: self.day.division, False, MOVING
    ),
    "whether a page polls as its tab is shown": Change(
        widget, "polls_on_focus", lambda *_: False, False, FOCUSED
    ),
    "when a transfer takes effect": Change(
        platform.Account,
        "judged_by",
        lambda self, t: self.division(t - self.lag_ms + 10 * MINUTE),
        False,
        LAGGING,
    ),
    "what the account tells of a transfer": Change(
        platform.Account,
        "division_id",
        lambda self, t: self.ids[self.judged_by(t)],
        False,
        LAGGING.replace({"widget.division_reread": "renewal"}),
    ),
    "when too many is too many": Change(
        limits.FixedWindow,
        "refused_for",
        lambda self, now, _, whole=limits.FixedWindow.refused_for: whole(self, now + 30_000),
        False,
        LIMITED,
    ),
    "which requests a limit counts": Change(
        platform.Platform, "judge", unlimited_submissions(platform.Platform.judge), False, LIMITED
    ),
    "how long a refused widget waits": Change(
        widget.Page,
        "back_off",
        lambda self, now, wait, whole=widget.Page.back_off: whole(self, now, wait + 1),
        False,
        WAITING,
    ),
    "whether a refused widget waits": Change(
        widget.Page, "back_off", lambda self, now, wait: None, False, WAITING
    ),
    "which version a poll reads": Change(
        widget.Page, "read_version", lambda self, reply: None, False, MOVING
    ),
    "what the network loses": Change(seat, "_offline", lambda _: Steps(False), False, FAILING),
    "when networks fail": Change(
        drawing, "_spans", after(drawing._spans, lambda spans: spans[:1]), False, FAILING
    ),
    "when a choice is sent again": Change(
        actors, "retry_wait", after(actors.retry_wait, lambda ms: ms + 500), False, FAILING
    ),
    "when a token dies whose renewal is lost": Change(
        oauth, "expires", after(oauth.expires, lambda t: t - 50_000), False, FAILING
    ),
    "what a poll shows that is lost": Change(
        widget.Page, "be_answered", lambda self: None, False, FAILING
    ),
    "which polls are acts": Change(
        Seat, "extend_each", lambda self, first, last, step: None, False, COUNTING
    ),
    "when a page reads the division": Change(
        widget.Page, "read_division", lambda self, division, rank, cause: None, False, FOLLOWING
    ),
    "which division a renewal tells": Change(
        platform.Platform,
        "renewal",
        staticmethod(lambda seat, t: Reply(OK, as_of=t, division=seat.account.ids["Global"])),
        False,
        FOLLOWING,
    ),
    "which lists are refused": Change(
        platform, "refusal_of_list", lambda settings, division: None, False, REFUSED
    ),
    "the scope that a list needs": Change(oauth, "READ_SCOPE", oauth.WRITE_SCOPE, True, REFUSED),
}


def days_in_columns(world: Settings) -> dict[str, list[Any]]:
    """Tell all days from columns, and of those whom they are not exact for from a log."""
    population, told = Population(world, SEED), {}
    for part in population.parts():
        told |= by_columns(part)
    for _, rest in population.others():
        told |= by_log(rest)
    return {agent: sorted(map(repr, rows)) for agent, rows in told.items()}


def days_in_a_log(world: Settings) -> dict[str, list[Any]]:
    """Tell all days from a log."""
    told = by_log(ProcessRun(simulate(world, SEED), "test"))
    return {agent: sorted(map(repr, rows)) for agent, rows in told.items()}


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Keep no workload from before a change, and none from after it."""
    forget(monkeypatch)
    return monkeypatch


def forget(patch: pytest.MonkeyPatch) -> None:
    """Forget the workloads drawn, by either engine."""
    for where in (drawing, population_module):
        patch.setattr(where, "_recent", type(where._recent)(most=1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [BUSY, MOVING, CROWDED, DYING, COUNTING, FAILING, FOLLOWING, REFUSED, LIMITED, WAITING],
    ids=[
        *("busy", "moving", "crowded", "dying", "counting", "failing", "following", "refused"),
        *("limited", "waiting"),
    ],
)
@pytest.mark.some(4)
def test_the_engines_agree_before_any_change(world: Settings) -> None:
    """So what differs later is the changed rule's; columns run over 9 of 10 agents."""
    assert different(world, SEED) == []
    exact = sum(len(part.places) for part in Population(world, SEED).parts())
    assert exact > 0.9 * len(world.organisation.agents)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.some(6, start=1)
def test_a_changed_rule_is_noticed_in_both_engines(
    change: Change, afresh: pytest.MonkeyPatch
) -> None:
    """Shared: both change, and alike. Twins: the engines part, and neither is believed."""
    columns, log = days_in_columns(change.world), days_in_a_log(change.world)
    forget(afresh)
    afresh.setattr(change.owner, change.name, change.to)
    changed_columns, changed_log = days_in_columns(change.world), days_in_a_log(change.world)
    assert changed_log != log
    if change.shared:
        assert changed_columns != columns
        assert changed_columns == changed_log
    else:
        assert changed_columns != changed_log

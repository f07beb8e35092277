"""The closed forms of ``simkit.theory`` for given settings, and where they do not hold, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, expm1
from typing import NamedTuple

from simkit.base.clock import SECOND
from simkit.base.identity_cache import Recent
from simkit.base.statistics import standard_error
from simkit.rules import oauth
from simkit.rules.judging import config_size
from simkit.rules.limits import WINDOW_MS
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import Directory, directory_of
from simkit.rules.settings import Settings
from simkit.rules.wire import Wire
from simkit.study import theory


@dataclass(frozen=True)
class Agreement:
    """How far a simulated mean is from a closed form."""

    expected: float
    difference: float
    standard_errors: float | None
    """The difference in standard errors of the mean; None where the runs do not differ."""


def agreement(values: Sequence[float], expected: float) -> Agreement:
    """Give the distance of the mean over some runs from what was expected.

    ValueError for fewer than two values.
    """
    error = standard_error(values)
    apart = sum(values) / len(values) - expected
    return Agreement(expected, apart, apart / error if error > 0 else None)


@dataclass(frozen=True)
class Load:
    """Polls of one widget, in requests, under one policy."""

    cycle: int
    """Time in ms from one look at the platform's list to the next."""
    polls: float
    """Requests for lists and configurations in a shift."""
    bytes: float
    """Bytes of the replies to them."""


class AgentMix(NamedTuple):
    """What the closed forms need to know of agents: how many there are of each kind."""

    spans: Mapping[tuple[int, int], float]
    """How many work from when to when, in ms of the run, the random start aside."""
    divisions: Mapping[str, float]
    """How many belong to each division."""
    activities: float
    """How many scheduled activities all of them have."""
    listed: float
    """How many of these have a reason of the agent's own division."""

    def of(self, agents: float) -> AgentMix:
        """Give a crowd of another size and the same mixture."""
        scale = agents / sum(self.spans.values())
        return AgentMix(
            {span: scale * n for span, n in self.spans.items()},
            {division: scale * n for division, n in self.divisions.items()},
            scale * self.activities,
            scale * self.listed,
        )


def crowd_of(org: Organisation) -> AgentMix:
    """Give the crowd of an organisation."""
    return _crowds.get(org, None, lambda: _counted(org))


_crowds = Recent[AgentMix](most=16)
_directories = Recent[Directory](most=16)
_configs = Recent[int](most=256)
_lists = Recent[Mapping[str, "_List"]](most=16)


class _List(NamedTuple):
    """The list that a division is given before any edit."""

    codes: int
    bytes: int
    """Size of the whole reply."""
    listed: int
    """Of these, the bytes of its codes."""


def _counted(org: Organisation) -> AgentMix:
    shifts = {shift.name: shift for shift in org.shifts}
    wall = {name: (hours.start, hours.end) for name, hours in org.hours.items()}
    names = {(code.division, code.name) for code in org.codes}
    reasons = {name: [a.reason for a in shift.activities] for name, shift in shifts.items()}
    return AgentMix(
        Counter(wall[person.shift] for person in org.agents),
        Counter(person.division for person in org.agents),
        sum(len(reasons[person.shift]) for person in org.agents),
        sum((p.division, reason) in names for p in org.agents for reason in reasons[p.shift]),
    )


def _directory(settings: Settings) -> Directory:
    """Give the codes as they were created, and the lists that the platform gives of them."""
    org, config = settings.organisation, settings.provisioning
    return _directories.get(org, config, lambda: directory_of(settings))


class Forms:
    """What the closed forms say of settings, by the names of the metrics that they stand beside."""

    def __init__(self, settings: Settings, crowd: AgentMix | None = None, tokens: int = 1) -> None:
        """Take settings, and in place of the organisation's own agents a crowd of another size.

        Where agents share their token, they may be dealt round several ``tokens``, each of them
        under the limit by itself.
        """
        self.settings, self.tokens = settings, tokens
        self.widget = settings.widget
        self.crowd = crowd = crowd or crowd_of(settings.organisation)
        self.spans: Mapping[tuple[int, int], float] = crowd.spans
        self.divisions: Mapping[str, float] = crowd.divisions
        self.activities, self.listed = crowd.activities, crowd.listed
        self.directory = _directory(settings)

    def beside(self, settings: Settings, tokens: int = 1) -> Forms:
        """Give the forms of settings that differ in how widgets poll and who shares a token alone.

        What depends on neither is taken over.
        """
        made = Forms(settings, self.crowd, tokens)
        made.__dict__.update({name: getattr(self, name) for name in _OF_CROWD})
        return made

    @cached_property
    def agents(self) -> float:
        """How many agents there are."""
        return sum(self.spans.values())

    @cached_property
    def mean_shift(self) -> float:
        """Mean length of a shift in ms."""
        return sum(n * (end - start) for (start, end), n in self.spans.items()) / self.agents

    @cached_property
    def horizon(self) -> float:
        """Expected end of the last shift in ms: the latest of several uniform starts."""
        last = max(end for _, end in self.spans)
        n = sum(n for (_, end), n in self.spans.items() if end == last)
        return last + self.settings.workload.start_spread_ms * n / (n + 1)

    @cached_property
    def edits_span(self) -> float:
        """The time over which edits are spread, in ms."""
        return max(end for _, end in self.spans) + self.settings.workload.start_spread_ms

    @cached_property
    def delay(self) -> float:
        """Mean delay of one direction in ms."""
        return Wire(self.settings.wire).mean

    # How lists are kept.

    @property
    def life(self) -> int:
        """How long a list is kept in ms; 0 when each poll replaces it."""
        dataset = self.widget.dataset_life_polls
        kept = dataset * self.settings.interval_ms if dataset > 1 else 0
        return self.widget.http_max_age_ms or kept

    @property
    def fetch_every(self) -> int:
        """Time in ms from one replacement of the list to the next, changes of version aside."""
        every = self.settings.interval_ms
        return max(1, ceil(self.life / every)) * every

    @property
    def version_helps(self) -> bool:
        """Whether a change is noticed by its version before the kept list is given up."""
        return (
            self.widget.version_parameter
            and self.widget.config_reread == "poll"
            and self.settings.workload.edit_channel == "pipeline"
            and self.life > 0
        )

    @property
    def cycle(self) -> int:
        """Time in ms from one look at the platform's state to the next."""
        return self.settings.interval_ms if self.version_helps else self.fetch_every

    @property
    def notice(self) -> float:
        """Mean time in ms from the look that sees a change until the widget shows it.

        After a version there and back come the way of the new list, there and back.
        """
        return 3 * self.delay if self.version_helps else self.delay

    # Edits.

    @cached_property
    def change_rates(self) -> dict[float, float]:
        """Changes of the list per ms, and how many agents have a list that changes so often."""
        rates: dict[float, float] = {}
        chance = self.settings.workload.deactivation_probability
        for division, n in self.divisions.items():
            rate = self.lists[division].codes * chance / self.edits_span
            rates[rate] = rates.get(rate, 0) + n
        return rates

    @cached_property
    def lists(self) -> Mapping[str, _List]:
        """The list of each division that somebody belongs to."""
        asked = (self.widget.filter_type, self.widget.status_reason_types, *self.divisions)
        return _lists.get(self.directory, asked, self._read_lists)

    def _read_lists(self) -> dict[str, _List]:
        found = {}
        for division in self.divisions:
            first = self.directory.listing(
                division, self.widget.filter_type, self.widget.status_reason_types
            ).values[0]
            listed = [c.size for i, c in enumerate(self.directory.codes) if first.mask >> i & 1]
            found[division] = _List(len(listed), first.size, sum(listed))
        return found

    def _mean_over_lists(self, f: Callable[[float], float]) -> float:
        return sum(n * f(rate) for rate, n in self.change_rates.items()) / self.agents

    @cached_property
    def mean_list_bytes(self) -> float:
        """Mean size of a list in bytes, over agents and over the time of the edits."""
        gone = self.settings.workload.deactivation_probability / 2
        lists = ((n, self.lists[division]) for division, n in self.divisions.items())
        return sum(n * (each.bytes - gone * each.listed) for n, each in lists) / self.agents

    # Requests.

    @cached_property
    def per_widget(self) -> Load:
        """What one widget asks for in a shift."""
        settings = self.settings
        shift = self.mean_shift - self.widget.start_jitter_ms / 2
        polls = ceil(shift / settings.interval_ms)
        fetches: float = polls
        if self.widget.http_max_age_ms:
            fetches = ceil(shift / self.fetch_every)
            if self.version_helps:
                edits = len(self.directory.codes) * settings.workload.deactivation_probability
                raised = edits * shift / self.edits_span
                # Edits within one interval are noticed together.
                fetches = 1 - polls * expm1(-raised / polls)
        configs = polls if self._reads_config else (1 if self.widget.version_parameter else 0)
        config_bytes = self._config_bytes if configs else 0
        size = fetches * self.mean_list_bytes + configs * config_bytes
        return Load(self.cycle, fetches + configs, size)

    @property
    def _reads_config(self) -> bool:
        return self.widget.version_parameter and self.widget.config_reread == "poll"

    @property
    def _config_bytes(self) -> int:
        return _configs.get(self.widget, None, lambda: config_size(self.settings))

    @cached_property
    def wanted(self) -> float:
        """Changes of status that all agents want in a run, and whose code was there at first."""
        config = self.settings.workload
        return (
            self.listed
            + self.activities * config.follow_up_probability
            + self.agents * config.unscheduled_breaks
        )

    @cached_property
    def submissions(self) -> float:
        """Submissions of all agents in a run: wanted changes whose code is there and active."""
        return self.wanted * (1 - self.settings.workload.deactivation_probability / 2)

    @cached_property
    def wrong_choices(self) -> float:
        """Choices of all agents in a run whose code was deactivated and is still in the list.

        A code is shown in vain for a mean time, if it is ever deactivated, and a choice falls into
        that time as likely as into any other of the same length.
        """
        chance = self.settings.workload.deactivation_probability
        return self.wanted * chance * self.shown_in_vain / self.edits_span

    @property
    def shown_in_vain(self) -> float:
        """Mean time in ms for which a deactivated code stays in a list."""
        return theory.information_age(self.cycle, self.notice)

    @cached_property
    def renewals(self) -> float:
        """Silent renewals of all agents in a run."""
        platform = self.settings.platform
        if not self.settings.silent_renewal:
            return 0.0
        period = platform.renewal_period_ms
        return sum(n * (ceil((e - s) / period) - 1) for (s, e), n in self.spans.items())

    @cached_property
    def starting(self) -> tuple[int, float]:
        """At how many times shifts begin, and how many agents are there after the busiest one."""
        starts = {start for start, _ in self.spans}
        present = (sum(n for (s, e), n in self.spans.items() if s <= t < e) for t in starts)
        return len(starts), max(present)

    def busiest(self, window: int, tokens: int = 1) -> float:
        """Give about how many requests for lists leave in the busiest stretch of ``window`` ms.

        Of the agents of one token, where they are dealt round several: of the busiest one.

        Widgets poll in step as far as they started in step: a shift's polls fill as much of each
        interval as its logins were spread over, and the shifts are taken to fall together. Among
        stretches with m requests in the mean the fullest is about that of as many Poisson counts as
        an interval has stretches, once for each time that a shift begins. The largest of k counts
        lies on average at the k / (k + 1) quantile, and no lower than their mean or a poll.
        """
        every = self.fetch_every if self.widget.http_max_age_ms else self.settings.interval_ms
        per_poll = 2 if self._reads_config else 1
        if self.version_helps:
            every = self.settings.interval_ms  # after an edit all ask for version and list at once
        from scipy.special import pdtrik  # here: it takes a while to import

        starts, present = self.starting
        most = present * per_poll / tokens
        spread = max(self.settings.workload.start_spread_ms, self.widget.start_jitter_ms)
        if spread < window:
            return most * max(1.0, window / every)
        mean = most * window / min(every, spread)
        stretches = tokens * starts * every / window
        if stretches <= 1:
            return mean
        polls = ceil(pdtrik(stretches / (stretches + 1), mean / per_poll))
        return max(mean, float(per_poll * max(1, polls)))

    # What is known, by metric.

    def of_lists(self, metric: str) -> float:
        """Give a closed form that depends on how lists are kept alone: one of ``OF_LISTS``."""
        return _OF_LISTS[metric](self)

    @cached_property
    def stale_share(self) -> float:
        """The share of time during which a list is out of date."""
        cycle, notice = self.cycle, self.notice
        return self._mean_over_lists(lambda r: 1 - theory.freshness(r, cycle, notice))

    @cached_property
    def staleness_age(self) -> float:
        """Mean age of staleness in ms."""
        cycle, notice = self.cycle, self.notice
        return self._mean_over_lists(lambda r: theory.age(r, cycle, notice))

    @cached_property
    def values(self) -> dict[str, float]:
        """The closed form of each metric that has one."""
        per_widget = self.per_widget
        seconds = self.horizon / SECOND
        polls = self.agents * per_widget.polls / seconds
        found = {
            **{metric: self.of_lists(metric) for metric in _OF_LISTS},
            "polls_per_s": polls,
            "requests_per_s": polls + (self.submissions + self.renewals) / seconds,
            "bytes_per_s": self.agents * per_widget.bytes / seconds,
            "peak_requests_per_s": self.busiest(SECOND),
        }
        if not self.version_helps:
            found["information_age_ms"] = self.shown_in_vain
        return found | self.limit_shares

    @cached_property
    def limit_shares(self) -> dict[str, float]:
        """What is known of tokens, by metric; nothing where there is no rate limit."""
        return self.shares_dealt(self.tokens)

    def shares_dealt(self, tokens: int) -> dict[str, float]:
        """Give the same where agents who share are dealt round so many tokens."""
        limit = self.settings.platform.rate_limit_per_min
        if limit is None:
            return {}
        requests = self.agents * self.per_widget.polls + self.submissions
        own_minutes = self.agents * self.mean_shift / WINDOW_MS
        if self.settings.application.token_topology == "own":
            # Two choices within a minute are rare; a break's end and a follow-up make three.
            peak = ceil(self.per_widget.polls * WINDOW_MS / self.mean_shift) + 3
            return {
                "rate_limit_share": requests / own_minutes / limit,
                "rate_limit_peak_share": peak / limit,
                "refused_share": 0.0,
            }
        # Choices come in clusters; twice their mean is about the busiest minute.
        submitted = 2 * self.submissions * WINDOW_MS / self.horizon / tokens
        busiest = self.busiest(WINDOW_MS, tokens) + submitted
        return {
            "rate_limit_share": requests / tokens / (self.horizon / WINDOW_MS) / limit,
            "rate_limit_peak_share": busiest / limit,
            "refused_share": max(0.0, 1 - limit / busiest) if busiest else 0.0,
        }

    @cached_property
    def why_they_part(self) -> tuple[str, ...]:
        """Reasons for which the simulation will leave the closed forms, in words."""
        settings, config = self.settings, self.settings.workload
        limit = settings.platform.rate_limit_per_min
        throttled = limit is not None and self.values["rate_limit_peak_share"] > 1
        scopes = settings.application.scopes
        reasons = {
            "polls pause while a tab is hidden": config.hidden_per_shift > 0,
            "polls are lost in outages": config.outages_per_shift > 0,
            "tokens die, and polls with a dead token are refused": not settings.silent_renewal,
            "the rate limit refuses polls": throttled,
            "reloads fetch sooner than the interval": (
                config.reload_probability > 0 and config.deactivation_probability > 0
            ),
            "transfers change which list is asked for": config.transfer_probability > 0,
            "a list is kept as long as a shift": self.cycle >= self.mean_shift,
            "no list is ever answered": (
                oauth.READ_SCOPE not in scopes or not settings.widget_allowed
            ),
        }
        return tuple(reason for reason, holds in reasons.items() if holds)


_OF_LISTS: dict[str, Callable[[Forms], float]] = {
    "stale_share": lambda forms: forms.stale_share,
    "stale_selections_share": lambda forms: forms.stale_share,
    "staleness_age_ms": lambda forms: forms.staleness_age,
    "deactivated_code_shown_ms": lambda forms: forms.shown_in_vain,
}
_OF_CROWD = (
    *("agents", "mean_shift", "horizon", "edits_span", "delay", "starting"),
    *("lists", "change_rates", "mean_list_bytes", "wanted", "submissions", "renewals"),
)
"""What depends neither on how widgets poll nor on who shares a token."""
OF_LISTS = _OF_LISTS.keys()
"""Metrics that are the same whoever shares a token, and however long a widget waits at first."""

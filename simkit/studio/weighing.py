"""Policies judged by closed form: all of one question, under what is assumed or anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import OF_LISTS, AgentMix, Forms
from simkit.studio.policy import (
    Candidate,
    Corrections,
    Cost,
    Policy,
    Recommendation,
    Tokens,
    ratio,
)
from simkit.studio.prices import Prices, Use
from simkit.studio.token_count import tokens_needed

PEAKS = frozenset(("peak_requests_per_s", "rate_limit_peak_share", "refused_share"))
"""What a random wait after login can help; for all else it is a time without a list."""
LONG_WAIT = 5 * MINUTE
SPARE = 1.25
"""Pools are weighed with as many tokens as are needed on paper, and with a quarter more."""


def varied(settings: Settings, **sections: Mapping[str, Any]) -> Settings:
    """Give settings with fields changed by section, which are known to be legal.

    Nothing is checked: it takes a hundredth of the time of ``replace``.
    """
    parts = {name: _section(settings, name, fields) for name, fields in sections.items()}
    return _with_parts(settings, parts)


def _section(settings: Settings, name: str, fields: Mapping[str, Any]) -> Any:
    return getattr(settings, name).model_copy(update=dict(fields))


def _with_parts(settings: Settings, parts: Mapping[str, Any]) -> Settings:
    made = settings.model_copy(update=parts)
    for kept in ("hash", "unrenewed"):  # what settings remember of themselves is copied too
        made.__dict__.pop(kept, None)
    return made


def use_of(forms: Forms, policy: Policy, wait: float = 0.0) -> Use:
    """Give what a policy uses up in a working day, from the closed forms without a wait.

    ``wait`` is that of its random wait after login, in ms.
    """
    agents = forms.agents
    tokens = {"own": agents, "pooled": policy.tokens, "shared": 1}[policy.topology]
    return Use(
        requests=agents * forms.per_widget.polls + forms.submissions + forms.renewals,
        bytes=agents * forms.per_widget.bytes,
        tokens=tokens,
        wrong_choices=forms.wrong_choices,
        waiting_min=agents * wait / 2 / MINUTE,
        version=policy.version,
        shared=policy.topology != "own",
    )


@dataclass(frozen=True)
class Weighing:
    """One question: settings, limits and prices, and which policies are asked about."""

    settings: Settings
    limits: Mapping[str, float]
    cheapest: Cost
    prices: Prices
    intervals: Sequence[int]
    tokens: Sequence[Tokens]
    crowd: AgentMix | None = None
    """Agents in place of the organisation's own."""

    @cached_property
    def polled(self) -> tuple[tuple[int, bool, Settings], ...]:
        """The settings of each interval, with and without a version, that polls allow."""
        found = []
        for every in self.intervals:
            for version in (False, True):
                try:
                    changes = Policy(every, version, "own", 0).changes
                    found.append((every, version, self.settings.replace(changes)))
                except BadInput:
                    continue  # polls so close together would overlap
        return tuple(found)

    def under(self, *, crowd: AgentMix | None = None, **sections: Mapping[str, Any]) -> Weighing:
        """Give the same question under other assumptions: legal fields by section, or a crowd.

        The sections are none that a policy changes.
        """
        parts = {name: _section(self.settings, name, each) for name, each in sections.items()}
        settings = _with_parts(self.settings, parts)
        other = replace(self, settings=settings, crowd=crowd or self.crowd)
        polled = tuple((e, v, _with_parts(each, parts)) for e, v, each in self.polled)
        other.__dict__["polled"] = polled  # else each would be checked again
        return other

    @property
    def waits(self) -> bool:
        """Whether a wait after login may help: where a limit is one on a peak."""
        return not PEAKS.isdisjoint(self.limits)

    def candidates(self, factor: float = 1.0) -> Iterator[Candidate]:
        """Give all policies, each with closed forms that are worked out when they are read.

        ``factor`` is by how much simulations found the busiest minute of a token above its closed
        form: pools are weighed as large as that asks for as well.
        """
        for group in self._groups():
            yield from self._of(group, factor)

    def _groups(self) -> Iterator[_Group]:
        alike: Forms | None = None
        for every, version, polled in self.polled:
            plain = alike.beside(polled) if alike else Forms(polled, self.crowd)
            alike = alike or plain
            yield _Group(every, version, polled, plain)

    def _of(self, group: _Group, factor: float) -> Iterator[Candidate]:
        for jitter in self._waits(group):
            known: set[Policy] = set()
            for tokens in self.tokens:
                plain = Policy(group.every, group.version, tokens, jitter)
                pools = self._pools(plain, group, factor) if tokens == "pooled" else (plain,)
                for policy in pools:
                    if policy not in known:
                        known.add(policy)
                        yield self._candidate(policy, group)

    def _waits(self, group: _Group) -> Iterable[int]:
        return dict.fromkeys((0, group.every, LONG_WAIT)) if self.waits else (0,)

    def _pools(self, policy: Policy, group: _Group, factor: float) -> Iterator[Policy]:
        """Give a policy of pooled tokens with as many as are needed, and with some to spare."""
        shared = _forms(policy, group)
        needed = tokens_needed(shared, self.limits)
        if needed is None:
            return
        corrected = tokens_needed(shared, self.limits, factor) if factor > 1 else needed
        counts = {needed, round(needed * SPARE), corrected or needed}
        for count in sorted(counts):
            if count == 1:
                yield replace(policy, topology="shared")
            elif count < round(shared.agents):
                yield replace(policy, tokens=count)

    def _candidate(self, policy: Policy, group: _Group) -> Candidate:
        use = use_of(group.plain, policy, policy.start_jitter_ms)
        # What is there as given has been introduced already.
        given = self.settings.widget, self.settings.application
        use = use._replace(
            version=use.version and not given[0].version_parameter,
            shared=use.shared and given[1].token_topology == "own",
        )
        return Candidate(policy, use, use.money(self.prices), lambda: _forms(policy, group))

    def present(self) -> Candidate:
        """Give the settings as they were given."""
        settings = self.settings
        widget, tokens = settings.widget, settings.application.token_topology
        policy = Policy(
            settings.interval_ms, widget.version_parameter, tokens, widget.start_jitter_ms
        )
        forms = Forms(settings, self.crowd)
        use = use_of(forms, policy, policy.start_jitter_ms)._replace(version=False, shared=False)
        return Candidate(policy, use, use.money(self.prices), lambda: forms)

    def chosen(self, corrections: Corrections) -> Candidate | None:
        """Give the cheapest policy that keeps the limits; None where none does.

        The same that is first of all candidates, sorted by cost, within the limits; most need not
        be looked at.
        """
        found: Candidate | None = None
        groups = [(self._least_cost(group), group) for group in self._groups()]
        for least, group in sorted(groups, key=lambda each: each[0]):
            if found and found.cost(self.cheapest) < least:
                break
            if self._hopeless(group, corrections):
                continue
            found = self._better(group, found, corrections)
        return found

    def _better(
        self, group: _Group, best: Candidate | None, corrections: Corrections
    ) -> Candidate | None:
        """Give the cheapest policy of a group within the limits, or ``best`` where that is cheaper.

        How many tokens are needed is worked out only where so few would do.
        """

        def cheaper(policy: Policy) -> Candidate | None:
            each = self._candidate(policy, group)
            worse = best and best.cost(self.cheapest) <= each.cost(self.cheapest)
            return None if worse else each

        factor = corrections.all.get("rate_limit_peak_share", 1.0)
        for tokens in sorted(self.tokens, key=lambda each: each == "pooled"):
            for jitter in self._waits(group):
                policy = Policy(group.every, group.version, tokens, jitter)
                pooled = tokens == "pooled"
                if pooled and cheaper(replace(policy, tokens=0)) is None:
                    continue
                for one in self._pools(policy, group, factor) if pooled else (policy,):
                    each = cheaper(one)
                    if each and each.excess(self.limits, corrections.of(one)) <= 1:
                        best = each
        return best

    def _least_cost(self, group: _Group) -> tuple[float, ...]:
        """Give what no policy of a group costs less than, as the beginning of its cost."""
        use = use_of(group.plain, Policy(group.every, group.version, "own", 0))
        if self.cheapest == "money":  # a token may be one of few
            money = use._replace(tokens=0.0, version=False, shared=False).money(self.prices)
            return (round(money, 9) - 1e-9,)
        requests, size = round(use.requests, 3), round(use.bytes, 3)
        return (size,) if self.cheapest == "bytes_per_s" else (requests,)

    def _hopeless(self, group: _Group, corrections: Corrections) -> bool:
        """Say whether lists are too old, whoever shares a token and however long widgets wait."""
        of_group = [
            factors
            for policy, factors in corrections.of_policy.items()
            if (policy.interval_ms, policy.version) == (group.every, group.version)
        ]
        for metric in OF_LISTS & self.limits.keys():
            factor = min(f.get(metric, 1.0) for f in (corrections.all, *of_group))
            if ratio(group.plain.of_lists(metric) * factor, self.limits[metric]) > 1:
                return True
        return False


class _Group(NamedTuple):
    """Policies that poll alike: they differ in tokens and in waits."""

    every: int
    version: bool
    polled: Settings
    plain: Forms
    """Closed forms with a token for each agent and no wait."""


def _forms(policy: Policy, group: _Group) -> Forms:
    """Give the closed forms of a policy, which polls like its group."""
    settings = group.polled
    if policy.start_jitter_ms:
        settings = varied(settings, widget={"start_jitter_ms": policy.start_jitter_ms})
    if policy.topology != "own":
        settings = varied(settings, application={"token_topology": "shared"})
    return group.plain if settings is group.polled else group.plain.beside(settings, policy.tokens)


def tokens_by_interval(answer: Recommendation) -> list[tuple[int, bool, int]]:
    """Give for each interval, without and with a version, how many shared tokens it takes.

    By closed form, and so that limits on tokens are kept and nothing is refused. Empty without a
    rate limit; intervals that no number of tokens carries are left out.
    """
    shared: dict[tuple[int, bool], Forms] = {}
    for each in answer.candidates:
        polls = each.policy.interval_ms, each.policy.version
        if polls not in shared:
            one, at_once = {"token_topology": "shared"}, {"start_jitter_ms": 0}
            shared[polls] = Forms(varied(each.settings, application=one, widget=at_once))
    needed = ((*polls, tokens_needed(shared[polls], answer.limits)) for polls in sorted(shared))
    return [(every, version, tokens) for every, version, tokens in needed if tokens is not None]

"""Proofs: what was found of a deployment, simulated on its organisation before and after the patch.

Both run on the same days, so that their difference is the patch. How often something happens that
the files say nothing of, such as transfers, is taken from the trap that the finding leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from simkit.base.errors import BadInput
from simkit.base.formatting import counted, interval
from simkit.base.progress import under_way
from simkit.base.statistics import Estimate, estimate, paired
from simkit.checking.examining import Examined
from simkit.checking.findings import RULES, Finding
from simkit.checking.patches import applied
from simkit.engines.running import why_not_columns
from simkit.inputs.resizing import resized
from simkit.rules.sections import PAGE_DIVISION
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.study.catalogue import moved, traps
from simkit.study.comparison import verdict
from simkit.study.replication import replicate

REPLICATIONS, FEWER = 10, 3
MANY = 1_000
"""From more agents than this on, fewer days are run."""
MOST_AGENTS, MOST_BY_PROCESSES, MOST_SHARING = 1_000, 200, 10_000
"""Agents of a proof: as columns, by processes, and where they share a limit, which counts them all;
each some seconds."""
_LISTS = ("empty_openings_share", "missing_gap_s", "intentions_lost")
SYMPTOMS: dict[str, tuple[str, ...]] = {
    "codes-unbound": _LISTS,
    "codes-above": _LISTS,
    "codes-unseen": ("intentions_lost",),
    "list-empty": _LISTS,
    "isolation": ("ancestor_codes_visible",),
    "division-static": ("stale_division_min", "unusable_gap_s"),
    "division-unknown": _LISTS,
    "scope-write": ("false_successes",),
    "scope-read": _LISTS,
    "widget-refused": _LISTS,
    "auto-refresh-off": ("unresponsive_min",),
    "renewal-impossible": ("unresponsive_min",),
    "status-overwritten": ("reverted_per_100",),
    "force-adherence": ("adherence_pct",),
    "list-outlives": ("deactivated_code_shown_ms",),
    "interval-limit": ("refused_share",),
}
"""What shows each finding, by its rule: the first of these metrics that is above 0."""
_OF_ALL = frozenset(["refused_share"])
"""Metrics that only all agents together have."""
_COUNTED_FROM = {"adherence_pct": 100.0}
"""Metrics of which less is worse, and what they fall short of."""


@dataclass(frozen=True)
class Proof:
    """A finding, simulated: its symptom before and after the patch, with 95 % intervals."""

    metric: str
    title: str
    unit: str
    before: Estimate
    after: Estimate | None
    """None where the finding has no patch."""
    difference: Estimate | None
    verdict: str
    """Of the patch, as of any fix: cured, reduced, unchanged, worse; n/a where nothing shows."""
    replications: int
    agents: int
    of: int
    """How many agents there are; fewer are simulated of a large organisation."""

    def __str__(self) -> str:
        values = interval(self.before, self.unit, apart=True)
        if self.after:
            after = interval(self.after, self.unit, apart=True)
            values += f" before, {after} after: {self.verdict}"
            if self.verdict == "n/a":
                values += ", as it does not show here; another finding may hide it"
        return f"{self.title}: {values}; {self.size}"

    @property
    def size(self) -> str:
        """How much was simulated: days, and agents, of how many where not of all."""
        part = f"{self.agents:,} of " if self.agents < self.of else ""
        return f"{self.replications} days, {part}{counted(self.of, 'agent')}"


class _World(NamedTuple):
    before: Settings
    after: Settings | None
    of: int


def proven(names: Sequence[str], examined: Examined) -> list[Finding]:
    """Give findings with the proof of each that can be simulated, where there is a deployment."""
    if examined.deployment is None:
        return examined.findings
    wanted = [each for each in examined.findings if each.rule in SYMPTOMS and each.reach]
    proofs: dict[Finding, Proof | None] = {}
    with under_way("proofs", of=len(wanted)) as tell:
        for done, finding in enumerate(wanted, start=1):
            proofs[finding] = prove(finding, names, examined)
            tell(done, len(wanted))
    return [_with_proof(each, proofs) if each in proofs else each for each in examined.findings]


def _with_proof(finding: Finding, proofs: Mapping[Finding, Proof | None]) -> Finding:
    proof = proofs[finding]
    if proof is None:
        message = f"{finding.message}; too many agents share a limit to be simulated here"
        return replace(finding, message=message)
    return replace(finding, proof=proof)


def prove(finding: Finding, names: Sequence[str], examined: Examined) -> Proof | None:
    """Give the proof of a finding; None where it is too large to be simulated."""
    world = _world(finding, names, examined)
    if world is None:
        return None
    metrics = set(SYMPTOMS[finding.rule])
    sides = {"before": world.before} | ({"after": world.after} if world.after else {})
    agents = len(world.before.organisation.agents)
    replications = REPLICATIONS if agents <= MANY else FEWER
    values = replicate(
        {side: (settings, metrics) for side, settings in sides.items()}, range(1, 1 + replications)
    )
    symptoms = SYMPTOMS[finding.rule]
    shown = (name for name in symptoms if any(values["before"][name]))
    metric = next(shown, symptoms[0])
    before, *after = (_numbers(values[side][metric], metric) for side in sides)
    is_shown = estimate(before).low > 0
    known = METRICS[metric]
    title = f"{known.title}, short of it" if metric in _COUNTED_FROM else known.title
    return Proof(
        metric,
        title,
        known.unit,
        known.estimate(before),
        known.estimate(after[0]) if after else None,
        paired(before, after[0]).difference if after else None,
        verdict(before, after[0], is_shown) if after else "no patch",
        replications,
        agents,
        world.of,
    )


def _numbers(values: Sequence[float | None], metric: str) -> list[float]:
    found = [0.0 if value is None else value for value in values]
    most = _COUNTED_FROM.get(metric)
    return found if most is None else [most - value for value in found]


def _world(finding: Finding, names: Sequence[str], examined: Examined) -> _World | None:
    """Give the settings before and after a patch, as large as can be simulated in a moment."""
    assert examined.deployment
    before = _settings(finding, examined)
    of = len(before.organisation.agents)
    if set(SYMPTOMS[finding.rule]) & _OF_ALL:
        if of > MOST_SHARING or (why_not_columns(before) and of > MOST_BY_PROCESSES):
            return None
        most = of
    else:
        most = MOST_BY_PROCESSES if why_not_columns(before) else MOST_AGENTS
    after = None
    if finding.patch:
        file, edits = finding.patch.file, finding.patch.edits
        texts = {**examined.texts, file: applied(examined.texts[file], edits)}
        patched = examined.again(names, texts)
        after = _settings(finding, patched) if patched.deployment else None
    if of > most:
        before = before.with_top(organisation=resized(before.organisation, agents=most))
        after = after and after.with_top(organisation=resized(after.organisation, agents=most))
    return _World(before, after, of)


def _settings(finding: Finding, examined: Examined) -> Settings:
    """Give the settings that a finding is about, with the workload that its trap needs."""
    deployment = examined.deployment
    assert deployment
    settings = deployment.settings_of(finding.file)
    pages = {widget.static for widget in deployment.widgets}
    if len(pages) > 1 and settings.widget.division_id in pages:
        settings = settings.replace(division_id=PAGE_DIVISION)
    if finding.rule != "interval-limit":
        # A limit is another finding, and one that fewer agents than there are would keep.
        settings = settings.replace(rate_limit_per_min=None)
    trap = RULES[finding.rule].trap
    if trap is None or finding.rule in ("interval-limit", "isolation"):
        return settings
    usual = moved(traps[trap].settings, settings.organisation)
    changes = {
        each.field: usual.get(each.field)
        for each in traps[trap].fault
        if each.field.startswith("workload.") and settings.get(each.field) == each.old
    }
    try:
        return settings.replace(changes)
    except BadInput:
        return settings

"""The screen of ``simkit run``: what was run, then what matters of it, the rest on request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from simkit.base.formatting import name, number
from simkit.runs.metrics.registered import METRICS
from simkit.ui.cli.tables import beside, paragraph, print_lines, profile_option, width_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from simkit.inputs.trap_file import TrapFile
    from simkit.runs.run import Run

GROUPS: dict[str, tuple[str, ...]] = {
    "Symptoms of the seven traps": (
        "empty_openings_share",
        "stale_division_min",
        "false_successes",
        "unresponsive_min",
        "reverted_per_100",
        "deactivated_code_shown_ms",
        "deactivated_code_shown_p95_ms",
    ),
    "What agents believe, choose and lose": (
        "false_beliefs",
        "refusals_swallowed",
        "intentions_lost",
        "wrong_selections",
        "wrong_selections_expected",
        "stale_selections_share",
    ),
    "Lists": (
        "stale_share",
        "staleness_age_ms",
        "missing_gap_s",
        "unusable_gap_s",
        "foreign_codes_shown_ms",
        "ancestor_codes_visible",
    ),
    "Status and adherence": (
        "status_gap_s",
        "adherence_pct",
        "locked_s",
        "turned_away",
        "warnings_shown",
        "shift_h",
    ),
    "Traffic": (
        "requests_per_s",
        "polls_per_s",
        "peak_requests_per_s",
        "bytes_per_s",
        "rate_limit_share",
        "rate_limit_peak_share",
        "refused_share",
        "token_requests",
        "peak_renewals_per_s",
        "unauthorized_replies",
    ),
    "Upkeep": ("codes_to_maintain", "scopes_granted"),
}
"""Metrics that belong together. One that stands in none of these comes last, under OTHERS."""
OTHERS = "Others"

HEADLINES: dict[str, tuple[str, ...]] = {
    "What goes wrong for agents": (
        "empty_openings_share",
        "intentions_lost",
        "unresponsive_min",
        "false_beliefs",
        "reverted_per_100",
        "status_gap_s",
        "unusable_gap_s",
        "missing_gap_s",
        "adherence_pct",
    ),
    "What it costs": (
        "requests_per_s",
        "bytes_per_s",
        "peak_requests_per_s",
        "rate_limit_peak_share",
        "token_requests",
    ),
}
"""What to look at first where no trap says so: symptoms of each kind, and the load behind it."""

_NUMBER = 13


def print_run(
    run: Run, console: Console, entry: TrapFile | None = None, *, everything: bool = False
) -> None:
    """Print a run to a console: what it was, then the metrics of its trap, or headlines, or all."""
    width = width_of(console)
    print_lines(console, _what_was_run(run, width))
    groups = _groups_of(entry) if entry else {} if everything else HEADLINES
    if everything:
        groups = groups | _rest(groups)
    run.measure(list(chain.from_iterable(groups.values())))  # all in one pass
    told = {title: _told(run, metrics) for title, metrics in groups.items()}
    most = max(_NUMBER, *(len(value) for rows in told.values() for value, _ in rows))
    for title, rows in told.items():
        print_lines(console, _group(title, rows, most, width))
    of = profile_option(run.settings.profile)
    hints = [
        *([] if everything else [f"--all for all {len(METRICS)} metrics"]),
        *([f"simkit traps {entry.id}{of} for its fixes, over many days"] if entry else []),
    ]
    if hints:
        print_lines(console, ["", *paragraph(f"More: {', '.join(hints)}.", width)])


def _what_was_run(run: Run, width: int) -> Iterator[str | Text]:
    from rich.text import Text

    yield Text(name(run.settings.name), "bold")
    about = f"{run.how_many}, seed {run.seed}; engine: {run.engine} "
    if run.engine == "columns":  # a log of everybody would be made for this line alone
        yield from paragraph(f"{about}({run.why_engine})", width)
        return
    clock = f"clock: {run.clock} ({run.history.why_clock})"
    yield from paragraph(f"{about}(a log of everybody), {clock}", width)
    yield f"{len(run.log):,} records, digest {run.digest}"


def _groups_of(entry: TrapFile) -> dict[str, tuple[str, ...]]:
    """Give what to show of a trap: its symptom, further ones, what its fixes raise or lower."""
    changes = (*entry.fixes, *entry.remedies)
    known = {entry.metric, *entry.secondary}
    costs = dict.fromkeys(cost for change in changes for cost in change.costs)
    groups = {
        f"Symptom of {entry.id}": (entry.metric,),
        "Further symptoms": entry.secondary,
        "What fixes cost or save": tuple(cost for cost in costs if cost not in known),
    }
    return {title: metrics for title, metrics in groups.items() if metrics}


def _rest(shown: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give all metrics by group, without those that are shown anyway."""
    known = set(chain.from_iterable(shown.values()))
    grouped = set(chain.from_iterable(GROUPS.values()))
    groups = GROUPS | {OTHERS: tuple(metric for metric in METRICS if metric not in grouped)}
    rest = {title: tuple(m for m in each if m not in known) for title, each in groups.items()}
    return {title: metrics for title, metrics in rest.items() if metrics}


def _told(run: Run, metrics: Sequence[str]) -> list[tuple[str, str]]:
    """Give the values of metrics as people read them, each with the metric's name."""
    found = zip(metrics, run.measure(metrics), strict=True)
    return [(number(value, unit), metric) for metric, (value, unit) in found]


def _group(
    title: str, rows: Sequence[tuple[str, str]], most: int, width: int
) -> Iterator[str | Text]:
    """Give a title and a line for each metric, its value at the end of ``most`` columns."""
    from rich.text import Text

    yield ""
    yield Text(title, "bold")
    for value, metric in rows:
        known = f"{value:>{most}}  {METRICS[metric].title}"
        yield beside(known, Text(metric, "dim"), width)

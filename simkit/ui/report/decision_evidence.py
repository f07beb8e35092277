"""What the second page of a decision says: the evidence for the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simkit.base.clock import show_duration
from simkit.base.formatting import METHOD, counted, number, signed
from simkit.studio.cell import kit
from simkit.studio.coverage import caution
from simkit.studio.decision import Decision
from simkit.studio.information_age import MEASURES
from simkit.studio.on_opening import on_opening
from simkit.studio.policy import Candidate, Margin, money_words
from simkit.studio.weighing import tokens_by_interval
from simkit.ui.charts.sweep_words import title_of, value_said
from simkit.ui.report.decision_sheet import (
    BROKEN,
    KEPT,
    MOST_TIPPINGS,
    Table,
    ranked,
    tipping_row,
)

MOST_POLICIES, MOST_INTERVALS, MOST_ROWS, MOST_COLUMNS = 9, 11, 12, 4
_LEAST = 1e-5
"""Smaller shares would be rounded to nothing."""


@dataclass(frozen=True)
class Evidence:
    """All that stands on the second page."""

    title: str
    method: tuple[str, ...]
    simulated: Table
    weighed: Table
    tokens: Table
    tippings: Table
    beside: tuple[str, ...]
    """What no policy here does, and what that would bring."""
    foot: str


def evidence(found: Decision) -> Evidence:
    """Give the second page of a decision."""
    return Evidence(
        title="Evidence",
        method=tuple(_method(found)),
        simulated=_simulated(found),
        weighed=_weighed(found),
        tokens=_tokens(found),
        tippings=_tippings(found),
        beside=tuple(_beside(found)),
        foot=f"simkit {kit()}, settings {found.answer.settings.hash[:12]}, profile "
        f"{found.answer.settings.profile}",
    )


def _method(found: Decision) -> Iterator[str]:
    answer = found.answer
    about = answer.results.experiment
    weighed = counted(answer.considered, "policy was", "policies were")
    yield (
        f"{weighed} judged by closed form. The cheapest that kept the "
        f"limits were simulated in turn, {about.runs_words} from seed {about.seed} on, until the "
        "upper end of each interval kept its limit. What a simulation showed corrects the closed "
        "forms of the others."
    )
    yield f"Interval: {METHOD}. Shares of days carry Wilson's."
    cautions = [f"{title_of(m)}: {said}" for m in answer.limits if (said := caution(m))]
    yield from (f"{each}." for each in cautions)
    if answer.policy.topology == "pooled":
        yield (
            "Pooled tokens: agents are dealt round. As nothing is refused, they do what they do "
            "without a limit, and so they were simulated; each token was counted by itself."
        )
    if answer.best.why_they_part:
        yield f"The closed forms leave out that {'; that '.join(answer.best.why_they_part)}."
    if found.saved["requests_per_s"].correlation is not None:
        yield (
            "Correlation of the days of today and of the recommendation, in requests: "
            f"{found.saved['requests_per_s'].correlation:.2f}."
        )


def _simulated(found: Decision) -> Table:
    answer = found.answer
    shown = {"today": found.present_margins}
    shown |= {policy.short: margins for policy, margins in answer.margins_of.items()}
    columns = [list(_margins(margins)) for margins in shown.values()]
    rows = tuple(
        (f"{title_of(metric)}, at most {value_said(most, metric)}", *cells)
        for (metric, most), *cells in zip(answer.limits.items(), *columns, strict=True)
    )
    caption = "Simulated: mean, upper end of the interval, days kept"
    return Table(caption, ("limit on", *shown), rows)


def _margins(margins: tuple[Margin, ...]) -> Iterator[str]:
    for margin in margins:
        if margin.simulated is None:
            yield "does not apply"
            continue
        mean, high = (
            value_said(value, margin.metric)
            for value in (margin.simulated.mean, margin.simulated.high)
        )
        sign = KEPT if margin.holds else BROKEN
        yield f"{sign} {mean}, {high}, {margin.kept[0]}/{margin.kept[1]}"


def _weighed(found: Decision) -> Table:
    """Give the policies around the choice, in the order of their costs."""
    answer = found.answer
    plain = [c for c in answer.candidates if not c.policy.start_jitter_ms]
    near = [c for c in plain if c.policy.topology == answer.policy.topology]
    if answer.best not in near:
        near.append(answer.best)
    near.sort(key=lambda c: c.cost(answer.cheapest))
    place = near.index(answer.best)
    first = max(0, min(place - MOST_POLICIES // 2, len(near) - MOST_POLICIES))
    rows = tuple(_row(found, each) for each in near[first : first + MOST_POLICIES])
    money = ("cost a day",) if answer.prices.known else ()
    metrics = tuple(title_of(metric) for metric in _columns(found))
    heads = ("policy", "requests/s", "bytes/s", *money, *metrics)
    caption = (
        "On paper: the policies next to the choice, the cheapest first; whether they keep the "
        "limits, as simulations corrected it"
    )
    return Table(caption, (*heads, "keeps"), rows)


def _columns(found: Decision) -> list[str]:
    """Give the limits that decide between policies: those with the least room."""
    by_room = sorted(found.answer.margins, key=lambda margin: margin.room)
    return [margin.metric for margin in by_room[:MOST_COLUMNS]]


def _row(found: Decision, each: Candidate) -> tuple[str, ...]:
    answer = found.answer
    keeps = each.excess(answer.limits, answer.corrections.of(each.policy)) <= 1
    money = (money_words(each.money, answer.prices),) if answer.prices.known else ()
    name = each.policy.short + (" (chosen)" if each.policy == answer.policy else "")
    return (
        name,
        number(each.values["requests_per_s"], "").strip(),
        number(each.values["bytes_per_s"], "").strip(),
        *money,
        *(value_said(each.values[metric], metric) for metric in _columns(found)),
        KEPT if keeps else BROKEN,
    )


def _tokens(found: Decision) -> Table:
    answer = found.answer
    needed: dict[int, dict[bool, int]] = {}
    for every, version, tokens in tokens_by_interval(answer):
        needed.setdefault(every, {})[version] = tokens
    chosen = sorted(needed, key=lambda every: abs(_steps(found, every)))[:MOST_INTERVALS]
    rows = tuple(
        (
            show_duration(every),
            *(f"{needed[every][v]:,}" if v in needed[every] else "–" for v in (False, True)),
        )
        for every in sorted(chosen)
    )
    head = ("interval", "plain", "version")
    return Table("Tokens that a pool needs to keep the limits on tokens, on paper", head, rows)


def _steps(found: Decision, every: int) -> float:
    """Give how far an interval is from the one chosen, as a factor below or above 1."""
    return max(every, found.answer.policy.interval_ms) / min(every, found.answer.policy.interval_ms)


def _tippings(found: Decision) -> Table:
    rows = [tipping_row(each) for each in ranked(found.answer.tippings)[MOST_TIPPINGS:]]
    still = [t for t in found.answer.tippings if not t.below and not t.above]
    rows += [(t.assumption.title, t.assumption.words(t.assumption.value), "–", "–") for t in still]
    head = ("assumed", "value", "below: then choose", "above: then choose")
    return Table("Further assumptions, and where the choice changes", head, tuple(rows[:MOST_ROWS]))


def _beside(found: Decision) -> Iterator[str]:
    yield _on_focus(found)
    opened = on_opening(found.answer.settings)
    yield (
        "Fetching the list whenever its dropdown opens, and never else, would leave "
        f"{_share(opened.stale_selections_share)} of choices out of date, send "
        f"{number(opened.requests_per_s, '1/s')} and keep agents waiting for "
        f"{number(opened.wait_ms, 'ms')} at each opening. This is worked out on paper and not "
        "simulated; whether your page can do it is for you to find out."
    )
    yield (
        "Push: the platform has a channel with a topic for an agent's own status. None was found "
        "for lists of reasons or for divisions, so no policy here rests on push."
    )
    yield (
        "Minutes with a frozen dropdown do not depend on the policies weighed here. Minutes "
        "without a list do by the random wait after login alone; a price says what share is lost."
    )


def _on_focus(found: Decision) -> str:
    what = "Polling at once whenever a tab is shown again, on top of the recommendation,"
    if found.answer.settings.widget.refetch_on_focus:
        return "Pages poll at once whenever a tab is shown again, today and as recommended."
    if not found.answer.settings.workload.hidden_per_shift:
        return (
            f"{what} changes nothing here, as these settings hide no tab. Where agents work in "
            "other windows, set workload.hidden_per_shift, and ask again."
        )
    if not found.on_focus:
        return (
            f"{what} was not simulated: tokens may die or requests be refused in these settings, "
            "and then each agent would have to be run alone."
        )
    changes = "; ".join(
        f"{MEASURES[metric].title} {signed(each.difference, MEASURES[metric].unit)}"
        for metric, each in found.on_focus.items()
    )
    return f"{what} was simulated on the same days (widget.refetch_on_focus): {changes}."


def _share(value: float) -> str:
    return number(value, "share") if value >= _LEAST else f"less than {number(_LEAST, 'share')}"

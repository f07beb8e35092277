"""What the first page of a decision says: what to do, why, how sure, at what cost, what if not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from simkit.base.clock import SECOND
from simkit.base.errors import one_line
from simkit.base.formatting import all_of, counted, interval, number
from simkit.base.statistics import Estimate, Paired
from simkit.rules.settings import Settings
from simkit.studio.decision import Decision
from simkit.studio.information_age import MEASURES
from simkit.studio.policy import Candidate, Margin, money_words
from simkit.studio.prices import NUMBERS, Prices
from simkit.studio.tipping import Tipping
from simkit.ui.charts.sweep_words import title_of, value_said
from simkit.ui.report.decision_picture import Mark, picture_of

LONGEST_NAME = 60
MOST_TIPPINGS, MOST_ASSUMPTIONS, MOST_ON_CARDS, MOST_LIMITS = 5, 9, 3, 4
KEPT, BROKEN = "✓", "✗"
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Card:
    """One of the three policies: which it is, what it does, what that comes to."""

    letter: str
    """By which the picture marks it."""
    role: str
    policy: str
    figures: Rows
    """Each a name and a value."""
    note: str
    kind: str
    """``present``, ``recommended`` or ``rejected``."""


@dataclass(frozen=True)
class Table:
    """A table with its caption and its head; the first cell of a row names it."""

    caption: str
    head: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class Sheet:
    """All that stands on the first page."""

    title: str
    about: str
    met: bool
    what: str
    cards: tuple[Card, ...]
    why: str
    picture: str
    """As SVG; empty where there is nothing to draw."""
    caption: str
    sure: Table
    sure_note: str
    costs: Table
    costs_note: str
    wrong: Table
    wrong_note: str
    assumptions: Table
    watch: tuple[str, ...]


def sheet(found: Decision) -> Sheet:
    """Give the first page of a decision."""
    answer = found.answer
    agents = len(answer.settings.organisation.agents)
    marks = tuple(
        Mark(letter, kind, each, {m.metric: m.simulated.mean for m in margins if m.simulated})
        for letter, kind, each, margins in _three(found)
    )
    picture, caption = picture_of(answer, marks)
    return Sheet(
        title=f"{_name(answer.settings.name)}: which refresh policy?",
        about=f"{counted(agents, 'agent')}; "
        f"{counted(answer.considered, 'policy', 'policies')} weighed, of which "
        f"{len(answer.tried) + 1} simulated, {answer.results.table.num_rows} days each",
        met=answer.met,
        what=_what(found),
        cards=tuple(_cards(found)),
        why=_why(found),
        picture=picture,
        caption=caption,
        sure=_sure(found),
        sure_note=_sure_note(found),
        costs=_costs(found),
        costs_note=_costs_note(found),
        wrong=_wrong(answer.tippings),
        wrong_note=_wrong_note(answer.tippings),
        assumptions=_assumptions(answer.settings, answer.prices),
        watch=tuple(_watch(found)),
    )


def _name(text: str) -> str:
    return one_line(text, LONGEST_NAME) or "(no name)"


def _three(found: Decision) -> Iterator[tuple[str, str, Candidate, tuple[Margin, ...]]]:
    """Give the policies that stand on cards: letter, kind, policy, and how it keeps the limits."""
    yield "A", "present", found.answer.present, found.present_margins
    yield "B", "recommended", found.answer.best, found.answer.margins
    if found.rejected:
        yield "C", "rejected", found.rejected.candidate, found.rejected.margins


# What, and why.


def _what(found: Decision) -> str:
    answer = found.answer
    words = answer.policy.words
    if not answer.met:
        return f"{answer.verdict}: {words}."
    if answer.policy.kind == answer.present.policy.kind:
        return f"Stay as it is: {words}."
    return f"Change it: {words}, in place of {answer.present.policy.short}. {_effect(found)}"


def _effect(found: Decision) -> str:
    """Say what the change brings, in requests or in money."""
    answer = found.answer
    are = "is" if len(answer.limits) == 1 else "are"
    kept = f"{all_of(len(answer.limits), 'limit')} {are} kept at 95 % confidence"
    what = {"requests_per_s": " requests", "bytes_per_s": " bytes", "money": ""}[answer.cheapest]
    if answer.cheapest == "money":
        now = found.present_money.mean if found.present_money else 0.0
    else:
        now = fmean(found.present.values(0, answer.cheapest))
    saved = found.saved.get(answer.cheapest)
    if not now or saved is None:
        return f"On simulated days {kept}."
    less = ("fewer" if what else "less") if saved.difference.mean <= 0 else "more"
    change = number(abs(saved.difference.mean) / now, "share")
    verb = "takes" if what else "costs"
    return f"Simulated, it {verb} {change} {less}{what}; {kept}."


def _why(found: Decision) -> str:
    answer = found.answer
    limits = " and ".join(
        f"{MEASURES[metric].title} at most {value_said(most, metric)}"
        for metric, most in answer.limits.items()
    )
    cheap = {
        "money": "costs least at the prices given",
        "bytes_per_s": "moves the fewest bytes",
        "requests_per_s": "sends the fewest requests",
    }[answer.cheapest]
    several = len(answer.limits) > 1
    keeps = f"No policy keeps{' all of' * several}"
    keeps = "Of the policies that keep" if answer.met else keeps
    told = f"{keeps} the limit{'s' * several} ({limits})"
    told += f", B {cheap}." if answer.met else "; B comes nearest."
    return f"{told} {_against(found)}".strip()


def _against(found: Decision) -> str:
    """Say why the rejected policy is not taken."""
    other = found.rejected
    if other is None:
        return ""
    cost = other.candidate.cost(found.answer.cheapest) < found.answer.best.cost(
        found.answer.cheapest
    )
    cheaper = "C would cost less, but" if cost else "C"
    if other.why == "costs more":
        return "C keeps them too and costs more: it is the next best."
    where = "when simulated" if other.why == "broke a limit" else "on paper, as corrected"
    return f"{cheaper} breaks the limit on {MEASURES[other.metric].title} {where}."


def _cards(found: Decision) -> Iterator[Card]:
    answer = found.answer
    roles = ("Today", "Recommended" if answer.met else "Nearest", "Rejected")
    for role, (letter, kind, candidate, margins) in zip(roles, _three(found), strict=False):
        policy = "As given, " + candidate.policy.short if kind == "present" else ""
        policy = policy or candidate.policy.short[:1].upper() + candidate.policy.short[1:]
        yield Card(
            letter,
            role,
            policy,
            (*_figures(found, candidate, margins), *_spent(found, kind, candidate)),
            _note(found, kind, margins),
            kind,
        )


def _figures(
    found: Decision, candidate: Candidate, margins: tuple[Margin, ...]
) -> Iterator[tuple[str, str]]:
    answer = found.answer
    known = {margin.metric: margin for margin in margins}
    for metric in _decisive(found)[:MOST_ON_CARDS]:
        margin, most = known.get(metric), answer.limits[metric]
        if margin and margin.simulated:
            sign = KEPT if margin.holds else BROKEN
            yield title_of(metric), f"{sign} {value_said(margin.simulated.mean, metric)}"
        else:
            value = candidate.values[metric]
            sign = KEPT if value <= most else BROKEN
            yield title_of(metric), f"{sign} {value_said(value, metric)} on paper"


def _spent(found: Decision, kind: str, candidate: Candidate) -> Iterator[tuple[str, str]]:
    """Give what a policy sends and costs a day: as simulated, or on paper where it was not."""
    answer = found.answer
    results = {"present": found.present, "recommended": answer.results}.get(kind)
    money = {"present": found.present_money, "recommended": answer.money}.get(kind)
    if results is None:
        yield "Requests a day", f"{candidate.use.requests:,.0f} on paper"
    else:
        requests = fmean(results.values(0, "requests_per_s")) * candidate.forms.horizon / SECOND
        yield "Requests a day", f"{requests:,.0f}"
    if money is not None:
        yield "Cost a day", money_words(money.mean, answer.prices)
    elif answer.prices.known:
        yield "Cost a day", f"{money_words(candidate.money, answer.prices)} on paper"


def _note(found: Decision, kind: str, margins: tuple[Margin, ...]) -> str:
    if kind == "present":
        broken = [title_of(margin.metric) for margin in margins if not margin.holds]
        return f"Breaks: {', '.join(broken).lower()}." if broken else "Keeps the limits."
    if kind == "recommended":
        return "Keeps every limit." if found.answer.met else "Comes nearest to the limits."
    other = found.rejected
    if other is None or other.why == "costs more":
        return "Keeps them, and costs more."
    where = "Broke" if other.why == "broke a limit" else "Would break"
    return f"{where}: {MEASURES[other.metric].title}."


# How sure.


def _sure(found: Decision) -> Table:
    now = {margin.metric: margin for margin in found.present_margins}
    first = _decisive(found)[:MOST_LIMITS]
    rows = tuple(
        (
            title_of(margin.metric),
            value_said(margin.at_most, margin.metric),
            _estimate(now[margin.metric].simulated, margin.metric),
            _estimate(margin.simulated, margin.metric),
            f"{margin.kept[0]} of {margin.kept[1]}" if margin.kept[1] else "–",
            f"{100 * margin.room:.0f} %" if margin.holds else "over",
        )
        for margin in found.answer.margins
        if margin.metric in first
    )
    head = ("limit on", "at most", "today", "recommended", "days kept", "room left")
    return Table("How sure: means of simulated days with 95 % intervals", head, rows)


def _estimate(found: Estimate | None, metric: str) -> str:
    return "does not apply" if found is None else interval(found, MEASURES[metric].unit)


def _sure_note(found: Decision) -> str:
    days = found.answer.results.table.num_rows
    more = [f"{title_of(metric)}" for metric in _decisive(found)[MOST_LIMITS:]]
    told = f" With more room, on the second page: {'; '.join(more).lower()}." if more else ""
    return (
        f"Room is measured from the upper end of the interval. {days} days were simulated, with "
        f"the same random numbers for today and for the recommendation.{told}"
    )


def _decisive(found: Decision) -> list[str]:
    """Give the metrics with a limit, those with the least room first."""
    return [m.metric for m in sorted(found.answer.margins, key=lambda margin: margin.room)]


# What it costs.


def _costs(found: Decision) -> Table:
    three = [candidate for _, _, candidate, _ in _three(found)]
    answer = found.answer

    rows: list[tuple[str, ...]] = [
        ("requests a day", *(f"{each.use.requests:,.0f}" for each in three)),
        ("MB a day", *(_few(each.use.bytes / 1e6) for each in three)),
        ("choices of a deactivated code a day", *(_few(e.use.wrong_choices) for e in three)),
        ("tokens", *(f"{each.use.tokens:,.0f}" for each in three)),
    ]
    if answer.prices.known:
        bills = [each.use.bill(answer.prices) for each in three]
        rows += [
            (f"{name}, {answer.prices.currency} a day", *(_few(bill[name]) for bill in bills))
            for name in bills[0]
            if any(bill[name] for bill in bills)
        ]
        totals = (_few(each.money) for each in three)
        rows.append((f"all, {answer.prices.currency} a day", *totals))
        if days := answer.prices.working_days:
            year = (_few(each.money * days) for each in three)
            rows.append((f"all, {answer.prices.currency} in {counted(days, 'day')}", *year))
    head = ("on paper", "A today", "B recommended", "C rejected")[: len(three) + 1]
    return Table("What it costs", head, tuple(rows))


def _few(value: float) -> str:
    return number(value, "").strip()


def _costs_note(found: Decision) -> str:
    told = f"B less A, simulated and paired: {_saved(found.saved['requests_per_s'], 'requests/s')}"
    if money := found.saved.get("money"):
        told += f"; {_saved(money, found.answer.prices.currency + ' a day')}"
    if not found.answer.prices.known:
        told += ". No price was given, so no money is counted"
    return f"{told}."


def _saved(found: Paired, unit: str) -> str:
    mean, low, high = (_signed(value) for value in found.difference)
    return f"{mean} {unit} ({low} to {high})"


def _signed(value: float) -> str:
    return f"{value:+,.3g}".replace("-", "−")


# What if it is wrong.


def ranked(tippings: tuple[Tipping, ...]) -> list[Tipping]:
    """Give the assumptions that can change the choice, the nearest first."""
    moving = [each for each in tippings if each.below or each.above]
    return sorted(moving, key=lambda each: each.nearness)


def tipping_row(tipping: Tipping) -> tuple[str, str, str, str]:
    """Give an assumption, its value, and what is chosen below and above which value."""
    this = tipping.assumption
    sides = (
        f"{this.words(change.at)}: {change.to or 'nothing keeps the limits'}" if change else "–"
        for change in (tipping.below, tipping.above)
    )
    below, above = sides
    return this.title, this.words(this.value), below, above


def _wrong(tippings: tuple[Tipping, ...]) -> Table:
    rows = tuple(tipping_row(each) for each in ranked(tippings)[:MOST_TIPPINGS])
    head = ("assumed", "value", "below: then choose", "above: then choose")
    return Table("What if you are wrong: where the choice changes, the nearest first", head, rows)


def _wrong_note(tippings: tuple[Tipping, ...]) -> str:
    if not tippings:
        return "No policy keeps the limits, so there is no choice that could change."
    still = [each for each in tippings if not each.below and not each.above]
    more = len(ranked(tippings)) - MOST_TIPPINGS
    told = [f"{counted(more, 'more stands', 'more stand')} on the second page."] if more > 0 else []
    if still:
        names = "; ".join(each.assumption.title for each in still[:4])
        told.append(f"Changes nothing, as far as it was varied: {names}.")
    return " ".join(told)


def _assumptions(settings: Settings, prices: Prices) -> Table:
    config, platform = settings.workload, settings.platform
    edits = config.deactivation_probability * len(settings.organisation.codes)
    rows = [
        ("Codes deactivated in a day", _few(edits), "the settings; published nowhere: ASSUMED"),
        (
            "Requests a token may send in a minute",
            "none stated"
            if platform.rate_limit_per_min is None
            else f"{platform.rate_limit_per_min:,}",
            "the settings; vendor staff quote 300 (grade B), its fixed window is ASSUMED",
        ),
        ("Way of a reply, at the median", number(settings.wire.delay_median_ms, "ms"), "ASSUMED"),
        (
            "Agents and their shifts",
            f"{len(settings.organisation.agents):,}",
            "the organisation given",
        ),
    ]
    rows += [
        (
            Prices.model_fields[name].description or name,
            _few(value),
            f"given by you, in {prices.currency}"
            if "minute" in name or name in _MONEY
            else "given by you",
        )
        for name in NUMBERS
        if (value := getattr(prices, name))
    ]
    more = len(rows) - MOST_ASSUMPTIONS
    kept = rows[:MOST_ASSUMPTIONS]
    if more > 0:
        kept.append((counted(more, "more price"), "", "given by you"))
    return Table("What it rests on", ("assumption", "value", "where it comes from"), tuple(kept))


_MONEY = ("million_requests", "gigabyte", "token", "engineer_day")


# What to watch.


def _watch(found: Decision) -> Iterator[str]:
    answer = found.answer
    for margin in sorted(answer.margins, key=lambda each: each.room)[:2]:
        expected = margin.simulated.mean if margin.simulated else margin.expected
        yield (
            f"{title_of(margin.metric)}: expect about {value_said(expected, margin.metric)}; above "
            f"{value_said(margin.at_most, margin.metric)} the policy no longer does what it is for."
        )
    per_s = answer.results.estimate(0, "requests_per_s")
    if per_s is not None:
        yield (
            f"Requests: expect {interval(per_s, '1/s')}. Replies 429: expect none; any one says "
            "that more widgets share a token than is thought."
        )
    edits = next(
        (t for t in answer.tippings if t.assumption.name == "deactivation_probability"), None
    )
    if edits and edits.above:
        codes = len(answer.settings.organisation.codes)
        yield (
            f"Codes deactivated in a day: from about {edits.above.at * codes:,.0f} on choose "
            f"{edits.above.to or 'other limits'}."
        )
    yield "Ask again after a change of shifts, of the number of agents, or of prices."

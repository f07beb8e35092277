"""A decision on two pages: the first answers by itself, the second holds the evidence."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from test_charts import HOSTILE
from test_report import Page

import simkit
from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput
from simkit.inputs.resizing import resized
from simkit.rules.settings import Settings
from simkit.runs.metrics.registered import METRICS
from simkit.studio.decision import Decision, decide
from simkit.studio.policy import Policy
from simkit.studio.recommend import LIMITED, recommend
from simkit.ui.editions import printing
from simkit.ui.report.decision_evidence import MOST_POLICIES, evidence
from simkit.ui.report.decision_picture import Axis
from simkit.ui.report.decision_report import (
    decision_html,
    decision_pdf,
    refuse_kind,
    write_decision,
)
from simkit.ui.report.decision_sheet import BROKEN, KEPT, sheet

PRICES = {
    "currency": "EUR",
    "million_requests": 50.0,
    "gigabyte": 3.0,
    "token": 0.01,
    "agent_minute": 0.6,
    "adherence_minute": 0.2,
    "wrong_choice_min": 3.0,
    "wrong_choice_adherence_min": 1.0,
    "waiting_share": 0.5,
    "engineer_day": 700.0,
    "version_days": 5.0,
    "token_days": 8.0,
    "working_days": 250,
}
LIMITS = {"stale_share": 0.05, "peak_requests_per_s": 20.0}
EVERY = (30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE)


def asked(settings: Settings, limits: dict[str, float], **more: Any) -> Decision:
    usual: dict[str, Any] = {"intervals": EVERY, "replications": 3}
    org = resized(settings.organisation, agents=20)
    settings = settings.with_top(organisation=org).replace(deactivation_probability=0.3)
    return decide(recommend(settings, limits, **usual | more))


@pytest.fixture(scope="module")
def plain(healthy: Settings) -> Decision:
    return asked(healthy, LIMITS)


@pytest.fixture(scope="module")
def full(healthy: Settings) -> Decision:
    """As much as can stand on it: every limit and price there is, and names as long as can be."""
    named = healthy.with_top(name="Word " * 60).replace(rate_limit_per_min=300)
    limits = {metric: 1e9 if METRICS[metric].most > 1 else 1.0 for metric in LIMITED}
    return asked(named, limits, prices=PRICES | {"currency": "n" * 20})


@pytest.fixture(scope="module")
def unmet(healthy: Settings) -> Decision:
    return asked(healthy, {"stale_share": 1e-6}, intervals=EVERY[:1], topologies=("own",))


def words_of(page: Page, section: int) -> str:
    return page.texts["section"][section].replace("\N{NO-BREAK SPACE}", " ")


def test_the_first_page_answers_by_itself(plain: Decision) -> None:
    """What, why, how sure, what it costs, what if it is wrong, what it rests on, what to watch."""
    page = Page(decision_html(plain))
    first = words_of(page, 0)
    answer = plain.answer
    assert answer.met
    assert f"Change it: {answer.policy.words}, in place of every 30 s" in first
    for asked_for in ("Why", "What to watch afterwards"):
        assert asked_for in page.texts["h2"]
    sure, costs, rests, wrong = page.texts["caption"][:4]
    assert sure.startswith("How sure")
    assert costs == "What it costs"
    assert rests == "What it rests on"
    assert wrong.startswith("What if you are wrong")
    (stale,) = [
        row
        for row in page.table(sure)
        if row[0] == METRICS["stale_share"].title[:1].upper() + METRICS["stale_share"].title[1:]
    ]
    kept, days = answer.margins[0].kept
    assert stale[1] == "5 %"
    assert stale[4] == f"{kept} of {days}"
    requests = next(row for row in page.table(costs) if row[0] == "requests a day")
    assert requests[1:3] == [f"{each.use.requests:,.0f}" for each in (answer.present, answer.best)]
    assert "ASSUMED" in first
    assert "Codes deactivated in a day: from about" in first
    tipped = [t for t in answer.tippings if t.below or t.above]
    assert len(page.table(wrong)) == 1 + min(5, len(tipped))


def test_three_cards_hold_today_the_recommendation_and_what_was_rejected(plain: Decision) -> None:
    """Each with its letter, what it does, and whether each limit is kept there."""
    cards = sheet(plain).cards
    assert [(card.letter, card.role) for card in cards] == [
        ("A", "Today"),
        ("B", "Recommended"),
        ("C", "Rejected"),
    ]
    assert cards[0].policy == "As given, every 30 s"
    assert all(value.startswith(KEPT) for _, value in cards[1].figures[:2])
    assert any(value.startswith(BROKEN) for _, value in cards[2].figures[:2])
    assert cards[2].note.startswith(("Broke", "Would break"))


def test_the_picture_marks_the_three_and_the_limit(plain: Decision) -> None:
    """One dot a policy within reach, a dashed line at the limit, a letter on each of the three."""
    page = Page(sheet(plain).picture)
    texts = page.texts["text"]
    assert [text for text in texts if text in ("A", "B", "C")] == ["A", "C", "B"]
    assert any(text.startswith("limit ") for text in texts)
    dashed = [attrs for tag, attrs in page.tags if tag == "line" and "stroke-dasharray" in attrs]
    assert len(dashed) == 1
    dots = [attrs for tag, attrs in page.tags if tag == "circle" and attrs["r"] == "2.4"]
    assert len(dots) >= len(EVERY)


def test_an_axis_is_logarithmic_and_holds_what_lies_beyond() -> None:
    """The middle of 1 and 100 is 10; ticks are round, and none lies outside."""
    axis = Axis(1.0, 100.0, 0.0, 200.0)
    assert [axis.at(x) for x in (1, 10, 100, 0.1, 1000)] == [0, 100, 200, 0, 200]
    assert axis.ticks == [1, 2, 5, 10, 20, 50, 100]
    assert Axis(3e-7, 4e3, 0, 1).ticks == pytest.approx([10.0**n for n in range(-6, 4)])


def test_the_page_runs_and_fetches_nothing(plain: Decision) -> None:
    """No script, no address, and a policy that forbids both; two sections, each a sheet."""
    page = Page(decision_html(plain))
    assert {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object"} == set()
    assert "http" not in page.html.replace('xmlns="http://www.w3.org/2000/svg"', "").replace(
        "http-equiv", ""
    )
    assert "default-src 'none'" in page.html
    assert [attrs["class"] for tag, attrs in page.tags if tag == "section"] == ["sheet"] * 2


def test_money_is_told_where_there_are_prices_and_else_that_there_are_none(
    plain: Decision, full: Decision
) -> None:
    """With prices the bill of each of the three, a day and over the days it is spread."""
    assert "no money is counted" in sheet(plain).costs_note
    names = [row[0] for row in sheet(full).costs.rows]
    assert f"all, {'n' * 20} a day" in names
    assert f"all, {'n' * 20} in 250 days" in names
    row = sheet(full).costs.rows[names.index(f"all, {'n' * 20} a day")]
    assert row[2] == f"{full.answer.best.money:.3g}"
    assert "no money" not in sheet(full).costs_note


def test_that_nothing_meets_the_limits_is_the_first_thing_said(unmet: Decision) -> None:
    """Whoever reads one sentence alone does not take the nearest policy for advice."""
    page = Page(decision_html(unmet))
    assert ("p", {"class": "what unmet"}) in page.tags
    assert sheet(unmet).what.startswith("No policy meets this. The nearest: each widget")
    assert [card.role for card in sheet(unmet).cards][1] == "Nearest"
    assert "no choice that could change" in words_of(page, 0)


def test_a_policy_that_is_there_already_is_stayed_with(healthy: Settings) -> None:
    """Thirty seconds are given, and are all that keeps the limit."""
    found = asked(healthy, {"stale_share": 0.05}, intervals=EVERY[:1], topologies=("own",))
    assert sheet(found).what == (
        "Stay as it is: each widget asks for its list every 30 s, with a token of its own."
    )


def test_the_evidence_holds_what_the_first_page_rests_on(full: Decision, plain: Decision) -> None:
    """Every limit of every policy simulated, the neighbours, tokens, all other assumptions."""
    found = evidence(full)
    assert len(found.simulated.rows) == len(LIMITED)
    assert found.simulated.head[1] == "today"
    chosen = [row for row in found.weighed.rows if row[0].endswith("(chosen)")]
    assert len(chosen) == 1
    assert len(found.weighed.rows) <= MOST_POLICIES
    assert {row[0] for row in found.tokens.rows} <= {"30 s", "1 min", "5 min", "10 min"}
    assert found.tokens.rows
    assert not evidence(plain).tokens.rows, "without a rate limit no token is counted"
    said = " ".join(found.beside)
    assert "changes nothing here, as these settings hide no tab" in said
    assert "not simulated" in said
    assert "no policy here rests on push" in said


def test_what_polling_on_focus_would_change_is_simulated_where_tabs_are_hidden(
    healthy: Settings,
) -> None:
    """Paired with the recommendation day by day; run once more by hand, all comes out the same."""
    away = healthy.replace(hidden_per_shift=3)
    found = asked(away, {"stale_selections_share": 0.05})
    policy = found.answer.policy.changes
    settings = found.answer.settings.replace(policy)
    more = []
    for seed in (1, 2, 3):
        runs = [simkit.run(settings.replace(refetch_on_focus=on), seed) for on in (False, True)]
        before, after = (run.metrics["requests_per_s"].value for run in runs)
        assert before is not None
        assert after is not None
        more.append(after - before)
    change = found.on_focus["requests_per_s"].difference
    assert change.mean == pytest.approx(sum(more) / 3)
    assert change.low > 0
    said = evidence(found).beside[0]
    assert said.count("(widget.refetch_on_focus)") == 1
    assert "requests on the wire +" in said
    already = asked(away.replace(refetch_on_focus=True), {"stale_selections_share": 0.05})
    assert evidence(already).beside[0].startswith("Pages poll at once")
    mortal = asked(away.replace(auto_refresh=False), {"stale_selections_share": 0.05})
    assert not mortal.on_focus
    assert "was not simulated" in evidence(mortal).beside[0]


@pytest.mark.parametrize("which", ["plain", "full", "unmet"])
def test_a_pdf_has_two_pages(which: str, request: pytest.FixtureRequest) -> None:
    """However much there is to say; the first has the decision, the second the evidence."""
    found = request.getfixturevalue(which)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(decision_pdf(found))).pages]
    assert len(pages) == 2
    assert "What to watch afterwards" in pages[0]
    assert "Evidence" in pages[1]
    assert "Beside the policies weighed" in pages[1]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.thorough
def test_the_page_prints_on_two_sides_of_a4(
    plain: Decision, full: Decision, unmet: Decision, tmp_path: Path
) -> None:
    """In a browser, however much there is to say; on a screen nothing reaches beyond its edge."""
    from browsing import VIEWPORT, chromium

    with chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
        for place, found in enumerate((plain, full, unmet)):
            file = write_decision(found, tmp_path / f"{place}.html")
            page.goto(file.as_uri())
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not page.evaluate(wide)
            printed = page.pdf(prefer_css_page_size=True)
            assert len(PdfReader(io.BytesIO(printed)).pages) == 2, place


def test_names_stay_text(healthy: Settings, plain: Decision) -> None:
    """Markup in a name is shown and not obeyed, in the page and in the PDF."""
    named = plain.answer.settings.with_top(name=HOSTILE)
    found = replace(plain, answer=replace(plain.answer, settings=named))
    page = Page(decision_html(found))
    assert "script" not in {tag for tag, _ in page.tags}
    assert HOSTILE in page.texts["h1"][0]
    assert len(PdfReader(io.BytesIO(decision_pdf(found))).pages) == 2


@pytest.mark.parametrize("name", ["a.docx", "a", "a.html.gz"])
def test_another_kind_of_file_is_refused_in_one_line(
    name: str, plain: Decision, tmp_path: Path
) -> None:
    """Before anything is written, with what there may be."""
    with pytest.raises(BadInput) as caught:
        write_decision(plain, tmp_path / name)
    assert ".html, .pdf" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_pdf_without_the_library_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line says which extra brings it; HTML needs none."""
    monkeypatch.setattr("simkit.ui.report.decision_report.can_print", lambda: False)
    with pytest.raises(BadInput, match="workshop") as caught:
        refuse_kind("a.pdf")
    assert printing.MISSING in str(caught.value)
    refuse_kind("a.HTML")


def test_a_report_that_cannot_be_written_leaves_nothing(plain: Decision, tmp_path: Path) -> None:
    """A folder that is not there: one line for either kind."""
    for name in ("a.html", "a.pdf"):
        with pytest.raises(BadInput, match="cannot be written"):
            write_decision(plain, tmp_path / "nowhere" / name)
    assert not list(tmp_path.iterdir())


def test_the_same_decision_is_written_alike(plain: Decision) -> None:
    """Neither a clock nor a place is in it; a change of the policy is."""
    assert decision_html(plain) == decision_html(plain)
    assert isinstance(plain.answer.policy, Policy)

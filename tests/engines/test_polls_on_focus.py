"""A page that polls at once as its tab is shown again: when it does, and when it does not.

By hand: polls leave every 30 s and take 10 ms each way.
"""

from __future__ import annotations

from handmade import BREAK, MINUTE, day, hand, off, play, timeline

import simkit
from simkit.base import resources
from simkit.rules.settings import Settings
from simkit.runs.history import History

SHIFT = 5 * MINUTE


def focused(**changes: object) -> Settings:
    return hand(refetch_on_focus=True, **changes)


def polls(history: History) -> list[int]:
    """Give when the lists were asked for, in order."""
    left = [d for d in history.departures["ada"] if d.kind == "list"]
    return sorted(d.first + i * d.every for d in left for i in range(d.n))


def hidden_from(since: int, until: int, settings: Settings) -> History:
    ada = day(SHIFT, hidden=((since, until),))
    return play(settings, ada, edits=(off(100_000, BREAK),))


def test_an_edit_made_meanwhile_is_shown_as_soon_as_the_tab_is() -> None:
    """Hidden from 65 s to 200 s: the list comes at 200,020 and not at 210,020; the grid stays."""
    now, later = (hidden_from(65_000, 200_000, made) for made in (focused(), hand()))
    assert polls(now) == [0, 30_000, 60_000, 200_000, 210_000, 240_000, 270_000]
    assert polls(later) == [0, 30_000, 60_000, 210_000, 240_000, 270_000]
    assert timeline(now)[-2:] == [(200_000, "shown"), (200_020, "list", "meal", "issue")]
    assert timeline(later)[-2:] == [(200_000, "shown"), (210_020, "list", "meal", "issue")]


def test_a_poll_that_may_be_under_way_is_not_repeated() -> None:
    """That of 60,000 takes until 60,020 at most: no other at 60,019, and one at 60,020."""
    assert polls(hidden_from(60_005, 60_019, focused())) == polls(play(focused(), day(SHIFT)))
    assert polls(hidden_from(60_005, 60_020, focused()))[2:4] == [60_000, 60_020]


def test_the_next_poll_of_the_grid_waits_for_the_answer() -> None:
    """Shown 19 ms before a poll would leave: that one is not made; 20 ms before, it is."""
    assert polls(hidden_from(65_000, 209_981, focused()))[3:5] == [209_981, 240_000]
    assert polls(hidden_from(65_000, 209_980, focused()))[3:5] == [209_980, 210_000]


def test_a_page_whose_first_poll_is_to_come_waits_for_it() -> None:
    """The random wait after login is there to spread first polls."""
    waits, at_once = (made(start_jitter_ms=20_000) for made in (hand, focused))
    assert polls(hidden_from(1, 2, at_once)) == polls(hidden_from(1, 2, waits))


def test_it_asks_the_platform_only_where_the_browser_does_not_answer() -> None:
    """A list that the browser keeps for 10 min answers the poll, and stays old."""
    history = hidden_from(65_000, 200_000, focused(http_max_age_ms=10 * MINUTE))
    assert polls(history) == [0]
    assert timeline(history)[-1] == (200_000, "shown")


def test_hashes_of_settings_are_what_they_were() -> None:
    """Those that do not poll on focus."""
    healthy = simkit.load(resources.directory("data") / "scenarios" / "healthy.yaml")
    assert healthy.replace(refetch_on_focus=False).hash == healthy.hash
    assert healthy.replace(refetch_on_focus=True).hash != healthy.hash

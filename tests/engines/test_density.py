"""What is counted in bins is what somebody counts who looks at every millisecond."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simkit
from simkit.base.clock import HOUR, MINUTE
from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.density import Bins, counts, ms_in_bins, shares
from simkit.engines.columns.discrepancies import AllDiscrepancies, DiscrepancySpans

SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 99), st.integers(1, 60)).map(
        lambda drawn: (drawn[0], drawn[1], min(drawn[1] + drawn[2], 100))
    ),
    max_size=12,
)


@given(spans=SPANS, every=st.integers(1, 40), first=st.integers(-39, 0))
def test_ms_are_added_up_bin_by_bin(
    spans: list[tuple[int, int, int]], every: int, first: int
) -> None:
    """The expected table is filled by a loop over every millisecond of every span."""
    bins = Bins(max(first, 1 - every), every, 0)
    bins = bins._replace(n=-((bins.first - 100) // every))
    row, start, end = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    expected = np.zeros((3, bins.n), np.int64)
    for who, a, b in spans:
        for t in range(a, b):
            expected[who, (t - bins.first) // every] += 1
    assert ms_in_bins(row, start, end, 3, bins).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("start", "end", "offset", "bins"),
    [
        (0, 10, 0, Bins(0, 5, 2)),
        (3, 11, 0, Bins(0, 5, 3)),
        (0, 10, 2, Bins(-2, 5, 3)),
        (4, 8, 6, Bins(4, 5, 1)),
    ],
)
def test_bins_begin_where_the_clock_is_round(start: int, end: int, offset: int, bins: Bins) -> None:
    """The clock shows ``offset`` when the run begins; bins hold the whole span, and no more."""
    found = Bins.around(start, end, 5, offset)
    assert found == bins
    assert (found.first + offset) % 5 == 0
    assert found.first <= start < found.first + 5
    assert end <= found.first + 5 * found.n < end + 5


def by_hand() -> AllDiscrepancies:
    """Four agents on shifts of 10 ms; the second is misled twice, the third throughout."""
    table = [(1, 2, 4, 1), (1, 7, 10, 2), (2, 5, 15, 5)]
    columns = np.array(table, dtype=np.int64).T
    start = np.array([0, 0, 5, 10])
    return AllDiscrepancies(["a", "b", "c", "d"], start, start + 10, DiscrepancySpans(*columns))


def test_agents_are_counted_on_average_of_a_bin() -> None:
    """Over [5, 10) b is misled for 3 of 5 ms, c for all of them."""
    found = counts(by_hand(), Bins.around(0, 20, 5), 4)
    assert found.at_work == [2, 3, 2, 1]
    assert found.misled == [0.4, 1.6, 1, 0]
    assert found.by_kind == [[0.4, 1, 1, 0], [0, 0.6, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]


def test_shares_are_of_those_on_shift_and_follow_the_order() -> None:
    """Worked out by hand from shifts of 10 ms; -1 stands for nobody on shift, not for 0 %."""
    bins = Bins.around(0, 20, 5)
    # c alone works in the second and third bin, misled; b is misled for 2 and 3 of 5 ms.
    assert shares(by_hand(), ["c", "b", "a", "d"], 1, bins) == [
        [-1, 100, 100, -1],
        [40, 60, -1, -1],
        [0, 0, -1, -1],
        [-1, -1, 0, 0],
    ]
    assert shares(by_hand(), ["c", "b", "a", "d"], 3, bins) == [[20, 53, 100, -1], [-1, -1, 0, 0]]


def test_a_share_above_nothing_is_not_told_as_nothing() -> None:
    """One ms of 1,000 is 0.1 %; rounded to 0 it would hide that somebody is misled."""
    start = np.zeros(1, np.int64)
    one = DiscrepancySpans(start, start, start + 1, start + 1)
    assert shares(
        AllDiscrepancies(["a"], start, start + 1_000, one), ["a"], 1, Bins(0, 1_000, 1)
    ) == [[1]]


def test_all_time_misled_is_counted_once() -> None:
    """Whatever the bins, and by kinds as often as there are kinds at once."""
    found = ColumnRun(simkit.traps["E4"].settings, 1, "test").all_discrepancies
    for every in (5 * MINUTE, HOUR, 7 * MINUTE + 1):
        told = counts(found, Bins.around(*found.span, every, 123_456), 4)
        slack = 0.05 * every * len(told.misled)
        assert sum(told.misled) * every == pytest.approx(sum(found.totals), abs=slack)
        shifts = int((found.end - found.start).sum())
        assert sum(told.at_work) * every == pytest.approx(shifts, abs=slack)

"""Claims of the guide that only a measurement shows; the ledger is data/guide_claims.csv."""

from __future__ import annotations

import pytest

import simkit
from simkit import theory, traps
from simkit.base.clock import SECOND
from simkit.rules.organisation import Organisation
from simkit.rules.reasons import ENVELOPE_BYTES, Directory, provision
from simkit.rules.sections import ProvisioningSettings
from simkit.rules.settings import Settings
from simkit.runs.run import Run

TYPES = ("BREAK", "TRAINING", "OTHER")
DIVISION = "d-00000000-0000-4000-8000-000000000000"


def value(run: Run, metric: str) -> float:
    found = run.metrics[metric].value
    assert found is not None
    return found


def lists(run: Run) -> int:
    """Give how many lists a run asked the platform for."""
    entries = [entry for calls in run.requests.values() for entry in calls.items()]
    return sum(n for (kind, _, _), (n, _) in entries if kind == "list")


def size_of_list(codes: int) -> int:
    """Give the bytes of a list of so many codes, all of one size, in the kit's own JSON."""
    organisation = Organisation.model_validate(
        {
            "name": "By hand",
            "day": "2026-03-02",
            "provisioning_user_division": "Global",
            "divisions": [{"id": DIVISION, "name": "Global"}],
            "codes": [
                {"id": f"c{n:03}", "name": f"Reason {n:03}", "type": "OTHER", "division": "Global"}
                for n in range(codes)
            ],
            "shifts": [{"name": "day", "start": "08:00", "end": "16:00"}],
            "agents": [{"id": "a", "division": "Global", "shift": "day"}],
        }
    )
    directory = Directory(organisation, provision(organisation, ProvisioningSettings()), [])
    return directory.listing("Global", "division", TYPES).at(0).size


@pytest.mark.claim("C003", "C029")
def test_bound_codes_make_lists_shorter_and_take_bytes_off_the_wire(healthy: Settings) -> None:
    """Against codes that all lie in Global and are listed with the ancestors; as many polls."""
    everywhere = healthy.replace(binding="omitted", filter_type="hierarchical")
    short, long = simkit.run(healthy, 1), simkit.run(everywhere, 1)
    assert lists(short) == lists(long)
    codes = {
        run: {r.data.mask.bit_count() for r in run.log if r.kind == "list"} for run in (short, long)
    }
    assert max(codes[short]) < min(codes[long])
    # A third of the codes: even with the fixed parts of a reply it must be less than half.
    assert max(codes[short]) == max(codes[long]) / 3
    assert value(short, "bytes_per_s") < value(long, "bytes_per_s") / 2


@pytest.mark.claim("C031")
def test_twelve_codes_in_place_of_two_hundred_save_94_percent_of_the_bytes_and_not_60() -> None:
    """Sixty would take a fixed cost per list that is worth 113 codes; ours is worth less than one.

    From (200 - 12) / (200 + x) = 0.6 follows x = 113.3. It is the kit's own JSON that is measured.
    """
    long, short = size_of_list(200), size_of_list(12)
    assert 0.93 < 1 - short / long < (200 - 12) / 200
    per_code = (long - short) / (200 - 12)
    fixed = (long - 200 * per_code) / per_code
    assert fixed == pytest.approx(ENVELOPE_BYTES / per_code)
    assert fixed < 1 < (200 - 12) / 0.6 - 200


@pytest.mark.slow
@pytest.mark.claim("C044")
def test_thirty_seconds_balance_neither_freshness_nor_a_limit_by_themselves(
    healthy: Settings,
) -> None:
    """At the same 30 s a limit is hardly touched or exceeded, a list seconds or many minutes old.

    A widget polls twice a minute and submits a few times a shift. That is below a hundredth of an
    own token's 300 calls a minute; 30 widgets on one token need twice the 30 calls that it has.
    """
    assert healthy.interval_ms == traps["E4"].settings.interval_ms == 30 * SECOND
    own = simkit.run(healthy.replace(rate_limit_per_min=300), 1)
    shared = simkit.run(healthy.replace(rate_limit_per_min=30, token_topology="shared"), 1)
    assert 0 < value(own, "rate_limit_share") < 0.01
    assert value(shared, "rate_limit_share") > 1
    assert refused(own) == 0 < refused(shared)

    plain = simkit.run(traps["E4"].fixed("vi"), 1)
    kept = simkit.run(traps["E4"].settings, 1)
    longest = theory.peak(30 * SECOND, 2 * healthy.wire.delay_max_ms)
    assert 0 < value(plain, "deactivated_code_shown_ms") <= longest
    assert value(kept, "deactivated_code_shown_ms") > 10 * longest


def refused(run: Run) -> int:
    """Give how many calls met the rate limit."""
    entries = [entry for calls in run.requests.values() for entry in calls.items()]
    return sum(n for (_, status, _), (n, _) in entries if status == 429)


@pytest.mark.claim("C084")
def test_copies_keep_ancestors_codes_out_of_the_list_and_a_hierarchical_filter_does_not() -> None:
    """Both fill the dropdown; only with copies does an agent see the own division's codes alone."""
    copied, wide = (simkit.run(traps["E1"].fixed(fix), 1) for fix in ("E1b", "E1a"))
    assert value(copied, "empty_openings_share") == value(wide, "empty_openings_share") == 0
    assert value(copied, "ancestor_codes_visible") == 0
    assert value(wide, "ancestor_codes_visible") > 0

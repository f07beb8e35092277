"""Measure the coverage of the intervals anew and write data/coverage.json; takes some minutes."""

import json
import os
from pathlib import Path

from simkit.inputs.loading import load
from simkit.studio.coverage import REPLICATIONS, TRIALS, coverage
from simkit.studio.experiment import experiment
from simkit.studio.store import about
from simkit.studio.sweep import sweep

DATA = Path(__file__).resolve().parent.parent / "data"
METRICS = [
    "stale_share",
    "staleness_age_ms",
    "information_age_ms",
    "deactivated_code_shown_ms",
    "deactivated_code_shown_p95_ms",
    "stale_selections_share",
    "wrong_selections",
    "wrong_selections_expected",
    "empty_openings_share",
    "intentions_lost",
    "requests_per_s",
    "bytes_per_s",
    "peak_requests_per_s",
]
# Plain polling every 30 s in the small organisation, with the studio's edits: 24 codes a day.
CHANGES = {"workload.deactivation_probability": 24 / 36}
FIRST_SEED = 1_000_000


def main() -> None:
    base = load(DATA / "scenarios" / "healthy.yaml").replace(CHANGES)
    made = experiment(
        base,
        {"polling": {"plain": {}}},
        replications=TRIALS * REPLICATIONS,
        metrics=METRICS,
        seed=FIRST_SEED,
    )
    found = sweep(made, jobs=os.cpu_count() or 1, progress=tell)
    document = {
        "scenario": base.name,
        "changes": CHANGES,
        "seed": FIRST_SEED,
        "trials": TRIALS,
        "replications": REPLICATIONS,
        "level": 0.95,
        "versions": about(made)["versions"],
        "metrics": {},
    }
    for name in METRICS:
        kept = coverage(found.values(0, name))
        document["metrics"][name] = {
            "coverage": kept.share.mean,
            "ci95": [kept.share.low, kept.share.high],
            "mean": kept.mean,
            "hits": "".join("1" if hit else "0" for hit in kept.hits),
        }
        print(f"{name}: {kept.share.mean:.1%} ({kept.share.low:.1%} to {kept.share.high:.1%})")
    text = json.dumps(document, indent=2) + "\n"
    (DATA / "coverage.json").write_text(text, encoding="utf-8")


def tell(done: int, total: int) -> None:
    if done % 500 == 0:
        print(f"{done:,} of {total:,}", flush=True)


if __name__ == "__main__":
    main()

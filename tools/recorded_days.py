"""Measure what docs/recorded-days.md says of calibration: some minutes.

How often intervals hold what days were drawn by, and by how much choices are told too low where
days come through exports.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from simkit.base.errors import InputNotice
from simkit.inputs.drawing import drawn
from simkit.inputs.exports.export import read_export
from simkit.inputs.loading import load
from simkit.inputs.traces.reading import parse_trace
from simkit.rules.settings import Settings
from simkit.studio.calibration import Calibration, calibrate
from simkit.study.sample_days import write_sample_days

WORLD = Path(__file__).resolve().parent.parent / "data" / "recorded" / "world.yaml"
DRAWN, EXPORTED, DAYS = 300, 60, 3
FIRST_SEED = 10_000
SPREAD = {"workload.start_spread_ms": 1_800_000}
"""Of drawn days; exported ones have their schedules' own hours."""


def main() -> None:
    warnings.simplefilter("ignore", InputNotice)
    world = load(WORLD)
    spread = world.replace(SPREAD)
    seeds = range(FIRST_SEED, FIRST_SEED + DRAWN * DAYS, DAYS)
    found = [calibrate([drawn(spread, seed + n) for n in range(DAYS)], spread) for seed in seeds]
    print(f"{DRAWN} times {DAYS} days as they are drawn")
    tell(spread, found)
    found = [exported(world, seed) for seed in seeds[:EXPORTED]]
    print(f"{EXPORTED} times {DAYS} days through exports")
    tell(world, found)


def exported(world: Settings, seed: int) -> Calibration:
    """Give what days tell that are lived, exported and imported again."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample_days(world, folder, DAYS, seed)
        days, settings = [], world
        for n in range(DAYS):
            day = f"2026-03-0{2 + n}"
            export = read_export(folder, zone=world.organisation.time_zone, day=day)
            path = Path(folder, "org.json")
            if n == 0:
                export.save(path)
                settings = load(path)
                path.unlink()
            days.append(parse_trace(export.trace(), day, settings, quiet=True))
        return calibrate(days, settings)


def tell(world: Settings, found: list[Calibration]) -> None:
    for field in ("start_spread_ms", "cluster_sd_ms", "unscheduled_breaks", *SHARES):
        true = getattr(world.workload, field)
        told = [each[field] for each in found if field in each]
        held = sum(each.low <= true <= each.high for each in told)
        mean = sum(each.value for each in told) / len(told)
        of = f" ({100 * (mean / true - 1):+.1f} %)" if true else ""
        print(f"  {field}: {true:g} held {held} of {len(told)}, mean {mean:.5g}{of}")


SHARES = (
    *("follow_up_probability", "deactivation_probability"),
    *("transfer_probability", "transfer_guard_ms"),
)

if __name__ == "__main__":
    main()

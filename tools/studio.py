"""Write the figures of docs/studio.md again: the answers for three organisations, the coverage."""

import os
import re
from pathlib import Path
from textwrap import wrap

from simkit.inputs.loading import load
from simkit.studio.coverage import measured
from simkit.studio.design import changed
from simkit.studio.information_age import MEASURES
from simkit.studio.recommend import recommend

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "studio.md"
SIZES = (50, 1_000, 10_000)
LIMITS = {
    "stale_selections_share": 0.01,
    "rate_limit_peak_share": 0.5,
    "peak_requests_per_s": 500.0,
}
WIDTH = 110


def answers() -> str:
    base = load(ROOT / "data" / "scenarios" / "architect.yaml")
    parts = []
    for agents in SIZES:
        answer = recommend(
            changed(base, {"organisation.agents": agents}), LIMITS, jobs=os.cpu_count() or 1
        )
        lines = []
        for line in answer.lines:
            hang = "  " if line.startswith("- ") else ""
            lines += wrap(line, WIDTH, subsequent_indent=hang)
        parts.append("```text\n" + "\n".join(lines) + "\n```")
    return "\n\n".join(parts)


def coverage() -> str:
    known = measured()
    rows = ["| metric | held in | 95 % interval of that |", "| --- | --- | --- |"]
    for name, entry in known["metrics"].items():
        low, high = (f"{100 * end:.1f}" for end in entry["ci95"])
        held = f"{100 * entry['coverage']:.1f} % | {low} to {high} %"
        rows.append(f"| {MEASURES[name].title} (`{name}`) | {held} |")
    head = (
        f"In {known['trials']:,} trials of {known['replications']} replications, 30 agents, "
        "plain polling, 24 deactivations a day (`python tools/coverage.py`):"
    )
    return "\n".join([*wrap(head, WIDTH), "", *rows])


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, made in {"answers": answers(), "coverage": coverage()}.items():
        block = re.compile(rf"<!-- {name} -->\n.*?<!-- end -->", re.DOTALL)
        text = block.sub(lambda _, n=name, m=made: f"<!-- {n} -->\n{m}\n<!-- end -->", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Read this first: one world is built, run and asked (``python examples/first_run.py``)."""

from __future__ import annotations

import simkit

# Settings say what a world is like: who works when, what the widget is told, how the platform is.
# A trap is a healthy deployment with one fault.
trap = simkit.traps["E4"]
settings = trap.settings.replace(refresh_interval_ms=30_000)
print(f"{trap.title}: {trap.entry.fault}")

# A run is what 30 agents, the platform and the administrator do on one day; the seed draws it.
run = simkit.run(settings, seed=7)
print(f"{len(run.log):,} records of {len(run.agents)} agents, digest {run.digest[:8]}")

# Metrics count what went wrong: more is worse. The same day with a fix shows what that is worth.
fixed = simkit.run(trap.fixed("E4b"), seed=7)
for name in (trap.metric, "wrong_selections", "requests_per_s"):
    before, after = run.metrics[name], fixed.metrics[name]
    print(f"{name}: {before.value:,.2f} {before.unit}, with E4b {after.value:,.2f}")

# Somebody believes what is not so: who is misled for longest, from when on, and why?
agent = run.agents_by_discrepancy[0]
first = run.stretches(agent)[0]
print(run.why(agent, first.start))

# One day is one day. Replications on the same random numbers give intervals and a verdict.
result = simkit.compare(trap, replications=5)
for fix in result.fixes:
    print(f"{fix.change.id} {fix.change.title}: {fix.verdict}")

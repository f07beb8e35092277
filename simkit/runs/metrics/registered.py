"""All metrics of a run by name: the symptoms, then the requests on the wire."""

from __future__ import annotations

from simkit.runs.metrics import symptoms, traffic
from simkit.runs.metrics.registry import METRICS, Measured, Metric, RunScope

__all__ = ["METRICS", "Measured", "Metric", "RunScope", "symptoms", "traffic"]

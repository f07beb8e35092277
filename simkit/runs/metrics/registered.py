"""All metrics of a run by name: the symptoms, then the calls on the wire."""

from __future__ import annotations

from simkit.runs.metrics import symptoms, traffic
from simkit.runs.metrics.registry import METRICS, Measured, Metric, Whole

__all__ = ["METRICS", "Measured", "Metric", "Whole", "symptoms", "traffic"]

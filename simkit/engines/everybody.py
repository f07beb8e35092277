"""What pictures of thousands of agents are drawn from, whatever engine ran them."""

from __future__ import annotations

from simkit.engines.columns.column_run import ColumnRun
from simkit.engines.columns.discrepancies import AllDiscrepancies, of_history
from simkit.runs.run import Run


def all_discrepancies(run: Run) -> AllDiscrepancies:
    """Give when each agent of a run meets a discrepancy, as columns."""
    return run.all_discrepancies if isinstance(run, ColumnRun) else of_history(run.history)

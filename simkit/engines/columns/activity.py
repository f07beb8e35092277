"""When codes are active, for agents of any replication."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simkit.base.steps import Steps
from simkit.engines.columns.arrays import Flags, Ints
from simkit.engines.columns.steps import StepTables
from simkit.rules.reasons import Directory


class Activity:
    """Whether codes are active in each replication: ``Directory.activity`` for columns."""

    def __init__(self, directories: Sequence[Directory]) -> None:
        steps = [Steps(True)]  # of all codes that nobody edits
        self._row = np.zeros((len(directories), len(directories[0].codes)), np.int64)
        for replication, directory in enumerate(directories):
            for code in {edit.code for edit in directory.edits}:
                self._row[replication, code] = len(steps)
                steps.append(directory.activity(code))
        self._steps = StepTables(steps)

    def at(self, replication: Ints, code: Ints, t: Ints) -> Flags:
        """Say whether codes are active at some moments."""
        return self._steps.at(self._row[replication, code], t) > 0

    def had_come_back(self, replication: Ints, code: Ints, t: Ints) -> Flags:
        """Say whether codes were activated again before some moments."""
        return self._steps.changes_until(self._row[replication, code], t - 1) >= 2

    def next_change(self, replication: Ints, code: Ints, t: Ints) -> Ints:
        """Give when codes next change after some moments; NEVER for those that do not."""
        return self._steps.next_change(self._row[replication, code], t)

"""What benchmarks share: whether they measure, or only show that they still run."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether this is ``make bench``; ``make test`` runs each benchmark once, untimed and small."""
    return not request.config.getoption("benchmark_disable")

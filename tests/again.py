"""Runs kept scenarios through the tests that failed on them: ``python tests/again.py FILE ...``."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path

from hypothesis import Phase, example, settings

TESTS = Path(__file__).resolve().parent


def again(file: Path) -> bool:
    """Run one kept file through its test; say how that goes, and whether it passes."""
    from keeping import read

    test, drawn = read(file)
    where, _, name = test.partition("::")
    path = TESTS.parent / where
    sys.path.insert(0, str(path.parent))
    tried = example(**drawn)(getattr(import_module(path.stem), name))
    tried._hypothesis_internal_use_settings = settings(phases=(Phase.explicit,), deadline=None)
    try:
        tried()
    except Exception:
        traceback.print_exc()
        print(f"{file} fails in {test}")
        return False
    print(f"{file} passes in {test}")
    return True


if __name__ == "__main__":
    sys.path[:0] = [str(TESTS.parent), str(TESTS / "support")]
    if not sys.argv[1:]:
        sys.exit("usage: python tests/again.py FILE ...")
    passed = [again(Path(file)) for file in sys.argv[1:]]
    sys.exit(not all(passed))

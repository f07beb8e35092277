"""The garbage collector of Python, kept from work that is in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Stop the garbage collector, which would go over what grows again and again.

    For what leaves no garbage, as a run or a reader. To freeze and to thaw what it made is to call
    it old, so that the collector does not begin with a look at all of it; somebody else's frozen
    objects stay so.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()

"""What becomes of an agent's intentions: when a choice is made, and when the agent comes back."""

from __future__ import annotations

from typing import Literal

Return = Literal["now", "later", "never"]


def comes_back(moved_on: bool, awaits_reply: bool) -> Return:
    """Say what becomes of a return to work at the moment that it was planned for.

    Who has moved on to another status does not come back from the former one. Who has sent another
    choice and awaits the reply comes back later, when it is known to have failed.

    >>> comes_back(moved_on=False, awaits_reply=True), comes_back(moved_on=True, awaits_reply=True)
    ('later', 'never')
    """
    if moved_on:
        return "never"
    return "later" if awaits_reply else "now"


def waits_until(due: int, length: int, shift_end: int) -> int:
    """Give when an agent gives up who waits for a page's first answer; times in ms.

    Before that answer a page shows that it is loading. Nobody waits longer than the status was
    meant to last, nor beyond the shift. An answer may be a refusal too, and then nothing is listed.

    >>> waits_until(due=1_000, length=60_000, shift_end=50_000)
    50000
    """
    return min(due + length, shift_end)

"""Addressed randomness: a draw is a function of (seed, purpose, actor, n), not of draws before.

The mixer is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
generators", OOPSLA 2014). All arithmetic is on whole numbers below 2**64, so that pure Python and
NumPy agree to the bit on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

_MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST_FACTOR, SECOND_FACTOR = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""The constants of the mixer; whoever draws whole columns uses the same ones."""


def key(seed: int, purpose: str, actor: str) -> int:
    """Give the 64-bit address of one actor's draws for one purpose."""
    hashed = _prefix(seed, purpose).copy()
    hashed.update(actor.encode())
    return int.from_bytes(hashed.digest(), "little")


def keys(seed: int, purpose: str, actors: Iterable[str]) -> bytes:
    """Give the addresses of many actors, 8 bytes each, the lowest byte first."""
    prefix = _prefix(seed, purpose)
    digests = []
    for actor in actors:
        hashed = prefix.copy()
        hashed.update(actor.encode())
        digests.append(hashed.digest())
    return b"".join(digests)


@lru_cache(maxsize=64)
def _prefix(seed: int, purpose: str) -> blake2b:
    return blake2b(f"{seed}\x1f{purpose}\x1f".encode(), digest_size=8)


def draw(address: int, n: int) -> int:
    """Give the n-th 64-bit draw at an address; n may be any whole number, such as a time in ms."""
    x = (address + n * GOLDEN) & _MASK
    x = ((x ^ (x >> 30)) * FIRST_FACTOR) & _MASK
    x = ((x ^ (x >> 27)) * SECOND_FACTOR) & _MASK
    return x ^ (x >> 31)


def below(u: int, bound: int) -> int:
    """Give a whole number from 0 to bound - 1 out of the upper half of a draw."""
    return ((u >> 32) * bound) >> 32


def happens(u: int, probability: float) -> bool:
    """Say whether a draw's upper half falls under a probability, exact at 0 and at 1."""
    return (u >> 32) < round(probability * (1 << 32))


class QuantileTable:
    """A distribution as equally spaced whole-number quantiles, read by linear interpolation.

    Whole numbers all the way: no logarithm, so no last-digit difference between machines.
    """

    __slots__ = ("_segments", "knots")

    def __init__(self, knots: tuple[int, ...]) -> None:
        self.knots = knots
        self._segments = len(knots) - 1

    def at(self, u32: int) -> int:
        """Give the quantile of a 32-bit draw."""
        place = u32 * self._segments
        low = self.knots[place >> 32]
        return low + (((self.knots[(place >> 32) + 1] - low) * (place & 0xFFFFFFFF)) >> 32)

    @property
    def mean(self) -> float:
        """Give the expected value before rounding down to whole numbers."""
        inner = sum(self.knots[1:-1])
        return (inner + (self.knots[0] + self.knots[-1]) / 2) / self._segments


_QUANTILES_MILLI = """
-3090 -1863 -1534 -1318 -1150 -1010 -887 -776 -674 -579 -489 -402 -319 -237 -157 -78 0
78 157 237 319 402 489 579 674 776 887 1010 1150 1318 1534 1863 3090
"""
NORMAL_MILLI = QuantileTable(tuple(map(int, _QUANTILES_MILLI.split())))
"""The standard normal in thousandths, at p = k/32; its open ends are cut at p = 1/1000."""

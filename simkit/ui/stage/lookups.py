"""What the stage shows at a moment, looked up in what is told: twin of ``lookups.js``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from simkit.base.clock import HOUR, SECOND
from simkit.ui.lab.told import Day, Piece, World
from simkit.ui.stage.told import Actor, Beat, MessageLook, Messages, Stage

Item = TypeVar("Item")


def last(items: Sequence[Item], t: int, start: Callable[[Item], int]) -> Item | None:
    """Give the last item that has begun by a moment, or None.

    >>> last([0, 10, 20], 15, int), last([5], 4, int)
    (10, None)
    """
    place = bisect_right(items, t, key=start)
    return items[place - 1] if place else None


def piece_at(day: Day, t: int) -> Piece:
    """Give the stretch of a shift that a moment lies in."""
    return last(day["pieces"], t, lambda piece: piece["start"]) or day["pieces"][0]


def clock_time(world: World, t: int) -> str:
    """Give a moment as a local time, with seconds."""
    at = last(world["clock"], t, lambda each: each["start"]) or world["clock"][0]
    seconds = (t + at["offset"]) % (24 * HOUR) // SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class Flight(NamedTuple):
    """The last message that has left by a moment, and how far it has come."""

    place: int
    look: MessageLook
    leaves: int
    way: float
    """From 0 to 1 on its way to the platform, from 1 to 2 on its way back; 2 once it is known."""


def flight_at(messages: Messages, t: int) -> Flight | None:
    """Give the last message that has left by a moment; None before the first."""
    place = bisect_right(messages["leaves"], t) - 1
    if place < 0:
        return None
    leaves, up, total = (messages["leaves"][place], messages["up"][place], messages["total"][place])
    gone = t - leaves
    if gone >= total:
        way = 2.0
    elif up < 0:  # what does not arrive is lost half-way: nobody can say where
        way = min(0.5, gone / total)
    else:
        way = gone / up if gone < up else 1 + (gone - up) / (total - up)
    return Flight(place, messages["looks"][messages["look"][place]], leaves, way)


def kept_at(messages: Messages, t: int) -> int | None:
    """Give when the poll left whose answer is the list that the page keeps at a moment."""
    for place in range(bisect_right(messages["leaves"], t) - 1, -1, -1):
        look, leaves = messages["looks"][messages["look"][place]], messages["leaves"][place]
        taken = look["kind"] == "list" and look["fate"] == "taken"
        if taken and leaves + messages["total"][place] <= t:
            return leaves
    return None


def alike(messages: Messages, place: int) -> int:
    """Give how many messages of a kind in a row, up to one, were of its look."""
    wanted, count = messages["look"][place], 0
    for look in reversed(messages["look"][: place + 1]):
        if look == wanted:
            count += 1
        elif messages["looks"][look]["kind"] == messages["looks"][wanted]["kind"]:
            break
    return count


def beat_at(stage: Stage, t: int) -> Beat | None:
    """Give the last beat by a moment."""
    return last(stage["beats"], t, lambda beat: beat["t"])


def acts_of(stage: Stage, actor: Actor) -> list[Beat]:
    """Give what an actor does in the day, messages aside."""
    return [beat for beat in stage["beats"] if beat["message"] < 0 and beat["actor"] == actor]


def left_of_token(stage: Stage, t: int) -> int:
    """Give how long the token still lives at a moment, in ms; 0 for a dead one."""
    token = last(stage["tokens"], t, lambda each: each["start"])
    return max(0, token["dies"] - t) if token else 0

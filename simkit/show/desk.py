"""What one agent's desk shows at a moment, what is true then, and the state behind the lab.

Pure Python: nothing here knows of widgets. A run is made once for each settings and seed; moving
the moment or choosing another agent only reads it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin

from simkit.base.clock import MINUTE, SECOND
from simkit.base.errors import BadInput, closest
from simkit.base.steps import combine
from simkit.rules.reasons import Code
from simkit.rules.settings import SECTIONS, Difference, Settings, diff, dotted
from simkit.study.metrics import override_times
from simkit.study.run import Run, run
from simkit.study.scenarios import Change, Trap, traps

BLIP_MS = SECOND
"""A disagreement shorter than this is a reply still on its way: no stop, no band."""
MESSAGE_MS = MINUTE
"""How long the desk keeps showing what the widget said last."""
KEPT_RUNS = 24
"""Runs that a lab keeps; the one unused for longest is dropped."""

HEALTHY, TRAP, CUSTOM = "healthy", "trap", "custom"
DeskState = Literal["list", "empty", "frozen", "locked"]


class Trouble(NamedTuple):
    """In which ways belief and truth part, all at once; codes as bit masks."""

    dead: int
    missing: int
    status: bool
    frozen: bool


class Stretch(NamedTuple):
    """A span of the shift with one and the same trouble."""

    start: int
    end: int
    trouble: Trouble


@dataclass(frozen=True)
class Desk:
    """What the agent sees: the widget's dropdown, its last message, and the status believed."""

    state: DeskState
    placeholder: str
    entries: tuple[int, ...]
    """Numbers of the codes in the order of the list; what the agent cannot open is not here."""
    status: int
    said: str
    """Kind of the record behind the last message: success, error or warned; empty for none."""
    detail: str
    """What the message is about."""


@dataclass(frozen=True)
class Truth:
    """What the platform knows at the same moment."""

    division: str
    status: int
    usable: int
    """Codes of the listed types that may be used, as a bit mask."""
    missing: tuple[int, ...]
    """Codes that may be used and are not shown."""


@dataclass(frozen=True)
class Preset:
    """One entry of the lab's list of settings."""

    id: str
    label: str
    change: Change | None = None


@dataclass(frozen=True)
class Control:
    """A field that can be changed by hand: all of it comes from the field of the settings."""

    path: str
    kind: Literal["flag", "number", "choice"]
    description: str
    low: float | None = None
    high: float | None = None
    whole: bool = True
    options: tuple[Any, ...] = ()


def bits(mask: int) -> tuple[int, ...]:
    """Give the numbers of the codes in a mask, in the widget's order.

    >>> bits(0b1010)
    (1, 3)
    """
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


class Reading:
    """A finished run as the lab reads it, with what is worked out once and asked for often."""

    def __init__(self, finished: Run) -> None:
        self.run = finished
        self.codes: tuple[Code, ...] = finished.outcome.directory.codes
        self._stretches: dict[str, list[Stretch]] = {}
        self._locks: dict[str, list[tuple[int, int]]] = {}

    def stretches(self, agent: str) -> list[Stretch]:
        """Give the spans of an agent's shift in which something is wrong, blips left out."""
        if agent not in self._stretches:
            self._stretches[agent] = [s for s in self._pieces(agent) if any(s.trouble)]
        return self._stretches[agent]

    def _pieces(self, agent: str) -> Iterator[Stretch]:
        day, gaps = self.run.days[agent], self.run.gaps(agent)
        parts = (gaps.dead, gaps.missing, gaps.status, self.run.belief(agent).frozen)
        found: list[Stretch] = []
        for start, end, trouble in combine(Trouble, *parts).spans(day.start, day.end):
            if end - start < BLIP_MS:
                continue
            if found and found[-1].trouble == trouble:
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(Stretch(start, end, trouble))
        yield from found

    def time_in_trouble(self, agent: str) -> int:
        """Give the ms of an agent's shift in which something is wrong."""
        return sum(s.end - s.start for s in self.stretches(agent))

    @cached_property
    def agents(self) -> list[str]:
        """All agents, the one longest in trouble first."""
        return sorted(self.run.agents, key=lambda a: (-self.time_in_trouble(a), a))

    def locks(self, agent: str) -> list[tuple[int, int]]:
        """Give the spans in which the widget is locked because an override is due."""
        widget = self.run.settings.widget
        if widget.override_guard != "lock":
            return []
        if agent not in self._locks:
            window = widget.override_window_ms
            times = override_times(self.run, agent)
            self._locks[agent] = [(due - window, due) for due in times if window]
        return self._locks[agent]

    def locked_until(self, agent: str, t: int) -> int | None:
        """Give when the lock ends that holds at a moment, or None."""
        return next((end for start, end in self.locks(agent) if start <= t < end), None)

    def desk(self, agent: str, t: int) -> Desk:
        """Give what the agent sees at a moment."""
        belief, widget = self.run.belief(agent), self.run.settings.widget
        entries = bits(belief.listed.at(t))
        state: DeskState = "list" if entries else "empty"
        if belief.frozen.at(t):
            state = "frozen"
        elif self.locked_until(agent, t) is not None:
            state = "locked"
        if state != "list":
            entries = ()
        placeholder = widget.placeholder_text
        if entries and widget.auto_select:
            placeholder = self.codes[entries[0]].name
        said, detail = self._message(agent, t)
        return Desk(state, placeholder, entries, belief.status.at(t), said, detail)

    def _message(self, agent: str, t: int) -> tuple[str, str]:
        records = self.run.records(agent)
        for record in reversed(records[: bisect_right(records, t, key=lambda r: r.t)]):
            if record.t <= t - MESSAGE_MS or record.kind in ("login", "reload"):
                break
            if record.kind in ("success", "warned"):
                return record.kind, self.codes[record.data["code"]].name
            if record.kind == "error":
                return "error", f"{record.data['status']} {record.data['error']}"
        return "", ""

    def truth(self, agent: str, t: int) -> Truth:
        """Give what the platform knows at a moment."""
        true, gaps = self.run.truth(agent), self.run.gaps(agent)
        return Truth(
            division=true.division.at(t),
            status=true.status.at(t),
            usable=true.usable.at(t) & self.run.wanted,
            missing=bits(gaps.missing.at(t)),
        )

    def deactivated(self, code: int, t: int) -> int | None:
        """Give when a code was deactivated for the last time up to a moment, or None."""
        edits = [e for e in self.run.outcome.directory.edits if e.code == code and e.t <= t]
        return edits[-1].t if edits and not edits[-1].active else None


class LabState:
    """What is chosen in one lab, and what follows from it: trap, settings, agent, moment.

    Every method that changes something either succeeds or raises and leaves all as it was.
    """

    def __init__(
        self,
        trap_id: str = "E4",
        *,
        seed: int = 1,
        changes: Mapping[str, Any] | None = None,
        catalogue: Mapping[str, Trap] = traps,
        simulate: Callable[..., Run] = run,
    ) -> None:
        self.catalogue = catalogue
        self.seed = seed
        self.runs_made = 0
        self._simulate = simulate
        self._readings: dict[tuple[str, int], Reading] = {}
        self.trap = catalogue[trap_id]
        self.changes: dict[str, Any] = {dotted(p): v for p, v in (changes or {}).items()}
        """Fields changed by hand, on top of the trap."""
        self.preset = CUSTOM if self.changes else TRAP
        self.reading = self._read(self.settings)
        self.agent = self.reading.agents[0]
        self.moment = self._worst_moment()

    def __repr__(self) -> str:
        return f"LabState({self.trap.id}, {self.preset}, {self.agent} at {self.time(self.moment)})"

    # What can be chosen.

    @property
    def presets(self) -> list[Preset]:
        """All settings that can be chosen for the trap, in the order of the catalogue."""
        trap = self.trap
        return [
            Preset(HEALTHY, "Healthy: nothing is wrong"),
            Preset(TRAP, f"Trap {trap.id}: {trap.title}"),
            *(Preset(fix.id, f"Fix {fix.id}: {fix.title}", fix) for fix in trap.fixes),
            *(Preset(own.id, f"Ours {own.id}: {own.title}", own) for own in trap.remedies),
            Preset(CUSTOM, "Custom: choose the fields yourself"),
        ]

    @property
    def change(self) -> Change | None:
        """The fix or remedy that is chosen, None with the other presets."""
        return next(p.change for p in self.presets if p.id == self.preset)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings_of(self.trap, self.preset, self.changes)

    @staticmethod
    def _settings_of(trap: Trap, preset: str, changes: Mapping[str, Any]) -> Settings:
        if preset == HEALTHY:
            return trap.base
        if preset == TRAP:
            return trap.settings
        return trap.settings.replace(changes) if preset == CUSTOM else trap.fixed(preset)

    @property
    def differences(self) -> list[Difference]:
        """What the settings in force change: a fix in the trap, the trap in the healthy base."""
        if self.preset in (HEALTHY, TRAP):
            return diff(self.trap.base, self.settings)
        return diff(self.trap.settings, self.settings)

    @property
    def controls(self) -> list[Control]:
        """The fields that the trap's fixes and remedies touch, and those changed by hand."""
        touched = [path for c in (*self.trap.fixes, *self.trap.remedies) for path in c.set]
        paths = dict.fromkeys(dotted(path) for path in (*touched, *self.changes))
        return [self._control(path) for path in paths]

    def _control(self, path: str) -> Control:
        section, name = path.split(".")
        field = SECTIONS[section].model_fields[name]
        description = field.description or name
        kinds = [a for a in get_args(field.annotation) if a is not NoneType]
        kind = kinds[0] if len(kinds) == 1 else field.annotation
        if get_origin(field.annotation) is Literal:
            return Control(path, "choice", description, options=get_args(field.annotation))
        if kind is bool:
            return Control(path, "flag", description)
        if kind in (int, float) and self.settings.get(path) is not None:
            low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
            high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
            return Control(path, "number", description, low, high, kind is int)
        return Control(path, "choice", description, options=tuple(self._seen(path)))

    def _seen(self, path: str) -> list[Any]:
        """The values that a field takes anywhere in the trap's own part of the catalogue."""
        trap, seen = self.trap, []
        fixed = [trap.fixed(c.id) for c in (*trap.fixes, *trap.remedies)]
        for settings in (trap.settings, trap.base, *fixed, self.settings):
            if (value := settings.get(path)) not in seen:
                seen.append(value)
        return seen

    # Choosing.

    def choose_trap(self, trap_id: str) -> None:
        """Take another trap, with its own settings; the agent longest in trouble comes first."""
        trap = self.catalogue[trap_id]
        reading = self._read(trap.settings)
        self.trap, self.preset, self.changes, self.reading = trap, TRAP, {}, reading
        self.agent = reading.agents[0]
        self.moment = self._worst_moment()

    def choose_preset(self, preset: str) -> None:
        """Take other settings on the same luck; agent and moment stay, for comparison."""
        known = [p.id for p in self.presets]
        if preset not in known:
            raise BadInput(f"unknown preset {preset!r}{closest(preset, known)}")
        reading = self._read(self._settings_of(self.trap, preset, self.changes))
        self.preset, self.reading = preset, reading

    def set_field(self, path: str, value: Any) -> None:
        """Change one field by hand, on top of the trap and of what was changed before."""
        changes = self.changes | {dotted(path): value}
        reading = self._read(self._settings_of(self.trap, CUSTOM, changes))
        self.changes, self.preset, self.reading = changes, CUSTOM, reading

    def choose_agent(self, agent: str) -> None:
        """Take another agent, at that agent's worst moment; where nothing is wrong, it stays."""
        self.reading.run.records(agent)
        self.agent = agent
        self.moment = self._worst_moment(self.moment)

    def move_to(self, ms: int) -> None:
        """Take another moment, at most as far as the shift goes."""
        first, last = self.shift
        self.moment = min(max(ms, first), last)

    def go_to_trouble(self, direction: int) -> bool:
        """Go to the next (1) or previous (-1) disagreement; say whether there is one."""
        starts = [self._whole_second(s.start) for s in self.reading.stretches(self.agent)]
        if direction > 0:
            ahead = [t for t in starts if t > self.moment]
        else:
            ahead = [t for t in reversed(starts) if t < self.moment]
        if ahead:
            self.moment = ahead[0]
        return bool(ahead)

    # Reading.

    @property
    def shift(self) -> tuple[int, int]:
        """The first and the last whole second of the agent's shift, in ms of the run."""
        day = self.reading.run.days[self.agent]
        return self._whole_second(day.start), (day.end - 1) // SECOND * SECOND

    @property
    def desk(self) -> Desk:
        """What the agent sees at the moment."""
        return self.reading.desk(self.agent, self.moment)

    @property
    def truth(self) -> Truth:
        """What the platform knows at the moment."""
        return self.reading.truth(self.agent, self.moment)

    @property
    def healthy(self) -> Reading:
        """The healthy deployment on the same luck."""
        return self._read(self.trap.base)

    @property
    def trapped(self) -> Reading:
        """The trap on the same luck."""
        return self._read(self.trap.settings)

    def forget(self) -> None:
        """Let go of all runs but the one in force."""
        self._readings.clear()

    def time(self, ms: int) -> str:
        """Give the local time of a millisecond."""
        return self.reading.run.settings.organisation.calendar.show_minute(ms)

    def _worst_moment(self, otherwise: int = 0) -> int:
        """The middle of the longest trouble: far enough in for a fix to have had its chance."""
        first, last = self.shift
        stretches = self.reading.stretches(self.agent)
        if stretches:
            worst = max(stretches, key=lambda s: s.end - s.start)
            otherwise = self._whole_second((worst.start + worst.end - SECOND) // 2)
        return min(max(otherwise, first), last)

    @staticmethod
    def _whole_second(ms: int) -> int:
        """The first whole second at or after a millisecond; every stretch holds one."""
        return -(-ms // SECOND) * SECOND

    def _read(self, settings: Settings) -> Reading:
        key = (settings.hash, self.seed)
        reading = self._readings.pop(key, None)
        if reading is None:
            self.runs_made += 1
            reading = Reading(self._simulate(settings, seed=self.seed))
        self._readings[key] = reading
        if len(self._readings) > KEPT_RUNS:
            del self._readings[next(iter(self._readings))]
        return reading

"""Each sentence of *why* is held against the log and the settings, by readings of their own.

A sentence that matches none of the forms below fails, so that a new one needs a check as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from anyworld import examples, legal_settings, seeds
from extent import some
from handmade import (
    BREAK,
    HOUR,
    MEAL,
    MINUTE,
    NOT_SILENT,
    SECOND,
    TECH_BREAK,
    day,
    hand,
    off,
    play,
)
from hypothesis import given
from keeping import kept

import simkit
from simkit.engines.processes.build import simulate
from simkit.engines.processes.process_run import ProcessRun
from simkit.rules.reasons import Edit
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.rules.settings import Settings
from simkit.runs.events import ListShown
from simkit.runs.history import History
from simkit.runs.log import Record
from simkit.runs.run import Run
from simkit.runs.why import tell
from simkit.study.deciding_rules import decider

pytestmark = pytest.mark.slow  # thousands of moments are explained

CLOCK = r"(\d\d:\d\d:\d\d)"
END = r"(\d\d:\d\d:\d\d|the end of the shift)"
LISTS = ("list", "login", "reload")

SPAN = rf"since {CLOCK}, until {END}"
FORMS = {
    rf"(\S+) at {CLOCK}": "of_head",
    r"  believes: (.+); the dropdown (.+)": "of_belief",
    r"  in truth: (.+); (\d+) reasons? of the listed types may be used in (.+)": "of_truth",
    rf"(The dropdown does not respond|The status differs) \({SPAN}\)\.": "of_gap",
    rf"(Listed, but not usable): (.+) \((?:these )?{SPAN}\)\.": "of_list",
    rf"(Usable, but not listed): (.+) \((?:these )?{SPAN}\)\.": "of_list",
    r"Belief and truth agree\.": "of_agreement",
    r"The last thing that happened:": "of_nothing",
    r"  They are bound to (.+); the widget asked for (.+) with filterType (\w+)\.": "of_filter",
    r"  No list is shown; they are bound to (.+)\.": "of_no_list",
    rf"  Since {CLOCK} polls are (.+)\.": "of_trouble",
    rf"  The tab is hidden since {CLOCK}; polls wait until it is shown\.": "of_tab",
    r"  The widget polls every (.+)\.": "of_pace",
    r"  The first poll of this page waits for up to (.+)\.": "of_first_poll",
    r"  The next poll that is answered reads the new version and asks anew\.": "of_version",
    rf"  The last poll whose answer counts left at {CLOCK}(.+)": "of_last_poll",
    r"  A page load clears it\.": "of_mount",
    r"  A page reads the version once, at its first poll that is answered\.": "of_version_once",
    r"  An edit by hand does not raise the version\.": "of_console",
    r"  The division's id is written into the widget's configuration\.": "of_static_id",
    r"  The division (.+)": "of_division",
    r"  The list is the new division's already; the platform goes by it from "
    rf"{CLOCK} on\.": "of_lag",
    rf"  Since {CLOCK} the widget asks for the new one; no list has come\.": "of_reread",
    rf"  {CLOCK} (.+)": "of_record",
}
"""The forms of all sentences, and what checks each."""

LED_TO = {
    ("list", "edit"), ("list", "login"), ("list", "reload"), ("list", "division"),
    ("list", "version"), ("list", "trouble"), ("version", "edit"), ("division", "transfer"),
    ("division", "permissions"),
    ("login", "open"), ("login", "success"), ("login", "error"), ("submit", "open"),
    ("status", "submit"), ("status", "return"), ("ignored", "submit"), ("success", "status"),
    ("success", "ignored"), ("success", "submit"), ("error", "submit"), ("lost", "list"),
    ("lost", "login"), ("lost", "reload"), ("lost", "trouble"), ("warned", "open"),
    ("turned_away", "open"), ("turned_away", "warned"), ("recovered", "renewed"),
}  # fmt: skip
"""What can lead to what: (kind, kind of the record that *because* names)."""
CAME_AFTER = {
    ("return", "success"), ("return", "submit"), ("renewed", "login"), ("renewed", "reload"),
    ("shown", "hidden"), ("online", "offline"), ("permissions", "transfer"),
    *(("open", kind) for kind in LISTS),
}  # fmt: skip


class Claims:
    """The explanation of one moment, line by line, and what the log says of each line."""

    def __init__(self, run: Run, agent: str, t: int) -> None:
        self.run, self.agent, self.t = run, agent, t
        self.settings = run.settings
        self.day = run.days[agent]
        self.own = run.log.by_actor[agent]
        self.past = [r for r in self.own if r.t <= t]
        self.admin = [r for r in run.log.by_actor["admin"] if r.t <= t]
        self.told: list[str] = []
        """The checks that were made."""
        self.heading = ""
        self.span = 0, 0
        self.codes: set[int] = set()
        self.edits: list[Record] = []
        """The edits that are told for a heading."""
        self.explained = False
        self.overruled = False
        self.before: Record | None = None
        """The record of the line above, None after anything else."""
        self.taken: int | None = None

    def check(self) -> None:
        for line in self.run.why(self.agent, self.t).split("\n"):
            found = {form: re.fullmatch(form, line) for form in FORMS}
            form = next((form for form, match in found.items() if match), None)
            assert form is not None, f"a sentence that no test checks: {line}"
            if FORMS[form] != "of_record":
                self.before = None
            self.told.append(FORMS[form])
            getattr(self, FORMS[form])(*found[form].groups())  # type: ignore[union-attr]
        self.close()

    # Times and small readings.

    def clock(self, t: int) -> str:
        return self.settings.organisation.calendar.show_minute(t)

    def at(self, clock: str) -> tuple[int, int]:
        """Give the ms that a clock time stands for: all of its second."""
        hours, minutes, seconds = map(int, clock.split(":"))
        zero = self.settings.organisation.calendar.show(0)
        h, m, s = map(float, zero.split(":"))
        t = round(1000 * (3600 * (hours - h) + 60 * (minutes - m) + seconds - s))
        # A run may cross midnight: of all days, the moment that lies nearest is meant.
        t += 24 * HOUR * round((self.t - t) / (24 * HOUR))
        return t, t + 999

    @staticmethod
    def is_length(words: str, ms: int) -> bool:
        """Say whether words tell of a length, in two units at most and rounded to the second."""
        units = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}
        parts = re.findall(r"([\d.]+) (ms|s|min|h)\b", words)
        told = sum(float(number) * units[unit] for number, unit in parts)
        return abs(told - ms) <= (HOUR if "h" in words else 0) / 120 + 500

    def last(self, *kinds: str) -> Record | None:
        return next((r for r in reversed(self.past) if r.kind in kinds), None)

    def division(self) -> str:
        names = {d.id: d.name for d in self.settings.organisation.divisions}
        lag = self.settings.platform.permission_lag_ms
        moves = [r for r in self.past if r.kind == "transfer" and r.t + lag <= self.t]
        return names[moves[-1].data.division] if moves else self.day.division

    def path(self) -> set[str]:
        above = {d.name: d.parent for d in self.settings.organisation.divisions}
        path, at = set(), self.division()
        while at:
            path.add(at)
            at = above[at]  # type: ignore[assignment]
        return path

    def dead(self) -> set[int]:
        state = {r.data.code: r.data.active for r in self.admin}
        return {code for code, active in state.items() if not active}

    def usable(self) -> set[int]:
        types, path = self.settings.widget.status_reason_types, self.path()
        codes = enumerate(self.run.directory.codes)
        return {i for i, c in codes if c.type in types and c.division in path} - self.dead()

    def shown(self) -> set[int]:
        listed = self.last(*LISTS)
        mask = listed.data.mask if listed else 0
        return {i for i in range(mask.bit_length()) if mask >> i & 1}

    def departures(self, *kinds: str) -> list[int]:
        left = self.run.history.departures[self.agent]
        return sorted(d.first + i * d.every for d in left if d.kind in kinds for i in range(d.n))

    def between(self, since: int, until: int, *kinds: str) -> list[Record]:
        return [r for r in self.own if since < r.t < until and r.kind in kinds]

    def undisturbed(self, since: int, until: int) -> bool:
        """Whether all polls leave and are answered over a span."""
        hidden = any(span.start < until and span.end > since for span in self.day.hidden)
        failing = self.between(since, until, "trouble", "login", "reload")
        kinds = ("trouble", "recovered", "login", "reload")
        before = [r.kind for r in self.own if r.t <= since and r.kind in kinds]
        return not hidden and not failing and before[-1:] != ["trouble"]

    def within_a_poll(self, since: int) -> bool:
        """Whether the moment is not later than the next poll is answered, unless that failed."""
        load = [r.t for r in self.own if r.t <= since and r.kind in ("login", "reload")][-1]
        first = load + self.settings.widget.start_jitter_ms
        left = max(since + self.settings.interval_ms, first)
        late = self.t > left + self.settings.longest_poll_ms
        return not late or not self.undisturbed(since, self.t)

    # What is so at the moment.

    def of_head(self, agent: str, clock: str) -> None:
        assert (agent, clock) == (self.agent, self.clock(self.t))

    def of_belief(self, status: str, dropdown: str) -> None:
        believed = self.last("success", "return")
        code = believed.data.code if believed and believed.kind == "success" else AVAILABLE
        assert status == self.status(code)
        troubled = self.last("trouble", "recovered", "login", "reload")
        dead = troubled is not None and troubled.kind == "trouble" and troubled.data.status == 401
        if dead and self.settings.widget.on_401 == "freeze":
            assert dropdown == "does not respond"
            return
        if found := re.fullmatch(rf"is locked until {CLOCK}", dropdown):
            assert self.settings.widget.override_guard == "lock"
            due, last = self.at(found[1])
            assert due - self.settings.widget.override_window_ms <= self.t < last
            every, windows = self.settings.routing.sweep_interval_ms, self.day.windows
            edges = {self.clock(t) for window in windows for t in (window.start, window.end)}
            assert (every and due % every == 0) or found[1] in edges
            return
        assert all(
            o.data.state != "locked" for o in self.past if o.t == self.t and o.kind == "open"
        )
        n = len(self.shown())
        assert dropdown == f"shows {n} status reason{'' if n == 1 else 's'}"

    def status(self, value: int) -> str:
        if value in (AVAILABLE, SCHEDULED):
            return "Available" if value == AVAILABLE else "off the queue as scheduled"
        return self.run.directory.codes[value].name

    def of_truth(self, status: str, usable: str, division: str) -> None:
        written = self.last("status")
        assert status == self.status(written.data.status if written else AVAILABLE)
        assert (int(usable), division) == (len(self.usable()), self.division())

    def open_gap(self, heading: str, since: str, until: str) -> None:
        self.close()
        self.heading, self.explained, self.edits = heading, False, []
        self.overruled = False
        start = self.at(since)[0]
        end = self.day.end if until.startswith("the end") else self.at(until)[1]
        assert start <= self.t <= end
        self.span = start, end

    def of_gap(self, heading: str, since: str, until: str) -> None:
        self.open_gap(heading, since, until)

    def of_list(self, heading: str, names: str, since: str, until: str) -> None:
        self.open_gap(heading, since, until)
        shown, usable = self.shown(), self.usable()
        codes = self.run.directory.codes
        self.codes = shown - usable if heading.startswith("Listed") else usable - shown
        # Codes of a type that is not listed never make a gap.
        ordered = [codes[i].name for i in sorted(self.codes)]
        more = f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""
        assert names == ", ".join(ordered[:3]) + more

    def close(self) -> None:
        assert not self.heading or self.explained, f"no reason is given for: {self.heading}"
        assert not self.overruled, "a write is told as the reason, and a success came after it"

    def of_agreement(self) -> None:
        assert self.shown() == self.usable()

    def of_nothing(self) -> None:
        pass

    # What keeps the list.

    def of_filter(self, homes: str, asked: str, filter_type: str) -> None:
        """The codes that are bound to the homes named are the ones that no answer has."""
        above = {d.name: d.parent for d in self.settings.organisation.divisions}
        assert filter_type == self.settings.widget.filter_type
        seen = {asked}
        while filter_type == "hierarchical" and above[asked]:
            asked = above[asked]  # type: ignore[assignment]
            seen.add(asked)
        named = set(homes.split(", "))
        assert named <= {self.run.directory.codes[i].division for i in self.codes}
        assert not named & seen
        self.explained = True

    def of_no_list(self, homes: str) -> None:
        assert not self.shown()
        assert set(homes.split(", ")) == {self.run.directory.codes[i].division for i in self.codes}
        self.explained = True

    def of_trouble(self, since: str, said: str) -> None:
        trouble = self.last("trouble")
        assert trouble is not None
        assert (self.clock(trouble.t), f"polls are {said}") == (
            since,
            tell(self.run.history, trouble),
        )
        assert not self.between(trouble.t, self.t + 1, "recovered", "login", "reload", "list")
        self.explained = True

    def of_tab(self, since: str) -> None:
        hidden = self.last("hidden", "shown")
        assert hidden is not None
        assert (hidden.kind, self.clock(hidden.t)) == ("hidden", since)
        loads = [r.t for r in self.between(hidden.t, self.t + 1, "login", "reload")]
        left = {t for t in self.departures("list", "config") if hidden.t < t <= self.t}
        assert len(left) <= len(loads), "the first poll of a page leaves in a hidden tab, too"

    def of_pace(self, every: str) -> None:
        assert self.is_length(every, self.settings.widget.refresh_interval_ms or 30_000)
        assert self.last("hidden", "shown") is None or self.last("hidden", "shown").kind == "shown"  # type: ignore[union-attr]

    def of_first_poll(self, most: str) -> None:
        jitter = self.settings.widget.start_jitter_ms
        loaded = self.last("login", "reload")
        assert self.is_length(most, jitter)
        assert loaded is not None
        assert self.t < loaded.t + jitter
        assert not [t for t in self.departures("list", "config") if loaded.t <= t <= self.t]

    def of_version(self) -> None:
        """What was edited in the pipeline is not listed wrongly for longer than a poll."""
        widget, loaded = self.settings.widget, self.last("login", "reload")
        assert widget.version_parameter
        raised = [edit for edit in self.edits if edit.data.version is not None]
        assert raised
        assert loaded is not None
        if widget.config_reread == "poll":
            assert all(self.within_a_poll(edit.t) for edit in raised)
        else:
            # A page that reads the version once has yet to do so, and no list outlives that.
            assert not [t for t in self.departures("config") if loaded.t <= t <= self.t]
            stop = min(self.span[1], self.day.end)
            first = loaded.t + widget.start_jitter_ms + self.settings.longest_poll_ms
            assert stop <= first or not self.undisturbed(self.t, stop)
        self.explained = True

    def of_last_poll(self, clock: str, rest: str) -> None:
        first, last = self.at(clock)
        left = [t for t in self.departures("list", "config") if first <= t <= min(last, self.t)]
        assert left
        widget, poll = self.settings.widget, self.settings.longest_poll_ms
        stop = min(self.span[1], self.day.end)
        self.explained = True
        if rest == "; the next that is answered replaces the list.":
            wait = max(self.settings.interval_ms, widget.start_jitter_ms) + poll + SECOND
            assert stop - self.t <= wait or not self.undisturbed(self.t, stop)
            return
        thrown_away = "answers before that are thrown away"
        lives = rf": the dataset lives for (\d+) polls, until {CLOCK}; {thrown_away}\."
        dataset = re.fullmatch(lives, rest)
        cached = re.fullmatch(rf": the browser's cache answers until {CLOCK}\.", rest)
        assert dataset or cached
        if dataset:
            assert int(dataset[1]) == widget.dataset_life_polls > 1
            assert not widget.http_max_age_ms
            life, said = widget.dataset_life_polls * self.settings.interval_ms, dataset[2]
        else:
            life, said = widget.http_max_age_ms, cached[1]  # type: ignore[index]
        # Of several polls that left in that second, one is the last whose answer counts.
        assert any(self.clock(t + life) == said and self.keeps_list(t, t + life) for t in left)

    def keeps_list(self, taken: int, until: int) -> bool:
        """Whether the list that a poll took stays until a moment, and not for longer."""
        widget, poll = self.settings.widget, self.settings.longest_poll_ms
        renewing = ("login", "reload", "version", "division")
        asked = [t for t in self.departures("list") if taken < t < until]
        if widget.http_max_age_ms and asked and not self.between(taken, until, *renewing):
            return False
        # Until then no list replaces it, unless something else happens that does.
        lists = self.between(max(self.t, taken + poll), min(until, self.day.end), "list")
        renewed = self.between(self.t, until, *renewing)
        if lists and not (renewed and renewed[0] < lists[0]) and not self.version_unread():
            return False
        # And no longer than that: the next poll is answered.
        wait = max(self.settings.interval_ms, widget.start_jitter_ms) + poll + SECOND
        stop = min(self.span[1], self.day.end)
        return stop <= until + wait or not self.undisturbed(self.t, stop)

    def version_unread(self) -> bool:
        """Whether the page reads the version once, and perhaps no poll of it was answered yet."""
        loaded, last = self.last("login", "reload"), self.last("login", "reload", "trouble", "list")
        assert loaded is not None
        assert last is not None
        poll = self.settings.longest_poll_ms
        asked = [t for t in self.departures("config") if loaded.t <= t <= self.t - poll]
        once = self.settings.widget.config_reread == "mount"
        return once and (not asked or last.kind == "trouble")

    def of_mount(self) -> None:
        assert self.settings.widget.clear_cache_on_mount

    def of_version_once(self) -> None:
        widget = self.settings.widget
        assert (widget.version_parameter, widget.config_reread) == (True, "mount")
        assert not [r for r in self.own if r.kind == "version"]

    def of_console(self) -> None:
        assert self.settings.widget.version_parameter
        edits = [r for r in self.admin if r.data.code in self.codes]
        assert edits
        assert all(r.data.version is None for r in edits)

    def of_division(self, rest: str) -> None:
        widget = self.settings.widget
        rereads = [r for r in self.own if r.kind == "division"]
        self.explained = True
        if rest == "is written into the page and never read again.":
            assert widget.division_id == "{{page.divisionId}}"
            assert not rereads
        elif rest == "is read once a session, at login.":
            assert widget.division_reread == "session"
            assert not rereads
        elif rest == "is read again at a page load only, as nothing renews the token.":
            assert widget.division_reread == "renewal"
            assert not rereads
            assert not [r for r in self.own if r.kind == "renewed"]
        elif rest == "is read again by the next poll that is answered.":
            lag = self.settings.platform.permission_lag_ms
            moves = [r.t + lag for r in self.past if r.kind == "transfer" and r.t + lag <= self.t]
            assert self.within_a_poll(moves[-1])
        else:
            found = re.fullmatch(
                r"is read again at a page load and when the token is renewed, every (.+)\.", rest
            )
            assert found
            platform = self.settings.platform
            assert self.is_length(found[1], platform.token_life_ms - platform.renewal_lead_ms)
            assert self.settings.silent_renewal

    def of_lag(self, clock: str) -> None:
        """The list is that of a transfer that has not taken effect, which it will then."""
        lag = self.settings.platform.permission_lag_ms
        moved, listed = self.last("transfer"), self.last(*LISTS)
        assert moved is not None
        assert listed is not None
        assert moved.t <= self.t < moved.t + lag
        assert moved.data.division == listed.data.division
        assert self.clock(moved.t + lag) == clock
        self.explained = True

    def of_static_id(self) -> None:
        ids = {d.id: d.name for d in self.settings.organisation.divisions}
        assert ids[self.settings.widget.division_id] != self.division()
        self.explained = True

    def of_reread(self, clock: str) -> None:
        reread = self.last("division", *LISTS)
        assert reread is not None
        assert (reread.kind, self.clock(reread.t)) == ("division", clock)
        self.explained = True

    # Records and what joins them.

    def of_record(self, clock: str, words: str) -> None:
        record, join = self.found(clock, words)
        before, self.before = self.before, record
        if join == "":
            self.of_first(record)
            return
        assert before is not None
        assert (record.t, record.rank) <= (before.t, before.rank)
        pair = before.kind, record.kind
        if join == "because":
            assert pair in LED_TO
            self.of_cause(before, record)
        elif join == "before that,":
            assert pair == ("status", "status")
            assert before.data.over == record.data.status
        elif join == "with this on the desk:":
            assert before.kind == "open"
            lists = [r for r in self.own if r.kind in LISTS and r <= before]
            assert record == lists[-1]
        elif join == "after":
            assert pair in CAME_AFTER
        else:
            assert pair[0] == "trouble"
            self.of_death(before, record, join)

    def found(self, clock: str, words: str) -> tuple[Record, str]:
        """Give the record that a line tells of, and the words before it."""
        first, last = self.at(clock)
        there = [r for r in (*self.past, *self.admin) if first <= r.t <= last]
        for record in reversed(there):
            if words.endswith(tell(self.run.history, record)):
                return record, words.removesuffix(tell(self.run.history, record)).strip()
        raise AssertionError(f"no record is told so: {clock} {words}")

    def of_first(self, record: Record) -> None:
        """A line that nothing joins to the one above belongs to the heading."""
        start, _ = self.span
        if self.heading.startswith("The status"):
            assert record.kind in ("status", "success", "return", "ignored")
            later = self.between(record.t, start, "status", "success", "return")
            if record.kind == "status" and later:
                # Replies may change places: what is told next is a success of an earlier choice.
                assert {r.kind for r in later} == {"success"}, "not the last"
                self.overruled = True
            else:
                assert not later, "not the last"
                self.explained, self.overruled = True, False
        elif self.heading.startswith("The dropdown"):
            assert (record.kind, record.data.status) == ("trouble", 401)
            assert start <= record.t < start + SECOND
            self.explained = True
        elif record.kind == "edit":
            self.of_edit(record)
        elif record.kind in ("transfer", "permissions"):
            assert record == self.last("transfer", "permissions")
            self.explained = True
        elif self.heading:
            assert record == self.last(*LISTS)
        else:
            assert record == self.past[-1]

    def of_edit(self, edit: Record) -> None:
        """The edit named changed one of the codes in question, and none undid it since."""
        self.edits.append(edit)
        assert edit.data.code in self.codes
        assert edit.data.active == self.heading.startswith("Usable")
        later = [r for r in self.admin if r > edit and r.data.code == edit.data.code]
        assert all(r.data.active == edit.data.active for r in later)
        code = self.run.directory.codes[edit.data.code]
        assert f"{code.name} of {code.division}" in tell(self.run.history, edit)
        listed = self.last(*LISTS)
        assert listed is not None
        assert getattr(listed.data, "as_of", -1) < edit.t, "the list was asked for before the edit"

    def of_cause(self, effect: Record, by: Record) -> None:
        if by.kind == "edit" and effect.kind == "list":
            listed = bool(effect.data.mask >> by.data.code & 1)
            assert by.t <= effect.data.as_of
            assert listed == by.data.active, "the list shows what the edit did"
        if effect.kind == "recovered":
            troubles = [r for r in self.own if r.kind == "trouble" and r < effect]
            assert troubles[-1].data.status == 401, "only a dead token waits for another one"
        if effect.kind == "success":
            assert effect.data.status != 200 or by.kind != "submit"

    def of_death(self, trouble: Record, kept: Record, join: str) -> None:
        """Work the token's life out anew from all that may keep it alive."""
        life, silent = self.settings.platform.token_life_ms, self.settings.silent_renewal
        past = [r for r in self.own if r < trouble]
        kinds = ("login", "reload") if silent else ("login", "reload", "open")
        acts: list[tuple[int, Record | None]] = [(r.t, r) for r in past if r.kind in kinds]
        acts += [(r.data.issued, r) for r in past if r.kind == "renewed"]
        if self.settings.session.poll_counts and not silent:
            outages = self.day.outages
            left = [t for t in self.departures("list", "config") if t < trouble.t]
            acts += [(t, None) for t in left if not any(o.start <= t < o.end for o in outages)]
        alive, last, poll = 0, None, False
        for t, record in sorted(acts, key=lambda act: act[0]):
            fresh = record is not None and record.kind != "open"
            later = alive < t if record is None else alive <= t
            if last is None or (later and t < alive + life) or fresh:
                alive, poll = t, record is None
                last = record or last
        assert kept == last
        if alive + life > trouble.t:
            # A new token came while a poll was under way with the old one.
            assert join == "too late for a poll that was under way,"
            poll = self.settings.longest_poll_ms
            assert kept.t <= trouble.t <= kept.t + 2 * poll
            return
        found = re.fullmatch(
            rf"because the token died at {CLOCK}: (?:nothing kept it alive in the (.+) after|"
            rf"no poll kept it alive in the (.+) after {CLOCK}, and nothing else after)", join
        )  # fmt: skip
        assert found
        died, quiet, without_polls, last_poll = found.groups()
        assert died == self.clock(alive + life)
        assert (without_polls is not None) == poll
        assert self.is_length(quiet or without_polls, life)
        assert last_poll in (None, self.clock(alive))


# Every trap, fix, remedy, reading and mechanism of the catalogue.


def worlds() -> Iterator[tuple[str, str]]:
    for trap in simkit.traps.values():
        entry = trap.entry
        changes = (*entry.fixes, *entry.remedies, *entry.readings, *entry.mechanisms)
        yield from ((trap.id, change) for change in ("", *(each.id for each in changes)))


def moments(run: Run, agent: str) -> list[int]:
    """Give moments of a shift: the first ones, the middle and the last of gaps, and each hour."""
    shift, gaps = run.days[agent], run.discrepancies(agent)
    found = set(range(shift.start, shift.end, HOUR))
    for gap in (gaps.unusable, gaps.missing, gaps.status, gaps.unresponsive):
        spans = [span for span in gap.spans(shift.start, shift.end) if span[2]]
        step = max(1, len(spans) // 12)
        for start, end, _ in spans[::step]:
            found |= {start, min(start + 150, end - 1), (start + end) // 2, end - 1}
    return sorted(found)


def check(run: Run, agents: list[str]) -> None:
    for agent in agents:
        for t in moments(run, agent):
            try:
                Claims(run, agent, t).check()
            except AssertionError as problem:
                said = run.why(agent, t)
                raise AssertionError(f"{problem}\n{agent} at {t}:\n{said}") from None


@pytest.mark.fuzz
@examples(0.2)
@given(settings=legal_settings(limited=True) | legal_settings(), seed=seeds)
@kept
def test_what_why_says_is_so_whatever_the_settings(settings: Settings, seed: int) -> None:
    """The same of random settings that force rare moments: races, outages, reloads, static ids."""
    run = ProcessRun(simulate(settings, seed), "test")
    check(run, run.agents)


@pytest.mark.parametrize("seed", some((1, 2, 3), 1))
@pytest.mark.parametrize(("trap_id", "change"), list(worlds()))
@pytest.mark.some(8)
def test_what_why_says_is_what_the_log_shows(trap_id: str, change: str, seed: int) -> None:
    """Each sentence of many explanations: times, counts, causes, and how long a list is kept."""
    trap = simkit.traps[trap_id]
    run = simkit.run(trap.fixed(change) if change else trap.settings, seed=seed)
    agents = run.agents_by_discrepancy
    check(run, [*agents[:4], agents[len(agents) // 2]])


# Rare moments, by hand. Polls leave every 30 s, calls take 10 ms each way; 0 ms is 08:00:00.


def told(history: History, t: int) -> str:
    """Give the explanation of a moment of Ada's, checked like all others."""
    run = ProcessRun(history, "test")
    Claims(run, "ada", t).check()
    return run.why("ada", t)


def test_polls_that_are_answered_again_after_an_outage_were_not_cured_by_the_login() -> None:
    """The network came back by itself; the log names the login, hours ago."""
    history = play(hand(), day(HOUR, outages=((10 * MINUTE, 20 * MINUTE),)))
    assert told(history, 30 * MINUTE).split("\n")[-2:] == [
        "The last thing that happened:",
        "  08:20:00 polls are answered again",
    ]


def test_an_act_that_came_too_late_for_a_poll_is_not_said_to_have_killed_its_token() -> None:
    """The token dies at 45 min 5 ms. The poll left 5 ms before, and the act 3 ms before that.

    The act keeps the token alive for another 45 min; the poll arrives with the old one.
    """
    life = 45 * MINUTE + 5
    settings = hand(**NOT_SILENT, token_life_ms=life)
    history = play(settings, day(HOUR, (45 * MINUTE + 2, "Break", MINUTE)))
    lines = told(history, 45 * MINUTE + 1000).split("\n")
    late = "too late for a poll that was under way, the agent opened the dropdown, wanting Break"
    assert f"  08:45:00 {late}" in lines


def test_of_two_edits_in_one_millisecond_the_one_that_shows_is_named() -> None:
    """Breaks of both divisions end at once; Ada of Tech sees that of Tech go, not that of Care."""
    both = (off(10 * MINUTE, BREAK), off(10 * MINUTE, TECH_BREAK))
    history = play(hand(), day(HOUR, division="Tech"), edits=both)
    assert told(history, 20 * MINUTE).split("\n")[-1] == (
        "  08:10:00 because an administrator deactivated Break of Tech by pipeline, as version 2"
    )


def test_a_status_that_was_overwritten_before_the_agent_saw_its_success_is_explained() -> None:
    """Accepted at 10 ms, overwritten by WFM at 15 ms, shown as a success at 20 ms."""
    windows = ((MINUTE, 10 * MINUTE + 15, "Break"),)
    settings = hand(writes_status=True)
    history = play(settings, day(HOUR, (10 * MINUTE, "Issue", MINUTE), windows=windows))
    lines = told(history, 10 * MINUTE + 500).split("\n")
    assert lines[3:6] == [
        "The status differs (since 08:10:00, until 08:11:00).",
        "  08:10:00 WFM, at a scheduled transition, wrote Available over Issue",
        "  08:10:00 the widget showed success for Issue, rightly",
    ]


@pytest.mark.slow
def test_replies_that_change_places_leave_the_earlier_choice_on_the_desk() -> None:
    """Two choices 300 ms apart: each goes and returns on its own delay, of up to a second.

    Where the second is accepted last and its success is shown first, the first one's success is
    the last that the agent sees: the desk believes Break, and Meal is true.
    """
    settings = hand(delay_min_ms=10, delay_median_ms=400, delay_max_ms=1_000)
    pairs = [(minute * MINUTE, minute * MINUTE + 300) for minute in range(2, 58)]
    changed = 0
    for first, second in pairs:
        history = play(settings, day(HOUR, (first, "Break", MINUTE), (second, "Meal", MINUTE)))
        records = {
            (
                record.kind,
                record.data.code if record.kind == "success" else record.data.status,
            ): record
            for record in history.records("ada")
            if record.kind in ("status", "success") and record.t < first + 5_000
        }
        accepted = [records[kind].t for kind in (("status", 0), ("status", 1))]
        shown = [records[kind].t for kind in (("success", 0), ("success", 1))]
        if not (accepted[0] < accepted[1] and shown[1] < shown[0]):
            continue
        changed += 1
        lines = told(history, first + 5_000).split("\n")
        clock = history.settings.organisation.calendar.show_minute
        assert lines[1].startswith("  believes: Break")
        assert lines[4:6] == [
            f"  {clock(accepted[1])} the platform accepted Meal",
            f"  {clock(shown[0])} the widget showed success for Break, rightly",
        ]
    assert changed


def test_a_success_that_was_dropped_is_not_called_right() -> None:
    """The platform replied 200 and applied nothing, so the sentence leaves out *rightly*."""
    settings = hand(ignore_manual="drop", campaign_hours=[("08:00", "16:00")])
    lines = told(play(settings, day(HOUR, (MINUTE, "Meal", MINUTE))), MINUTE + 500).split("\n")
    assert lines[4:6] == [
        "  08:01:00 the widget showed success for Meal, which the platform did not apply",
        "  08:01:00 because the platform replied 200 and did not apply Meal",
    ]


def test_a_submission_that_the_network_lost_has_no_status() -> None:
    """Three tries within an outage; the widget swallows that none arrived."""
    history = play(
        hand(), day(HOUR, (10 * MINUTE, "Meal", MINUTE), outages=((10 * MINUTE, 20 * MINUTE),))
    )
    lost = "the widget showed success for Meal although the request was lost on the network"
    assert lost in told(history, 10 * MINUTE + 30 * SECOND)


def test_a_code_that_was_deactivated_twice_died_the_first_time() -> None:
    """The second edit changes nothing, so the first one explains the discrepancy."""
    twice = (off(10 * MINUTE, MEAL), off(11 * MINUTE, MEAL))
    history = play(hand(dataset_life_polls=60), day(HOUR), edits=twice)
    lines = told(history, 12 * MINUTE).split("\n")
    dead = [line for line in lines if "deactivated" in line]
    assert dead == [
        "  08:10:00 an administrator deactivated Meal of Care by pipeline, as version 1"
    ]


def test_a_code_that_came_back_and_is_not_listed_yet_says_who_brought_it_back() -> None:
    """A reader sees both edits, and that a dataset of 60 polls keeps the list until 09:00."""
    edits = (off(10 * MINUTE, MEAL), Edit(40 * MINUTE, MEAL, True, True))
    history = play(hand(dataset_life_polls=60), day(2 * HOUR), edits=edits)
    lines = told(history, 50 * MINUTE).split("\n")
    assert lines[3:] == [
        "Usable, but not listed: Meal (since 08:40:00, until 09:00:00).",
        "  08:40:00 an administrator reactivated Meal of Care by pipeline, as version 2",
        "  08:30:00 the widget listed 2 reasons of Care, as of 08:30:00",
        "  08:10:00 because an administrator deactivated Meal of Care by pipeline, as version 1",
        "  The widget polls every 30 s.",
        "  The last poll whose answer counts left at 08:30:00: the dataset lives for 60 polls, "
        "until 09:00:00; answers before that are thrown away.",
    ]


def test_a_page_load_ends_what_was_said_of_polls_before_it() -> None:
    """A 401 is swallowed and the old list kept; after the reload nothing is refused any more."""
    settings = hand(**NOT_SILENT, on_401="keep_showing", dataset_life_polls=600)
    edits, reload = (off(50 * MINUTE, MEAL),), HOUR
    history = play(settings, day(2 * HOUR, reloads=(reload,)), edits=edits)
    assert "polls are answered 401" in told(history, reload - MINUTE)
    assert "polls are answered 401" not in told(history, reload + MINUTE)


def test_a_version_that_is_read_at_each_poll_leaves_no_deactivated_code_for_half_an_hour() -> None:
    """The gap of at most a poll is not said to last as long as the dataset would."""
    settings = hand(dataset_life_polls=60, version_parameter=True)
    history = play(settings, day(HOUR), edits=(off(10 * MINUTE + 7_000, MEAL),))
    words = told(history, 10 * MINUTE + 20_000)
    assert "Listed, but not usable: Meal (since 08:10:07, until 08:10:30)." in words
    assert "The next poll that is answered reads the new version and asks anew." in words
    assert "30 min" not in words


def test_a_page_that_has_yet_to_read_the_version_once_is_not_said_to_keep_its_list() -> None:
    """Its first poll, yet to come, reads the version of the edit and drops the cached list."""
    reads_once = {"version_parameter": True, "config_reread": "mount"}
    settings = hand(http_max_age_ms=HOUR, start_jitter_ms=30_000, **reads_once)
    loaded = 10 * MINUTE + 8_000
    # The first poll of the first page has left by 08:00:30, so its list is from before the edit.
    history = play(settings, day(HOUR, reloads=(loaded,)), edits=(off(loaded - 1_000, MEAL),))
    left = min(d.first for d in history.departures["ada"] if d.first > loaded)
    assert loaded < left <= loaded + 30_000
    words = told(history, left - 1)
    assert "The first poll of this page waits for up to 30 s." in words
    assert "The next poll that is answered reads the new version and asks anew." in words
    assert "cache answers until" not in words
    # 20 ms for the configuration and 20 ms for the list.
    assert "Belief and truth agree." in told(history, left + 40)
    # A page that has read its version keeps the list, and says until when.
    old = play(settings, day(HOUR), edits=(off(loaded - 1_000, MEAL),))
    words = told(old, loaded)
    assert "the browser's cache answers until" in words
    assert "A page reads the version once, at its first poll that is answered." in words


def test_a_list_of_a_division_that_is_not_asked_for_any_more_is_not_said_to_be_kept() -> None:
    """The division is read with the renewal of 08:44; the poll of 08:44:30 asks for its list."""
    settings = hand(http_max_age_ms=HOUR)
    moved = ((10 * MINUTE, "Tech"),)
    history = play(settings, day(HOUR, transfers=moved), edits=(off(5 * MINUTE, MEAL),))
    words = told(history, 44 * MINUTE + 10_000)
    assert "Since 08:44:00 the widget asks for the new one; no list has come." in words
    assert "cache answers until" not in words
    words = told(history, 43 * MINUTE)
    assert "the browser's cache answers until 09:00:00." in words
    assert "Listed, but not usable" not in told(history, 44 * MINUTE + 30_020)


def test_an_emptied_list_and_a_lost_call_are_not_decided_by_rules_that_were_not_asked() -> None:
    """A refusal empties the list; of a submission that got lost the platform judges nothing."""
    emptied = Record(0, 42, "ada", 0, "list", "ui", None, ListShown(0, -1, ""))
    assert decider(emptied) == "what an error does to the page"
    settings = hand(on_error="surface")
    outage = ((10 * MINUTE, 20 * MINUTE),)
    lost = ProcessRun(
        play(settings, day(HOUR, (10 * MINUTE, "Meal", MINUTE), outages=outage)), "test"
    )
    [error] = [r for r in lost.records("ada") if r.kind == "error"]
    assert decider(error) == "what the widget shows after a submission"

"""What is found in a file: rules, findings, and the data that they are about."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from simkit.base.errors import BadInput, one_line
from simkit.base.formatting import counted
from simkit.base.reading import validation
from simkit.base.reading.document import Document, Path
from simkit.checking.editing import Change, Syntax, edits_of
from simkit.checking.patches import Layout, Patch, patch_of
from simkit.checking.platforms import GUIDE, Platform
from simkit.rules.payloads import SERVER_KEYS, WIDGET_ID, Payload

if TYPE_CHECKING:
    from simkit.checking.proofs import Proof

Severity = Literal["error", "warning", "note"]
MAX_FINDINGS = 500
MAX_PATCHES = 100
"""Patches of one file that are worked out at a time."""


class Rule(NamedTuple):
    """What a rule id stands for."""

    severity: Severity
    meaning: str
    trap: str | None = None


RULES: dict[str, Rule] = {
    "unreadable": Rule("error", "a file, or a line of JSON Lines, that cannot be read"),
    "unrecognised": Rule("error", "a file, or lines, that are nothing that check knows"),
    "syntax": Rule("error", "the text cannot be read from here on"),
    "unjudged": Rule("warning", "a script or configuration that is not judged at all"),
    "expression": Rule("note", "a value that only a browser can work out: not judged"),
    "other-widget": Rule("note", "a widget that this kit knows nothing of: not judged"),
    "export": Rule("note", "an export that check recognises and does not judge"),
    "too-many": Rule("note", "the rest is not judged, or not listed"),
    "unknown-key": Rule("error", "a key that the payload does not have"),
    "missing-key": Rule("error", "a key that the payload needs"),
    "duplicate-key": Rule("warning", "a key that is given twice; the last one counts"),
    "wrong-value": Rule("error", "a value of the wrong type or out of bounds"),
    "division-impossible": Rule("error", "a division id that cannot exist"),
    "division-variable": Rule("error", "a variable that does not exist, or not here"),
    "division-omitted": Rule("warning", "a reason code bound to no division", "T1"),
    "division-unset": Rule("warning", "a widget that names no division"),
    "division-static": Rule("warning", "a division id written into a widget", "T2"),
    "default-twice": Rule("warning", "a second default code in one division"),
    "name-twice": Rule("warning", "a second code of the same name in one division"),
    "auto-refresh-off": Rule("warning", "silent token renewal switched off", "E2"),
    "auto-refresh-unset": Rule("note", "silent token renewal not asked for", "E2"),
    "silent-renewal": Rule("note", "nothing asks for PKCE with a refresh token", "E2"),
    "scope-write": Rule("error", "statuses cannot be set", "T3"),
    "scope-read": Rule("error", "reason codes cannot be read"),
    "scope-missing": Rule("warning", "a scope that the guide asks for is missing"),
    "scope-unknown": Rule("warning", "a scope that the guide does not know"),
    "widget-refused": Rule("error", "the application does not allow the widget"),
    "redirect-inexact": Rule("error", "a redirect address that no login can return to"),
    "redirect-insecure": Rule("error", "a redirect address without https"),
    "redirect-local": Rule("note", "a redirect address for development only"),
    "container-missing": Rule("error", "a snippet that names no container"),
    "container-unknown": Rule("error", "a container that the page does not have"),
    "container-late": Rule("error", "a container that does not exist yet when the script runs"),
    "sdk-missing": Rule("error", "a page that does not load the SDK"),
    "sdk-late": Rule("error", "a page that loads the SDK after the call that needs it"),
    "sdk-elsewhere": Rule("note", "nothing here loads the SDK; what the page adds may"),
    "init-missing": Rule("error", "a widget that is never started, or by a wrong name"),
    "init-elsewhere": Rule("note", "nothing here starts the widget; another script may"),
    "codes-unbound": Rule("error", "codes of an organisation bound to no division", "T1"),
    "codes-above": Rule("error", "codes bound above the agents, which an exact filter lacks", "E1"),
    "list-empty": Rule("error", "agents whose list holds nothing, for another reason"),
    "codes-unseen": Rule("warning", "codes that are in nobody's list"),
    "isolation": Rule("warning", "a hierarchical filter that lists another team's codes", "E1"),
    "division-unknown": Rule("error", "a division id that the organisation does not have"),
    "renewal-impossible": Rule("warning", "silent renewal that the application cannot do", "E2"),
    "status-overwritten": Rule("warning", "statuses that WFM or routing overwrites", "E3"),
    "force-adherence": Rule("warning", "statuses forced against the schedule", "E3"),
    "list-outlives": Rule("warning", "a list that is kept beyond its poll", "E4"),
    "interval-limit": Rule("warning", "more polls than the limit of their token", "E4"),
    "scope-unneeded": Rule("warning", "a scope of the client that the widget never needs"),
    "settings-contradict": Rule("warning", "one setting with two values in two files"),
    "settings-doubtful": Rule("warning", "a setting that can hardly be meant"),
    "settings-impossible": Rule("error", "settings that cannot be together"),
    "organisation-partial": Rule("note", "exports that do not hold the whole organisation"),
}
UNREAD = frozenset(("unreadable", "unrecognised"))
"""Rules of files and lines that were not judged because nothing could be made of them."""


@dataclass(frozen=True)
class Reach:
    """Whom a finding is about: so many agents of an organisation's, in so many divisions.

    >>> str(Reach(148, 312, 3)), str(Reach(30, 30, 1)), str(Reach(1, 1, 1))
    ('148 of 312 agents in 3 divisions', 'all 30 agents in 1 division', 'the only agent')
    """

    agents: int
    of: int
    divisions: int
    names: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """The names of these divisions, and of others whose agents the message tells of as well."""

    def __str__(self) -> str:
        if self.agents == self.of == 1:
            return "the only agent"
        who = f"{self.agents:,} of" if self.agents < self.of else "all"
        return f"{who} {counted(self.of, 'agent')} in {counted(self.divisions, 'division')}"

    def do(self, many: str, one: str) -> str:
        """Give them with what they do, or what the one does where it is one.

        >>> Reach(30, 30, 1).do("see", "sees"), Reach(1, 30, 1).do("see", "sees")
        ('all 30 agents in 1 division see', '1 of 30 agents in 1 division sees')
        """
        return f"{self} {one if self.agents == 1 else many}"


@dataclass(frozen=True)
class Finding:
    """One thing found in a file. Notes do not make a file bad; errors and warnings do."""

    file: str
    line: int
    column: int
    severity: Severity
    rule: str
    message: str
    field: str | None = None
    reach: Reach | None = None
    """Whom it is about, where the files make a deployment."""
    patch: Patch | None = None
    """What mends it, where that is one thing."""
    proof: Proof | None = None
    """What was simulated of it, where that was asked for."""
    platform: Platform = dataclasses.field(default=GUIDE, repr=False, compare=False)
    """What it was judged for."""

    @property
    def trap(self) -> str | None:
        """The id of the trap or edge case that the finding leads to."""
        return RULES[self.rule].trap

    @property
    def told(self) -> str:
        """What is wrong, with the field and the trap and without the place, in one line."""
        field = f"{one_line(self.field, 200)}: " if self.field else ""
        trap = f" (see {self.trap})" if self.trap else ""
        return f"{field}{self.message}{trap}"

    def __str__(self) -> str:
        place = f"{one_line(self.file)}:{self.line}:{self.column}"
        return f"{place}: {self.severity}: {self.told} [{self.rule}]"


class Unseen:
    """Stands for a value that is not known without running the script."""

    def __repr__(self) -> str:
        return "a value not known here"


UNSEEN = Unseen()


@dataclass(frozen=True)
class Subject:
    """One payload to judge: a whole document, or an entry or object in it."""

    document: Document
    prefix: tuple[str | int, ...] = ()
    """Where it stands in the file's data."""
    unseen: Mapping[tuple[str | int, ...], str] = field(default_factory=dict)
    """Why some values are not known, by path; each is ``UNSEEN`` in the data."""
    open: frozenset[tuple[str | int, ...]] = frozenset()
    """Paths of objects that may have further keys, which are not known."""

    def value(self, *path: str | int) -> Any:
        """Give the value at a path; None where there is none, UNSEEN where it is not known."""
        data: Any = self.document.data
        for i, part in enumerate(path):
            if data is UNSEEN:
                return UNSEEN
            if isinstance(data, list):
                is_there = isinstance(part, int) and part < len(data)
            else:
                is_there = isinstance(data, Mapping) and part in data
            if not is_there:
                return UNSEEN if path[:i] in self.open else None
            data = data[part]
        return data


@dataclass
class Found:
    """Collects the findings of one file."""

    file: str
    text: str = ""
    syntax: Syntax = "script"
    findings: list[Finding] = field(default_factory=list)
    wanted: dict[Finding, tuple[Subject, tuple[Change, ...]]] = field(default_factory=dict)
    """What would mend a finding, where one thing does."""
    platform: Platform = GUIDE
    """What it is judged for."""

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.text)

    @property
    def is_full(self) -> bool:
        return len(self.findings) >= MAX_FINDINGS

    def add(
        self,
        rule: str,
        place: tuple[int, int],
        message: str,
        path: Path = (),
        reach: Reach | None = None,
    ) -> Finding:
        name = ".".join(str(part) for part in path) or None
        finding = Finding(
            *(self.file, *place, RULES[rule].severity, rule, message, name, reach),
            platform=self.platform,
        )
        self.findings.append(finding)
        return finding

    def at(
        self,
        subject: Subject,
        path: Path,
        rule: str,
        message: str,
        *changes: Change,
        reach: Reach | None = None,
    ) -> None:
        """Add a finding at the nearest existing node on a path, and the changes that mend it."""
        place = subject.document.where(path) or (1, 1)
        finding = self.add(rule, place, message, [*subject.prefix, *path], reach)
        if changes:
            self.wanted[finding] = subject, changes

    def more(
        self, rule: str, words: str, reach: Reach, place: tuple[int, int] | None = None
    ) -> bool:
        """Say whom the findings of a rule are about, those at a place or all; False without any."""
        mine = [each for each in self.findings if each.rule == rule]
        mine = [each for each in mine if place in (None, _place(each))]
        for each in mine:
            told = replace(each, message=f"{each.message}; here: {words}", reach=reach)
            self.findings[self.findings.index(each)] = told
            if each in self.wanted:
                self.wanted[told] = self.wanted.pop(each)
        return bool(mine)

    def drop(self, *rules: str, place: tuple[int, int] | None = None) -> None:
        """Take back findings of some rules, at a place or all: another finding says more."""
        self.findings = [
            each
            for each in self.findings
            if each.rule not in rules or place not in (None, _place(each))
        ]

    def refusal(self, rule: str, error: BadInput, prefix: Path = ()) -> None:
        """Add what a reader or a model says."""
        place = error.line or 1, error.column or 1
        more = f" (and {error.more} more)" if error.more else ""
        path = [*prefix, error.field] if error.field else prefix
        self.add(rule, place, error.message + more, path)

    def refusals(
        self, model: type[Payload], subject: Subject, but: Collection[str] = frozenset()
    ) -> None:
        """Add all that a payload's model refuses of what is known, ``but`` for some keys."""
        for problem in validation.problems(model, subject.document):
            path = problem.path
            if path and path[0] in but:
                continue
            if problem.kind == "unknown-key" and len(path) == 1 and path[0] in SERVER_KEYS:
                continue
            is_hidden = problem.kind != "unknown-key" and subject.value(*path) is UNSEEN
            if not is_hidden and not _is_of_another_widget(path):
                self.refusal(problem.kind, problem.error, subject.prefix)

    def sorted(self) -> list[Finding]:
        """Give the findings in line order, each once, and not more than one can read."""
        found = list(dict.fromkeys(self.findings))
        found.sort(key=_place)
        if len(found) > MAX_FINDINGS + 1:
            more = len(found) - MAX_FINDINGS
            # What could not be read stays: it says that not all was judged.
            found.sort(key=lambda each: each.rule not in UNREAD)
            found = sorted(found[:MAX_FINDINGS], key=_place)
            message = f"{more:,} more findings are not listed"
            last = found[-1]
            found.append(Finding(self.file, *_place(last), "note", "too-many", message))
        wanted = [each for each in found if each in self.wanted][:MAX_PATCHES]
        patched = {each: self._patched(each) for each in wanted}
        return [patched.get(each, each) for each in found]

    def _patched(self, finding: Finding) -> Finding:
        """Give a finding with its patch, where all its changes are edits of the text."""
        subject, changes = self.wanted[finding]
        layout = self._layout
        edits = [edits_of(each, subject.document, layout, self.syntax) for each in changes]
        if not all(edits):
            return finding
        flat = {edit for each in edits for edit in each}
        return replace(finding, patch=patch_of(self.file, layout, flat))


def _place(finding: Finding) -> tuple[int, int]:
    return finding.line, finding.column


def _is_of_another_widget(path: Path) -> bool:
    """Say whether a path lies in the configuration of a widget that this kit knows nothing of."""
    return path[:1] == ("widgetPermissions",) and len(path) > 2 and path[1] != WIDGET_ID

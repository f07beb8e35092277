"""Judges files meant for the platform: payloads and embedding snippets, with line and column."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from simkit.base import documents, literals, validation
from simkit.base.documents import Document, Lines, Path
from simkit.base.errors import BadInput, closest, one_line, shown
from simkit.base.literals import NotPlain
from simkit.rules.oauth import KNOWN_SCOPES, READ_SCOPE, WRITE_SCOPE
from simkit.rules.payloads import (
    MAX_ENTRIES,
    WIDGET_ID,
    ApplicationRegistration,
    Payload,
    ReasonCodePayload,
    WidgetConfigurationFile,
    is_variable,
    why_not_division_id,
)
from simkit.rules.settings import CONTEXT_DIVISION

Severity = Literal["error", "warning", "note"]
Kind = Literal[
    "reason-code", "widget-configuration", "application-registration", "embedding-snippet"
]
MAX_INIT_CALLS = 20


class Rule(NamedTuple):
    """What a rule id stands for."""

    severity: Severity
    meaning: str
    trap: str | None = None


RULES: dict[str, Rule] = {
    "syntax": Rule("error", "the text cannot be read from here on"),
    "expression": Rule("warning", "a value that only a browser can work out: not judged"),
    "unknown-key": Rule("error", "a key that the payload does not have"),
    "missing-key": Rule("error", "a key that the payload needs"),
    "wrong-value": Rule("error", "a value of the wrong type or out of bounds"),
    "division-impossible": Rule("error", "a division id that cannot exist"),
    "division-variable": Rule("error", "a variable that does not exist, or not here"),
    "division-omitted": Rule("warning", "a reason code bound to no division", "T1"),
    "division-unset": Rule("warning", "a widget that names no division"),
    "division-static": Rule("warning", "a division id written into a widget", "T2"),
    "auto-refresh-off": Rule("warning", "silent token renewal switched off", "E2"),
    "auto-refresh-unset": Rule("note", "silent token renewal not asked for", "E2"),
    "silent-renewal": Rule("note", "nothing asks for PKCE with a refresh token", "E2"),
    "scope-write": Rule("error", "statuses cannot be set", "T3"),
    "scope-read": Rule("error", "reason codes cannot be read"),
    "scope-missing": Rule("warning", "a scope that the guide asks for is missing"),
    "scope-unknown": Rule("warning", "a scope that the guide does not know"),
    "widget-refused": Rule("error", "the application does not allow the widget"),
    "redirect-insecure": Rule("error", "a redirect address without https"),
    "redirect-local": Rule("note", "a redirect address for development only"),
    "container-missing": Rule("error", "a snippet that names no container"),
    "container-unknown": Rule("error", "a container that the page does not have"),
    "sdk-missing": Rule("error", "a page that does not load the SDK"),
    "sdk-late": Rule("error", "a page that loads the SDK after the call that needs it"),
    "init-missing": Rule("error", "a snippet that never starts the widget"),
}


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

    @property
    def trap(self) -> str | None:
        """The id of the trap or edge case that the finding leads to."""
        return RULES[self.rule].trap

    def __str__(self) -> str:
        field = f"{one_line(self.field, 200)}: " if self.field else ""
        trap = f" (see {self.trap})" if self.trap else ""
        place = f"{one_line(self.file)}:{self.line}:{self.column}"
        return f"{place}: {self.severity}: {field}{self.message}{trap} [{self.rule}]"


def check(*paths: str | os.PathLike[str]) -> list[Finding]:
    """Give what is wrong in some files, each file's findings in line order.

    What can be located is a finding, a syntax error included. BadInput is for what cannot be read
    or recognised at all.
    """
    return [finding for path in paths for finding in _check_file(os.fspath(path))]


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Give which kind of file it is, by its content; BadInput when it is none that we know."""
    name = os.fspath(path)
    return _recognise(documents.read_text(name), name).kind


def _check_file(name: str) -> list[Finding]:
    text = documents.read_text(name)
    kind, document, problem = _recognise(text, name)
    found = _Found(name)
    if problem is not None:
        found.refusal("syntax", problem)
    elif document is None:
        _judge_snippet(text, found)
    elif kind == "reason-code":
        _judge_reason_code(document, found)
    elif kind == "widget-configuration":
        _judge_widget(document, found)
    else:
        _judge_application(document, found)
    return sorted(found.findings, key=lambda each: (each.line, each.column))


@dataclass
class _Found:
    """Collects the findings of one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, rule: str, place: tuple[int, int], message: str, path: Path = ()) -> None:
        name = ".".join(str(part) for part in path) or None
        finding = Finding(self.file, *place, RULES[rule].severity, rule, message, name)
        self.findings.append(finding)

    def at(self, document: Document, path: Path, rule: str, message: str) -> None:
        """Add a finding at the nearest existing node on a path."""
        self.add(rule, document.where(path) or (1, 1), message, path)

    def refusal(self, rule: str, error: BadInput) -> None:
        """Add what the reader of documents says."""
        place = error.line or 1, error.column or 1
        more = f" (and {error.more} more)" if error.more else ""
        self.add(rule, place, error.message + more, (error.field,) if error.field else ())

    def refusals(self, model: type[Payload], document: Document) -> None:
        """Add all that a payload's model refuses."""
        for problem in validation.problems(model, document):
            if not _is_of_another_widget(problem.path):
                self.refusal(problem.kind, problem.error)


def _is_of_another_widget(path: Path) -> bool:
    """Say whether a path lies in the configuration of a widget that this kit knows nothing of."""
    return path[:1] == ("widgetPermissions",) and len(path) > 2 and path[1] != WIDGET_ID


# --- which kind of file -----------------------------------------------------------------------


class _Recognised(NamedTuple):
    """What a file is, and its data or why it has none; a snippet has neither."""

    kind: Kind
    document: Document | None = None
    problem: BadInput | None = None


# Keys that tell the kinds apart, and how many of them it takes: `type` and `status` alone are in
# many files that are no reason codes.
_TELLING: dict[Kind, tuple[int, tuple[str, ...]]] = {
    "application-registration": (1, ("scopes", "redirectUris", "widgetPermissions")),
    "widget-configuration": (
        1,
        ("widgetId", "containerId", "filterType", "statusReasonTypes", "refreshIntervalMs"),
    ),
    "reason-code": (2, ("divisionId", "status", "color", "type", "isDefault")),
}
_KEY = re.compile(r"([A-Za-z_]\w*)[\"']?\s*:")
_SNIPPET = re.compile(r"GenesysCloudWidgets|widget-sdk|\b(?:widgetId|containerId)[\"']?\s*:")
_LOOKED_AT = 100_000


def _recognise(text: str, name: str) -> _Recognised:
    begin = text.lstrip()[:1]
    if not begin:
        raise BadInput("the file is empty", file=name)
    ending = os.path.splitext(name)[1].lower()
    if begin != "<" and (begin in "{[" or ending == ".json"):
        return _recognise_data(text, name, "json")
    if begin != "<" and ending in (".yaml", ".yml"):
        return _recognise_data(text, name, "yaml")
    if _SNIPPET.search(text):
        return _Recognised("embedding-snippet")
    raise _unrecognised(name)


def _recognise_data(text: str, name: str, kind: documents.Kind) -> _Recognised:
    try:
        document = documents.parse(text, name, kind)
    except BadInput as problem:
        meant = _kind_by_keys(key[1] for key in _KEY.finditer(text[:_LOOKED_AT]))
        if meant and problem.line is not None:
            return _Recognised(meant, problem=problem)
        if name.lower().endswith((".json", ".yaml", ".yml")):
            raise
        raise _unrecognised(name) from None  # it only begins like JSON
    data = document.data if isinstance(document.data, Mapping) else {}
    inner = data.get("configuration")
    found = _kind_by_keys([*data, *(inner if isinstance(inner, Mapping) else ())])
    if found is None:
        raise _unrecognised(name)
    return _Recognised(found, document)


def _kind_by_keys(keys: Iterable[str]) -> Kind | None:
    present = {key.replace("_", "").casefold() for key in keys}
    scores: dict[Kind, int] = {}
    for kind, (enough, telling) in _TELLING.items():
        score = sum(key.casefold() in present for key in telling)
        if score >= enough:
            scores[kind] = score
    if not scores:
        return None
    best: Kind = max(scores, key=scores.__getitem__)
    return best


def _unrecognised(name: str) -> BadInput:
    return BadInput(
        "not recognised",
        file=name,
        allowed="a reason code, a widget configuration, an application registration or an "
        "embedding snippet, one per file",
    )


# --- payloads ---------------------------------------------------------------------------------


def _judge_reason_code(document: Document, found: _Found) -> None:
    found.refusals(ReasonCodePayload, document)
    division = document.data.get("divisionId")
    if division is None:
        message = (
            "no divisionId: the code lands in Global or in the token user's division, and a "
            "widget that filters by another division never lists it"
        )
        found.at(document, ["divisionId"], "division-omitted", message)
    elif isinstance(division, str) and is_variable(division):
        message = f"{shown(division)}: variables work in widget configurations, not in requests"
        found.at(document, ["divisionId"], "division-variable", message)
    elif isinstance(division, str):
        _judge_division_id(document, ["divisionId"], found)


def _judge_widget(document: Document, found: _Found) -> None:
    found.refusals(WidgetConfigurationFile, document)
    configuration = document.data.get("configuration")
    if not isinstance(configuration, Mapping):
        return
    if configuration.get("divisionId") is None:
        message = f"no divisionId: nothing to filter by; {CONTEXT_DIVISION} is the agent's own"
        found.at(document, ["configuration", "divisionId"], "division-unset", message)
    else:
        _judge_widget_division(document, ["configuration", "divisionId"], found)
    renewal = configuration.get("autoRefresh")
    where = ["configuration", "autoRefresh"]
    if renewal is False:
        message = "the token is not renewed silently: the widget dies after 45 idle minutes"
        found.at(document, where, "auto-refresh-off", message)
    elif renewal is None:
        message = "not set: idle sessions lose their token after 45 min unless it is true"
        found.at(document, where, "auto-refresh-unset", message)


def _judge_widget_division(document: Document, path: list[str], found: _Found) -> None:
    division = _value_at(document.data, path)
    if not isinstance(division, str) or division == CONTEXT_DIVISION:
        return
    if is_variable(division):
        guess = closest(division, [CONTEXT_DIVISION]) or f"; allowed: {CONTEXT_DIVISION}"
        message = f"unknown variable {shown(division)}{guess}"
        found.at(document, path, "division-variable", message)
    elif _judge_division_id(document, path, found):
        message = (
            "a static division: agents who are transferred keep the old list, and what they "
            f"submit is refused in silence; {CONTEXT_DIVISION} follows the agent"
        )
        found.at(document, path, "division-static", message)


def _judge_division_id(document: Document, path: list[str], found: _Found) -> bool:
    """Say whether a division's id is possible; add a finding when it is not."""
    division = str(_value_at(document.data, path))
    why = why_not_division_id(division)
    if why:
        message = f"impossible division id {shown(division)}: {why}"
        found.at(document, path, "division-impossible", message)
    return not why


def _value_at(data: Any, path: Path) -> Any:
    """Give the value at a path of keys; None where the path leaves the data."""
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _judge_application(document: Document, found: _Found) -> None:
    found.refusals(ApplicationRegistration, document)
    scopes = document.data.get("scopes")
    if isinstance(scopes, list):
        _judge_scopes(scopes, document, found)
    _judge_permissions(document, found)
    addresses = document.data.get("redirectUris")
    for i, address in enumerate(addresses[:MAX_ENTRIES] if isinstance(addresses, list) else ()):
        if isinstance(address, str):
            _judge_redirect(address, ["redirectUris", i], document, found)


def _judge_scopes(scopes: list[Any], document: Document, found: _Found) -> None:
    if WRITE_SCOPE not in scopes:
        message = (
            f"{WRITE_SCOPE} is missing: the list shows and each choice looks like a success, but "
            "the platform refuses it with 403 INSUFFICIENT_OAUTH_SCOPE"
        )
        found.at(document, ["scopes"], "scope-write", message)
    if READ_SCOPE not in scopes:
        message = f"{READ_SCOPE} is missing: no reason codes can be listed"
        found.at(document, ["scopes"], "scope-read", message)
    for scope in KNOWN_SCOPES:
        if scope not in (READ_SCOPE, WRITE_SCOPE) and scope not in scopes:
            message = f"{scope} is missing, which the guide lists among the prerequisites"
            found.at(document, ["scopes"], "scope-missing", message)
    for i, scope in enumerate(scopes[:MAX_ENTRIES]):
        if isinstance(scope, str) and scope not in KNOWN_SCOPES and not _is_refresh(scope):
            message = f"unknown scope {shown(scope)}{closest(scope, KNOWN_SCOPES)}"
            found.at(document, ["scopes", i], "scope-unknown", message)
    _judge_renewal(scopes, document, found)


def _is_refresh(scope: str) -> bool:
    # The guide asks for "a valid refresh token scope" without naming it; OAuth servers commonly
    # call it offline_access.
    return scope == "offline_access" or "refresh" in scope.casefold()


def _judge_renewal(scopes: list[Any], document: Document, found: _Found) -> None:
    granted = any(isinstance(scope, str) and _is_refresh(scope) for scope in scopes)
    granted = granted or document.data.get("refreshToken") is True
    if document.data.get("authorizationFlow") != "pkce" or not granted:
        message = "silent renewal needs the PKCE flow and a refresh-token scope; not both are here"
        found.at(document, [], "silent-renewal", message)


def _judge_permissions(document: Document, found: _Found) -> None:
    permissions = document.data.get("widgetPermissions", {})
    if not isinstance(permissions, Mapping):
        return
    if WIDGET_ID not in permissions:
        guess = closest(WIDGET_ID, permissions)
        message = f"no permission for {shown(WIDGET_ID)}: the widget is refused{guess}"
        found.at(document, ["widgetPermissions"], "widget-refused", message)
        return
    path = ["widgetPermissions", WIDGET_ID]
    if _value_at(permissions, [WIDGET_ID, "allowed"]) is False:
        found.at(document, [*path, "allowed"], "widget-refused", "the widget is refused")
    _judge_widget_division(document, [*path, "configurationDefaults", "divisionId"], found)


def _judge_redirect(address: str, path: Path, document: Document, found: _Found) -> None:
    try:
        parts = urlsplit(address)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:  # such as brackets that hold no IPv6 address
        scheme, host = "", None
    if scheme == "https" and host:
        return
    if scheme == "http" and host in ("localhost", "127.0.0.1", "::1"):
        message = f"{shown(address)} is good for development only"
        found.at(document, path, "redirect-local", message)
    else:
        message = f"{shown(address)} is not an https address"
        found.at(document, path, "redirect-insecure", message)


# --- snippets ---------------------------------------------------------------------------------


class _Script(NamedTuple):
    """Where an inline script stands in the file, in characters."""

    start: int
    end: int


class _Page(HTMLParser):
    """The ids, inline scripts and SDK scripts of a page, with their offsets."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = text
        self.lines = Lines(text)
        self.ids: dict[str, int] = {}
        self.scripts: list[_Script] = []
        self.sdk: list[int] = []
        self.unfinished: tuple[int, str] | None = None
        self._open: int | None = None
        try:
            # Not closed at the end: closing tries each "<" of an unfinished tag once more, which
            # takes minutes for a hostile file of some 100 KB.
            self.feed(text)
        except AssertionError:  # how the parser says that a declaration is no HTML
            self.unfinished = self.here, "this declaration is no HTML"
        self._finish()

    @property
    def here(self) -> int:
        line, column = self.getpos()
        return self.lines.offset(line, column + 1)

    def _finish(self) -> None:
        if self._open is not None:
            self.scripts.append(_Script(self._open, len(self.text)))
            self.unfinished = self._open, "the script that begins here is never closed"
        elif self.unfinished is None and self.rawdata.startswith("<"):
            self.unfinished = self.here, "what begins here is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if "id" in values:
            self.ids.setdefault(values["id"], self.here)
        if tag != "script":
            return
        if "widget-sdk" in values.get("src", ""):
            self.sdk.append(self.here)
        kind = values.get("type", "")
        if "src" not in values and re.search("^$|script|module", kind, re.IGNORECASE):
            self._open = self.here + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._open is not None:
            self.scripts.append(_Script(self._open, self.here))
            self._open = None


def _judge_snippet(text: str, found: _Found) -> None:
    text = re.sub(r"\r(?!\n)", "\n", text)  # the HTML parser does not count lone returns as lines
    is_page = text.lstrip().startswith("<") or "<script" in text[:_LOOKED_AT]
    page = _Page(text) if is_page and not found.file.lower().endswith(".js") else None
    scripts = page.scripts if page else [_Script(0, len(text))]
    if page and page.unfinished:
        offset, problem = page.unfinished
        found.add("syntax", page.lines.at(offset), problem)
    code = _code(text, scripts)
    calls = _init_calls(code, found.file)
    if page:
        _judge_sdk(page, calls, found)
    if not calls:
        place = Lines(text).at(scripts[0].start) if scripts else (1, 1)
        message = "the widget is never started: no call of GenesysCloudWidgets.init"
        found.add("init-missing", place, message)
    for start in dict.fromkeys(_literals(text, code, calls, found)):
        _judge_literal(text, start, page, found)


def _code(text: str, scripts: list[_Script]) -> str:
    """Give the code of all scripts at its offsets; strings, comments and HTML are blanked."""
    parts: list[str] = []
    end = 0
    for script in scripts:
        for token in literals.script_tokens(text, script.start, script.end):
            if token.kind != "string":
                parts.append(" " * (token.start - end) + token.text)
                end = token.end
    return "".join(parts)


_INIT = re.compile(r"\bGenesysCloudWidgets\s*\.\s*init\s*\(\s*")
_WIDGET_KEY = re.compile(r"\b(?:widgetId|containerId)\b")
_NAME = re.compile(r"([A-Za-z_$][\w$]*)\s*[,)]")


def _init_calls(code: str, name: str) -> list[re.Match[str]]:
    calls: list[re.Match[str]] = []
    for call in _INIT.finditer(code):
        calls.append(call)
        if len(calls) > MAX_INIT_CALLS:
            allowed = f"at most {MAX_INIT_CALLS}"
            raise BadInput("too many calls of init", file=name, allowed=allowed)
    return calls


def _judge_sdk(page: _Page, calls: list[re.Match[str]], found: _Found) -> None:
    if not page.sdk:
        place = page.lines.at(page.scripts[0].start) if page.scripts else (1, 1)
        found.add("sdk-missing", place, "no script element loads the SDK (widget-sdk.js)")
    elif calls and page.sdk[0] > calls[0].start():
        line, _ = page.lines.at(calls[0].start())
        message = f"the SDK is loaded after the call that needs it, in line {line}"
        found.add("sdk-late", page.lines.at(page.sdk[0]), message)


def _literals(text: str, code: str, calls: list[re.Match[str]], found: _Found) -> Iterator[int]:
    """Give the offsets of the objects that init is given, or of what looks like one."""
    lines = Lines(text)
    for call in calls:
        start = call.end()
        name = _NAME.match(code, start)
        if code[start : start + 1] == "{":
            yield start
        elif name and (literal := _assigned(code, name[1])) is not None:
            yield literal
        elif code[start : start + 1] == ")":
            found.add("wrong-value", lines.at(call.start()), "init is given no configuration")
        else:
            message = "the configuration that init is given is not written here: not judged"
            found.add("expression", lines.at(call.start()), message)
    if not calls:
        key = _WIDGET_KEY.search(text, len(code) - len(code.lstrip()))
        before = list(re.finditer(r"[=(]\s*(\{)", code[: key.start()])) if key else []
        if before:
            yield before[-1].start(1)


def _assigned(code: str, name: str) -> int | None:
    """Give the offset of the object that a name is assigned, or None when there is none."""
    assignment = re.compile(rf"(?<![\w$.]){re.escape(name)}\s*=\s*(\{{)")
    found = assignment.search(code)
    return found.start(1) if found else None


def _judge_literal(text: str, start: int, page: _Page | None, found: _Found) -> None:
    try:
        document = literals.parse_literal(text, found.file, start)
    except NotPlain as problem:
        found.refusal("expression", problem)
        return
    except BadInput as problem:
        found.refusal("syntax", problem)
        return
    _judge_widget(document, found)
    container = document.data.get("containerId")
    if container is None:
        found.at(document, ["containerId"], "container-missing", "the snippet names no container")
    elif page and isinstance(container, str) and container not in page.ids:
        guess = closest(container, page.ids)
        message = f"no element of the page has the id {shown(container)}{guess}"
        found.at(document, ["containerId"], "container-unknown", message)

"""Deployments made up for tests: six shapes without fault, and faults that are put into them.

A plan says what there is, whatever it is written in; a fault changes the plan. What a fault must be
found as is said beside it, from what the fault is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from exported import definition, division, page, pages, user

from simkit.inputs.saving import flow

CONTEXT = "{{context.user.divisionId}}"
SCOPES = ["telephony:status:read", "telephony:status:write", "division:read", "user:read"]
TYPES = ["BREAK", "TRAINING", "OTHER"]
REASONS = {
    "Short Break": ("BREAK", "Break"),
    "Meal": ("BREAK", "Meal"),
    "Coaching": ("TRAINING", "Training"),
    "System Issue": ("OTHER", "Busy"),
}
"""Codes that each team has: their type, and the system's presence that stands for it."""
BREAKS = (("10:00", "10:15", "Short Break"), ("12:00", "12:30", "Meal"))
PARTS = ("start", "end", "reason")
ROOT = "Home"


def guid(n: int) -> str:
    return f"0000000a-5e1f-4a00-9c00-{n:012}"


@dataclass
class Plan:
    """What a deployment is made of."""

    shape: str
    teams: dict[str, int]
    """How many agents each division has; all lie below the root."""
    organisation: str
    """How it is told: exports, shared (exports with codes of all divisions), yaml, json, inside."""
    widget: str
    """The file that has the widget's configuration; its ending says how it is written."""
    application: str | None = None
    codes: dict[str, list[str]] = field(default_factory=dict)
    """The divisions in which there is each code."""
    configuration: dict[str, Any] = field(default_factory=dict)
    registration: dict[str, Any] = field(default_factory=dict)
    scenario: dict[str, dict[str, Any]] | None = None
    created: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of reason codes that are to be created."""
    client: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] | None = None
    """The configuration of a second widget file."""

    @property
    def ids(self) -> dict[str, str]:
        return {name: guid(n) for n, name in enumerate([ROOT, *self.names])}

    @property
    def names(self) -> list[str]:
        return [name for name in self.teams if name != ROOT]


def plan(shape: str, teams: Mapping[str, int]) -> Plan:
    """Give a deployment of a shape, without fault."""
    organisation, widget, application = SHAPES[shape]
    made = Plan(shape, dict(teams), organisation, widget, application)
    is_shared = organisation == "shared"
    made.codes = {name: ["*"] if is_shared else list(made.teams) for name in REASONS}
    made.configuration = {
        "divisionId": CONTEXT,
        "filterType": "hierarchical" if is_shared else "division",
        "statusReasonTypes": list(TYPES),
        "refreshIntervalMs": 30_000,
        "autoRefresh": True,
    }
    made.registration = {
        "name": "Portal",
        "applicationType": "portal",
        "scopes": list(SCOPES),
        "redirectUris": ["https://portal.example/callback"],
        "widgetPermissions": {"status-reason": {"allowed": True}},
        "authorizationFlow": "pkce",
        "refreshToken": True,
    }
    made.client = {
        "id": "c1",
        "name": "Portal",
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "accessTokenValiditySeconds": 86_400,
        "scope": ["presence", "users:readonly"],
    }
    if organisation in ("inside", "named"):
        made.scenario = {
            "platform": {"rate_limit_per_min": 60},
            "application": {"token_topology": "own"},
        }
    if shape == "codes to create":
        made.created = [
            {
                "name": "Back Office",
                "type": "OTHER",
                "status": "NOT_AVAILABLE",
                "divisionId": f"d-{made.ids[name]}",
            }
            for name in made.names
        ]
    return made


SHAPES: dict[str, tuple[str, str, str | None]] = {
    "exports": ("exports", "widget.json", "application.json"),
    "organisation and page": ("yaml", "page.html", "application.json"),
    "scenario": ("inside", "widget.yaml", None),
    "codes to create": ("json", "page.html", "application.yaml"),
    "shared codes": ("shared", "portal.js", "application.json"),
    "scenario of an organisation": ("named", "portal.js", "application.yaml"),
}
"""How the organisation is told, the file of the widget, and that of the application."""


# --- faults -----------------------------------------------------------------------------------


class Fault(NamedTuple):
    """A change of a plan for the worse, and the rule that has to find it."""

    spring: Callable[[Plan], None]
    rule: str
    fits: Callable[[Plan], bool] = lambda plan: True
    about: str = ""
    """What two faults cannot both change."""
    has_patch: bool = True


def _scenario(section: str, **fields: Any) -> Callable[[Plan], None]:
    def spring(plan: Plan) -> None:
        assert plan.scenario is not None
        plan.scenario.setdefault(section, {}).update(fields)

    return spring


def _configuration(**fields: Any) -> Callable[[Plan], None]:
    return lambda plan: plan.configuration.update(fields)


def _is_scenario(plan: Plan) -> bool:
    return plan.scenario is not None


def _is_exported(plan: Plan) -> bool:
    return plan.organisation in ("exports", "shared")


def _has_application(plan: Plan) -> bool:
    return plan.application is not None


def _is_exact(plan: Plan) -> bool:
    return plan.configuration["filterType"] == "division"


def _static(plan: Plan) -> None:
    plan.configuration["divisionId"] = plan.ids[plan.names[0]]


def _unknown(plan: Plan) -> None:
    plan.configuration["divisionId"] = guid(99)


def _no_write(plan: Plan) -> None:
    plan.registration["scopes"].remove("telephony:status:write")


def _code_without_division(plan: Plan) -> None:
    del plan.created[0]["divisionId"]


def _codes_above(plan: Plan) -> None:
    top = "*" if _is_exported(plan) else ROOT
    plan.codes = {name: [top] for name in plan.codes}


def _untyped(plan: Plan) -> None:
    plan.configuration["statusReasonTypes"].remove("TRAINING")


def _overload(plan: Plan) -> None:
    """Let all poll by one token, six of them more often than its limit allows.

    That of a client of its own is one already, and takes 300 requests a minute.
    """
    plan.configuration["refreshIntervalMs"] = 1_000
    if plan.scenario is not None:
        plan.configuration["refreshIntervalMs"] = 5_000
        plan.scenario["application"]["token_topology"] = "shared"


def _unneeded(plan: Plan) -> None:
    plan.client["scope"].append("recordings")


def _contradiction(plan: Plan) -> None:
    plan.second = {**plan.configuration, "refreshIntervalMs": 60_000}


def _without_codes(plan: Plan) -> None:
    for divisions in plan.codes.values():
        divisions.remove(plan.names[-1])


def _root_team(plan: Plan) -> None:
    """Give the root agents of its own, and codes that are theirs; and show those to all."""
    plan.teams[ROOT] = 2
    for divisions in plan.codes.values():
        divisions.append(ROOT)
    plan.configuration["filterType"] = "hierarchical"


FAULTS: dict[str, Fault] = {
    "T1 codes": Fault(
        _scenario("provisioning", binding="omitted"), "codes-unbound", _is_scenario, "lists"
    ),
    "T1 payload": Fault(
        _code_without_division,
        "division-omitted",
        lambda plan: bool(plan.created),
        "lists",
        has_patch=False,
    ),
    "T2": Fault(_static, "division-static", about="lists"),
    "T3": Fault(_no_write, "scope-write", _has_application, "scopes"),
    "T3 scenario": Fault(
        _scenario("application", scopes=[SCOPES[0], *SCOPES[2:]]),
        "scope-write",
        lambda plan: not _has_application(plan),
        "scopes",
    ),
    "E1 codes": Fault(
        _codes_above,
        "codes-above",
        lambda plan: plan.organisation in ("exports", "yaml"),
        "lists",
    ),
    "E1 binding": Fault(
        _scenario("provisioning", binding="parent"), "codes-above", _is_scenario, "lists"
    ),
    "E1 filter": Fault(
        _configuration(filterType="division"),
        "codes-above",
        lambda plan: plan.organisation == "shared",
        "lists",
    ),
    "E2 widget": Fault(_configuration(autoRefresh=False), "auto-refresh-off", about="renewal"),
    "E2 application": Fault(
        lambda plan: plan.registration.update(authorizationFlow="implicit"),
        "renewal-impossible",
        _has_application,
        "renewal",
    ),
    "E2 scenario": Fault(
        _scenario("session", renewal_interceptor=False),
        "renewal-impossible",
        lambda plan: _is_scenario(plan) and not _has_application(plan),
        "renewal",
    ),
    "E3": Fault(
        _scenario("wfm", writes_status=True), "status-overwritten", _is_scenario, "overwriting"
    ),
    "E3 force": Fault(
        lambda plan: (
            _scenario("wfm", writes_status=True)(plan),
            _scenario("widget", force=True)(plan),
        ),
        "force-adherence",
        _is_scenario,
        "overwriting",
    ),
    "E4": Fault(_scenario("widget", dataset_life_polls=60), "list-outlives", _is_scenario),
    "limit": Fault(
        _overload,
        "interval-limit",
        lambda plan: _is_exported(plan) or _is_scenario(plan),
        "interval",
    ),
    "types": Fault(_untyped, "codes-unseen", about="lists"),
    "isolation": Fault(
        _root_team,
        "isolation",
        lambda plan: plan.organisation in ("yaml", "inside"),
        "lists",
    ),
    "unknown division": Fault(_unknown, "division-unknown", about="lists"),
    "no codes": Fault(
        _without_codes,
        "list-empty",
        lambda plan: _is_exact(plan) and not plan.created,
        "lists",
        has_patch=False,
    ),
    "unneeded": Fault(_unneeded, "scope-unneeded", _is_exported, has_patch=False),
    "contradiction": Fault(_contradiction, "settings-contradict", about="interval"),
}
TRAPS = ("T1 codes", "T2", "T3", "E1 codes", "E2 widget", "E3", "E4")
"""A fault for each of the documented traps."""


def faulty(shape: str, teams: Mapping[str, int], *faults: str) -> Plan:
    """Give a deployment of a shape with faults."""
    made = plan(shape, teams)
    for name in faults:
        FAULTS[name].spring(made)
    return deepcopy(made)


def fitting(shape: str, teams: Mapping[str, int]) -> list[str]:
    """Give the faults that a shape can have."""
    return [name for name, fault in FAULTS.items() if fault.fits(plan(shape, teams))]


def pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give pairs of faults that do not change the same thing."""
    known = list(names)
    for i, one in enumerate(known):
        for other in known[i + 1 :]:
            about = {FAULTS[one].about, FAULTS[other].about}
            # What is wrong with one widget is wrong with its copy as well.
            is_copied = "contradiction" in (one, other)
            if not is_copied and (len(about) > 1 or about == {""}):
                yield one, other


# --- files ------------------------------------------------------------------------------------


def written(made: Plan, folder: Path) -> list[str]:
    """Write the files of a deployment, and give the names of those that are to be checked."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {}
    beside: dict[str, Any] = {}
    if _is_exported(made):
        files |= _exports(made)
    elif made.organisation in ("yaml", "json"):
        files[f"organisation.{made.organisation}"] = _organisation(made)
    elif made.organisation == "inside":
        files["scenario.yaml"] = {**(made.scenario or {}), "organisation": _organisation(made)}
    else:
        beside["organisation.json"] = _organisation(made)
        files["scenario.yaml"] = {"organisation": "organisation.json", **(made.scenario or {})}
    if made.created:
        files["codes.jsonl"] = "".join(json.dumps(each) + "\n" for each in made.created)
    files[made.widget] = _widget(made.configuration, made.widget)
    if made.second is not None:
        files["second.json"] = _widget(made.second, "second.json")
    if made.application:
        files[made.application] = made.registration
    for name, data in {**files, **beside}.items():
        (folder / name).write_text(_text(name, data), encoding="utf-8")
    return [str(folder / name) for name in files]


def _organisation(made: Plan) -> dict[str, Any]:
    ids = made.ids
    return {
        "name": "Made up",
        "day": "2026-03-02",
        "time_zone": "UTC",
        "provisioning_user_division": ROOT,
        "divisions": [
            {"id": ids[ROOT], "name": ROOT},
            *({"id": ids[name], "name": name, "parent": ROOT} for name in made.names),
        ],
        "codes": [
            {"id": f"{name} {where}", "name": name, "type": REASONS[name][0], "division": where}
            for name, divisions in made.codes.items()
            for where in divisions
        ],
        "shifts": [
            {
                "name": "day",
                "start": "08:00",
                "end": "16:00",
                "activities": [dict(zip(PARTS, each, strict=True)) for each in BREAKS],
            }
        ],
        "agents": [
            {"id": f"agent {where} {n}", "division": where, "shift": "day"}
            for where, count in made.teams.items()
            for n in range(count)
        ],
    }


def _exports(made: Plan) -> dict[str, Any]:
    ids = made.ids
    divisions = [division(n, id=ids[name], name=name) for n, name in enumerate(ids)]
    definitions = []
    for name, where in made.codes.items():
        for each in where:
            own = each if each == "*" else ids[each]
            labels, presence = {"en_US": name}, REASONS[name][1]
            n = len(definitions)
            definitions.append(
                definition(n, languageLabels=labels, systemPresence=presence, divisionId=own)
            )
    users = []
    for name, count in made.teams.items():
        for _ in range(count):
            users.append(user(len(users), division={"id": ids[name], "name": name}))
    files = {
        "divisions.json": page(divisions),
        "definitions.json": page(definitions),
        "clients.json": page([made.client]),
        "schedule.csv": _schedule(users),
    }
    if made.organisation == "shared":
        return files | {"users.csv": _table(users)}
    for n, each in enumerate(pages(users, 7), 1):
        files[f"users-{n}.json"] = each
    return files


def _schedule(users: Iterable[Mapping[str, Any]]) -> str:
    rows = ["Agent,Email,Date,Start,End,Activity"]
    for each in users:
        who = f"{each['name']},{each['email']},2026-03-02"
        rows.append(f"{who},08:00,10:00,On Queue")
        rows += [f"{who},{start},{end},{what}" for start, end, what in BREAKS]
        rows += [f"{who},10:15,12:00,On Queue", f"{who},12:30,16:00,On Queue"]
    return "\n".join(rows) + "\n"


def _table(users: Iterable[Mapping[str, Any]]) -> str:
    rows = ["Id,Name,Email,State,Division Id,Division Name"]
    for each in users:
        own = each["division"]
        rows.append(f"{each['id']},{each['name']},{each['email']},active,{own['id']},{own['name']}")
    return "\n".join(rows) + "\n"


def _widget(configuration: Mapping[str, Any], name: str) -> Any:
    widget = {"widgetId": "status-reason", "containerId": "here", "configuration": configuration}
    if name.endswith((".json", ".yaml")):
        return widget
    keys = "\n".join(
        f"      {key}: {json.dumps(value)},  // {key}, as it was agreed"
        for key, value in configuration.items()
    )
    script = (
        "GenesysCloudWidgets.init({\n"
        "  widgetId: 'status-reason',\n  containerId: 'here',\n"
        f"  configuration: {{\n{keys}\n  }},\n}});\n"
    )
    if name.endswith(".js"):
        return script
    sdk = '<script src="https://static.mypurecloud.com/widgets/v3/widget-sdk.js"></script>'
    return f'<div id="here"></div>\n{sdk}\n<script>\n{script}</script>\n'


def _text(name: str, data: Any) -> str:
    if isinstance(data, str):
        return data
    if name.endswith(".json"):
        return json.dumps(data, indent=2) + "\n"
    return "# Written by hand.\n" + "\n".join(_block(data, "")) + "\n"


def _block(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Give lines of YAML as people write them: blocks, lists with bullets, words beside values."""
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield f"{indent}{key}:"
            yield from _block(value, f"{indent}  ")
        elif isinstance(value, list) and value:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {flow(each)}" for each in value)
        else:
            yield f"{indent}{key}: {flow(value)}  # as it was agreed"


# --- people who must not be named -------------------------------------------------------------

MARK = "Zzmarked"
MARKED = re.compile(MARK, re.IGNORECASE)


def marked(made: Plan, folder: Path) -> list[str]:
    """Write a deployment whose people have marked names, addresses and ids wherever one may be."""
    names = written(made, folder)
    for name in names:
        path = Path(name)
        text = path.read_text("utf-8")
        if "users" in name or "schedule" in name:
            text = text.replace("Person ", f"{MARK} Ann ").replace("person", f"{MARK}.mail")
            text = re.sub(r'"u(\d+)"', rf'"{MARK}-id-\1"', text)
            text = re.sub(r"^u(\d+),", rf"{MARK}-id-\1,", text, flags=re.MULTILINE)
        if path.suffix == ".json" and "users" in name:
            data = json.loads(text)
            for each in data["entities"]:
                each |= {
                    "username": f"{MARK}.login",
                    "title": f"{MARK} title",
                    "manager": {"id": f"{MARK}-id-boss"},
                    "primaryContactInfo": [{"address": f"{MARK}@mail.example"}],
                }
            text = json.dumps(data, indent=1)
        path.write_text(text, "utf-8")
    log = [
        "User Id,Start Time,End Time,System Presence",
        f"{MARK}-id-1,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,BREAK",
    ]
    (folder / "log.csv").write_text("\n".join(log) + "\n", "utf-8")
    return [*names, str(folder / "log.csv")]

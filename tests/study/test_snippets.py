"""Judging pages and scripts: valid ones are left in peace, faults are found where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from embedding import BOX, CONFIG, INIT, KEYS, PAGES, SCRIPTS, SDK, page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simkit.study.check import Finding, check, kind_of

CASES = Path(__file__).parent / "cases" / "snippets"
GUID = "8a7b6c5d-4e3f-2a1b-0c9d-8e7f6a5b4c3d"

Judge = Callable[..., list[Finding]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Check a text, written to a file of the given name."""

    def judged(text: str, name: str = "x.html") -> list[Finding]:
        (tmp_path / name).write_text(text, "utf-8", newline="")
        return check(tmp_path / name)

    return judged


def bad(findings: list[Finding]) -> list[tuple[int, int, str]]:
    """Give the place and rule of each error and warning."""
    return [(f.line, f.column, f.rule) for f in findings if f.severity != "note"]


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def place(text: str, part: str) -> tuple[int, int]:
    """Give line and column of the first occurrence of a part of a text."""
    before = text[: text.index(part)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


# --- what is valid ----------------------------------------------------------------------------


@pytest.mark.parametrize("style", PAGES)
def test_a_valid_page_has_no_error(style: str, judge: Judge) -> None:
    """However a widget is embedded, and whatever else the page holds."""
    assert bad(judge(PAGES[style])) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_valid_script_has_no_error(name: str, judge: Judge) -> None:
    assert bad(judge(SCRIPTS[name], name)) == []


def test_more_than_forty_styles_are_tried() -> None:
    assert len(PAGES) + len(SCRIPTS) > 40
    assert len({*PAGES.values(), *SCRIPTS.values()}) == len(PAGES) + len(SCRIPTS)


LEFT_OPEN = {
    "values from elsewhere": ["expression"],
    "PHP": ["expression", "expression"],
    "ERB": ["sdk-elsewhere", "expression"],
    "a container made by a script": ["expression"],
    "a bundle": ["init-elsewhere"],
    "another widget": ["other-widget"],
    "several widgets by a list": ["expression"],
    "all the syntax": [],
    "minified": [],
    "changed afterwards": [],
    "constants of other scripts": [],
}


@pytest.mark.parametrize("style", LEFT_OPEN)
def test_what_is_not_judged_is_named(style: str, judge: Judge) -> None:
    """In notes, and nothing is said where all is known."""
    assert rules(judge(PAGES[style])) == LEFT_OPEN[style]


@pytest.mark.parametrize("style", [*PAGES, *SCRIPTS])
def test_a_fault_is_seen_in_every_style_that_writes_the_key(style: str, judge: Judge) -> None:
    """No style is valid only because it is not read: its filter is found to be wrong."""
    text = PAGES.get(style) or SCRIPTS[style]
    if 'filterType: "division"' not in text:
        pytest.skip("this style does not write the key in this way")
    spoiled = text.replace('filterType: "division"', 'filterType: "tree"', 1)
    found = [(f.rule, f.field) for f in judge(spoiled, style if style in SCRIPTS else "x.html")]
    assert ("wrong-value", "configuration.filterType") in found


# --- the case files ---------------------------------------------------------------------------

ROWS: dict[str, list[tuple[int, int, str]]] = {
    "two-objs.html": [
        (9, 5, "division-impossible"),
        (10, 5, "wrong-value"),
        (11, 34, "wrong-value"),
    ],
    "x1.html": [(4, 98, "division-impossible"), (4, 122, "wrong-value")],
    "x2.html": [(4, 120, "wrong-value"), (4, 140, "wrong-value")],
    "x3.html": [],
    "x6.html": [],
    "y1.html": [(4, 91, "division-impossible")],
    "y6.html": [(4, 91, "division-impossible")],
    "module.html": [],
    "k-other.html": [],
    "h-assign.html": [(5, 19, "wrong-value")],
    "d-script-before-div.html": [(3, 35, "container-late")],
}


@pytest.mark.parametrize("name", ROWS)
def test_a_snippet_of_the_cases_is_judged_as_a_person_would(name: str) -> None:
    """Places were counted in the files, and each is checked to begin with what it is about."""
    assert bad(check(CASES / name)) == ROWS[name]
    lines = (CASES / name).read_text("utf-8").splitlines()
    for line, column, _ in ROWS[name]:
        assert re.match(r"[a-zA-Z]+(:| =)|\"LUNCH\"", lines[line - 1][column - 1 :])


def test_all_snippets_of_the_cases_are_rows() -> None:
    assert set(ROWS) == {path.name for path in CASES.iterdir()}


def test_a_call_is_named_and_the_rest_is_judged() -> None:
    """One value that only a browser knows does not hide the others."""
    [note] = [f for f in check(CASES / "x2.html") if f.rule == "expression"]
    assert (note.line, note.column, note.field) == (4, 98, "configuration.divisionId")
    assert "'getDiv()' is only known when the script runs: not judged" in note.message


# --- seeded faults ----------------------------------------------------------------------------

# ¦ marks the place of a fault, and is taken out before the text is judged.
GOOD = {
    "divisionId": '"{{context.user.divisionId}}"',
    "filterType": '"division"',
    "statusReasonTypes": '["BREAK", "TRAINING"]',
    "displayMode": '"dropdown"',
    "autoSelect": "false",
    "refreshIntervalMs": "30000",
    "autoRefresh": "true",
}


class Fault(NamedTuple):
    key: str
    rule: str
    value: str
    name: str | None = None
    """How the key is written, where that is the fault."""


FAULTS = {
    "an unknown filter": Fault("filterType", "wrong-value", '"tree"'),
    "an interval in seconds": Fault("refreshIntervalMs", "wrong-value", "30"),
    "an interval as text": Fault("refreshIntervalMs", "wrong-value", '"30000"'),
    "an unknown type": Fault("statusReasonTypes", "wrong-value", '["BREAK", ¦"LUNCH"]'),
    "a static division": Fault("divisionId", "division-static", f'"{GUID}"'),
    "an impossible division": Fault("divisionId", "division-impossible", '"d-8a7b6c5d-4e3f-2g1h"'),
    "a misspelled variable": Fault(
        "divisionId", "division-variable", '"{{ context.user.divisionID }}"'
    ),
    "no renewal": Fault("autoRefresh", "auto-refresh-off", "false"),
    "a boolean as text": Fault("autoSelect", "wrong-value", '"false"'),
    "a misspelled key": Fault("displayMode", "unknown-key", '"dropdown"', "displaymode"),
    "a quote that is missing": Fault("refreshIntervalMs", "syntax", "30000", 'refreshIntervalMs"'),
    "a comma that is missing": Fault("filterType", "syntax", '"division" ¦displayMode: 1'),
}
Pairs = list[tuple[str, str]]


def pretty(pairs: Pairs) -> str:
    lines = "".join(f"\n    {key}: {value}," for key, value in pairs)
    config = f'{{\n  containerId: "s1", // ü 🙂\n  widgetId: "status-reason",\n  configuration: {{{lines}\n  }},\n}}'
    return page(f"const config = {config};\n\nwindow.GenesysCloudWidgets.init(config);")


def minified(pairs: Pairs) -> str:
    body = ",".join(f"{key}:{value}" for key, value in pairs).replace(": ", ":")
    call = f'GenesysCloudWidgets.init({{widgetId:"status-reason",configuration:{{{body}}},containerId:"s1"}})'
    return f"<!doctype html><title>🙂</title>{BOX}{SDK}<script>!function(){{{call}}}();</script>"


def with_constants(pairs: Pairs) -> str:
    """Each value is a constant of its own; the fault is told where the key stands."""
    constants = "".join(
        f"const V{i} = {value};\n" for i, (_, value) in enumerate(pairs) if "¦d" not in value
    )
    keys = ", ".join(
        f"{key}: {value if '¦d' in value else f'V{i}'}" for i, (key, value) in enumerate(pairs)
    )
    return page(
        f'import "/widget-sdk.js";\n{constants}const configuration = {{ {keys} }};\n'
        'GenesysCloudWidgets.init({ containerId: "s1", widgetId: "status-reason", configuration });',
        before=BOX,
        kind=' type="module"',
    )


def spread(pairs: Pairs) -> str:
    half = len(pairs) // 2
    first, second = (
        ", ".join(f"{key}: {value}" for key, value in part) for part in (pairs[:half], pairs[half:])
    )
    return page(
        f"const first = Object.freeze({{ {first} }});\nvar second = {{ {second} }};\n"
        "const { init } = window.GenesysCloudWidgets ?? {};\n"
        "init(Object.assign({ containerId: `s1` }, { widgetId: 'status-reason',\n"
        "  configuration: { ...first, ...second } }));"
    )


def template(pairs: Pairs) -> str:
    keys = "\n".join(f"      {key}: {value}," for key, value in pairs)
    return (
        f"<?php $title = 'x'; ?>\n<% if user %>\n{SDK}\n<script>\r\n"
        "document.addEventListener('DOMContentLoaded', function () {\n"
        "  GenesysCloudWidgets.init({ containerId: 's1', widgetId: 'status-reason',\n"
        f"    configuration: {{\n{keys}\n    }} }});\n}});\n</script>\n<% end %>\n{BOX}\n"
    )


STYLES: dict[str, Callable[[Pairs], str]] = {
    each.__name__: each for each in (pretty, minified, with_constants, spread, template)
}


@pytest.mark.parametrize("style", STYLES)
def test_a_style_without_fault_has_no_finding(style: str, judge: Judge) -> None:
    assert judge(STYLES[style](list(GOOD.items()))) == []


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_found_at_its_place(fault: str, style: str, judge: Judge) -> None:
    """The generator knows the place, since it put a mark there."""
    seeded = FAULTS[fault]
    mark = "" if "¦" in seeded.value else "¦"
    pairs = [
        (f"{mark}{seeded.name or key}", seeded.value) if key == seeded.key else (key, value)
        for key, value in GOOD.items()
    ]
    text = STYLES[style](pairs)
    if style == "template" and seeded.rule == "syntax":
        text = text.replace("<% if user %>", "").replace("<% end %>", "")
    line, column = place(text, "¦")
    findings = judge(text.replace("¦", ""))
    assert [(f.line, f.column, f.rule) for f in findings] == [(line, column, seeded.rule)]

"""Judging pages and scripts: valid ones are left in peace, faults are found where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from embedding import BOX, CONFIG, INIT, PAGES, SCRIPTS, SDK, page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simkit.checking.check import Finding, check, kind_of

CASES = Path(__file__).parents[1] / "cases" / "snippets"
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
    """Files of scripts have no page around them, and are not blamed for what it would hold."""
    assert bad(judge(SCRIPTS[name], name)) == []


def test_more_than_forty_styles_are_tried() -> None:
    """That valid pages are left in peace rests on many of them, no two of them equal."""
    assert len(PAGES) + len(SCRIPTS) > 40
    assert len({*PAGES.values(), *SCRIPTS.values()}) == len(PAGES) + len(SCRIPTS)


LEFT_OPEN = {
    "values from elsewhere": ["expression"],
    "PHP": ["expression", "expression"],
    "ERB": ["sdk-elsewhere", "expression"],
    "a container made by a script": ["expression"],
    "a bundle": ["init-elsewhere"],
    "another widget": ["other-widget"],
    "a widget named elsewhere": ["expression"],
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


FILTER = 'filterType: "division"'


@pytest.mark.slow
@pytest.mark.parametrize(
    "style", [style for style, text in (PAGES | SCRIPTS).items() if FILTER in text]
)
def test_a_fault_is_seen_in_every_style(style: str, judge: Judge) -> None:
    """No style is valid only because it is not read: its filter is found to be wrong."""
    spoiled = (PAGES | SCRIPTS)[style].replace(FILTER, 'filterType: "tree"', 1)
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
    """A snippet that is added without a row would be judged by nobody."""
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
    return page(
        'const config = {\n  containerId: "s1", // ü 🙂\n  widgetId: "status-reason",\n'
        f"  configuration: {{{lines}\n  }},\n}};\n\nwindow.GenesysCloudWidgets.init(config);"
    )


def minified(pairs: Pairs) -> str:
    body = ",".join(f"{key}:{value}" for key, value in pairs).replace(": ", ":")
    return (
        f"<!doctype html><title>🙂</title>{BOX}{SDK}<script>!function(){{GenesysCloudWidgets.init("
        f'{{widgetId:"status-reason",configuration:{{{body}}},containerId:"s1"}})}}();</script>'
    )


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
        "GenesysCloudWidgets.init({containerId: 's1', widgetId: 'status-reason', configuration });",
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
    """So what is found in a style with a seeded fault is the fault."""
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
    line, column = place(text, "¦")
    findings = judge(text.replace("¦", ""))
    assert [(f.line, f.column, f.rule) for f in findings] == [(line, column, seeded.rule)]


# --- when things run --------------------------------------------------------------------------

GO = f"function go() {{ {INIT} }}\n"


@pytest.mark.parametrize(
    "script",
    [
        INIT,
        f"{{ {INIT} }}",
        f"try {{ {INIT} }} catch {{}}",
        f"if (window.GenesysCloudWidgets) {INIT}",
        f"window.GenesysCloudWidgets && {INIT}",
        f"(function () {{ {INIT} }})();",
        f"!function () {{ {INIT} }}();",
        f"(() => {{ {INIT} }})();",
        f"(async () => {{ {INIT} await x; }})();",
        f"[1].forEach(() => {{ {INIT} }});",
        f"{GO}go();",
        f"const go = () => {{ {INIT} }};\ngo();",
    ],
)
def test_a_script_above_its_container_is_found(script: str, judge: Judge) -> None:
    """Whatever function the call stands in, as long as it surely runs at once."""
    text = page(script, SDK, BOX)
    [finding] = judge(text)
    assert (finding.line, finding.column, finding.rule) == (
        *place(text, "containerId"),
        "container-late",
    )
    assert f"in line {place(text, BOX)[0]}, below the script" in finding.message
    assert judge(page(script, SDK + BOX)) == []


@pytest.mark.parametrize(
    "script",
    [
        f"setTimeout(function () {{ {INIT} }}, 0);",
        f"ready.then(() => {{ {INIT} }});",
        f"(async () => {{ await ready; {INIT} }})();",
        f"window.onload = () => {{ {INIT} }};",
        f"{GO}document.addEventListener('DOMContentLoaded', go);",
        f"{GO}if (document.readyState === 'loading') addEventListener('load', go); else go();",
        f"if (document.getElementById('s1')) {INIT}",
        f"for (const each of boxes) {INIT}",
        f"function one() {{ two(); }} function two() {{ one(); {INIT} }}",
    ],
)
@pytest.mark.parametrize("kind", ["", " type='module'"])
def test_a_script_that_may_wait_is_left_in_peace(script: str, kind: str, judge: Judge) -> None:
    """Neither its container nor the SDK need be there before it."""
    assert judge(page(script, "", BOX + SDK, kind)) == []


def test_a_function_may_be_called_by_another_script(judge: Judge) -> None:
    """Scripts of a page share their names; what counts is where the call is made."""
    early = f"<script>{GO}</script>{SDK}<script>go();</script>{BOX}"
    assert rules(judge(early)) == ["container-late"]
    assert judge(f"<script>{GO}</script>{SDK}{BOX}<script>go();</script>") == []


@pytest.mark.parametrize("how", ["defer", "async", "type='module'"])
def test_an_sdk_that_is_loaded_later_is_late(how: str, judge: Judge) -> None:
    """A plain script runs before it, wherever it stands."""
    sdk = SDK.replace("<script", f"<script {how}")
    text = page(INIT, BOX + sdk)
    [finding] = judge(text)
    assert (finding.line, finding.column, finding.rule) == (*place(text, sdk), "sdk-late")
    assert f"with {how.replace(chr(39), '')} after the call" in finding.message
    assert judge(page(f"onload = () => {{ {INIT} }}", BOX + sdk)) == []


# --- the page around --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "makes",
    ["box.id = 's1';", "document.body.innerHTML = html;", "createRoot(x).render(y);"],
)
def test_a_container_may_be_made_by_a_script(makes: str, judge: Judge) -> None:
    """By its id, as HTML or by a framework: a note says that nobody can know."""
    assert rules(judge(page(makes + INIT, SDK))) == ["expression"]


def test_a_misspelled_container_is_found_though_scripts_make_elements(judge: Judge) -> None:
    """An id that is nearly the same is what was meant."""
    text = page("a.innerHTML = 1;" + INIT.replace('"s1"', '"status-wdiget"'), SDK)
    [finding] = judge(text.replace(SDK, SDK + '<p id="status-widget"></p>'))
    assert finding.rule == "container-unknown"
    assert "did you mean 'status-widget'?" in finding.message


@pytest.mark.parametrize(
    "loads",
    [
        "import('sdk');",
        "document.head.append(document.createElement('script'));",
        "$.getScript(url);",
    ],
)
def test_an_sdk_may_be_loaded_by_a_script(loads: str, judge: Judge) -> None:
    """Where a script loads something, nobody knows what; a note says so."""
    assert rules(judge(page(loads + INIT, BOX))) == ["sdk-elsewhere"]


def test_a_call_may_stand_in_another_file(judge: Judge) -> None:
    """A page with scripts from elsewhere, or in other languages, may start the widget there."""
    for other in (
        "<script src='app.js'></script>",
        "<script type='module'>import './app.js';</script>",
        "<script type='module'>export { start } from './app.js';</script>",
        "<script>import('./app.js');</script>",
        "<script>require('./app.js');</script>",
        "<script>const s = document.createElement('script'); s.src = x;</script>",
        f"<script type='text/plain'>{INIT}</script>",
        "{% include 'start.html' %}",
    ):
        assert rules(judge(f"{BOX}{SDK}{other}")) == ["init-elsewhere"]
    assert rules(judge(BOX + SDK)) == ["init-missing"]
    only_sdk = "<script type='module'>import '/v3/widget-sdk.js';</script>"
    assert rules(judge(BOX + only_sdk)) == ["init-missing"]


@pytest.mark.parametrize(
    "script",
    [
        f'import {{ init }} from "https://apps.example/sdk/widgets.js"; init({CONFIG});',
        f'import {{ init as go }} from "widgets"; go({CONFIG});',
        f'import * as W from "widgets"; W.init({CONFIG});',
        f'import W from "widgets"; const c = {CONFIG}; W.init(c);',
        f'const {{ init }} = await import("widgets"); init({CONFIG});',
    ],
)
def test_an_init_of_an_unknown_module_that_is_given_a_widget_starts_it(
    script: str, judge: Judge
) -> None:
    """Nothing is missing then, and the call is judged like any other."""
    assert rules(judge(page(script, BOX, kind=" type='module'"))) == ["sdk-elsewhere"]
    wrong = page(script.replace("30000", "15"), BOX + SDK, kind=" type='module'")
    assert rules(judge(wrong)) == ["wrong-value"]
    other = "import { init } from 'i18n'; init({ lng: 'en' });"
    assert rules(judge(page(other, BOX + SDK, kind=" type='module'"))) == ["init-elsewhere"]


BIND = "const go = GenesysCloudWidgets.init.bind"


@pytest.mark.parametrize(
    "script",
    [
        f"{BIND}(GenesysCloudWidgets); go({CONFIG});",
        f"{BIND}(GenesysCloudWidgets, {CONFIG}); go();",
        f"{BIND}(null, {CONFIG}); go.call(null);",
        f"{BIND}(null).bind(null, {CONFIG}); go();",
        f"{BIND}(null); go.call(null, {CONFIG});",
        f"{BIND}(null); go.apply(null, [{CONFIG}]);",
        f"GenesysCloudWidgets.init['bind'](null)({CONFIG});",
        f"{BIND}(null); const later = go; later({CONFIG});",
    ],
)
def test_what_bind_makes_of_init_is_judged_where_it_is_called(script: str, judge: Judge) -> None:
    """With what was bound to it, and with what it is given."""
    assert judge(page(script)) == []
    text = page(script.replace("30000", "15"))
    [finding] = judge(text)
    assert (finding.rule, finding.line, finding.column) == (
        "wrong-value",
        *place(text, "refreshIntervalMs"),
    )
    assert rules(judge(page(script, SDK, BOX))) == ["container-late"]


def test_what_is_bound_may_wait_for_its_container(judge: Judge) -> None:
    """Nothing is started before the function is called, and changes count up to then."""
    bound = f"{BIND}(null, {CONFIG});"
    for later in ("addEventListener('load', go);", "window.onload = go;"):
        assert judge(page(bound + later, SDK, BOX)) == []
    changed = f"const c = {CONFIG.replace('30000', '15')}; {BIND}(null, c);"
    mend = " c.configuration.refreshIntervalMs = 30000;"
    assert judge(page(f"{changed}{mend} go();")) == []
    assert rules(judge(page(f"{changed} go();{mend}"))) == ["wrong-value"]


def test_arguments_that_a_script_spreads_may_hold_the_configuration(judge: Judge) -> None:
    """Nobody knows, so that nothing is said to be missing."""
    for call in (
        "GenesysCloudWidgets.init.call(...all);",
        f"{BIND}(null, ...all); go();",
        f"{BIND}(...all); go();",
    ):
        assert rules(judge(page(call))) == ["unjudged"]
    [finding] = judge(page(f"{BIND}(null); go();"))
    assert finding.message == "init is given no configuration"


@pytest.mark.parametrize(
    ("called", "at"),
    [
        ("GenesysCloudWidget.init", "GenesysCloudWidget.init"),
        ("window.genesysCloudWidgets.init", "window.genesys"),
        ("GenesysCluodWidgets?.init", "GenesysCluod"),
        ("GenesysCloudWidgets.inti", "GenesysCloudWidgets.inti"),
        ("GenesysCloudWidgets.Init", "GenesysCloudWidgets.Init"),
    ],
)
@pytest.mark.parametrize("name", ["x.html", "x.js"])
def test_a_misspelled_name_of_the_sdk_is_found(
    called: str, at: str, name: str, judge: Judge
) -> None:
    """What it is given is judged all the same."""
    script = f"{called}({CONFIG});"
    text = script if name == "x.js" else page(script)
    [finding] = judge(text, name)
    assert (finding.rule, finding.severity) == ("init-missing", "error")
    assert (finding.line, finding.column) == place(text, at)
    assert "did you mean 'GenesysCloudWidgets.init'?" in finding.message
    assert sorted(rules(judge(text.replace("30000", "15"), name))) == [
        "init-missing",
        "wrong-value",
    ]


def test_names_that_a_page_declares_are_not_misspelled(judge: Judge) -> None:
    """Nor is what another library of a longer name does."""
    for script in (
        "const GenesysCloudWidget = { init() {} }; GenesysCloudWidget.init(x);",
        "GenesysCloudWidgetsHelper.init(x);",
        "GenesysCloudWidgets.on('ready', x);",
        "GenesysCloudWidgets.unit({ a: 1 });",
    ):
        assert judge(page(f"{INIT}\n{script}")) == []


TYPED = f"const c: Config = {CONFIG};\nGenesysCloudWidgets.init(c as Config);"


@pytest.mark.parametrize("name", ["x.ts", "x.mts", "x.tsx"])
def test_typescript_is_said_not_to_be_read(name: str, judge: Judge) -> None:
    """In one line; what is JavaScript as well is judged."""
    [finding] = judge(TYPED, name)
    assert (finding.rule, finding.line, finding.column) == ("unreadable", 1, 8)
    assert "TypeScript is not read" in finding.message
    assert judge(INIT, name) == []
    assert rules(judge(INIT.replace("30000", "15"), name)) == ["wrong-value"]


def test_a_script_of_typescript_in_a_page_is_not_judged(judge: Judge) -> None:
    """The rest of the page is; one that says nothing of widgets is left in peace."""
    for kind in (" lang='ts'", " type='text/typescript'"):
        typed = page(TYPED, kind=kind)
        [finding] = judge(typed)
        assert (finding.rule, finding.line) == ("unjudged", 3)
        assert "TypeScript is not read" in finding.message
        assert judge(page("const n: number = 1;", kind=kind) + page(INIT, "")) == []
        assert judge(page(INIT, kind=kind)) == []


def test_a_variable_of_a_template_engine_is_no_error(judge: Judge) -> None:
    """It is one in a page that nothing fills in; the widget's own variable is known in both."""
    wrong = INIT.replace("context.user.divisionId", " division.id ")
    assert rules(judge(page(wrong))) == ["division-variable"]
    assert rules(judge("{% load x %}" + page(wrong))) == ["expression"]
    assert rules(judge("<h1>{{ title }}</h1>" + page(wrong))) == ["expression"]
    for braces in ("refreshIntervalMs: {{ interval }}", "version: {{version}}"):
        filled = wrong.replace("refreshIntervalMs: 30000", braces)
        assert rules(judge(page(filled))) == ["expression", "expression"]
        assert rules(judge(filled, "x.js")) == ["expression", "expression"]
    named = page(wrong.replace('"s1"', '"{{ box }}"'))
    assert rules(judge(named)) == ["expression", "expression"]
    nearly = INIT.replace("context.user.divisionId", " context.user.divisionId ")
    assert rules(judge("{% load x %}" + page(nearly))) == ["division-variable"]


# --- what is given to init --------------------------------------------------------------------


def test_changes_count_up_to_the_call(judge: Judge) -> None:
    """Each call is judged with the values that it meets."""
    text = page(
        f"const c = {CONFIG};\nGenesysCloudWidgets.init(c);\nc.configuration.filterType = 'tree';\n"
        "GenesysCloudWidgets.init(c);\nc.configuration.filterType = 'bush';"
    )
    [finding] = judge(text)
    assert (finding.line, finding.column) == place(text, "filterType = 'tree'")


@pytest.mark.parametrize(
    "change",
    [
        "c.configuration.filterType = 'tree'",
        "c['configuration'][`filterType`] = 'tree'",
        "if (x) c.configuration.filterType = 'tree'",
        "x && (c.configuration.filterType = 'tree')",
        "function later() { c.configuration.filterType = 'tree' }",
        "Object.assign(c.configuration, { filterType: 'tree' })",
        "const inner = c.configuration; inner.filterType = 'tree'",
        "const { configuration: inner } = c; inner.filterType = 'tree'",
        "c.configuration = { ...c.configuration, filterType: 'tree' }",
    ],
)
def test_a_change_is_judged(change: str, judge: Judge) -> None:
    """Also one that may not happen, and one by another name."""
    text = page(f"const c = {CONFIG};\n{change};\nGenesysCloudWidgets.init(c);")
    found = [f for f in judge(text) if f.rule == "wrong-value"]
    assert [(f.field, f.line) for f in found] == [("configuration.filterType", 4)]


def test_changes_may_add_and_take_away(judge: Judge) -> None:
    """A third type that is pushed and a key that is deleted count when init is called."""
    start = f"const c = {CONFIG};\n"
    init = "\nGenesysCloudWidgets.init(c);"
    pushed = judge(page(f"{start}c.configuration.statusReasonTypes.push('LUNCH');{init}"))
    assert [f.field for f in pushed] == ["configuration.statusReasonTypes.2"]
    assert rules(judge(page(f"{start}delete c.containerId;{init}"))) == ["container-missing"]


@pytest.mark.parametrize(
    ("part", "instead", "rule", "at"),
    [
        (", filterType", ",, filterType", "syntax", ", filterType"),
        (
            "autoSelect: false",
            "autoSelect: 1, autoSelect: false",
            "duplicate-key",
            "autoSelect: false",
        ),
        ("autoSelect: false", "onReady: () => go()", "unknown-key", "onReady"),
        ("autoSelect: false", "autoSelect: go()", "expression", "autoSelect"),
        ("autoSelect: false", "get autoSelect() { return 1 }", "expression", "get autoSelect"),
        ("autoSelect: false", "[key]: false", "expression", "[key]"),
        ("autoSelect: false", "...more()", "expression", "more()"),
        ("autoSelect: false", "__proto__: base", "expression", "__proto__"),
        ('"s1"', "`s${n}`", "expression", "containerId"),
        ('"status-reason"', '"status_reason"', "wrong-value", "widgetId"),
    ],
)
def test_what_an_object_holds_is_judged_key_by_key(
    part: str, instead: str, rule: str, at: str, judge: Judge
) -> None:
    """One finding each, where the key stands."""
    text = page(INIT.replace(part, instead))
    [finding] = judge(text)
    assert finding.rule == rule
    assert (finding.line, finding.column) == place(text, at)


def test_what_only_a_browser_knows_is_said_to_be_unjudged(judge: Judge) -> None:
    """It is a warning where nothing is judged at all."""
    for call in ("GenesysCloudWidgets.init(load());", "GenesysCloudWidgets.init(other)"):
        [finding] = judge(page(call))
        assert (finding.rule, finding.severity) == ("unjudged", "warning")
        assert "only known when the script runs: not judged" in finding.message


def test_what_looks_like_a_configuration_is_judged_where_it_stands(judge: Judge) -> None:
    """Where a call is given what a function made of it, or what a loop takes from a list."""
    text = page(f"const c = {CONFIG.replace('30000', '5')};\nGenesysCloudWidgets.init(wrap(c));")
    assert sorted(rules(judge(text))) == ["expression", "wrong-value"]


def test_other_things_than_objects_are_found(judge: Judge) -> None:
    """A text, a number, a list and a boolean are each called by what they are."""
    for value, found in (("'x'", "'x'"), ("5", "5"), ("[1]", "a list"), ("!0", "true")):
        [finding] = judge(page(f"GenesysCloudWidgets.init({value})"))
        assert finding.rule == "wrong-value"
        assert finding.message == f"init is given {found}; allowed: an object"


def test_many_calls_are_judged_up_to_a_limit(judge: Judge) -> None:
    """Each costs time, and no page has that many widgets."""
    findings = judge(f"const c = {CONFIG};" + "GenesysCloudWidgets.init(c);" * 130, "x.js")
    assert [(f.rule, f.severity) for f in findings] == [("too-many", "note")]
    assert findings[0].message == "30 more calls of init are not judged"


# --- whatever happens -------------------------------------------------------------------------

WORDS = [*"<>/!-[]{}(),:;'\"`=.$\\ \n", "script", "widgetId", "/*", "*/", "<!--", "</script>"]
WORDS += ["...", "=>", "async ", "await ", "${", "{{", "}}", "<%", "%>", "GenesysCloudWidgets", "é"]
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(WORDS) | st.text(max_size=3)),
    max_size=6,
)


@pytest.mark.fuzz
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*PAGES.values(), *SCRIPTS.values()]), EDITS, st.booleans())
def test_a_spoiled_snippet_has_findings_or_none(
    tmp_path: Path, text: str, edits: list[tuple[float, int, str]], is_page: bool
) -> None:
    """Whatever is cut out or put in, findings come out, each in one line and within the text."""
    for where, cut, word in edits:
        at = int(where * len(text))
        text = text[:at] + word + text[at + cut :]
    path = tmp_path / ("x.html" if is_page else "x.js")
    path.write_bytes(text.encode("utf-8", "replace"))
    lines = re.split(r"\r\n|\r|\n", path.read_bytes().decode("utf-8-sig", "replace"))
    for finding in check(path):
        assert len(str(finding).splitlines()) == 1
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1


@pytest.mark.fuzz
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.sampled_from(["json", "html", "js", "yaml", "jsonl", "txt"]))
def test_any_bytes_have_findings(tmp_path: Path, content: bytes, ending: str) -> None:
    """Whatever stands in a file, checking it ends, and each finding is one line.

    There is one at least: no few bytes drawn by chance make a file in which all is right.
    """
    file = tmp_path / f"x.{ending}"
    for beginning in (b"", b"widget-sdk<script>", b'{"widgetId":'):
        file.write_bytes(beginning + content)
        findings = check(file)
        assert findings
        assert all(len(str(finding).splitlines()) == 1 for finding in findings)


def test_snippets_are_recognised_by_what_they_hold(tmp_path: Path) -> None:
    """No style of a valid page or script is passed over as something unknown."""
    for name, text in [*SCRIPTS.items(), *((f"{i}.html", t) for i, t in enumerate(PAGES.values()))]:
        (tmp_path / name).write_text(text, "utf-8")
        assert kind_of(tmp_path / name) == "embedding-snippet"

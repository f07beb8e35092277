"""Pages and scripts without fault, in every style that people embed a widget in."""

from __future__ import annotations

SDK = '<script src="https://static.mypurecloud.com/widgets/v3/widget-sdk.js"></script>'
BOX = '<div id="s1"></div>'
KEYS = (
    'divisionId: "{{context.user.divisionId}}", filterType: "division", '
    'statusReasonTypes: ["BREAK", "TRAINING"], autoSelect: false, refreshIntervalMs: 30000, '
    "autoRefresh: true"
)
CONFIG = f'{{ containerId: "s1", widgetId: "status-reason", configuration: {{ {KEYS} }} }}'
INIT = f"GenesysCloudWidgets.init({CONFIG});"


def page(script: str, before: str = BOX + SDK, after: str = "", kind: str = "") -> str:
    """Give a page with one script."""
    return f"{before}\n<script{kind}>\n{script}\n</script>\n{after}"


PAGES: dict[str, str] = {
    "plain": page(INIT),
    "window": page(f"window.{INIT}"),
    "global this": page(f"globalThis.{INIT}"),
    "self": page(f"self.{INIT}"),
    "optional chaining": page(f"window.GenesysCloudWidgets?.init({CONFIG});"),
    "optional call": page(f"GenesysCloudWidgets?.init?.({CONFIG})"),
    "brackets": page(f'window["GenesysCloudWidgets"]["init"]({CONFIG});'),
    "brackets with constants": page(f'const m = "init"; GenesysCloudWidgets[m]({CONFIG});'),
    "alias": page(f"const W = window.GenesysCloudWidgets;\nW.init({CONFIG});"),
    "alias of the window": page(f"var w = window; w.GenesysCloudWidgets.init({CONFIG});"),
    "alias with a fallback": page(
        f"const W = window.GenesysCloudWidgets || {{}}; W.init({CONFIG})"
    ),
    "destructured": page(f"const {{ init }} = window.GenesysCloudWidgets;\ninit({CONFIG});"),
    "destructured and renamed": page(f"const {{init: go}} = GenesysCloudWidgets; go({CONFIG});"),
    "alias of init": page(f"const go = GenesysCloudWidgets.init; go({CONFIG});"),
    "indirect call": page(f"(0, GenesysCloudWidgets.init)({CONFIG});"),
    "call": page(f"GenesysCloudWidgets.init.call(GenesysCloudWidgets, {CONFIG});"),
    "apply": page(f"GenesysCloudWidgets.init.apply(null, [{CONFIG}]);"),
    "bind for later": page(f"window.onload = GenesysCloudWidgets.init.bind(null, {CONFIG});"),
    "minified": page(
        '!function(){var e={containerId:"s1",widgetId:"status-reason",configuration:{divisionId:'
        '"{{context.user.divisionId}}",autoSelect:!1,refreshIntervalMs:3e4,autoRefresh:!0,'
        "showColorIndicator:!0,version:void 0}};window.GenesysCloudWidgets&&window."
        "GenesysCloudWidgets.init(e)}();"
    ),
    "minified with commas": page(
        "var a,b;a={containerId:'s1',widgetId:'status-reason'},a.configuration={divisionId:"
        "'{{context.user.divisionId}}',autoRefresh:!0},b=GenesysCloudWidgets,b.init(a)"
    ),
    "numbers": page(INIT.replace("30000", "30_000")),
    "exponents": page(INIT.replace("30000", "3e4")),
    "hexadecimal": page(INIT.replace("30000", "0x7530")),
    "arithmetic": page(INIT.replace("30000", "30 * 1000")),
    "constants": page(f"const S = 1000, N = 30;\n{INIT.replace('30000', 'N * S')}"),
    "constants of other scripts": page(
        INIT.replace("30000", "EVERY"), before=f"{BOX}{SDK}<script>var EVERY = 3e4</script>"
    ),
    "nested constants": page(
        f"const C = Object.freeze({{ every: {{ ms: 30000 }} }});"
        f"{INIT.replace('30000', 'C.every.ms')}"
    ),
    "spread": page(
        f"const base = {{ {KEYS} }};\nGenesysCloudWidgets.init({{ containerId: 's1', "
        "widgetId: 'status-reason', configuration: { ...base, refreshIntervalMs: 60000 } });"
    ),
    "assign": page(
        f"var base = {{ {KEYS} }};\nGenesysCloudWidgets.init({{ containerId: 's1', widgetId: "
        "'status-reason', configuration: Object.assign({}, base, { autoSelect: true }) });"
    ),
    "shorthand": page(
        f"const containerId = 's1', widgetId = 'status-reason', configuration = {{ {KEYS} }};\n"
        "GenesysCloudWidgets.init({ containerId, widgetId, configuration });"
    ),
    "computed keys": page(
        f"const key = 'widgetId';\nGenesysCloudWidgets.init({{ ['container' + 'Id']: 's1', "
        f"[key]: `status-reason`, 'configuration': {{ {KEYS} }} }});"
    ),
    "texts put together": page(
        INIT.replace('"status-reason"', '"status" + "-" + `reason`').replace('"s1"', "`s${1}`")
    ),
    "parentheses and a trailing comma": page(f"GenesysCloudWidgets.init(({CONFIG[:-1]}, }}));"),
    "comments": page(
        f"// GenesysCloudWidgets.init({{ widgetId: 'x' }})\n"
        f"/* window.GenesysCloudWidgets.init(y) */\n{INIT} // {{ unbalanced ("
    ),
    "html comment around": page(f"<!--\n{INIT}\n//-->"),
    "built step by step": page(
        "const cfg = {};\ncfg.containerId = 's1';\ncfg.widgetId = 'status-reason';\n"
        f"cfg.configuration = {{ {KEYS} }};\ncfg.configuration.refreshIntervalMs = 15000;\n"
        "GenesysCloudWidgets.init(cfg);"
    ),
    "set right before": page(
        f"var cfg = {CONFIG.replace('30000', '5')};\ncfg.configuration.refreshIntervalMs = 30000;\n"
        "GenesysCloudWidgets.init(cfg);"
    ),
    "changed afterwards": page(
        f"var cfg = {CONFIG};\nGenesysCloudWidgets.init(cfg);\n"
        "cfg.configuration.refreshIntervalMs = 5;"
    ),
    "assigned once": page(f"let cfg;\ncfg = {CONFIG};\nGenesysCloudWidgets.init(cfg);"),
    "a key of the window": page(f"window.cfg = {CONFIG};\nGenesysCloudWidgets.init(window.cfg);"),
    "a choice that is known": page(
        f"const FAST = false;\n{INIT.replace('30000', 'FAST ? 5 : 30000')}"
    ),
    "module": page(
        'import "https://static.mypurecloud.com/widgets/v3/widget-sdk.js";\n' + INIT,
        before=BOX,
        kind=' type="module"',
    ),
    "module with names": page(
        f'import {{ init as start }} from "https://x.example/v3/widget-sdk.js";\nstart({CONFIG});',
        before=BOX,
        kind=' type="module"',
    ),
    "module as a whole": page(
        f'import * as SDK from "/widget-sdk.mjs";\nexport default SDK.init({CONFIG});',
        before=BOX,
        kind=' type="module"',
    ),
    "module above its container": page(f"{INIT}", before=SDK, after=BOX, kind=" type=module"),
    "import on demand": page(
        f'import("./widget-sdk.js").then(({{ init }}) => init({CONFIG}));', before=BOX
    ),
    "awaited import": page(
        f'(async () => {{ const W = await import("./widget-sdk.js"); W.init({CONFIG}); }})();',
        before=BOX,
    ),
    "loaded by a script": page(
        "const s = document.createElement('script'); s.src = 'https://x.example/widget-sdk.js';\n"
        f"s.onload = () => {{ {INIT} }};\ndocument.head.append(s);",
        before=BOX,
    ),
    "when the page is ready": page(
        f"document.addEventListener('DOMContentLoaded', () => {{ {INIT} }});",
        before=SDK,
        after=BOX,
    ),
    "when all is loaded": page(f"window.onload = function () {{ {INIT} }}", SDK, BOX),
    "with jQuery": page(f"$(function () {{ {INIT} }});", SDK, BOX),
    "in an attribute": f"{SDK}<body onload='{INIT}'>{BOX}</body>",
    "in an attribute with entities": (
        f'{SDK}<body onload="{INIT.replace(chr(34), "&quot;")}">{BOX}</body>'
    ),
    "when the SDK is there": (
        f"<script>function start() {{ {INIT} }}</script>{BOX}"
        '<script async onload="start()" src="https://x.example/widget-sdk.js"></script>'
    ),
    "an SDK that waits": (
        f'<script defer src="/widget-sdk.js"></script>{BOX}<script>\n'
        f"addEventListener('load', function () {{ {INIT} }});</script>"
    ),
    "several widgets": page(
        INIT + INIT.replace("s1", "s2"), before=f'{BOX}<div id="s2"></div>{SDK}'
    ),
    "several widgets in a loop": page(
        f"for (const c of [{CONFIG}, {CONFIG.replace('s1', 's2')}]) GenesysCloudWidgets.init(c);",
        before=f"{BOX}<p id=s2></p>{SDK}",
    ),
    "several widgets by a list": page(f"[{CONFIG}].forEach((c) => GenesysCloudWidgets.init(c));"),
    "init as an argument": page(f"[{CONFIG}].forEach(GenesysCloudWidgets.init);"),
    "a function of one's own": page(
        f"function embed(c) {{ window.GenesysCloudWidgets.init(c); }}\nembed({CONFIG});"
    ),
    "a class": page(
        f"class Portal {{ #on = true; config = {CONFIG};\n"
        "  start() { GenesysCloudWidgets.init(this.config); } }\nnew Portal().start();"
    ),
    "another widget": page(
        "GenesysCloudWidgets.init({ containerId: 'chat', widgetId: 'web-chat', configuration: "
        f"{{ theme: 'dark' }} }});\n{INIT}"
    ),
    "a widget named elsewhere": page(
        f"GenesysCloudWidgets.init({{ containerId: 'chat', widgetId: window.chosen }});\n{INIT}"
    ),
    "other data on the page": page(
        INIT,
        before=f'<script type="application/ld+json">{{"@context": "https://schema.org"}}</script>'
        f'<script type="importmap">{{"imports": {{}}}}</script>{BOX}{SDK}'
        '<script type="text/template"><% if (x) { %>{{ y }}</script>',
    ),
    "JSON in an attribute": page(
        INIT,
        before=f'{SDK}<div id=\'s1\' data-config=\'{{"widgetId": "queue", "x": [1]}}\' '
        'data-more="{&quot;a&quot;: 1}"></div>',
    ),
    "odd markup": page(
        INIT,
        before="<!DOCTYPE html PUBLIC '-//W3C//DTD'><p>a < b & c<br/><![if !IE]><b><i></b></i>"
        f"<DIV\n ID = s1 hidden></DIV>{SDK.replace('script', 'SCRIPT')}<svg><path d='M0'/></svg>",
    ),
    "all the syntax": page(
        "label: for (let i = 0, o = {}; i < 1; i++) { if (i) continue label; }\n"
        "const re = /[/'\"]\\/{/g, t = `a${`b${1}`}`, { x = 1, ...rest } = {};\n"
        "class A extends Object { static #p = 1n; static { } get q() { return #p in this; } }\n"
        "async function* g() { for await (const v of []) yield* v; }\n"
        f"var u = t ?? re?.[0] ?? (0 || 1); u ||= 2; u **= 2; {INIT}"
    ),
    "no semicolons": page(f"var a = 1\nvar b = a\n;[1].map(x => x)\n{INIT[:-1]}"),
    "PHP": page(
        INIT.replace("30000", "<?= $every ?>").replace('"s1"', '"<?php echo $id ?>"'),
        before=f"<?php if ($a > 1): ?><p><?php endif ?>{SDK}<div id='<?= $id ?>'></div>",
    ),
    "ERB": page(
        f"<% if admin %>\n{INIT.replace('30000', '<%= every %>')}\n<% end %>",
        before=f"<%= stylesheet_link_tag 'a' %>{BOX}<%= render 'sdk' %>",
    ),
    "Jinja": page(
        "{# the widget #}\n{% if x %}"
        + INIT.replace("30000", "{{ every | tojson }}")
        + "{% endif %}",
        before=f"{{% extends 'base.html' %}}{BOX}{{% block sdk %}}{{% endblock %}}",
    ),
    "Handlebars": page(
        INIT.replace("30000", "{{every}}").replace('"BREAK", "TRAINING"', "{{{types}}}"),
        before=f"<title>{{{{title}}}}</title>{{{{#if x}}}}{BOX}{{{{/if}}}}{SDK}",
    ),
    "a container made by a script": page(
        f"const d = document.createElement('div'); d.id = 's1'; document.body.append(d);\n{INIT}",
        before=SDK,
    ),
    "a bundle": f'{BOX}{SDK}<script src="/assets/app.js"></script>',
    "values from elsewhere": page(
        f"const p = new URLSearchParams(location.search);\n"
        f"{INIT.replace('30000', 'Number(p.get(`ms`))')}"
    ),
    "JSX": page(
        f"const App = () => <div id='s1' style={{{{ a: 1 }}}}>{{null}}</div>;\n{INIT}",
        kind=" type='text/babel'",
    ),
}
SCRIPTS: dict[str, str] = {
    "script.js": f"'use strict';\nwindow.{INIT}\n",
    "module.mjs": (
        "import { GenesysCloudWidgets } from '@example/widgets';\n"
        f"const config = {CONFIG};\nawait ready;\nGenesysCloudWidgets.init(config);\n"
    ),
    "common.cjs": f"const W = require('./widget-sdk');\nmodule.exports = () => W.init({CONFIG});\n",
    "config.js": f"export const config = {CONFIG};\n",
    "shebang.js": f"#!/usr/bin/env node\n{INIT}\n",
    "block.js": f"{{ {INIT} }}\n",
}

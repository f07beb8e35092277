"""Reading scripts: values worked out, mistakes explained, and the bounds that hold for any text."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pace
import pytest
from extent import some

from simkit.checking import trees
from simkit.checking.check import check
from simkit.checking.findings import UNSEEN
from simkit.checking.mistakes import Mistake, mistake_at, typographic_quotes
from simkit.checking.pages import ScriptText, read_page
from simkit.checking.scopes import Names, Script
from simkit.checking.templates import tags, without_tags
from simkit.checking.trees import Patience, Text, captures, first_error, parse
from simkit.checking.values import ObjectTable, Values, subject_of


def worked_out(expression: str, before: str = "", after: str = "") -> Any:
    """Give what an expression is worth as data; UNSEEN where it is not worked out."""
    text = f"{before}\nuse({{ it: {expression} }});\n{after}"
    source = ScriptText(text.encode(), Text(text))
    tree = parse("javascript", source.code, Patience())
    assert tree is not None
    assert not tree.root_node.has_error, text
    script = Script(source, source.code, tree)
    names = Names([script], is_template=False)
    [call] = [c for c in script.calls if script.text(c.node).startswith("use(")]
    [argument] = call.node.children_by_field_name("arguments")[0].named_children
    table = Values(names, call).of(argument, script, call.scope)
    assert isinstance(table, ObjectTable)
    return subject_of(table, "x.js")[0].value("it")


KNOWN: dict[str, Any] = {
    "1": 1,
    "1.0": 1,
    "3e4": 30_000,
    "30_000": 30_000,
    "0x7530": 30_000,
    "0b11": 3,
    "0o17": 15,
    ".5": 0.5,
    "5.": 5,
    "30 * 1000": 30_000,
    "2 ** 10 - 24": 1_000,
    "7 / 2": 3.5,
    "-7 % 4": -3,
    "-5": -5,
    "+5": 5,
    "!0": True,
    "!1": False,
    "!''": True,
    "!{}": False,
    "void 0": None,
    "undefined": None,
    "null": None,
    "(1, 2)": 2,
    "((3))": 3,
    "'a' + 'b'": "ab",
    "'a' + 1 + true": "a1true",
    "`a${1}b${'c'}`": "a1bc",
    r"'\x41\u0042\u{43}\n\'\q\0'": "ABC\n'q\0",
    r"'\ud83d\ude42'": "🙂",
    "'a\\\nb'": "ab",
    "'a' && 2": 2,
    "0 || 'x'": "x",
    "null ?? 5": 5,
    "0 ?? 5": 0,
    "true ? 1 : f()": 1,
    "[1, , 'x']": [1, None, "x"],
    "[...[1, 2], 3]": [1, 2, 3],
    "[{ a: 1 }][0].a": 1,
    "{ a: { b: 1 } }": {"a": {"b": 1}},
    "{ 'a-b': 1, 2: 3, ['c' + 1]: 4 }": {"a-b": 1, "2": 3, "c1": 4},
    "{ a: 1, ...{ a: 2, b: 3 }, b: 4 }": {"a": 2, "b": 4},
    "Object.assign({}, { a: 1 }, { a: 2 })": {"a": 2},
    "Object.freeze([1])": [1],
    "{ a: undefined, b: 1 }": {"b": 1},
}


@pytest.mark.parametrize("expression", KNOWN)
def test_what_needs_no_browser_is_worked_out(expression: str) -> None:
    """As JavaScript would, whole numbers of either spelling being one."""
    value = worked_out(expression)
    assert value == KNOWN[expression]
    assert type(value) is type(KNOWN[expression])


@pytest.mark.parametrize(
    ("before", "expression", "value"),
    [
        ("const a = 5;", "a", 5),
        ("let a = 5;", "a", 5),
        ("var a; a = 5;", "a", 5),
        ("a = 5;", "a", 5),
        ("window.a = 5;", "a", 5),
        ("window.a = 5;", "window.a", 5),
        ("const a = 5, b = a, c = b * 2;", "c", 10),
        ("const a = { b: { c: 5 } };", "a.b.c", 5),
        ("const a = { b: { c: 5 } };", "a['b']?.c", 5),
        ("const a = { b: 5 }, k = 'b';", "a[k]", 5),
        ("const { a, b: { c: d } } = { a: 1, b: { c: 5 } };", "d", 5),
        ("const [a, , b] = [1, 2, 5];", "b", 5),
        ("const a = 1; { const a = 5; f(a); }", "a", 1),
        ("{ var a = 5; }", "a", 5),
        ("function f(a) { a = 6; } const a = 5;", "a", 5),
        ("const a = {}; a.b = {}; a.b.c = 5;", "a.b.c", 5),
        ("const a = { b: 1 }; a.b = 5;", "a.b", 5),
        ("const a = { b: 1, c: 2 }; delete a.b;", "a", {"c": 2}),
        ("const a = [1]; a.push(2, 3);", "a", [1, 2, 3]),
        ("const a = { b: 1 }; Object.assign(a, { c: 2 });", "a", {"b": 1, "c": 2}),
        ("const a = { b: { c: 1 } }, d = a.b; d.c = 5;", "a.b.c", 5),
    ],
)
def test_names_that_always_mean_one_thing_are_worked_out(
    before: str, expression: str, value: Any
) -> None:
    """Declared, taken apart or changed in place: the value is the one in a browser."""
    assert worked_out(expression, before) == value


@pytest.mark.parametrize(
    ("before", "expression"),
    [
        ("", "a"),
        ("", "f()"),
        ("", "new Date()"),
        ("", "/a/"),
        ("", "() => 1"),
        ("", "class {}"),
        ("", "5n"),
        ("", "1 / 0"),
        ("", "'a' * 2"),
        ("", "x ? 1 : 2"),
        ("", "x || 1"),
        ("", "`a${x}`"),
        ("", "'a' + x"),
        ("", "location.host"),
        ("let a = 1; a = 2;", "a"),
        ("let a = 1; a++;", "a"),
        ("let a = 1; a += 1;", "a"),
        ("let a = 1; function f() { a = 2; }", "a"),
        ("let a = 1; for (a of b);", "a"),
        ("for (const a of b) g(a);", "a"),
        ("const a = { b: 1 }; a.b += 1;", "a.b"),
        ("const a = { ...x };", "a.b"),
        ("const { a = 1 } = {};", "a"),
        ("const { ...a } = { b: 1 };", "a"),
        ("import { a } from './a.js';", "a"),
        ("function a() {}", "a"),
        ("const a = b, b = a;", "a"),
        ("const a = { b: a.b };", "a.b"),
    ],
)
def test_what_only_a_browser_knows_is_not_guessed(before: str, expression: str) -> None:
    """A wrong guess would blame a page without fault, so the value stays unseen."""
    assert worked_out(expression, before) is UNSEEN


def test_values_that_grow_without_end_are_given_up() -> None:
    """Each constant doubles the last: 2^60 of anything is not worked out."""
    doubled = {"'x'": "{0} + {0}", "[1]": "[{0}, {0}]", "{ x: 1 }": "{{ l: {0}, r: {0} }}"}
    for first, step in doubled.items():
        lines = [f"const a0 = {first};"]
        lines += [f"const a{i} = {step.format(f'a{i - 1}')};" for i in range(1, 61)]
        started = time.process_time()
        worked_out("a60", "\n".join(lines))
        assert pace.within(time.process_time() - started, 2)


# --- mistakes ---------------------------------------------------------------------------------


def mistake(text: str) -> Mistake:
    code = text.encode()
    tree = parse("javascript", code, Patience())
    assert tree is not None
    if not tree.root_node.has_error:
        found = typographic_quotes(code, tree)
        assert found is not None
        return found
    error = first_error(code, tree, Patience())
    assert error is not None
    return mistake_at(code, tree, error)


@pytest.mark.parametrize(
    ("marked", "problem"),
    [
        ('x={a: 1, ¦b": 2}', 'the key has a closing quote but no opening one: write "b" or b'),
        ("x={a: 1, ¦b': '2'}", "the key has a closing quote but no opening one: write 'b' or b"),
        ('x={a: ¦b", c: 1}', 'the text has a closing quote but no opening one: write "b"'),
        ('x={a: ¦b c", d: 1}', "a text begins here, at 'b', without its first quote"),
        ('x={¦"a: 1}', "a text begins here and its closing quote is missing"),
        ("x={a: ¦'b}\n// c", "a text begins here and its closing quote is missing"),
        ('x={¦"a: "b", c: 1}', "a text begins here and its closing quote is missing"),
        ('x={a: ¦"b,\n c: 1}', "a text begins here and its closing quote is missing"),
        ("x=[¦`a", "a text begins here and its closing quote is missing"),
        ("x={a: 1 ¦b: 2}", "a comma is missing before 'b'"),
        ("x={a: 1\n  ¦b: 2}", "a comma is missing before 'b'"),
        ("x={a: [1 ¦2]}", "a comma is missing before '2'"),
        ("f(a ¦b)", "a comma is missing before 'b'"),
        ("x=¦{a: 1", "the object or block that begins here is never closed"),
        ("x={a: ¦[1", "the list that begins here is never closed"),
        ("f¦(a", "the bracket that begins here is never closed"),
        ("x = 1; ¦/* a", "the comment that begins here is never closed"),
        ("¦/* a", "the comment that begins here is never closed"),
        ("/* a */¦.b", "the script cannot be read here: '.' is unexpected"),
        ("f({a: 1¦)", "'}' is missing before ')'"),
        ("f({a: [1¦})", "']' is missing before '}'"),
        ("x={a: 1}¦}", "'}' closes nothing"),
        ("x={a: ¦}", "something is missing before '}'"),
        ("x={a: 1¦;}", "the object cannot be read here: ';' is unexpected"),
        ("let ¦5x = 1", "the script cannot be read here: '5x' is unexpected"),
        ("x={¦“a”: 1}", "'“' is a quote of a text processor"),
        ("x={a: ¦‘b’}", "'‘' is a quote of a text processor"),
        ("/* ü 🙂 */ x={é: 1 ¦b: 2}", "a comma is missing before 'b'"),
    ],
)
def test_a_mistake_is_explained_where_the_pen_has_to_go(marked: str, problem: str) -> None:
    """¦ marks the place."""
    found = mistake(marked.replace("¦", ""))
    assert found.start == len(marked[: marked.index("¦")].encode())
    assert found.message.startswith(problem)


@pytest.mark.slow
def test_a_mistake_far_into_a_script_is_explained_as_well() -> None:
    """The parser's log, which tells the place, is only kept near it."""
    text = "/* filler */ f(1, 2);\n" * 20_000 + "x={a: 1 b: 2}"
    started = time.process_time()
    found = mistake(text)
    assert found.message == "a comma is missing before 'b'"
    assert found.start == text.index("b: 2")
    assert pace.within(time.process_time() - started, 4)


def test_good_code_of_every_kind_has_no_error() -> None:
    """What is rare on pages is JavaScript as well."""
    for text in (
        "x = a\n++b\nc = d\n/e/g",
        "if (a) function f() {}",
        "var let_ = 1, of = 2, get = { get: 1, set: 2, static: 3, async: 4 }",
        "html = '<script>' + `</` + 'script>'; x = 5 <!-- y\n--> z",
        "({ a, b: { c } = {}, ...d } = e); [a, , b = 1, ...c] = d",
        "export * as ns from 'a'; import b, { c as d } from 'e' with { type: 'json' }",
        "x = /(?<n>a)[/\\]]/v; y = a ? /b/ : c / d",
        "label: { break label } new.target; import.meta.url; a?.b?.[c]?.(d)",
        "var \\u0061b = 1; x = { __proto__: null, async *[a]() {}, get b() {}, 'c'() {} }",
    ):
        tree = parse("javascript", text.encode(), Patience())
        assert tree is not None
        assert not tree.root_node.has_error, text


# --- pages and templates ----------------------------------------------------------------------


def test_a_page_is_read_as_browsers_do() -> None:
    """Comments and texts hold no elements, the first id counts, case does not."""
    page = read_page(
        "<!-- <script>a</script> --><DIV ID='x&amp;y'></DIV><p id=b><p id=b>"
        "<SCRIPT type='Module'>c</SCRIPT ><script src=d.js async></script>"
        "<script>if (a < b) '</scripty>'</script><style>a > b {}</style>"
        "<script type=text/template>e</script><a title='<script>' onclick=f()>g</a>",
        "x.html",
        Patience(),
    )
    assert list(page.ids) == ["x&y", "b"]
    assert [code.code for code in page.scripts] == [b"c", b"if (a < b) '</scripty>'", b"f()"]
    assert [code.is_later for code in page.scripts] == [True, False, True]
    assert [(source.address, source.waits) for source in page.sources] == [("d.js", "async")]
    assert page.problem is None


def test_a_script_that_is_never_closed_is_told() -> None:
    """Place 16 is the script's first letter; browsers do not run such a script."""
    page = read_page("<p>a</p><script>b", "x.html", Patience())
    assert page.problem == (16, "the script that begins here is never closed")


def test_a_comment_that_is_never_closed_is_told() -> None:
    """By the HTML standard it reaches to the end of the file, and the script in it is not run."""
    told = "the comment that begins here is never closed"
    page = read_page("<p>a</p><!-- <script>b</script>", "x.html", Patience())
    assert (page.problem, page.scripts) == ((8, told), [])
    page = read_page("<script>a</script><!-- b --><!-- <script>c</script>", "x.html", Patience())
    assert (page.problem, len(page.scripts)) == ((28, told), 1)


@pytest.mark.parametrize(
    "before",
    [
        "<!-- a --><!--><!-- b --!>",
        "<title><!-- a</title>",
        "<textarea><!--</textarea>",
        "<style>/* <!-- */</style>",
        "<script>x = '<!--'</script>",
        "<p title='<!--'>a</p>",
    ],
)
def test_what_only_looks_like_an_open_comment_hides_no_script(before: str) -> None:
    """Closed ones, and text in which nothing is markup: titles, styles, scripts, attributes."""
    page = read_page(f"{before}<script>b</script>", "x.html", Patience())
    assert page.problem is None
    assert page.scripts[-1].code == b"b"


def test_tags_of_templates_leave_code_of_the_same_length() -> None:
    """Values become names, so that the code around them can be read; lines stay where they are."""
    pairs = [
        (b"a=<%= b %>;", b"a=$_______;"),
        (b"<% if c %>d", b"          d"),
        (b"{{ d }}{{{e}}}", b"$______$______"),
        (b"<?php f(); ?>g<?= i ?>", b"             g$_______"),
        (b"{# g #}{% h %}", b" " * 14),
        (b"<%=\n a %>b", b"$__\n     b"),
    ]
    for code, plain in pairs:
        assert without_tags(code) == plain
    assert list(tags(b"<?xml version='1.0'?> {{ <% {% <?php")) == []
    assert [tag.writes for tag in tags(pairs[0][0] + pairs[1][0])] == [True, False]


# --- places and bounds ------------------------------------------------------------------------


def test_places_count_characters() -> None:
    """Whatever their width in bytes, and however long the text is."""
    text = Text("aé🙂\n" * 10_000 + "ü🙂x")
    assert text.at(0) == (1, 1)
    assert text.at(len("aé🙂".encode())) == (1, 4)
    assert text.at(len(text.code) - 1) == (10_001, 3)
    long = Text("🙂" * 50_000 + "x")
    assert long.at(len(long.code) - 1) == (1, 50_001)


def test_parsing_ends_with_patience() -> None:
    """The tree of a long text is given up, and the time is taken from what is left."""
    patience = Patience(0.05)
    assert parse("javascript", b"f(a);\n" * 300_000, patience) is None
    assert patience.seconds < 0
    assert parse("javascript", b"f(a);" * 1_000_000, Patience()) is None, "too large"
    assert parse("javascript", b"f(a);", Patience()) is not None


@pytest.mark.slow
def test_characters_of_any_width_may_stand_where_a_piece_ends() -> None:
    """The parser reads pieces; an error may end its reading after any of them."""
    for before in range(4):
        good = ("x" * before + "('" + "“🙂é" * 30_000 + "')").encode()
        tree = parse("javascript", good, Patience())
        assert tree is not None
        assert not tree.root_node.has_error
        bad = ("x" * before + "=f(" + "“🙂é" * 30_000).encode()
        assert first_error(bad, None, Patience()) is not None


def test_a_query_gives_outer_nodes_first() -> None:
    """Calls come as one reads them: f, g and h, one in the other, begin at 0, 2 and 4."""
    tree = parse("javascript", b"f(g(h()))", Patience())
    assert tree is not None
    nodes = captures("javascript", "(call_expression) @call", tree)
    assert [node.start_byte for _, node in nodes] == [0, 2, 4]


@pytest.mark.slow
@pytest.mark.thorough
def test_parsing_leaves_nothing_behind() -> None:
    """Neither of texts that are read to their end nor of those that are given up."""
    texts = [b"f(a);\n" * 20_000, b"<!--" * 20_000, b"a=*" * 20_000, b"x={a: 1 b: 2};" * 1_000]

    def read_all() -> None:
        for text in texts:
            parse("javascript", text, Patience(0.2))
            parse("html", text, Patience(0.2))
            first_error(text, None, Patience(0.2))
        gc.collect()

    read_all()
    before = trees._used()
    for _ in range(5):
        read_all()
    assert trees._used() - before < 5_000_000


@pytest.mark.slow
@pytest.mark.thorough
def test_depth_does_not_end_the_process() -> None:
    """Nor without the bound of memory: 200,000 open brackets that may mean two things each."""
    probe = (
        "from simkit.checking import trees\n"
        "patience = trees.Patience(20)\n"
        "patience._memory = 1 << 40\n"
        "trees.parse('javascript', b'{a:' * 200_000, patience)\n"
        "trees.first_error(b'{a:' * 200_000, None, patience)\n"
        "print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "alive\n"


# What keeps parsers busy: nesting without end, ambiguity at each level, errors at each step, texts
# that never end, and what grows while it is worked out.
HOSTILE_PAGES = ["<a ", '<a a="', "<!--", "<![", "<b>", "<x><y>", "<script>x</script>", "</script"]
HOSTILE_SCRIPTS = [
    *("a: {", "a: 1, ", "[a,", "(a,", "{a:", "a=*", ":/>1", '"', "`${", "a?", "f(1);", "{{", "/*"),
    *("export static await /*", "[a,/yield in !", "\n", "<%= a %>,", "async(", "“", "[", "a.b=1;"),
    *("function f(){", "GenesysCloudWidgets.init(a);", "...{a:1},"),
]
HOSTILE = [
    *(("x.html", unit) for unit in HOSTILE_PAGES),
    *(("x.js", unit) for unit in HOSTILE_SCRIPTS),
]
PROBE = """
import json, resource, sys, time
import simkit
for name, unit in json.loads(sys.argv[1]):
    begin = "<p>widget-sdk</p>" if name == "x.html" else "GenesysCloudWidgets.init({"
    open(name, "w").write(begin + unit * (int(sys.argv[2]) // len(unit)))
    started = time.process_time()
    found = simkit.check(name)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "linux":  # where the peak of whoever forked this process counts as its own
        most = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
    print(json.dumps([time.process_time() - started, most / 1024, len(found)]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("size", some([30_000, 1_000_000], 1))
@pytest.mark.thorough
def test_hostile_texts_are_bounded(size: int, tmp_path: Path) -> None:
    """No text dies of its depth, takes 5 s of work or 500 MB, or is passed over in silence."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(HOSTILE), str(size)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(HOSTILE)
    for (_, unit), (seconds, megabytes, findings) in zip(HOSTILE, rows, strict=True):
        assert pace.within(seconds, 5), unit
        assert megabytes < 500, unit
        assert findings > 0, unit


@pytest.mark.slow
@pytest.mark.thorough
def test_a_large_bundle_is_read(tmp_path: Path) -> None:
    """A megabyte of plain code is no hostile text."""
    lines = "function f(a, b) { return a.c(b[1], { d: 'e' }) + `x${a}`; }\n" * 15_000
    text = f"{lines}GenesysCloudWidgets.init({{ widgetId: 'status-reason', containerId: 'c',"
    (tmp_path / "x.js").write_text(text + " configuration: { filterType: 'tree' } });", "utf-8")
    assert "wrong-value" in [finding.rule for finding in check(tmp_path / "x.js")]


def test_memory_is_counted_in_bytes() -> None:
    """So many more of them are used as are kept, give or take what else is freed meanwhile."""
    before = trees._used()
    kept = b"x" * 50_000_000
    assert trees._used() - before == pytest.approx(len(kept), abs=5_000_000)

"""Throws random hostile inputs at all readers of the command line and says how they fared.

    python tests/hostile_inputs.py --seed 1 --count 2000

Each input is drawn from (seed, number), so that ``--only NUMBER`` repeats one. Of each command it
is demanded that it ends with exit code 0, 1 or 2 within 5 s and 500 MB, without a traceback, with
at most one line of complaint, and that no character is printed that a terminal would obey.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import resource
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from support import pace

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
MOST_SECONDS, MOST_MEGABYTES = 5.0, 500
PATIENCE = 4
"""On a busy machine a command waits for its turn: it has so many times its seconds by the clock."""
MOST_ADDRESSES = 6 << 30
"""Bytes that a worker may ask for, so that a fault does not take down the machine."""
OBEYED = {
    *map(chr, [*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0)]),
    *map(chr, [0x61C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F)]),
    *map(chr, [*range(0x2066, 0x206A), 0xFEFF]),
}

Draw = random.Random


# --- texts ------------------------------------------------------------------------------------

ODD_WORDS = [
    *(
        "1e999",
        "-1e999",
        "NaN",
        "-Infinity",
        ".inf",
        "0x",
        "1_000",
        "9" * 5_000,
        "-1",
        "0",
        "1e-400",
    ),
    *(
        '"\\ud800"',
        '"\\u0000"',
        '"\\ud83d\\ude00"',
        "null",
        "~",
        "true",
        "[]",
        "{}",
        "''",
        "&a",
        "*a",
    ),
    *(
        "!!python/object:os.system x",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "? ",
        "|",
        ">",
        "#",
        "\t",
        "\r",
    ),
    *(
        "\x1b[2J",
        "\x07",
        "\x9b31m",
        "\u202e",
        "\u2066",
        "\u2028",
        "\x00",
        "\ufeff",
        "é",
        "🦊",
        "\x85",
    ),
    *('"', "'", "{", "}", "[", "]", ",", ":", "\\", "</script>", "=1+1", "-", "\n", "\r\n", ";"),
    *(
        "25:00",
        "24:00",
        "08:00",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "Asia/Tokyo",
        "../..",
        "/",
    ),
    *(
        "agent-01",
        "healthy.yaml",
        "x" * 305,
        "organisation",
        "widget",
        "refreshIntervalMs",
        "divisionId",
    ),
]


def odd_text(draw: Draw) -> str:
    """A text that is no document of ours."""
    n = draw.choice([1, 10, 100, 2_000])
    return draw.choice(
        [
            lambda: "",
            lambda: "\n" * n,
            lambda: "[" * n,
            lambda: "{a: " * n,
            lambda: '{"a":' * n,
            lambda: "- " * n,
            lambda: "[" * 60 + "1" + "]" * 60,
            lambda: "".join(draw.choice(ODD_WORDS) for _ in range(n // 10 + 1)),
            lambda: "".join(chr(draw.randrange(1, 0xD800)) for _ in range(n)),
            lambda: "".join(f"k{i}: {draw.choice(ODD_WORDS)}\n" for i in range(n)),
            lambda: json.dumps({f"k{i}": draw.choice(ODD_WORDS) for i in range(n)}),
            lambda: f"name: {'x' * 50 * n}",
            lambda: "a: &a [x]\n" + "b: [*a, *a]\n" * n,
        ]
    )()


def clock(ms: int) -> str:
    """A time so many ms after 08:00, on this day or the next."""
    seconds = (8 * 3_600 + ms // 1_000) % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms % 1_000:03}"


def large_trace(draw: Draw) -> str:
    """A trace of so many rows that reading takes long, and nearly always right to the last one.

    That one is wrong, as running such a day may take as long as it takes.
    """
    n = draw.choice([10_000, 100_000, 249_000, 500_000])
    agents = draw.choice([1, n // 25, 30_000])
    step = draw.choice([1, 57, 60_000])
    what = draw.choice(["reloads,,", "wants,Meal,{}", "wants,{}", "picks,nc-meal,{}", "hidden,,{}"])
    rows = ["at,agent,what,value,until\n"]
    rows += [f"08:00,a{i},shift,North Care,07:59\n" for i in range(agents)]
    for i in range(max(0, n - agents)):
        at, until = clock(step * (i // agents)), clock(step * (i // agents + 1))
        if step == 60_000:
            at, until = at[:5], until[:5]
        value = f"r{i},{until}" if what == "wants,{}" else until
        rows.append(f"{at},a{i % agents},{what.format(value)}\n")
    return "".join(rows)[: (16 << 20) - 100] + "\n09:00,,deactivated,no-such-code,\n"


def large_text(draw: Draw) -> str:
    """A text of up to 16 MB, of the kinds that take readers long."""
    n = draw.choice([100_000, 1_000_000, 4_000_000])
    return draw.choice(
        [
            lambda: "\n" * (3 * n),
            lambda: "name: " + "x" * (3 * n),
            lambda: '{"name": "' + "y" * (3 * n) + '"}',
            lambda: "- a\n" * n,
            lambda: "[" + "0," * n + "0]",
            lambda: "[" + "{}," * n + "{}]",
            lambda: "{" + ",".join(f'"{i}":1' for i in range(n // 4)) + "}",
            lambda: '{"agents": [' + '{"id": "a"},' * (n // 4) + "{}]}",
            lambda: "# c\n" * n,
            lambda: '{"a": "' + "\\u0041" * (n // 2) + '"}',
            lambda: "{" + "".join(f'"{i}":1,' for i in range(n // 4)) + '"0":1}',
            lambda: "at,agent,what,value,until\n" + "08:00,a,shift,x,09:00\n" * (n // 40),
            lambda: large_trace(draw),
            lambda: "<div>widget-sdk</div>" + draw.choice(["<a ", "<div>", "<!--", "</p>"]) * n,
            lambda: "GenesysCloudWidgets.init({" + draw.choice(["(a,", "a:{", "`${"]) * n,
            lambda: "GenesysCloudWidgets.init({ widgetId: 'status-reason' });\n" * (n // 60),
        ]
    )()


def mutated(draw: Draw, text: str) -> str:
    """A text with a few passages changed, dropped, doubled or replaced."""
    for _ in range(draw.choice([0, 1, 1, 2, 5, 20])):
        i = draw.randrange(len(text) + 1)
        j = min(len(text), i + draw.choice([0, 1, 3, 10, 200]))
        change = draw.randrange(5)
        if change == 0:
            text = text[:i] + draw.choice(ODD_WORDS) + text[j:]
        elif change == 1:
            text = text[:i] + text[j:]
        elif change == 2:
            text = text[:j] + text[i:]
        elif change == 3:
            text = text[: max(i, 1)]
        else:
            words = text[i : i + 300].split(" ")
            draw.shuffle(words)
            text = text[:i] + " ".join(words) + text[i + 300 :]
    return text


def encoded(draw: Draw, text: str) -> bytes:
    """A text as bytes, now and then in another encoding or with a byte that is none."""
    kind = draw.randrange(20)
    if kind == 0:
        return text.encode(draw.choice(["utf-16", "utf-16-le", "utf-32"]), "replace")
    if kind == 1:
        return text.encode("latin-1", "replace")
    if kind == 2:
        return b"\xef\xbb\xbf" + text.encode("utf-8", "replace")
    content = bytearray(text.encode("utf-8", "replace"))
    if kind == 3 and content:
        content[draw.randrange(len(content))] = draw.randrange(256)
    if kind == 4:
        return draw.randbytes(draw.choice([0, 1, 100, 5_000]))
    return bytes(content)


def put(draw: Draw, path: Path, text: str) -> None:
    """Put a file into its place, or now and then something else."""
    kind = draw.randrange(30)
    if kind == 0:
        os.mkfifo(path)
    elif kind == 1:
        path.symlink_to(
            draw.choice(["/dev/zero", "/dev/full", "/dev/null", "/proc/kmsg", "/nowhere"])
        )
    elif kind == 2:
        path.mkdir()
    elif kind == 3:
        path.symlink_to(path)
    elif kind == 4:
        with path.open("wb") as file:
            file.truncate(draw.choice([0, 1, 20 << 20, 3 << 30]))
    elif kind == 5 and len(os.fspath(path)) < 100:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(os.fspath(path))
    elif kind == 6:
        path.write_bytes(encoded(draw, large_text(draw)))
    elif kind < 10:
        path.write_bytes(encoded(draw, odd_text(draw)))
    else:
        path.write_bytes(encoded(draw, mutated(draw, text)))


# --- commands ---------------------------------------------------------------------------------

SCENARIOS = sorted((DATA / "scenarios").glob("*.yaml"))
SMALL = (DATA / "orgs" / "small.yaml").read_text(encoding="utf-8")
TRACE = (DATA / "traces" / "small-day.csv").read_text(encoding="utf-8")
PAYLOADS = sorted((DATA / "payloads").glob("*.*"))
HEALTHY = DATA / "scenarios" / "healthy.yaml"
SWEEP = """name: Small
base: healthy.yaml
set: {organisation.agents: 3}
factors:
  widget.refresh_interval_ms: [30000, 60000]
replications: 2
metrics: [stale_share, requests_per_s]
"""


def as_json(text: str) -> str:
    """A YAML document of the kit as JSON."""
    from simkit.base.reading import documents

    return json.dumps(documents.parse(text, "x").data)


def scenario(draw: Draw, folder: Path) -> Path:
    """A scenario, its base and its organisation; one of them is hostile, or two."""
    org, base = folder / "org.yaml", folder / "healthy.yaml"
    shutil.copy(HEALTHY, base)
    org.write_text(SMALL, encoding="utf-8")
    base.write_text(HEALTHY.read_text("utf-8").replace("../orgs/small.yaml", "org.yaml"), "utf-8")
    text = draw.choice(
        [
            "base: healthy.yaml\nwidget: {refreshIntervalMs: 60000, autoRefresh: true}\nseed: 3\n",
            "base: healthy.yaml\norganisation: org.yaml\nname: Mine\nwire: {delayMinMs: 20}\n",
            draw.choice(SCENARIOS).read_text(encoding="utf-8"),
        ]
    )
    top = folder / draw.choice(["a.yaml", "a.json", "a.yml", "a.csv", "a"])
    wrong = draw.randrange(4)
    if wrong in (0, 3):
        put(draw, top, as_json(text) if top.suffix == ".json" else text)
    else:
        top = folder / "a.yaml"
        top.write_text("base: healthy.yaml\norganisation: org.yaml\n", encoding="utf-8")
    if wrong in (1, 3):
        org.unlink()
        put(draw, org, SMALL)
    if wrong == 2:
        base.unlink()
        put(draw, base, HEALTHY.read_text(encoding="utf-8"))
    if draw.randrange(20) == 0:
        long = draw.choice(
            ["x" * 305, "y/" * 3_000, "/proc/kmsg", "/dev/zero", ".", "a\x1b[2J.yaml"]
        )
        top = folder / "long.json"
        top.write_text(
            json.dumps({"base": str(HEALTHY), draw.choice(["base", "organisation"]): long})
        )
    return top


def run(draw: Draw, folder: Path) -> list[str]:
    more = draw.choice([[], ["--json"], ["--out", "out"], ["--strict"], ["--seed", str(2**62)]])
    return ["run", str(scenario(draw, folder)), *more]


def trace(draw: Draw, folder: Path) -> list[str]:
    path = folder / "day.csv"
    head, *rows = TRACE.splitlines(keepends=True)
    put(draw, path, head + "".join(rows[: draw.choice([1, 5, 50])]))
    command = draw.choice([["run"], ["why", "--agent", "agent-01", "--at", "12:00"]])
    return [command[0], str(HEALTHY), "--workload", str(path), *command[1:]]


def why(draw: Draw, folder: Path) -> list[str]:
    agent = draw.choice(["agent-01", draw.choice(ODD_WORDS)])
    at = draw.choice(["12:00", draw.choice(ODD_WORDS)])
    return ["why", str(HEALTHY), f"--agent={agent}", f"--at={at}"]


def sweep(draw: Draw, folder: Path) -> list[str]:
    shutil.copy(HEALTHY, folder / "healthy.yaml")
    base = folder / "healthy.yaml"
    base.write_text(HEALTHY.read_text("utf-8").replace("..", str(DATA)), "utf-8")
    put(draw, folder / "s.yaml", SWEEP)
    return ["sweep", str(folder / "s.yaml"), "--jobs", "1", *draw.choice([[], ["--json"]])]


def results(draw: Draw, folder: Path) -> list[str]:
    """A folder of results, as a sweep has left it, with something hostile in it."""
    file, out = folder / "s.yaml", folder / "out"
    file.write_text(SWEEP.replace("healthy.yaml", str(HEALTHY)), encoding="utf-8")
    kept = folder.parent / "kept"
    if not kept.exists():
        command = [sys.executable, "-c", "from simkit.ui.cli.main import main; main()"]
        subprocess.run([*command, "sweep", file, "--out", kept], capture_output=True, check=False)
    shutil.copytree(kept, out)
    parts = sorted((out / "cells").iterdir())
    for _ in range(draw.choice([1, 1, 3])):
        target = draw.choice([out / "sweep.json", out / "results.parquet", *parts, *parts])
        if target.is_dir() or not os.path.lexists(target):
            continue
        content = target.read_bytes() if target.is_file() and not target.is_symlink() else b""
        target.unlink()
        if target.suffix == ".json":
            put(draw, target, content.decode("utf-8", "replace"))
        else:
            put(draw, target, content.decode("latin-1")[:20_000])
    return ["sweep", str(file), "--jobs", "1", "--out", str(out), "--resume"]


def recommend(draw: Draw, folder: Path) -> list[str]:
    metric = draw.choice(["stale_share", "requests_per_s", draw.choice(ODD_WORDS)])
    most = draw.choice(["0.5", "0", draw.choice(ODD_WORDS)])
    more = ["--replications", "2", "--jobs", "1", "--agents", "3"]
    ending = draw.choice([[], ["--json"]])
    return ["recommend", str(HEALTHY), f"--limit={metric}={most}", *more, *ending]


def check(draw: Draw, folder: Path) -> list[str]:
    payload = draw.choice(PAYLOADS)
    path = folder / f"p{draw.choice([payload.suffix, payload.suffix, '.json', '.html', '.js', ''])}"
    put(draw, path, payload.read_text(encoding="utf-8"))
    ending = draw.choice([[], ["--json"], ["--format", "sarif"], ["--format", "junit"]])
    return ["check", str(path), *ending]


def words(draw: Draw, folder: Path) -> list[str]:
    """Arguments that are none; `lab` aside, which would start a server, `traps` runs too long."""
    command = draw.choice(["run", "why", "check", "sweep", "recommend", "", "--help", "x"])
    given = [draw.choice(ODD_WORDS) for _ in range(draw.randrange(4))]
    return [word.replace("\0", "") for word in [command, *given]]


READERS: dict[str, Callable[[Draw, Path], list[str]]] = {
    "run": run,
    "trace": trace,
    "why": why,
    "sweep": sweep,
    "results": results,
    "recommend": recommend,
    "check": check,
    "words": words,
}


# --- the worker -------------------------------------------------------------------------------


def work(before: str) -> None:
    """Run commands as they come on standard input, one a line, and answer in one line each."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    answers = os.fdopen(os.dup(1), "w")
    from simkit.ui.cli import main

    exec(before)
    for line in sys.stdin:
        wanted = json.loads(line)
        os.chdir(wanted["folder"])
        print(json.dumps(_one(main.main, wanted["arguments"])), file=answers, flush=True)


def _one(main: Callable[[], None], arguments: list[str]) -> dict[str, Any]:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    usual = sys.stdout, sys.stderr
    sys.argv, sys.stdout, sys.stderr = ["simkit", *arguments], out, err
    code: object = 0
    Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
    began = time.process_time()
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    except BaseException as problem:
        code = f"{type(problem).__name__}: {problem}"
    finally:
        sys.stdout, sys.stderr = usual
    seconds = time.process_time() - began
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    said = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return {"code": code, "seconds": seconds, "peak": peak, "out": said[0], "err": said[1]}


class Worker:
    """A process that runs commands; another one when it has been ended."""

    def __init__(self, before: str, patience: float) -> None:
        self.before = before
        self.patience = patience
        self.process: subprocess.Popen[str] | None = None
        self.left = 0

    def ask(self, arguments: list[str], folder: Path) -> dict[str, Any]:
        if self.process is None or self.left == 0:
            self.end()
            command = [sys.executable, __file__, "--worker", "--before", self.before]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
            environment = os.environ | {"PYTHONPATH": paths}
            self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
            self.left = 100  # what is kept in memory between commands is not to add up
            self._send(["--help"], folder)
            self._hear(60)
        self.left -= 1
        self._send(arguments, folder)
        answer = self._hear(self.patience * MOST_SECONDS)
        if "end" in answer or answer["peak"] > MOST_MEGABYTES // 2:
            self.end()
        return answer

    def _send(self, arguments: list[str], folder: Path) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        print(
            json.dumps({"arguments": arguments, "folder": str(folder)}),
            file=self.process.stdin,
            flush=True,
        )

    def _hear(self, seconds: float) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return {"end": f"no answer after {seconds:g} s"}
        line = self.process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line else {"end": "the process died"}
        return found

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.process = None


# --- judgement --------------------------------------------------------------------------------


class Fault(NamedTuple):
    number: int
    reader: str
    what: str
    arguments: list[str]


@dataclass
class Tally:
    """How one reader has fared."""

    codes: dict[object, int] = field(default_factory=dict)
    seconds: float = 0.0
    peak: int = 0


def judged(answer: dict[str, Any]) -> list[str]:
    """What is wrong with an answer."""
    if "end" in answer:
        return [str(answer["end"])]
    both = answer["out"] + answer["err"]
    wrong = []
    if answer["code"] not in (0, 1, 2):
        wrong.append(f"exit code {answer['code']}: {answer['err'][:300]}")
    if "Traceback" in both:
        wrong.append("a traceback")
    if obeyed := sorted(OBEYED & set(both)):
        wrong.append(f"prints {', '.join(f'U+{ord(each):04X}' for each in obeyed)}")
    # What check cannot read is among its findings; any number of files may be.
    unread = re.findall(
        r"\[(?:unreadable|unrecognised)\]|\"rule(?:Id)?\": \"(?:unreadable|unrecognised)\"",
        answer["out"],
    )[:1]
    complaints = [
        line
        for line in answer["err"].splitlines() + unread
        if not line.startswith(("simkit: note:", "written:"))
    ]
    if len(complaints) > 1 or (answer["code"] == 2) != bool(complaints):
        wrong.append(f"{len(complaints)} lines of complaint: {answer['err'][:300]!r}")
    if not pace.within(answer["seconds"], MOST_SECONDS):
        wrong.append(f"{answer['seconds']:.1f} s")
    if answer["peak"] > MOST_MEGABYTES:
        wrong.append(f"{answer['peak']} MB")
    return wrong


def throw(seed: int, count: int, only: int | None, before: str, patience: float) -> list[Fault]:
    """Throw inputs at the readers, print how they fared, and give what was wrong."""
    tallies = {name: Tally() for name in READERS}
    faults: list[Fault] = []
    worker = Worker(before, patience)
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        for number in range(count) if only is None else [only]:
            draw = random.Random(f"{seed}:{number}")
            name = draw.choice(list(READERS))
            folder = Path(place) / str(number)
            folder.mkdir()
            arguments = READERS[name](draw, folder)
            answer = worker.ask(arguments, folder)
            faults += [Fault(number, name, what, arguments) for what in judged(answer)]
            tally = tallies[name]
            code = answer.get("code", "ended")
            tally.codes[code] = tally.codes.get(code, 0) + 1
            tally.seconds = max(tally.seconds, answer.get("seconds", 0.0))
            tally.peak = max(tally.peak, answer.get("peak", 0))
            if only is not None:
                print(answer.get("out", ""), answer.get("err", ""), sep="\n")
            shutil.rmtree(folder)
        worker.end()
    print(f"{'reader':<10} {'inputs':>6} {'0':>5} {'1':>5} {'2':>5} {'else':>5} {'s':>6} {'MB':>5}")
    for name, tally in tallies.items():
        inputs = sum(tally.codes.values())
        known = [tally.codes.get(code, 0) for code in (0, 1, 2)]
        row = " ".join(f"{n:>5}" for n in (*known, inputs - sum(known)))
        print(f"{name:<10} {inputs:>6} {row} {tally.seconds:>6.2f} {tally.peak:>5}")
    for fault in faults:
        said = " ".join(map(ascii, fault.arguments))[:200]
        print(f"--only {fault.number}: {fault.reader}: {ascii(fault.what)[:400]} <- {said}")
    return faults


def main() -> None:
    """Read the arguments and throw; exit code 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--only", type=int, help="number of the one input to throw")
    parser.add_argument(
        "--before", default="", help="Python that breaks a reader, to see it noticed"
    )
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="times its seconds, by the clock"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.before)
    elif throw(given.seed, given.count, given.only, given.before, given.patience):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""What happens when something goes wrong: the exit code, the one line, and what is left behind."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from commands import Answer
from extent import some

import simkit as kit
from simkit.base import files, resources, workers
from simkit.base.errors import BadInput, InputNotice, notice
from simkit.base.workers import at_most_cores, cores
from simkit.inputs import loading, saving
from simkit.studio import recommend as recommending
from simkit.study import export
from simkit.study.vary import vary
from simkit.ui.cli import exits
from simkit.ui.report import report

pytestmark = pytest.mark.slow  # processes are started and stopped

DATA = resources.directory("data")
HEALTHY = DATA / "scenarios" / "healthy.yaml"
SWEEP = f"""
name: Small
base: {HEALTHY}
factors:
  widget.refresh_interval_ms: [15000, 60000]
replications: 3
metrics: [stale_share]
"""
MAIN = [sys.executable, "-c", "from simkit.ui.cli.main import main; main()"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.yaml"
    path.write_text(SWEEP, encoding="utf-8")
    return path


def started(arguments: Sequence[object], **more: Any) -> subprocess.Popen[str]:
    """A command in a process of its own, and of a group of its own."""
    command = [*MAIN, *map(str, arguments)]
    outputs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.Popen(command, text=True, start_new_session=True, **outputs)


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Answer:
    out, err = process.communicate(timeout=seconds)
    return Answer(process.returncode, out or "", err or "")


def one_line(answer: Answer, code: int = exits.BAD_INPUT) -> str:
    assert answer.code == code, answer
    assert answer.err.count("\n") == 1, answer.err
    assert answer.err.startswith("simkit: ")
    return answer.err.removeprefix("simkit: ").rstrip("\n")


# --- full disks -------------------------------------------------------------------------------


def test_pictures_that_do_not_fit_the_disk_end_a_sweep_with_exit_2(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """The results are printed and kept; the line says how many pictures are there."""

    async def draw(wanted: list[Any], written: list[Path]) -> None:
        for _, path, _ in wanted:
            if len(written) == 6:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
            path.write_text("a picture")
            written.append(path)

    monkeypatch.setattr(report, "_draw", draw)
    out, images = tmp_path / "out", tmp_path / "images"
    more = "replications: 3\nmetrics: [stale_share, polls_per_s, requests_per_s, bytes_per_s]"
    file.write_text(SWEEP.partition("replications")[0] + more, encoding="utf-8")
    answer = simkit("sweep", file, "--jobs", 1, "--out", out, "--images", images)
    assert answer.code == exits.BAD_INPUT
    written, line = answer.err.splitlines()
    assert written == f"written: {out / 'report.html'}"
    assert line == (
        f"simkit: {images}: cannot be written: No space left on device; "
        f"6 of 8 pictures are there; the results are kept in {out}"
    )
    assert "(stale_share)" in answer.out
    assert len(list(images.iterdir())) == 6


def test_a_run_says_which_of_its_files_are_there_when_the_disk_is_full(tmp_path: Path) -> None:
    """A real limit of the system, which the log exceeds and the metrics do not."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = started(["run", HEALTHY, "--out", tmp_path / "out"], preexec_fn=limited)
    line = one_line(ended(process))
    assert line == (
        f"{tmp_path / 'out'}: cannot be written: File too large; "
        "of run.json, log.jsonl there is run.json"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]


@pytest.mark.parametrize("command", ["sweep", "recommend"])
def test_a_report_that_does_not_fit_is_said_after_the_results(
    command: str, file: Path, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """A device may not be replaced by a file either, for whom the system would let do it."""
    more = ["--limit", "stale_share=1", "--replications", 2] if command == "recommend" else []
    what = HEALTHY if command == "recommend" else file
    report = tmp_path / "report.html"
    report.symlink_to("/dev/null")
    answer = simkit(command, what, *more, "--jobs", 1, "--report", report)
    assert f"{report}: cannot be written: a device is in its place" in one_line(answer)
    assert ("stale_share" in answer.out) or ("Recommended" in answer.out)
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("what", ["text", "scenario", "run"])
def test_nothing_half_written_is_left_of_what_does_not_fit(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old file stays when the new one cannot be moved to its place."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    settings = kit.load(HEALTHY)
    old = tmp_path / "old.yaml"
    old.write_text("old")
    run = kit.run(settings)
    writers: dict[str, Callable[[], object]] = {
        "text": lambda: files.write_text(old, "new"),
        "scenario": lambda: saving.save(settings, old),
        "run": lambda: export.write_run(run, tmp_path),
    }
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BadInput, match="No space left on device"):
        writers[what]()
    assert [path.name for path in tmp_path.iterdir()] == ["old.yaml"], "no part is left"
    assert old.read_text() == "old"


# --- interruptions and closed pipes -----------------------------------------------------------


def parts(folder: Path) -> int:
    return len(list(folder.glob("cells/*.parquet")))


def kept(process: subprocess.Popen[str], out: Path, code: int) -> int:
    """Give how many runs a stopped sweep keeps: it says so in one line, and leaves no process."""
    line = one_line(ended(process), code)
    there = parts(out)
    assert (
        line
        == f"interrupted: {there:,} of 10,000 runs are kept in {out}; --resume goes on from there"
    )
    deadline = time.monotonic() + 10
    while (left := group(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    return there


@pytest.fixture
def long(file: Path) -> Path:
    """A sweep that goes on until it is stopped."""
    file.write_text(SWEEP.replace("replications: 3", "replications: 5000"), encoding="utf-8")
    return file


def some_parts(out: Path) -> None:
    """Wait until some runs are kept."""
    deadline = time.monotonic() + 60
    while parts(out) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Hand a hang-up on to what is started, even where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("sign", "jobs"), some(product(CODES, [1, 2]), 1))
def test_a_sweep_that_is_stopped_says_what_is_kept(
    sign: signal.Signals, jobs: int, long: Path, tmp_path: Path
) -> None:
    """Whatever stops it: the parts are whole, --resume goes on, and no worker is left.

    The signal reaches the whole group, as from a terminal, also from one that is closed, and from
    what ends containers. Whoever multiprocessing has started to help it gets it too.
    """
    out = tmp_path / "out"
    process = started(["sweep", long, "--out", out, "--jobs", jobs])
    some_parts(out)
    os.killpg(process.pid, sign)
    assert kept(process, out, CODES[sign]) >= 5


@pytest.mark.thorough
def test_a_sweep_that_alone_is_told_to_stop_says_what_is_kept(long: Path, tmp_path: Path) -> None:
    """A signal for the parent alone, as kill sends it, leaves none of its workers behind."""
    out = tmp_path / "out"
    process = started(["sweep", long, "--out", out, "--jobs", 2])
    some_parts(out)
    os.kill(process.pid, signal.SIGHUP)
    assert kept(process, out, 129) >= 5


@pytest.mark.thorough
def test_a_sweep_under_nohup_outlives_its_terminal(long: Path, tmp_path: Path) -> None:
    """Three hang-ups do not end it, and what ran until SIGTERM is kept."""
    out = tmp_path / "out"
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = started(["sweep", long, "--out", out, "--jobs", 2])
    finally:
        signal.signal(signal.SIGHUP, before)
    some_parts(out)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGHUP)
        time.sleep(0.3)
        assert process.poll() is None
    os.kill(process.pid, signal.SIGTERM)
    assert kept(process, out, 143) >= 5


@pytest.mark.parametrize(("send", "wait_s"), some(product([os.kill, os.killpg], [0, 0.05, 0.1]), 1))
@pytest.mark.thorough
def test_a_sweep_stopped_while_its_workers_start_says_so_in_one_line(
    send: Callable[[int, int], None], wait_s: float, long: Path, tmp_path: Path
) -> None:
    """What is loading its modules does not hear Ctrl-C, and is not left behind by its parent."""
    out = tmp_path / "out"
    process = started(["sweep", long, "--out", out, "--jobs", 2])
    deadline = time.monotonic() + 60
    while not has_forkserver(process.pid) and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(wait_s)
    send(process.pid, signal.SIGINT)
    kept(process, out, 130)


def has_forkserver(leader: int) -> bool:
    """Say whether what forks the workers of a group is about to start."""
    for pid in group(leader):
        try:
            if b"multiprocessing.forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


@pytest.mark.thorough
def test_a_sweep_on_a_cluster_of_its_own_that_is_stopped_says_what_is_kept(
    long: Path, tmp_path: Path
) -> None:
    """In the same one line: Dask, its workers and their helpers say nothing.

    By one signal, as it takes half a minute; without a cluster all of them are sent.
    """
    out = tmp_path / "out"
    process = started(["sweep", long, "--out", out, "--jobs", 2, "--scheduler", "local"])
    some_parts(out)
    os.killpg(process.pid, signal.SIGINT)
    assert kept(process, out, CODES[signal.SIGINT]) >= 5


def group(leader: int) -> list[int]:
    """The processes that are left of a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def test_an_interruption_outside_of_the_runs_says_what_is_kept_too(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """As when the results of a resume are read."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simkit.studio.store.Store.read", interrupted)
    line = one_line(simkit("sweep", file, "--jobs", 1, "--out", tmp_path / "out"), 130)
    assert line.startswith("interrupted: 0 of 6 runs are kept in")


def test_ctrl_c_in_any_command_is_exit_130_and_a_word(
    monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """What keeps nothing claims nothing, and there is no traceback."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simkit.engines.running.run", interrupted)
    assert one_line(simkit("run", HEALTHY), 130) == "interrupted"


@pytest.mark.parametrize(
    "arguments",
    [["run", HEALTHY, "--json"], ["traps", "T3", "--replications", 2, "--jobs", 1]],
    ids=["json", "tables"],
)
@pytest.mark.some(1)
def test_a_closed_pipe_is_no_failure(arguments: list[object]) -> None:
    """Who reads with `head` has seen enough: nothing is said, and the exit code is 0."""
    reader, writer = os.pipe()
    os.close(reader)
    process = started(arguments, stdout=writer)
    os.close(writer)
    answer = ended(process)
    assert (answer.code, answer.err) == (0, "")


# --- one line in place of a traceback ---------------------------------------------------------


@pytest.mark.parametrize("arguments", [["run", HEALTHY], ["run", HEALTHY, "--json"], ["--help"]])
@pytest.mark.some(1)
def test_a_full_standard_output_is_one_line(arguments: list[object]) -> None:
    """What is still on its way when a command ends is not lost with exit code 0."""
    with open("/dev/full", "w") as full:
        answer = ended(started(arguments, stdout=full))
    line = one_line(answer)
    assert line == "standard output: cannot be read or written: No space left on device"


LONG = "x" * 305


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"base: {HEALTHY}\norganisation: {LONG}\n", ":2:1: organisation: 'xxxx"),
        (f"base: {LONG}\n", ":1:1: base: cannot be used"),
        (f'base: {HEALTHY}\norganisation: "a\\0b"\n', ":2:1: organisation: not a possible"),
    ],
)
def test_a_name_too_long_for_the_system_is_one_line(
    text: str, part: str, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """File, line and field are named, which the system's own error would not do."""
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    assert part in one_line(simkit("run", path))


def test_a_base_too_long_for_the_system_is_one_line_in_a_sweep_too(
    file: Path, simkit: Callable[..., Answer]
) -> None:
    """A sweep names the place as well, and Python gets BadInput for an organisation."""
    file.write_text(SWEEP.replace(str(HEALTHY), LONG[:300]), encoding="utf-8")
    assert ":3:1: base: 'xxxx" in one_line(simkit("sweep", file))
    with pytest.raises(BadInput, match="too long"):
        loading.load_organisation(LONG)


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        ("0001-01-01", "Asia/Tokyo"),
        ("9999-12-31", "America/Los_Angeles"),
        ("1899-12-31", "UTC"),
        ("2200-01-01", "UTC"),
    ],
)
def test_a_day_at_the_end_of_the_calendar_is_one_line(
    day: str, zone: str, tmp_path: Path, simkit: Callable[..., Answer]
) -> None:
    """Days that some time zone would push out of the calendar are refused with the range."""
    small = (DATA / "orgs" / "small.yaml").read_text(encoding="utf-8")
    small = small.replace("2026-03-02", day).replace("Europe/Berlin", zone)
    (tmp_path / "org.yaml").write_text(small, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(f"base: {HEALTHY}\norganisation: org.yaml\n")
    line = one_line(simkit("run", tmp_path / "a.yaml"))
    assert f"day: found {day}; allowed: a day from 1900-01-02 to 2199-12-30" in line


@pytest.mark.parametrize("day", ["1900-01-02", "2199-12-30"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_and_the_last_day_run_in_every_zone(day: str, zone: str) -> None:
    """From 14 h ahead of UTC to 11 h behind it, and at the odd local times of 1900: the same run.

    The first shift begins at 08:00 and all of them end at 16:00, wherever and whenever that is.
    """
    settings = kit.load(HEALTHY)
    org = settings.organisation.model_dump() | {"day": day, "time_zone": zone}
    moved = settings.with_top(organisation=type(settings.organisation).model_validate(org))
    run = kit.run(moved, seed=1)
    assert run.digest == kit.run(settings, seed=1).digest
    clock = run.settings.organisation.calendar
    assert [clock.show(ms) for ms in (0, 28_800_000)] == ["08:00:00.000", "16:00:00.000"]


@pytest.mark.parametrize("most", ["inf", "-inf", "nan", "1e999"])
def test_a_limit_that_json_cannot_say_is_refused(most: str, simkit: Callable[..., Answer]) -> None:
    """Infinity and NaN would spoil the answer's JSON; the function in Python refuses too."""
    line = one_line(simkit("recommend", HEALTHY, "--limit", f"stale_share={most}", "--json"))
    assert "allowed: a finite number of at least 0" in line
    with pytest.raises(BadInput):
        recommending.recommend(kit.load(HEALTHY), {"stale_share": float(most)})


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.thorough
def test_tables_fall_back_to_what_the_terminal_can_show(encoding: str) -> None:
    """Frames of ASCII, and a stand-in as wide as each other character: columns stay columns."""
    arguments = ["traps", "T3", "--replications", 2, "--jobs", 1]
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    process = started(arguments, env=environment, encoding=encoding)
    answer = ended(process)
    assert (answer.code, answer.err) == (0, "")
    assert "Write scope" in answer.out
    answer.out.encode(encoding)
    assert ("≠" in answer.out) == (encoding == "utf-8")
    assert ("belief # truth" in answer.out) == (encoding != "utf-8")


@pytest.mark.thorough
def test_a_name_that_the_terminal_cannot_show_does_not_end_a_run(tmp_path: Path) -> None:
    """An ASCII terminal gets question marks for letters, and all of the run."""
    (tmp_path / "a.yaml").write_text(f"base: {HEALTHY}\nname: Café → 🦊\n", encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    answer = ended(started(["run", tmp_path / "a.yaml"], env=environment))
    assert answer.code == 0
    assert answer.out.startswith("Caf? > ?")


def test_an_internal_error_has_an_exit_code_of_its_own_and_says_where_to_report_it(
    monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """Scripts tell the kit's faults from bad input, and a traceback comes on request only."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("simkit.engines.running.run", broken)
    line = one_line(simkit("run", HEALTHY), exits.INTERNAL)
    assert line.startswith(r"internal error: ZeroDivisionError: division\nby zero (simkit/ui/cli")
    assert "issue tracker of the project" in line
    monkeypatch.setenv(exits.TRACEBACK, "1")
    answer = simkit("run", HEALTHY)
    assert answer.code == exits.INTERNAL
    assert "Traceback (most recent call last)" in answer.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run"], "missing argument 'FILE'; see simkit run --help"),
        (["rum"], "no such command 'rum'"),
        (["run", HEALTHY, "--sed", 1], "no such option: --sed"),
        (["run", HEALTHY, "--seed", "x"], "--seed: found 'x'; allowed: "),
        (["run", HEALTHY, "--seed", 1 << 62], "--seed: found 4611686018427387904; "),
        (["sweep", HEALTHY, "--jobs", 0], "--jobs: found 0; allowed: "),
        (["traps", "--replications", 10**12], "--replications: found 1000000000000; "),
    ],
)
def test_a_wrong_use_of_a_command_is_one_line_and_exit_2(
    arguments: list[object], line: str, simkit: Callable[..., Answer]
) -> None:
    """The line repeats what was typed, and no usage text of several lines surrounds it."""
    assert one_line(simkit(*arguments)).startswith(line)


def test_no_arguments_get_the_help(simkit: Callable[..., Answer]) -> None:
    """Whoever types the name alone is shown the way, and not called wrong."""
    answer = simkit()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: simkit ")


# --- jobs -------------------------------------------------------------------------------------


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A machine of two cores; gives the sizes of the pools that are made on it."""
    sizes: list[int] = []
    made = workers._Pool

    def counted(jobs: int, *more: Any) -> Any:
        sizes.append(jobs)
        return made(min(jobs, 2), *more)

    monkeypatch.setattr(workers, "cores", lambda: 2)
    monkeypatch.setattr(workers, "_Pool", counted)
    return sizes


@pytest.mark.parametrize("jobs", [40, 1_000_000_000_000])
@pytest.mark.parametrize("command", ["traps", "sweep", "recommend"])
@pytest.mark.thorough
def test_jobs_above_the_cores_are_capped_and_said_once(
    command: str, jobs: int, file: Path, two_cores: list[int], simkit: Callable[..., Answer]
) -> None:
    """A typing slip starts no thousand processes, and the note is not repeated by pools."""
    arguments: dict[str, list[object]] = {
        "traps": ["T3", "--replications", 2_000],  # fewer need no workers
        "sweep": [file],
        "recommend": [HEALTHY, "--limit", "stale_share=1", "--replications", 2],
    }
    answer = simkit(command, *arguments[command], "--jobs", jobs)
    line = f"note: jobs: more than there are cores; 2 cores are used; found {jobs}"
    assert one_line(answer, 0) == line
    assert set(two_cores) == {2}


def test_library_functions_cap_jobs_and_say_so(two_cores: list[int], file: Path) -> None:
    """In Python all four warn as the commands do, and no jobs at all are bad input."""
    settings = kit.load(HEALTHY)
    calls: list[Callable[[], object]] = [
        lambda: kit.compare("T3", replications=4, jobs=40),
        lambda: vary(settings, "refresh_interval_ms", [60_000], "token_requests", jobs=40),
        lambda: kit.sweep(file, jobs=40),
        lambda: kit.recommend(settings, {"stale_share": 1}, replications=2, jobs=40),
    ]
    for call in calls:
        with pytest.warns(InputNotice, match="2 cores are used; found 40"):
            call()
    assert set(two_cores) == {2}
    with pytest.raises(BadInput, match=r"^jobs: found 0; allowed: whole number of at least 1$"):
        at_most_cores(0)
    assert at_most_cores(None) == 2


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process is held to cores")
def test_as_many_cores_are_used_as_the_process_may_use() -> None:
    """A process that may use one core, or two, counts as many, whatever the machine has."""
    mine = sorted(os.sched_getaffinity(0))
    assert cores() == len(mine)
    for few in {1, len(mine)}:
        allowed = f"import os; os.sched_setaffinity(0, {set(mine[:few])}); "
        probe = allowed + "from simkit.base.workers import cores; print(cores())"
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)
        assert int(done.stdout) == few


@pytest.mark.parametrize(("counted", "used"), [(7, 7), (None, 1)])
def test_where_no_process_is_held_to_cores_all_that_are_counted_are_used(
    counted: int | None, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is always one to work with, also where nobody can count them."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: counted)
    assert cores() == used


# --- notes ------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading finds a doubt, twice, and a library has something to say as well."""
    load = loading.load

    def noted(path: Path, **more: Any) -> Any:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        for _ in range(2):
            notice(BadInput("odd, perhaps\nwrong", file="a.yaml", line=3, column=1))
        return load(path, **more)

    monkeypatch.setattr(loading, "load", noted)


COMMANDS: list[list[object]] = [
    ["run", HEALTHY],
    ["why", HEALTHY, "--agent", "agent-01", "--at", "12:00"],
    ["recommend", HEALTHY, "--limit", "stale_share=1", "--replications", 2, "--jobs", 1],
]


@pytest.mark.usefixtures("doubtful")
@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda each: str(each[0]))
def test_a_doubt_is_said_once_in_one_line_and_strict_makes_it_bad_input(
    arguments: list[object], simkit: Callable[..., Answer]
) -> None:
    """Nothing is said of what libraries warn of."""
    assert one_line(simkit(*arguments), 0) == r"note: a.yaml:3:1: odd, perhaps\nwrong"
    assert one_line(simkit(*arguments, "--strict")) == r"a.yaml:3:1: odd, perhaps\nwrong"


def test_a_sweep_is_strict_when_asked_to_be(
    file: Path, monkeypatch: pytest.MonkeyPatch, simkit: Callable[..., Answer]
) -> None:
    """The note on jobs becomes a refusal, as a pipeline that allows no doubt wants it."""
    monkeypatch.setattr(workers, "cores", lambda: 1)
    assert one_line(simkit("sweep", file, "--jobs", 2), 0).startswith("note: jobs:")
    assert one_line(simkit("sweep", file, "--jobs", 2, "--strict")).startswith("jobs: more than")


def test_the_exit_codes_are_those_of_the_data_dictionary() -> None:
    """Each code of the table in data/README.md is one that the kit has, and none is left out."""
    text = (DATA / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Exit codes")[2].partition("\n## ")[0]
    told = {
        int(line.split("|")[1].strip(" `")) for line in section.splitlines() if line[2:3] == "`"
    }
    known = {exits.FINE, exits.NEGATIVE, exits.BAD_INPUT, exits.INTERNAL}
    assert told == known | {
        exits.STOPPED + n for n in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    }

"""How a command ends: its exit code, and the one line on standard error that says why."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import typer
from typer.exceptions import TyperException

import simkit
from simkit.base.errors import BadInput, InputNotice, Remark, notices_told, one_line
from simkit.base.files import reason
from simkit.ui.cli.help import wrong_value

FINE = 0
NEGATIVE = 1
"""The finding is negative: a trap that does not show, no policy within the limits, a bad file."""
BAD_INPUT = 2
"""Also what cannot be written, such as on a full disk."""
INTERNAL = 70
"""A fault of the kit's own; EX_SOFTWARE of sysexits.h."""
STOPPED = 128
"""To which the number of the signal is added: 130 for Ctrl-C, 143 for SIGTERM."""
TRACEBACK = "SIMKIT_TRACEBACK"
"""Set to 1 in the environment, it shows where an internal error comes from."""


class Stopped(KeyboardInterrupt):
    """A signal that ends a command as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def ending(work: Callable[[], object]) -> int:
    """Do the work of a command and give its exit code; what went wrong is said in one line."""
    with _notices():
        try:
            code = FINE
            try:
                work()
            except typer.Exit as stop:
                code = stop.exit_code
            # What is still on its way to standard output may not arrive either.
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
        except BrokenPipeError:
            # Whoever reads our output has seen enough, as with `simkit traps | head`.
            code = FINE
        except (KeyboardInterrupt, typer.Abort) as stop:
            say(str(stop) or "interrupted")
            code = STOPPED + _signal_of(stop)
        except (BadInput, InputNotice) as problem:
            say(str(problem))
            code = BAD_INPUT
        except TyperException as problem:
            say(_usage(problem))
            code = BAD_INPUT
        except OSError as problem:
            # Whoever opens a file tells its name; what has none is the output.
            what = problem.filename or "standard output"
            say(f"{what}: cannot be read or written: {reason(problem)}")
            code = BAD_INPUT
        except Exception as problem:
            say(_internal(problem))
            code = INTERNAL
    _let_go()
    return code


def say(text: str) -> None:
    """Say one line on standard error, if anybody hears it."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"simkit: {one_line(text)}", file=sys.stderr, flush=True)


def _usage(problem: TyperException) -> str:
    value = wrong_value(problem)
    message = str(value) if value else problem.format_message().rstrip(".")
    context = getattr(problem, "ctx", None)
    command = context.command_path if context is not None else "simkit"
    if not value:
        message = f"{message[:1].lower()}{message[1:]}"
    return f"{message}; see {command} --help"


def _internal(problem: Exception) -> str:
    if os.environ.get(TRACEBACK) == "1":
        traceback.print_exception(problem)
    package = Path(simkit.__file__).parent
    places = [
        f"{Path(frame.filename).relative_to(package.parent)}:{frame.lineno}"
        for frame in traceback.extract_tb(problem.__traceback__)
        if Path(frame.filename).is_relative_to(package)
    ]
    what = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
    return (
        f"internal error: {one_line(what, 300)} ({places[-1] if places else 'outside of simkit'}); "
        "please report this line and the command in the issue tracker of the project; "
        f"{TRACEBACK}=1 shows more"
    )


def _signal_of(stop: BaseException) -> int:
    """Give the number of the signal that an interruption comes from."""
    cause: BaseException | None = stop
    while cause is not None:
        if isinstance(cause, Stopped):
            return cause.number
        cause = cause.__context__
    return signal.SIGINT


def _let_go() -> None:
    """Send what is left of an output that has failed to nowhere, for it fails again at the end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):  # a stream that is no file
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop what is done meanwhile like Ctrl-C, so that it can tidy up.

    One that is ignored stays so: under nohup a command outlives its terminal.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        numbers = []  # only the main thread may say what becomes of a signal
    before = [signal.getsignal(number) for number in numbers]
    for number in numbers:
        signal.signal(number, _stop)
    if numbers:
        _keep_tracker()
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _keep_tracker() -> None:
    """Let the process that counts what worker processes share outlive a hang-up of the group.

    It is deaf to the other two by itself. Started anew after its death, while we tidy up, it
    knows nothing of what we give back, and prints a traceback for each.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return  # on Windows nothing is counted
    from multiprocessing import resource_tracker

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
    try:
        resource_tracker.ensure_running()  # takes over the mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(number: int, _: FrameType | None) -> None:
    raise Stopped(number)


@contextmanager
def _notices() -> Iterator[None]:
    """Say each doubt about an input once, in one line, and nothing of what libraries warn of."""
    with notices_told(lambda text: say(f"note: {text}"), instead=True):
        if not sys.warnoptions:  # who asks Python for warnings gets them
            warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputNotice)
        yield


def be_strict(wanted: bool) -> None:
    """Make the first doubt about an input bad input, when that is wanted."""
    if wanted:
        warnings.simplefilter("error", InputNotice)
        warnings.simplefilter("always", Remark)

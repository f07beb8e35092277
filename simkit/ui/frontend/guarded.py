"""A widget that is not confused by what it hears, nor by what is assigned to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import RLock
from typing import Any, ClassVar

import anywidget
import traitlets
from ipywidgets.widgets.widget import JUPYTER_WIDGETS_ECHO

from simkit.base import given
from simkit.base.errors import BadInput, InputNotice, one_line, shown
from simkit.base.language import tr, tr_noop
from simkit.ui.frontend.interrupts import interruptible
from simkit.ui.frontend.observers import failed_observer
from simkit.ui.frontend.owed import Debts, can_wait
from simkit.ui.frontend.strict import Strict
from simkit.ui.frontend.working import Job, Work

_MOST_ANSWERED = 1 << 53
"""Up to here a browser counts exactly."""
LIFE = "alive"
"""What a browser asks that only wants to know whether there is anybody."""
INTERRUPTED = tr_noop("Interrupted; all is as it was.")
_TURN = RLock()
"""One at a time of those who change widgets: browsers in a subshell, and jobs that are done."""


class Refused(BadInput, traitlets.TraitError):
    """A value that a trait cannot take; it stays as it was."""


@contextmanager
def refusals() -> Iterator[None]:
    """Let what is refused inside be known to traitlets, whose own errors are of another kind."""
    try:
        yield
    except BadInput as problem:
        raise Refused(str(problem)) from None


class Guarded(Strict, anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """A widget whose browser may ask, and set no other traits than those told ``_settable``.

    Whatever else comes is told in one line, in ``error``, and changes nothing.
    """

    _settable: ClassVar[frozenset[str]] = frozenset()
    error = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    owes = traitlets.Bool().tag(sync=True)
    """Whether some of what is shown is still that of the choice before."""

    def __init__(self, **told: Any) -> None:
        self._words = ""
        self._job: Job | None = None
        self._failures: list[Exception] | None = None
        self._debts = Debts(self._pay_all)
        super().__init__(**told)
        self.on_msg(self._hear)

    def _handle_msg(self, msg: Mapping[str, Any]) -> None:
        """Hear a message of the widgets' protocol, as far as it is one."""
        try:
            data = self._understood(msg["content"].get("data"))
        except BadInput as problem:
            self.error = str(problem)
            return
        with self._at_work():
            super()._handle_msg({"content": {"data": data}, "buffers": msg.get("buffers", [])})

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Work for a browser, alone and with signs of life; say which observer failed meanwhile."""
        with Work(self._say_alive), _TURN, self._alone():
            with self._collected() as failures:
                yield
            if failures:
                with self._collected():
                    self.error = failed_observer(failures[0]) or ""

    def _understood(self, data: Any) -> dict[str, Any]:
        """Give what a browser may say; BadInput for anything else."""
        method = given.mapping("message", data).get("method")
        if method == "request_state":
            return {"method": method}
        if method == "custom":
            return {"method": method, "content": data.get("content")}
        if method != "update":
            known = "custom, request_state, update"
            raise BadInput(field="method", found=shown(method), allowed=known)
        state = given.mapping("state", data.get("state"))
        for name in state:
            if name not in self._settable:
                raise BadInput("is not set by a browser", field=name)
        return {"method": method, "state": dict(state)}

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Set what a browser has set, one by one; what is refused is told back as it is."""
        echo = {n: v for n, v in sync_data.items() if self.trait_metadata(n, "echo_update", True)}
        if JUPYTER_WIDGETS_ECHO and echo:  # for other browsers
            self._send({"method": "echo_update", "state": echo, "buffer_paths": []})
        for name, value in sync_data.items():
            try:
                with self._lock_property(**{name: value}), self._interruptible():
                    setattr(self, name, value)
            except (BadInput, InputNotice, traitlets.TraitError) as problem:
                self.error = one_line(str(problem))
                self.send_state(name)
            except KeyboardInterrupt:
                self._tell_again()
                self.error = tr(INTERRUPTED)
                self.send_state(name)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer the browser; what cannot be done is said there, and the controls turn back."""
        number = 0
        try:
            asked = given.mapping("message", content)
            number = given.whole("n", asked.get("n", 0), 0, _MOST_ANSWERED)
            kind = given.text("ask", asked.get("ask"))
            if kind == LIFE:
                return  # which is said by now
            with self._interruptible():
                self._answer(kind, asked.get("value"))
        except (BadInput, InputNotice) as problem:
            self.error = str(problem)
        except KeyboardInterrupt:
            self._tell_again()
            self.error = tr(INTERRUPTED)
        except Exception as problem:
            self.error = one_line(f"{type(problem).__name__}: {problem}")
        self._words = ""
        self.answered = number

    def _interruptible(self) -> AbstractContextManager[None]:
        return interruptible(getattr(self.comm, "kernel", None))

    def _answer(self, kind: str, value: Any) -> None:
        """Do what a browser asks; BadInput for what cannot be done."""
        raise NotImplementedError

    def _tell_again(self) -> None:
        """Tell all that is shown, as some of it may be half told."""

    # What is told later.

    def owe(self, name: str, make: Callable[[], Any]) -> None:
        """Tell by a trait what a function gives: later, where the kernel comes back to it."""
        if can_wait():
            self._debts.add(name, make)
            self.owes = True
        else:
            setattr(self, name, make())

    def pay(self, name: str) -> None:
        """Tell what is owed by a trait; nothing where nothing is."""
        with _TURN:
            make = self._debts.settle(name)
            if make is None:
                return
            try:
                setattr(self, name, make())
            except KeyboardInterrupt:
                self._debts.leave(name, make)
                raise
            finally:
                self.owes = bool(self._debts.due)

    def _pay_all(self) -> None:
        """Tell all that is owed; what fails is said where a browser's own requests are answered."""
        if not self._debts.due or self.comm is None:
            return
        with self._at_work():
            try:
                with self._interruptible():
                    for name in self._debts.due:
                        self.pay(name)
            except KeyboardInterrupt:
                self.error = tr(INTERRUPTED)
            except Exception as problem:
                self.error = one_line(f"{type(problem).__name__}: {problem}")

    # Signs of life.

    def _say_alive(self) -> None:
        job = self._job.words if self._job else ""
        self.send({"alive": {"words": self._words, "job": job}})

    def _say_work(self, words: str) -> None:
        """Say what is being worked at, before it keeps the kernel from saying anything."""
        self._words = words
        self._say_alive()

    def _beside(
        self,
        words: str,
        work: Callable[[Callable[[str], None]], None],
        tell: Callable[[], None],
    ) -> None:
        """Begin long work beside the kernel, in place of what is under way; then ``tell`` of it."""
        self._cancel()
        self._job = job = Job(words, work)

        def then(failed: Exception | None) -> None:
            with _TURN, self._collected():
                if self._job is not job:
                    return  # cancelled at the last moment
                if failed is not None:
                    self.error = one_line(f"{type(failed).__name__}: {failed}")
                try:
                    if failed is None:
                        tell()
                finally:
                    self._job = None
            self._say_alive()

        job.start(self._say_alive, then)

    def _alone(self) -> AbstractContextManager[None]:
        """Let work beside the kernel wait for what a browser waits for."""
        return nullcontext() if self._job is None else self._job.at_rest()

    def _cancel(self) -> None:
        """Let go of work that is under way beside the kernel."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
            self._say_alive()

    # Observers.

    def notify_change(self, change: Any) -> None:
        """Tell the browser and observers; an observer of the user's stops nothing that is ours."""
        with self._whole():
            try:
                super().notify_change(change)
            except Exception as problem:
                if self._failures is None or failed_observer(problem) is None:
                    raise
                self._failures.append(problem)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Raise what an observer of the user's raises, when all is told."""
        with _TURN:
            if self._failures is not None:
                yield
                return
            with self._collected() as failures:
                yield
        if failures:
            raise failures[0]

    @contextmanager
    def _collected(self) -> Iterator[list[Exception]]:
        """Give what observers of the user's raise meanwhile, for whoever asks first."""
        before, self._failures = self._failures, []
        try:
            yield self._failures
        finally:
            self._failures = before

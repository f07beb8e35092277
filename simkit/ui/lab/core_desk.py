"""The agent's dropdown made of core ipywidgets alone: parts to link, observe and put anywhere."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets
import traitlets

from simkit.base.clock import MINUTE
from simkit.base.errors import BadInput, InputNotice, shown
from simkit.base.formatting import name
from simkit.base.language import tr, tr_noop, trn
from simkit.engines import running
from simkit.rules.agent_ids import known_agent
from simkit.rules.replies import NETWORK_FAILURE, OK
from simkit.rules.workload import AgentDay, Intention, Workload, with_intention
from simkit.runs.events import (
    DropdownOpened,
    DropdownState,
    ErrorShown,
    Event,
    StatusWritten,
    SubmissionIgnored,
    Submitted,
    SuccessShown,
    TurnedAway,
    Warned,
)
from simkit.runs.history import History
from simkit.runs.log import Record, of_kind
from simkit.runs.run import Run
from simkit.runs.why import tell
from simkit.ui.frontend.guarded import refusals
from simkit.ui.frontend.strict import Strict
from simkit.ui.lab.agent_view import AgentView, Desk, DeskState, Piece, Said
from simkit.ui.lab.sentences import status_name
from simkit.ui.lab.widget import Choice
from simkit.ui.stage.still import safe

ACT_MS = 10 * MINUTE
"""How long the status is meant to last that the button sets."""
NOTHING = ""
"""The value of the dropdown while nothing is chosen; with None the box would be blank."""
_NOTES: dict[DeskState, str] = {
    "empty": tr_noop("No status reasons."),
    "loading": tr_noop("Loading…"),
    "frozen": tr_noop("Not responding."),
}
_SAID: dict[Said, str] = {
    "success": tr_noop("Status set: {detail}."),
    "error": tr_noop("Refused: {detail}."),
    "warned": tr_noop("Not sent: {detail}."),
}


def desk(run: Run, agent: str | None = None, *, at: int | str | None = None) -> CoreDesk:
    """Give an agent's dropdown at a moment of a run, made of core ipywidgets.

    Without an agent the one who is misled for longest is taken, without a moment the middle of the
    longest discrepancy. ``at`` is a local time such as ``"14:30"``, or ms of the run. BadInput for
    what is no run, and for an agent or a moment that it does not have.
    """
    if not isinstance(run, Run):
        raise BadInput(field="run", found=shown(run), allowed="a run; simkit.run gives one")
    view = AgentView(run)
    who = run.agents_by_discrepancy[0] if agent is None else known_agent(run.days, agent)
    if at is not None:
        return CoreDesk(view, *run.moment(who, at))
    worst = view.worst_moment(who)
    return CoreDesk(view, who, run.days[who].start if worst is None else worst)


class CoreDesk(Strict, ipywidgets.VBox):  # type: ignore[misc]
    """What an agent sees at a moment of a run: status, dropdown, button, message.

    ``agent`` and ``at`` are traits: assign, observe or link them. ``at`` takes a local time as well
    and reads as ms of the run; a time in another shift of the agent's day goes to that one, and
    another agent's shift holds the moment to its ends. What the run does not have is refused, and
    changes nothing: the error is both a BadInput and a traitlets.TraitError.
    """

    agent: Any = Choice("").tag(sync=True)
    at: Any = Choice("").tag(sync=True)

    def __init__(self, view: AgentView, agent: str, at: int) -> None:
        self._view = view
        self._acted: Run | None = None
        self._text = ""
        self._status = ipywidgets.HTML()
        self._dropdown = ipywidgets.Dropdown(options=[("", NOTHING)])
        self._dropdown.description = tr("Status reason")
        self._dropdown.style.description_width = "initial"
        self._button = ipywidgets.Button(description=tr("Set status"), layout={"width": "auto"})
        self._message = ipywidgets.HTML()
        self._button.on_click(self._press)
        row = ipywidgets.HBox([self._dropdown, self._button])
        super().__init__([self._status, row, self._message], agent=agent, at=at)
        self.observe(self._took_agent, "agent")
        self.observe(self._moved, "at")
        self._show()

    def __repr__(self) -> str:
        return f"CoreDesk({name(self.agent)} at {self._view.clock(self.at)})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Give the live desk, and for readers without a kernel what it shows."""
        listed = "".join(f"<li>{safe(label)}</li>" for label, _ in self.dropdown.options[1:])
        words = tr("This is a still. Run the cell for the live desk.")
        note = f"<p><i>{escape(words)}</i></p>"
        still = f"{self._status.value}<ul>{listed}</ul>{self.message.value}{note}"
        return {
            **super()._repr_mimebundle_(**kwargs),
            "text/plain": repr(self),
            "text/html": still,
        }

    @property
    def dropdown(self) -> ipywidgets.Dropdown:
        """The listed reasons with the numbers of their codes, below one that chooses nothing."""
        return self._dropdown

    @property
    def button(self) -> ipywidgets.Button:
        """It sets what is chosen, or tries a dropdown that holds nothing or does not respond."""
        return self._button

    @property
    def message(self) -> ipywidgets.HTML:
        """What the widget says, and after an act in brackets what came of it in truth."""
        return self._message

    @property
    def text(self) -> str:
        """What the message says, as plain text."""
        return self._text

    @property
    def run(self) -> Run:
        """The run that is shown."""
        return self._view.run

    @property
    def acted(self) -> Run | None:
        """The same run plus the act at the moment, once the button was pressed there.

        Of a run as columns it holds the agent alone, whose day does not depend on others.
        """
        return self._acted

    def close(self) -> None:
        """Close the desk with all that it is made of; it disappears."""
        if self.comm is not None:
            row = self.children[1]
            for part in (self._status, self.dropdown, self.button, self.message):
                part.style.close()
                part.layout.close()
                part.close()
            row.layout.close()
            row.close()
            self.layout.close()
        super().close()

    # The two traits.

    @traitlets.validate("agent")
    def _valid_agent(self, proposal: Mapping[str, Any]) -> str:
        with refusals():
            return known_agent(self.run.days, proposal["value"])

    @traitlets.validate("at")
    def _valid_at(self, proposal: Mapping[str, Any]) -> int:
        with refusals():
            return self.run.moment(self.agent, proposal["value"])[1]

    def _took_agent(self, change: Mapping[str, Any]) -> None:
        day = self.run.days[change["new"]]
        self.at = min(max(self.at, day.start), day.end - 1)
        self._show()

    def _moved(self, change: Mapping[str, Any]) -> None:
        self.agent, _ = self.run.moment(self.agent, change["new"])
        self._show()

    # What is seen.

    @property
    def _piece(self) -> Piece:
        return self._view.at(self.agent, self.at)

    def _show(self) -> None:
        view, seen = self._view, self._piece.desk
        box = view.run.settings.widget
        entries = [(name(view.codes[code].name), code) for code in seen.entries]
        first = name(box.placeholder_text) if box.placeholder_text else ""
        options = ((first, NOTHING), *entries)
        if self.dropdown.options != options:
            chosen = self.dropdown.value
            self.dropdown.options = options  # which chooses the first entry
            otherwise = entries[0][1] if entries and box.auto_select else NOTHING
            self.dropdown.value = chosen if chosen in seen.entries else otherwise
        self.dropdown.disabled = seen.state != "list"
        self.button.disabled = seen.state in ("locked", "loading")
        now = tr(
            "{agent} at {time}. Status: {status}",
            agent=name(self.agent),
            time=view.clock(self.at),
            status=status_name(view, seen.status),
        )
        self._status.value = _html(now)
        self._acted = None
        self._say(_said(view, seen))

    def _say(self, text: str) -> None:
        self._text = text
        self.message.value = _html(text)

    # The act.

    def _press(self, _button: ipywidgets.Button) -> None:
        code, seen = self.dropdown.value, self._piece.desk
        chosen = self._view.codes[code] if code in seen.entries else None
        if seen.state == "list" and chosen is None:
            self._say(tr("Choose a status reason."))
            return
        wanted, code_id = ("", "") if chosen is None else (chosen.name, chosen.id)
        act = Intention(self.at, wanted, ACT_MS, code_id)
        self._acted = _run_with(self.run, self.agent, act)
        self._say(_outcome(self._acted, self.agent, act, self._piece))


def _html(text: str) -> str:
    """Give text for an HTML widget, which would read markup and formulas in it."""
    return f'<span class="tex2jax_ignore mathjax_ignore">{safe(text)}</span>' if text else ""


def _said(view: AgentView, seen: Desk) -> str:
    """Give what the widget says by itself: its state, and its last message while that is shown."""
    note = tr(_NOTES.get(seen.state, ""))
    if seen.locked_until is not None:
        until = view.clock(seen.locked_until)
        note = tr("Schedule change in progress, until {time}.", time=until)
    last = tr(_SAID[seen.said], detail=name(seen.detail)) if seen.said else ""
    return " ".join(filter(None, (note, last)))


def _run_with(run: Run, agent: str, act: Intention) -> Run:
    """Give the same run plus one wanted change of status."""
    day = with_intention(run.days[agent], act)
    alone = run.engine == "columns"
    workload = Workload((day,), tuple(run.directory.edits)) if alone else run.workload
    with warnings.catch_warnings():  # what is doubtful was said when the run was made
        warnings.simplefilter("ignore", InputNotice)
        return running.run(
            run.settings, run.seed, engine="processes", workload=workload, days={agent: day}
        )


def _outcome(acted: Run, agent: str, act: Intention, piece: Piece) -> str:
    """Say what the widget said of an act, and in brackets what came of it in truth."""
    history = acted.history_of(agent)
    later = [record for record in history.records(agent) if record.t >= act.t]
    opened, state = _opened(acted.days[agent], act, later)
    submitted = _after(opened, later, Submitted)
    if submitted is None and _after(opened, later, Warned, TurnedAway):
        return tr("Not sent: an automatic status change is due. (Nothing was sent.)")
    if submitted is None:
        said = _NOTES["frozen" if state == "frozen" else "empty"]
        note = tr(said)
        return f"{note} ({_unsent(piece.truth.usable.bit_count())})"
    answer = _after(submitted, later, SuccessShown, ErrorShown)
    written = _after(submitted, later, StatusWritten, SubmissionIgnored)
    return f"{_told(history, answer)} ({_truth(history, answer, written, later)})"


def _unsent(usable: int) -> str:
    if not usable:
        return tr("Nothing was sent.")
    return trn(
        "Nothing was sent, although {n} reason may be used.",
        "Nothing was sent, although {n} reasons may be used.",
        usable,
    )


def _opened(day: AgentDay, act: Intention, later: list[Record]) -> tuple[Record, DropdownState]:
    """Give the opening of the dropdown that is the act, and how the agent found it.

    Others may fall on its millisecond: tries again come first, then what the day holds, in order.
    """
    opened = [
        (record, e.state) for record, e in of_kind(later, DropdownOpened) if record.t == act.t
    ]
    same = [each for each in day.intentions if each.t == act.t]
    return opened[same.index(act) - len(same)]


def _after(before: Record, later: list[Record], *kinds: type[Event]) -> Record | None:
    """Give the first record of some kinds that another one led to."""
    led_to = (r for r in later if r.cause == before.id and isinstance(r.data, kinds))
    return next(led_to, None)


def _told(history: History, answer: Record | None) -> str:
    """Say what the widget said of a choice that was sent."""
    event = None if answer is None else answer.data
    if isinstance(event, SuccessShown):
        code = name(history.directory.codes[event.code].name)
        return tr("Status set: {detail}.", detail=code)
    if isinstance(event, ErrorShown):
        return tr("Refused: {detail}.", detail=f"{event.status} {event.error}")
    return tr("The page was gone before an answer came.")


def _truth(
    history: History, answer: Record | None, written: Record | None, later: list[Record]
) -> str:
    """Say what came of a choice that was sent."""
    if written is not None and isinstance(written.data, SubmissionIgnored):
        return tr("The platform answered {status} and did not apply it.", status=OK)
    if written is not None:
        over = _after(written, later, StatusWritten)
        if not over:
            return tr("The platform set it.")
        clock = history.settings.organisation.calendar.show_minute
        at, then = clock(over.t), tell(history, over)
        return tr("The platform set it; at {time} {then}.", time=at, then=then)
    event = None if answer is None else answer.data
    if not isinstance(event, SuccessShown | ErrorShown):
        return tr("Nothing was changed.")
    if event.status == NETWORK_FAILURE:
        return tr("The request was lost on the network: nothing was changed.")
    return tr(
        "The platform answered {status} {error}: nothing was changed.",
        status=event.status,
        error=event.error,
    )

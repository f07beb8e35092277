"""Why: what an agent believes, what is true, and the chain of causes between, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simkit.base.clock import parse_wall, show_duration
from simkit.base.errors import BadInput
from simkit.base.log import Record
from simkit.base.steps import Steps
from simkit.rules.schedule import AVAILABLE, SCHEDULED
from simkit.study.words import name

if TYPE_CHECKING:
    from simkit.study.run import Run

NAMED = 3
"""At most this many codes are explained one by one."""


def moment(run: Run, agent: str, at: int | str) -> int:
    """Give a moment of the agent's shift in ms: of the run, or of a local time ``HH:MM[:SS]``.

    BadInput when the text is no time, or the moment lies outside the shift.
    """
    run.records(agent)
    day, calendar = run.days[agent], run.settings.organisation.calendar
    if isinstance(at, str):
        try:
            t = calendar.ms(parse_wall(at))
        except ValueError as problem:
            raise BadInput(str(problem), field="at") from None
    else:
        t = at
    if not day.start <= t < day.end:
        shift = f"{calendar.show_minute(day.start)} to {calendar.show_minute(day.end)}"
        raise BadInput(f"{agent} is not at work then", found=str(at), allowed=shift)
    return t


def explain(run: Run, agent: str, at: int | str) -> str:
    """Say in words what the agent believes at a moment, what is true, and why they differ."""
    t = moment(run, agent, at)
    lines = [f"{name(agent)} at {_time(run, t)}", *_state(run, agent, t)]
    disagreements = [
        *_frozen(run, agent, t),
        *_status_gap(run, agent, t),
        *_dead_codes(run, agent, t),
        *_missing_codes(run, agent, t),
    ]
    if not disagreements:
        lines.append("Belief and truth agree.")
        last = [r for r in run.records(agent) if r.t <= t]
        if last:
            lines += ["The last thing that happened:", *_chain(run, last[-1])]
    return "\n".join([*lines, *disagreements])


def status_name(run: Run, status: int) -> str:
    """Give the name of a status as people say it."""
    if status == AVAILABLE:
        return "Available"
    if status == SCHEDULED:
        return "off the queue as scheduled"
    return name(run.directory.codes[status].name)


def _time(run: Run, t: int) -> str:
    return run.settings.organisation.calendar.show_minute(t)


def _state(run: Run, agent: str, t: int) -> list[str]:
    belief, truth = run.belief(agent), run.truth(agent)
    shown = belief.listed.at(t).bit_count()
    dropdown = "does not respond" if belief.frozen.at(t) else f"shows {shown} status reasons"
    usable = (truth.usable.at(t) & run.wanted).bit_count()
    return [
        f"  believes: {status_name(run, belief.status.at(t))}; the dropdown {dropdown}",
        f"  in truth: {status_name(run, truth.status.at(t))}; {usable} reasons of the listed types "
        f"may be used in {name(truth.division.at(t))}",
    ]


def _status_gap(run: Run, agent: str, t: int) -> list[str]:
    if not run.gaps(agent).status.at(t):
        return []
    records = [r for r in run.records(agent) if r.t <= t]
    seen = [r for r in records if r.kind in ("status", "success", "return", "ignored")]
    lines = [f"The status differs ({_until(run, agent, run.gaps(agent).status, t)})."]
    return [*lines, *_chain(run, seen[-1])] if seen else lines


def _frozen(run: Run, agent: str, t: int) -> list[str]:
    frozen = run.belief(agent).frozen
    if not frozen.at(t):
        return []
    trouble = [r for r in run.records(agent) if r.t <= t and r.kind == "trouble"]
    lines = [f"The dropdown does not respond ({_until(run, agent, frozen, t)})."]
    return [*lines, *_chain(run, trouble[-1])]


def _dead_codes(run: Run, agent: str, t: int) -> list[str]:
    dead = run.gaps(agent).dead
    mask = dead.at(t)
    if not mask:
        return []
    names = _names(run, mask)
    lines = [f"Listed, but not usable: {names} ({_until(run, agent, dead, t)})."]
    for code in _codes(mask)[:NAMED]:
        edit = _deactivation(run, code, t)
        if edit:
            lines.append(f"  {name(run.directory.codes[code].name)}: {tell(run, edit)}")
    return [*lines, *_why_list(run, agent, t)]


def _missing_codes(run: Run, agent: str, t: int) -> list[str]:
    missing = run.gaps(agent).missing
    mask = missing.at(t)
    if not mask:
        return []
    lines = [f"Usable, but not listed: {_names(run, mask)} ({_until(run, agent, missing, t)})."]
    codes = run.directory.codes
    homes = sorted({codes[c].division for c in _codes(mask)})
    asked = run.belief(agent).asked.at(t)
    names = run.settings.organisation.division_by_id
    if not asked:
        lines.append(f"  No list has come since the page was loaded; bound to {_and(homes)}.")
        return [*lines, *_why_list(run, agent, t)]
    lines.append(
        f"  They are bound to {_and(homes)}; the widget asked for "
        f"{name(names[asked]) if asked in names else 'no known division'} with filterType "
        f"{run.settings.widget.filter_type}."
    )
    return [*lines, *_why_list(run, agent, t)]


def _and(divisions: list[str]) -> str:
    return ", ".join(map(name, divisions))


def _why_list(run: Run, agent: str, t: int) -> list[str]:
    """Say how the list came to be, and what keeps it from being replaced."""
    records = [r for r in run.records(agent) if r.t <= t]
    listed = next((r for r in reversed(records) if r.kind in ("list", "login", "reload")), None)
    lines = _chain(run, listed) if listed else []
    return [*lines, *(f"  {reason}" for reason in _keeps(run, agent, t, records))]


def _keeps(run: Run, agent: str, t: int, records: list[Record]) -> list[str]:
    widget = run.settings.widget
    reasons = []
    trouble = next((r for r in reversed(records) if r.kind in ("trouble", "recovered")), None)
    if trouble is not None and trouble.kind == "trouble":
        reasons.append(f"Since {_time(run, trouble.t)} {tell(run, trouble)}.")
    if any(span.start <= t < span.end for span in run.days[agent].hidden):
        reasons.append("The tab is hidden, so no poll leaves.")
    if widget.http_max_age_ms:
        age = show_duration(widget.http_max_age_ms)
        reasons.append(f"The browser's cache answers polls for {age}; none reaches the wire.")
    elif widget.dataset_life_polls > 1:
        life = show_duration(widget.dataset_life_polls * run.settings.interval_ms)
        reasons.append(
            f"Polls leave every {show_duration(run.settings.interval_ms)}, but the list shown is "
            f"replaced only at every {widget.dataset_life_polls}th: every {life}."
        )
    if widget.division_id == "{{page.divisionId}}":
        reasons.append("The division is written into the page and never read again.")
    return reasons


def _chain(run: Run, record: Record) -> list[str]:
    """Give a record and its causes, one to a line, the record first."""
    lines = []
    for depth, cause in enumerate(run.log.causes(record)):
        because = "because " if depth else ""
        lines.append(f"  {_time(run, cause.t)} {because}{tell(run, cause)}")
    return lines


def _until(run: Run, agent: str, gap: Steps[int] | Steps[bool], t: int) -> str:
    day = run.days[agent]
    since, until = max(gap.last_change(t), day.start), gap.next_change(t)
    end = "the end of the shift" if until >= day.end else _time(run, until)
    return f"since {_time(run, since)}, until {end}"


def _codes(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _names(run: Run, mask: int) -> str:
    codes = _codes(mask)
    names = [name(run.directory.codes[i].name) for i in codes[:NAMED]]
    more = f" and {len(codes) - NAMED} more" if len(codes) > NAMED else ""
    return ", ".join(names) + more


def _deactivation(run: Run, code: int, t: int) -> Record | None:
    edits = run.log.by_actor.get("admin", [])
    return next((r for r in reversed(edits) if r.t <= t and r.data["code"] == code), None)


def tell(run: Run, record: Record) -> str:
    """Give a record as a sentence without its time."""
    return _WORDS[record.kind](run, record)


def _code(run: Run, record: Record) -> str:
    return name(run.directory.codes[record.data["code"]].name)


def _division(run: Run, record: Record) -> str:
    division = record.data["division"]
    known = run.settings.organisation.division_by_id
    return name(known[division]) if division in known else name(division or "no division")


def _wanted(record: Record) -> str:
    """Give the wanted reason; a learner who tries a dead dropdown wants none in particular."""
    return name(record.data["wanted"]) if record.data["wanted"] else "any reason"


def _tell_edit(run: Run, record: Record) -> str:
    done = "reactivated" if record.data["active"] else "deactivated"
    version = record.data["version"]
    how = "by hand" if version is None else f"by pipeline, as version {version}"
    return f"an administrator {done} {_code(run, record)} of {_division(run, record)} {how}"


def _tell_list(run: Run, record: Record) -> str:
    shown = record.data["mask"].bit_count()
    if record.data["version"] < 0:
        return "the list was emptied"
    as_of = _time(run, record.data["as_of"])
    return f"the widget listed {shown} reasons of {_division(run, record)}, as of {as_of}"


def _tell_load(run: Run, record: Record) -> str:
    what = "logged in" if record.kind == "login" else "reloaded the page"
    kept = record.data["mask"].bit_count()
    from_cache = f"; {kept} reasons came out of browser storage" if kept else ""
    return f"the agent {what}{from_cache}"


def _tell_status(run: Run, record: Record) -> str:
    status, writer = status_name(run, record.data["status"]), record.data["writer"]
    over = status_name(run, record.data["over"])
    if writer == "agent":
        return f"the platform accepted {status}"
    if writer == "return":
        return f"the desktop's own button set {status}"
    who = "WFM, at a scheduled transition," if writer == "wfm" else "the routing sweep"
    return f"{who} wrote {status} over {over}"


def _tell_success(run: Run, record: Record) -> str:
    if record.data["status"] == 200:
        return f"the widget showed success for {_code(run, record)}, rightly"
    return (
        f"the widget showed success for {_code(run, record)} although the reply was "
        f"{record.data['status']} {record.data['error']}"
    )


def _tell_trouble(run: Run, record: Record) -> str:
    status, code = record.data["status"], record.data["code"]
    said = f"answered {status} {code}" if status else "lost on the network"
    return f"polls are {said}"


_WORDS: dict[str, Callable[[Run, Record], str]] = {
    "edit": _tell_edit,
    "list": _tell_list,
    "login": _tell_load,
    "reload": _tell_load,
    "status": _tell_status,
    "success": _tell_success,
    "trouble": _tell_trouble,
    "recovered": lambda _run, _r: "polls are answered again",
    "renewed": lambda run, r: f"the token was renewed, issued at {_time(run, r.data['issued'])}",
    "division": lambda run, r: f"the widget read its division again: {_division(run, r)}",
    "version": lambda _run, r: f"the widget read version {r.data['version']} of its configuration",
    "transfer": lambda run, r: f"an administrator transferred the agent to {_division(run, r)}",
    "hidden": lambda _run, _r: "the tab was hidden",
    "shown": lambda _run, _r: "the tab was shown again",
    "offline": lambda _run, _r: "the agent's network failed",
    "online": lambda _run, _r: "the agent's network came back",
    "open": lambda _run, r: f"the agent opened the dropdown, wanting {_wanted(r)}",
    "submit": lambda run, r: (
        f"the agent chose {_code(run, r)}" + (" with force" if r.data["force"] else "")
    ),
    "ignored": lambda run, r: f"the platform replied 200 and did not apply {_code(run, r)}",
    "error": lambda run, r: (
        f"the widget showed the refusal {r.data['status']} {r.data['error']} of {_code(run, r)}"
    ),
    "return": lambda _run, _r: "the agent went back to work",
    "lost": lambda _run, r: f"{_wanted(r)} could not be chosen ({r.data['why']})",
    "warned": lambda run, r: f"the widget warned instead of submitting {_code(run, r)}",
    "turned_away": lambda _run, r: (
        f"the agent was turned away, wanting {_wanted(r)}"
        + (", and will try again" if r.data["again"] else "")
    ),
}

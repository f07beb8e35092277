"""Moments of stories: each a rule over the log that gives when it is and what is said of it.

A rule is a pure function of a scene and of the case that the story is told of. It gives None where
the agent's day has no such moment. What a sentence says is what desk, platform and messages show at
that millisecond: a request is on its way between leaving and arriving, and an answer is thrown away
when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable

from simkit.base.clock import MINUTE
from simkit.base.formatting import name
from simkit.base.language import tr, tr_noop
from simkit.rules.workload import AgentDay
from simkit.runs.events import DropdownOpened, LoggedIn, Reloaded
from simkit.runs.log import of_kind
from simkit.runs.messages import Message
from simkit.runs.why import status_name
from simkit.study import story_cases as cases
from simkit.study.story_cases import (
    DeadToken,
    EmptyList,
    Move,
    Outlived,
    Overwritten,
    code_of,
    parted,
)
from simkit.study.story_rules import coming, going, moment
from simkit.study.story_scene import Duration, LocalTime, Moment, Scene, codes_in, when


def _homes(scene: Scene, mask: int) -> str:
    """Give the divisions that codes are bound to, the lowest first."""
    codes = scene.history.directory.codes
    bound = {codes[code].division for code in codes_in(mask)}
    path = scene.history.settings.organisation.tree.path(scene.day.division)
    return _listed(name(home) for home in path if home in bound)


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return tr("{names} and {last}", names=", ".join(others), last=last) if others else last


# Any trap.


@moment(cases.whole_day)
def day_ends(_: Scene, day: AgentDay) -> Moment:
    """The last moment of the shift, from which the whole day is seen."""
    return when(day.end - 1)


# An empty list: T1 and E1.


@moment(cases.empty_list, reason=str, at=LocalTime, usable=int)
def opens_an_empty_list(scene: Scene, case: EmptyList) -> Moment:
    """The agent opens the list, and nothing is in it."""
    usable = scene.usable(case.t).bit_count()
    return when(case.t, reason=name(case.wanted), at=LocalTime(case.t), usable=usable)


@moment(cases.empty_list)
def asks_once_more(_: Scene, case: EmptyList) -> Moment:
    """The next poll after that is on its way."""
    return when(going(case.poll))


@moment(cases.empty_list, codes=int, home=str)
def is_told_of_none(scene: Scene, case: EmptyList) -> Moment:
    """Its answer is back, with no code in it; all lie elsewhere."""
    t = case.poll.back
    codes = len(scene.history.directory.codes)
    return when(t, codes=codes, home=_homes(scene, scene.usable(t)))


@moment(cases.reasons_above, usable=int, homes=str)
def starts_the_shift(scene: Scene, usable: int) -> Moment:
    """The agent logs in; there are reasons, all bound to divisions further up."""
    return when(scene.day.start, usable=usable.bit_count(), homes=_homes(scene, usable))


@moment(cases.first_empty_answer)
def asks_for_the_first_list(_: Scene, poll: Message) -> Moment:
    """The first poll of the day is on its way."""
    return when(going(poll))


@moment(cases.first_empty_answer)
def first_list_is_empty(_: Scene, poll: Message) -> Moment:
    """Its answer is back, with no code in it."""
    return when(poll.back)


@moment(cases.empty_list, needs_fix=True, listed=int, foreign=int)
def same_list_is_filled(scene: Scene, case: EmptyList) -> Moment | None:
    """With a fix in place, there are codes in the list when it is opened."""
    listed = scene.with_fix.belief.listed.at(case.t)
    organisation = scene.history.settings.organisation
    meant = [code.division for code in organisation.codes]
    path = organisation.tree.path(scene.day.division)
    # Copies stand behind the codes of the organisation, each meant for who has it.
    foreign = sum(code < len(meant) and meant[code] not in path for code in codes_in(listed))
    return when(case.t, listed=listed.bit_count(), foreign=foreign) if listed else None


# Another division: T2.


@moment(cases.move, at=LocalTime, old=str, new=str)
def is_transferred(scene: Scene, case: Move) -> Moment:
    """An administrator moves the agent to another division."""
    old, new = name(scene.day.division), name(case.new)
    return when(case.t, at=LocalTime(case.t), old=old, new=new)


@moment(cases.move, moved=LocalTime, at=LocalTime, lag=Duration, old=str, new=str)
def transfer_takes_effect(scene: Scene, case: Move) -> Moment | None:
    """The platform goes by the new division, some time after the transfer."""
    lag = case.effect - case.t
    if not lag:
        return None
    return when(
        case.effect,
        moved=LocalTime(case.t),
        at=LocalTime(case.effect),
        lag=Duration(lag),
        old=name(scene.day.division),
        new=name(case.new),
    )


@moment(cases.move)
def asks_for_the_old_division(_: Scene, case: Move) -> Moment:
    """The page's next request is on its way, and asks for the old division."""
    return when(going(case.poll))


@moment(cases.move, listed=int, missing=int)
def old_list_comes(scene: Scene, case: Move) -> Moment | None:
    """Its answer is back: codes of which the agent may use none."""
    t, listed, usable = case.poll.back, case.poll.mask, scene.usable(case.poll.back)
    if listed & usable:
        return None
    return when(t, listed=listed.bit_count(), missing=usable.bit_count())


@moment(cases.move, listed=int, useless=int, missing=int)
def old_list_comes_with_some_of_use(scene: Scene, case: Move) -> Moment | None:
    """Its answer is back: codes of which the agent may use those of all divisions."""
    t, listed, usable = case.poll.back, case.poll.mask, scene.usable(case.poll.back)
    useless, missing = listed & ~usable, usable & ~listed
    if not listed & usable or not useless or not missing:
        return None
    return when(
        t,
        listed=listed.bit_count(),
        useless=useless.bit_count(),
        missing=missing.bit_count(),
    )


@moment(cases.refused_after_move, reason=str, at=LocalTime)
def picks_from_the_old_list(scene: Scene, choice: Message) -> Moment:
    """The agent has picked one of these codes, and the choice is on its way."""
    return when(going(choice), reason=scene.code(code_of(choice)), at=LocalTime(choice.leaves))


@moment(cases.refused_after_move, reason=str, status=int)
def old_pick_is_refused(scene: Scene, choice: Message) -> Moment:
    """The refusal is back, and the desk shows success."""
    return when(choice.back, reason=scene.code(code_of(choice)), status=choice.status)


@moment(cases.move, wrong=Duration)
def old_list_outlasts_the_shift(scene: Scene, case: Move) -> Moment:
    """The shift ends, and the list has been wrong ever since the transfer took effect."""
    end = scene.day.end
    return when(end - 1, wrong=Duration(end - case.effect))


@moment(cases.move, needs_fix=True, period=Duration, late=Duration)
def right_list_comes(scene: Scene, case: Move) -> Moment | None:
    """With a fix in place, the list of the new division arrives."""
    t = cases.agrees(scene.with_fix, case.effect, case.until, case.new)
    period = Duration(scene.with_fix.history.settings.platform.renewal_period_ms)
    late = Duration(t - case.effect)
    return when(t, period=period, late=late) if t < case.until else None


# A success that was none: T3.


@moment(cases.false_success, reason=str)
def picks_in_good_faith(scene: Scene, choice: Message) -> Moment:
    """The agent picks a listed code; the platform will refuse it."""
    return when(choice.leaves, reason=scene.code(code_of(choice)))


@moment(cases.false_success)
def choice_is_on_its_way(_: Scene, choice: Message) -> Moment:
    """The page has sent the choice, and the platform has not judged it yet."""
    return when(going(choice))


@moment(cases.false_success, status=int)
def choice_is_refused(_: Scene, choice: Message) -> Moment:
    """The refusal is back, and the desk shows success."""
    return when(choice.back, status=choice.status)


@moment(cases.false_success, span=Duration)
def goes_on_believing(scene: Scene, choice: Message) -> Moment:
    """The last moment at which the agent believes what never was."""
    views = scene.belief, scene.truth
    changes = min(view.status.next_change(choice.back) for view in views)
    until = min(choice.back + parted(scene, choice.back), changes)
    return when(until - 1, span=Duration(until - choice.back))


@moment(cases.false_success, needs_fix=True)
def same_choice_is_accepted(scene: Scene, choice: Message) -> Moment | None:
    """With a fix in place, the same choice at the same moment is applied."""
    again = next(cases.choices(scene.with_fix, choice.leaves), None)
    if again is None or (again.leaves, again.mask) != (choice.leaves, choice.mask):
        return None
    return when(again.back) if again.fate == "applied" else None


# A token that dies: E2.

ACTS: dict[type, str] = {
    LoggedIn: tr_noop("logs in"),
    Reloaded: tr_noop("loads the page anew"),
    DropdownOpened: tr_noop("opens the list of reasons for leaving the phones"),
}
"""What an agent does on the page, by the kind of record."""


@moment(cases.dead_token, at=LocalTime, act=str, life=Duration)
def touches_the_page(scene: Scene, case: DeadToken) -> Moment:
    """The last act before the token dies, which gives it a whole life once more."""
    act, life = case.act, Duration(scene.history.settings.platform.token_life_ms)
    return when(act.t, at=LocalTime(act.t), act=tr(ACTS[type(act.data)]), life=life)


@moment(cases.dead_token, polls=int)
def leaves_the_page_alone(_: Scene, case: DeadToken) -> Moment:
    """A poll half-way through is on its way, one of many that are answered."""
    polls = case.answered
    return when(going(polls[len(polls) // 2]), polls=len(polls))


@moment(cases.dead_token, died=LocalTime)
def token_dies(_: Scene, case: DeadToken) -> Moment:
    """The first moment at which the token no longer works."""
    return when(case.death.t, died=LocalTime(case.death.t))


@moment(cases.dead_token, status=int, late=Duration)
def poll_is_refused(_: Scene, case: DeadToken) -> Moment:
    """The refusal of the first poll with the dead token is back, and the list freezes."""
    t = case.poll.back
    return when(t, status=case.poll.status, late=Duration(t - case.death.t))


@moment(cases.dead_token, reason=str, at=LocalTime)
def tries_a_frozen_list(scene: Scene, case: DeadToken) -> Moment | None:
    """The agent wants a reason, and the list does not open."""
    opened = of_kind(scene.records, DropdownOpened)
    later = ((r.t, e) for r, e in opened if r.t >= case.poll.back and e.state == "frozen")
    for t, event in later:
        return when(t, reason=name(event.wanted), at=LocalTime(t))
    return None


@moment(cases.dead_token, frozen=Duration)
def frozen_day_ends(scene: Scene, _: DeadToken) -> Moment:
    """The shift ends; for a part of it the list has not responded."""
    day = scene.day
    frozen = scene.belief.frozen.time_where(bool, day.start, day.end)
    return when(day.end - 1, frozen=Duration(frozen))


@moment(cases.dead_token, needs_fix=True, lead=Duration, life=Duration)
def list_still_responds(scene: Scene, case: DeadToken) -> Moment | None:
    """With a fix in place, the list responds at the moment at which it froze."""
    t, fixed = case.poll.back, scene.with_fix
    platform = fixed.history.settings.platform
    if not fixed.belief.listed.at(t) or fixed.belief.frozen.at(t):
        return None
    lead, life = Duration(platform.renewal_lead_ms), Duration(platform.token_life_ms)
    return when(t, lead=lead, life=life)


# Two writes: E3.

_WRITERS = {"wfm": tr_noop("the work schedule"), "routing": tr_noop("the routing of calls")}


@moment(cases.overwritten, reason=str, at=LocalTime)
def picks_before_a_write(scene: Scene, case: Overwritten) -> Moment:
    """A choice is on its way, less than a minute before the status is written from elsewhere."""
    choice = case.choice
    return when(going(choice), reason=scene.code(code_of(choice)), at=LocalTime(choice.leaves))


@moment(cases.overwritten)
def choice_is_accepted(_: Scene, case: Overwritten) -> Moment:
    """The answer is back: platform and desk have the same status."""
    return when(case.choice.back)


@moment(cases.overwritten, due=LocalTime, gap=Duration, writer=str)
def write_is_due(_: Scene, case: Overwritten) -> Moment:
    """The moment before schedule or routing writes a status."""
    gap = Duration(case.t - case.choice.leaves)
    return when(
        case.t - 1,
        due=LocalTime(case.t),
        gap=gap,
        writer=tr(_WRITERS[case.writer]),
        lit=(case.writer,),
    )


@moment(cases.overwritten, now=str)
def write_lands_on_top(scene: Scene, case: Overwritten) -> Moment:
    """It is written: the platform has another status than the desk."""
    return when(case.t, now=status_name(scene.history, case.status), lit=(case.writer,))


@moment(cases.overwritten, span=Duration)
def write_goes_unnoticed(scene: Scene, case: Overwritten) -> Moment:
    """The last moment at which desk and platform have another status."""
    span = parted(scene, case.t)
    return when(case.t + span - 1, span=Duration(span))


@moment(cases.overwritten, needs_fix=True, at=LocalTime, due=LocalTime)
def list_is_locked(scene: Scene, case: Overwritten) -> Moment | None:
    """With a fix in place, the list is locked at the moment of the choice."""
    t = case.choice.leaves
    opened = of_kind(scene.with_fix.records, DropdownOpened)
    locked = any(r.t == t and event.state == "locked" for r, event in opened)
    return when(t, at=LocalTime(t), due=LocalTime(case.t)) if locked else None


@moment(cases.overwritten, needs_fix=True)
def choice_stays(scene: Scene, case: Overwritten) -> Moment | None:
    """With a fix in place, platform and desk still have the choice when the write is due."""
    fixed = scene.with_fix
    statuses = {fixed.truth.status.at(case.t), fixed.belief.status.at(case.t)}
    return when(case.t) if statuses == {code_of(case.choice)} else None


# A list that outlives a deactivation: E4 and G5.


@moment(cases.outlived, code=str, listed=int)
def code_is_listed(scene: Scene, case: Outlived) -> Moment:
    """A minute before its deactivation the code is in the list."""
    t = case.t - MINUTE
    listed = scene.belief.listed.at(t).bit_count()
    return when(t, code=scene.code(case.code), listed=listed)


@moment(cases.outlived, at=LocalTime, wait=Duration)
def code_is_switched_off(_: Scene, case: Outlived) -> Moment:
    """An administrator deactivates it."""
    return when(case.t, at=LocalTime(case.t), wait=Duration(case.gone - case.t))


@moment(cases.outlived, wait=Duration, gone=LocalTime)
def asks_for_the_list_without_it(scene: Scene, case: Outlived) -> Moment | None:
    """The request that brings the list without the code is on its way."""
    later = cases.lists(scene, case.t)
    poll = next((m for m in later if m.back == case.gone and m.fate == "taken"), None)
    if poll is None:
        return None
    return when(going(poll), wait=Duration(case.gone - case.t), gone=LocalTime(case.gone))


@moment(cases.thrown_away, wait=Duration, gone=LocalTime, after=Duration)
def answer_comes_without_it(_: Scene, case: Outlived) -> Moment:
    """The first answer without the code is on its way to the page."""
    first = case.thrown[0]
    wait, after = Duration(case.gone - case.t), Duration(first.arrives - case.t)
    return when(coming(first), wait=wait, gone=LocalTime(case.gone), after=after)


@moment(cases.thrown_away, kept=Duration, thrown=int)
def answer_is_thrown_away(scene: Scene, case: Outlived) -> Moment:
    """It is back, and the page keeps the list that it has."""
    settings = scene.history.settings
    kept = Duration(settings.widget.dataset_life_polls * settings.interval_ms)
    return when(case.thrown[0].back, kept=kept, thrown=len(case.thrown))


@moment(cases.pick_of_outlived, at=LocalTime, status=int)
def deactivated_code_is_picked(_: Scene, choice: Message) -> Moment:
    """The agent has picked the code: the refusal is back, and the desk shows success."""
    return when(choice.back, at=LocalTime(choice.leaves), status=choice.status)


@moment(cases.outlived)
def code_leaves_the_list(_: Scene, case: Outlived) -> Moment:
    """A list without the code is taken at last."""
    return when(case.gone)


@moment(cases.outlived, needs_fix=True, sooner=Duration, polls=int)
def code_leaves_the_list_sooner(scene: Scene, case: Outlived) -> Moment | None:
    """With a fix in place, a list without the code comes after a shorter time."""
    gone = cases.gone_from_list(scene.with_fix, case.code, case.t)
    polls = scene.history.settings.widget.dataset_life_polls
    return when(gone, sooner=Duration(gone - case.t), polls=polls) if gone < case.gone else None

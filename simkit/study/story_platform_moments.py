"""Moments of traps that appear on another platform than the guide's, as in `story_moments`."""

from __future__ import annotations

from simkit.base.language import tr
from simkit.study import story_platform_cases as cases
from simkit.study.story_cases import choices, code_of
from simkit.study.story_moments import ACTS
from simkit.study.story_platform_cases import CrowdedOut, IdleSession, SentAway, Unmapped
from simkit.study.story_rules import going, moment
from simkit.study.story_scene import Duration, LocalTime, Moment, Scene, when

# One token for all: G1.


@moment(cases.crowded_out, limit=int)
def asks_with_a_shared_token(scene: Scene, case: CrowdedOut) -> Moment:
    """A request is on its way that the limit of all will refuse."""
    return when(going(case.poll), limit=_limit(scene))


@moment(cases.crowded_out, status=int)
def limit_refuses_a_request(_: Scene, case: CrowdedOut) -> Moment:
    """Its refusal is back."""
    return when(case.poll.back, status=case.poll.status)


def _limit(scene: Scene) -> int:
    return scene.history.settings.platform.rate_limit_per_min or 0


# Retries in step: G2.


@moment(cases.sent_away, limit=int)
def asks_beyond_the_limit(scene: Scene, case: SentAway) -> Moment:
    """A request is on its way that the limit of all will refuse."""
    return when(going(case.poll), limit=_limit(scene))


@moment(cases.sent_away, status=int, wait=Duration, due=LocalTime)
def is_told_when_to_come_back(_: Scene, case: SentAway) -> Moment:
    """Its refusal is back, and says when the next minute begins."""
    wait = Duration(case.due - case.poll.arrives)
    return when(case.poll.back, status=case.poll.status, wait=wait, due=LocalTime(case.due))


@moment(cases.sent_away)
def comes_back_with_the_others(_: Scene, case: SentAway) -> Moment:
    """The minute has begun, and the request is on its way again."""
    return when(going(case.retry))


@moment(cases.sent_away, status=int)
def is_refused_again(_: Scene, case: SentAway) -> Moment:
    """Refused once more: the others came first."""
    return when(case.retry.back, status=case.retry.status)


@moment(cases.sent_away, needs_fix=True, jitter=Duration, late=Duration)
def comes_back_at_its_own_time(scene: Scene, case: SentAway) -> Moment | None:
    """With a fix in place, the next request that is refused comes back some time later."""
    widget = scene.with_fix.history.settings.widget
    asked = cases.polls(scene.with_fix, case.poll.leaves)
    refused = next((i for i, m in enumerate(asked[:-1]) if m.status == case.poll.status), None)
    if refused is None:
        return None
    retry, due = asked[refused + 1], cases.next_window(asked[refused])
    late, jitter = Duration(retry.leaves - due), Duration(widget.retry_jitter_ms)
    return when(going(retry), jitter=jitter, late=late) if widget.retry_jitter_ms else None


# A session that is kept open: G3.


@moment(cases.idle_session, at=LocalTime, act=str, life=Duration, away=Duration)
def touches_the_page_and_leaves(scene: Scene, case: IdleSession) -> Moment:
    """The last act before the page is left alone for longer than the idle timeout."""
    life = Duration(scene.history.settings.platform.token_life_ms)
    act, away = tr(ACTS[type(case.act.data)]), Duration(case.until - case.act.t)
    return when(case.act.t, at=LocalTime(case.act.t), act=act, life=life, away=away)


@moment(cases.idle_session, polls=int, over=LocalTime)
def asks_for_nobody(_: Scene, case: IdleSession) -> Moment:
    """A request half-way to the timeout is on its way."""
    asked = case.asked
    return when(going(asked[len(asked) // 2]), polls=len(asked), over=LocalTime(case.over))


@moment(cases.idle_session)
def timeout_passes(_: Scene, case: IdleSession) -> Moment:
    """A whole idle timeout has passed since the last act."""
    return when(case.over)


@moment(cases.idle_session, beyond=Duration)
def idle_session_ends(_: Scene, case: IdleSession) -> Moment:
    """The last moment before the agent does something again."""
    return when(case.until - 1, beyond=Duration(case.until - case.over))


@moment(cases.idle_session, needs_fix=True, status=int)
def idle_session_is_closed(scene: Scene, case: IdleSession) -> Moment | None:
    """With a fix in place, the first request after the timeout is refused."""
    poll = cases.refused_at_timeout(scene.with_fix, case)
    return when(poll.back, status=poll.status) if poll else None


# A status that the work schedule does not know: G4.


@moment(cases.unmapped, reason=str, at=LocalTime, start=LocalTime, end=LocalTime)
def picks_what_is_scheduled(scene: Scene, case: Unmapped) -> Moment:
    """The choice of what the work schedule has for this time is on its way."""
    return when(
        going(case.choice),
        reason=scene.code(code_of(case.choice)),
        at=LocalTime(case.choice.leaves),
        start=LocalTime(case.window.start),
        end=LocalTime(case.window.end),
    )


@moment(cases.unmapped)
def scheduled_choice_is_accepted(_: Scene, case: Unmapped) -> Moment:
    """The answer is back: platform and desk have what the work schedule has."""
    return when(case.choice.back)


@moment(cases.unmapped, since=LocalTime)
def exception_begins(_: Scene, case: Unmapped) -> Moment:
    """Status and schedule agree, and workforce management does not know that they do."""
    return when(max(case.choice.back, case.since), since=LocalTime(case.since))


@moment(cases.unmapped, until=LocalTime, span=Duration)
def exception_ends(_: Scene, case: Unmapped) -> Moment:
    """The last moment at which they agree."""
    span = Duration(case.until - case.since)
    return when(case.until - 1, until=LocalTime(case.until), span=span)


@moment(cases.unmapped, needs_fix=True)
def scheduled_choice_counts(scene: Scene, case: Unmapped) -> Moment | None:
    """With a fix in place, the same choice is known to workforce management."""
    fixed, code = scene.with_fix, code_of(case.choice)
    same = any(
        (m.leaves, m.mask) == (case.choice.leaves, case.choice.mask) and m.fate == "applied"
        for m in choices(fixed, case.choice.leaves)
    )
    stays = fixed.truth.status.at(case.until - 1) == code
    return when(case.choice.back) if same and stays and cases.is_mapped(fixed, code) else None

"""Goes through files: each is judged for itself, and all of them as the deployment they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from simkit.base.errors import BadInput
from simkit.base.formatting import counted
from simkit.base.progress import under_way
from simkit.base.reading import documents
from simkit.checking.findings import Finding, Found, Subject
from simkit.checking.kinds import (
    EXPORTS,
    Kind,
    Recognised,
    Unrecognised,
    recognise,
    syntax_of,
)
from simkit.checking.payloads import Codes, judge_application, judge_reason_code, judge_widget
from simkit.checking.platforms import GUIDE, Platform, platform_of

if TYPE_CHECKING:
    from simkit.checking.deployment import Deployment
    from simkit.checking.exported import Exported


class Judged(NamedTuple):
    """A file, what it is, and what is found in it."""

    found: Found
    kind: Kind | None = None
    subjects: tuple[Subject, ...] = ()


class Examined(NamedTuple):
    """All that was found in some files, and what they make together."""

    findings: list[Finding]
    texts: Mapping[str, str]
    """The text of each file that could be read."""
    deployment: Deployment | None = None
    exported: Exported | None = None
    contents: Mapping[str, bytes] = {}
    """The bytes of files that are in memory alone."""
    platform: Platform = GUIDE
    """What they were judged for."""

    def again(self, names: Sequence[str], texts: Mapping[str, str]) -> Examined:
        """Give what is found in the same files, for the same platform, with these texts."""
        return examine(names, texts, self.exported, self.contents, self.platform)


def examine(
    names: Sequence[str],
    texts: Mapping[str, str] | None = None,
    exported: Exported | None = None,
    contents: Mapping[str, bytes] | None = None,
    platform: Platform = GUIDE,
) -> Examined:
    """Give what is found in some files, and the deployment that they make, if they make one.

    ``texts`` are taken in place of what stands in the files of these names, and ``exported`` as
    what the exports among them hold. ``contents`` are the bytes of files that are in memory alone,
    by their names: nothing of them is looked for on disk. All is judged for ``platform``, or that
    of a scenario among them where none was asked for.
    """
    contents = contents or {}
    codes = Codes()
    judged: list[Judged] = []
    known = dict(texts or {})
    with under_way("files", of=len(names)) as tell:
        for done, name in enumerate(names, start=1):
            judged.append(_check_file(Found(name, platform=platform), codes, known, contents))
            tell(done, len(names))
    deployment = None
    if len(names) > 1:
        from simkit.checking.together import deployed

        deployment, exported = deployed(judged, exported, contents, platform)
        own = deployment.settings.profile if deployment else platform.profile
        if own != platform.profile and not platform.asked:
            # What the scenario names holds for whatever is put up with it.
            its = replace(platform_of(own), asked="")
            return examine(names, known, exported, contents, its)
    findings = [finding for each in judged for finding in each.found.sorted()]
    return Examined(findings, known, deployment, exported, contents, platform)


def _check_file(
    found: Found, codes: Codes, texts: dict[str, str], contents: Mapping[str, bytes]
) -> Judged:
    name = found.file
    try:
        if name not in texts:
            texts[name] = (
                documents.text_of(contents[name], name)
                if name in contents
                else documents.read_text(name)
            )
        found.text, found.syntax = texts[name], syntax_of(texts[name], name)
        recognised = recognise(found.text, name)
        return Judged(found, recognised.kind, _judge(found.text, recognised, found, codes))
    except Unrecognised as problem:
        found.refusal("unrecognised", problem)
    except BadInput as problem:
        found.refusal("unreadable", problem)
    return Judged(found)


def _judge(text: str, recognised: Recognised, found: Found, codes: Codes) -> tuple[Subject, ...]:
    kind = recognised.kind
    for problem in recognised.problems:
        rule = "unrecognised" if isinstance(problem, Unrecognised) else "unreadable"
        found.refusal(rule if recognised.are_lines else "syntax", problem)
    if kind is None:
        return ()
    if kind == "embedding-snippet":
        from simkit.checking.snippets import judge_snippet

        return tuple(judge_snippet(text, found))
    if kind in EXPORTS:
        how_many = f"{len(recognised.subjects)} " if len(recognised.subjects) > 1 else ""
        message = (
            f"an export of {how_many}{EXPORTS[kind]}: recognised, but not judged; check judges "
            "reason codes, widget configurations, application registrations and pages"
        )
        found.add("export", (1, 1), message)
        return recognised.subjects
    for repeat in recognised.repeats:
        found.refusal("duplicate-key", repeat)
    more = recognised.more
    ours: list[Subject] = []
    for i, subject in enumerate(recognised.subjects):
        if found.is_full:
            more += len(recognised.subjects) - i
            break
        if kind == "reason-code":
            judge_reason_code(subject, found, codes)
        elif kind != "widget-configuration":
            judge_application(subject, found)
        elif not judge_widget(subject, found):
            continue
        ours.append(subject)
    if more:
        last = recognised.subjects[-1].document.where([]) or (1, 1)
        message = f"{counted(more, 'more entry is', 'more entries are')} not judged"
        found.add("too-many", last, message)
    return tuple(ours)

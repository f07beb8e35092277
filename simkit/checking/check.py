"""Judges files meant for the platform: payloads and embedding snippets, with line and column."""

from __future__ import annotations

import os

from simkit.base import given
from simkit.base.errors import BadInput
from simkit.base.progress import under_way
from simkit.base.reading import documents
from simkit.checking.findings import RULES, UNREAD, Finding, Found, Rule, Severity
from simkit.checking.kinds import EXPORTS, Kind, Recognised, Unrecognised, recognise
from simkit.checking.payloads import Codes, judge_application, judge_reason_code, judge_widget

__all__ = ["RULES", "UNREAD", "Finding", "Kind", "Rule", "Severity", "check", "kind_of"]


def check(*paths: str | os.PathLike[str]) -> list[Finding]:
    """Give what is wrong in some files, each file's findings in line order.

    A file, or a line of JSON Lines, that cannot be read or recognised is a finding as well (see
    ``UNREAD``), beside those of the others.
    """
    codes = Codes()
    names = [given.path("path", path) for path in paths]
    findings: list[Finding] = []
    with under_way("files", of=len(names)) as tell:
        for done, name in enumerate(names, start=1):
            findings += _check_file(name, codes)
            tell(done, len(names))
    return findings


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Give which kind of file it is, by its content; BadInput when it is none that we know."""
    name = given.path("path", path)
    found = recognise(documents.read_text(name), name)
    if found.kind is None:
        raise found.problems[0]
    return found.kind


def _check_file(name: str, codes: Codes) -> list[Finding]:
    found = Found(name)
    try:
        text = documents.read_text(name)
        _judge(text, recognise(text, name), found, codes)
    except Unrecognised as problem:
        found.refusal("unrecognised", problem)
    except BadInput as problem:
        found.refusal("unreadable", problem)
    return found.sorted()


def _judge(text: str, recognised: Recognised, found: Found, codes: Codes) -> None:
    kind = recognised.kind
    for problem in recognised.problems:
        rule = "unrecognised" if isinstance(problem, Unrecognised) else "unreadable"
        found.refusal(rule if recognised.are_lines else "syntax", problem)
    if kind is None:
        return
    if kind == "embedding-snippet":
        from simkit.checking.snippets import judge_snippet

        judge_snippet(text, found)
    elif kind in EXPORTS:
        how_many = f"{len(recognised.subjects)} " if len(recognised.subjects) > 1 else ""
        message = (
            f"an export of {how_many}{EXPORTS[kind]}: recognised, but not judged; check judges "
            "reason codes, widget configurations, application registrations and pages"
        )
        found.add("export", (1, 1), message)
        return
    for repeat in recognised.repeats:
        found.refusal("duplicate-key", repeat)
    more = recognised.more
    for i, subject in enumerate(recognised.subjects):
        if found.is_full:
            more += len(recognised.subjects) - i
            break
        if kind == "reason-code":
            judge_reason_code(subject, found, codes)
        elif kind == "widget-configuration":
            judge_widget(subject, found)
        else:
            judge_application(subject, found)
    if more:
        last = recognised.subjects[-1].document.where([]) or (1, 1)
        found.add("too-many", last, f"{more:,} more entries are not judged")

"""Which files make a deployment: what each of them is in it, and what is found of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simkit.base.errors import BadInput
from simkit.base.reading import documents
from simkit.base.reading.document import Document
from simkit.checking.cross_lists import judge_lists
from simkit.checking.cross_settings import judge_settings
from simkit.checking.deployment import Deployment, Pieces, Told, put_together
from simkit.checking.exported import NOTHING, Exported, needs_an_extra, read_exports, why_no_export
from simkit.checking.findings import UNREAD, Found, Subject
from simkit.checking.kinds import EXPORTS
from simkit.checking.platforms import Platform
from simkit.rules.sections import SECTIONS

if TYPE_CHECKING:
    from simkit.checking.examining import Judged

_WIDGETS = ("widget-configuration", "embedding-snippet")


def deployed(
    judged: Sequence[Judged],
    exported: Exported | None,
    contents: Mapping[str, bytes],
    platform: Platform,
) -> tuple[Deployment | None, Exported | None]:
    """Give the deployment that files make, once what is found of it is among their findings.

    None where they make none; then no finding changes. What their exports hold comes beside it,
    so that it need not be read again. ``contents`` are the bytes of files in memory alone.
    """
    judged = list({each.found.file: each for each in judged}.values())
    scenarios: list[Told] = []
    organisations: list[Told] = []
    for each in judged:
        if each.kind is None and (document := _document(each.found)):
            told = Told(each.found, Subject(document), is_payload=False)
            is_organisation = {"divisions", "agents"} <= document.data.keys()
            (organisations if is_organisation else scenarios).append(told)
    own = {told.file for told in (*scenarios, *organisations)}
    widgets = tuple(
        told.inside("configuration") if isinstance(told.value("configuration"), dict) else told
        for told in _of(judged, *_WIDGETS)
    )
    exports = [each for each in judged if each.kind in EXPORTS or _may_be_export(each, own)]
    if not (widgets or scenarios or organisations or _of(judged, "application-registration")):
        exports = []  # without a look at them: nothing is put up for whom they name
    if exported is None and exports:
        exported = _read(exports, contents)
    pieces = Pieces(
        widgets,
        _of(judged, "application-registration"),
        _of(judged, "reason-code"),
        tuple(scenarios),
        tuple(organisations),
        _of(judged, "oauth-client"),
        exported or NOTHING,
        platform,
    )
    if not pieces.is_deployment:
        return None, exported
    for told in (*scenarios, *organisations):
        told.found.drop("unrecognised")
    if not organisations:
        _take(exports, pieces.exported, contents)
    deployment = put_together(pieces)
    if deployment:
        judge_lists(deployment)
        judge_settings(deployment)
    return deployment, exported


def _document(found: Found) -> Document | None:
    """Give the document of an organisation or a scenario; None for any other file."""
    if not found.text or not any(each.rule == "unrecognised" for each in found.findings):
        return None
    try:
        document = documents.parse_as_named(found.text, found.file)
    except BadInput:
        return None
    data = document.data
    keys = data.keys() if isinstance(data, dict) else set()
    is_ours = {"divisions", "agents"} <= keys or keys & {"organisation", "base", *SECTIONS}
    return document if is_ours else None


def _of(judged: Sequence[Judged], *kinds: str) -> tuple[Told, ...]:
    return tuple(
        Told(each.found, subject)
        for each in judged
        if each.kind in kinds
        for subject in each.subjects
    )


# --- exports ----------------------------------------------------------------------------------


def _may_be_export(judged: Judged, own: set[str]) -> bool:
    """Say whether a file that cannot be judged may be an export that the importer reads."""
    is_unread = judged.kind is None and judged.found.file not in own
    return is_unread and any(each.rule in UNREAD for each in judged.found.findings)


def _read(exports: Sequence[Judged], contents: Mapping[str, bytes]) -> Exported:
    """Give what exports hold; one that is damaged is a finding, and the others are read."""
    sound = [each.found.file for each in exports if _is_sound(each, contents)]
    return read_exports(sound, contents)


def _is_sound(judged: Judged, contents: Mapping[str, bytes]) -> bool:
    if judged.kind is not None and needs_an_extra(judged.found.text):
        return False
    problem = why_no_export(judged.found.file, contents)
    if problem and judged.kind is not None:
        judged.found.refusal("unreadable", problem)
    return problem is None


def _take(exports: Sequence[Judged], exported: Exported, contents: Mapping[str, bytes]) -> None:
    """Take back what was said of exports alone, now that they are used, and say what they lack."""
    if exported.organisation is None:
        if exported.problem:
            exports[0].found.refusal("unreadable", exported.problem)
        return
    for each in exports:
        each.found.drop("export")
        if each.kind is None and why_no_export(each.found.file, contents) is None:
            each.found.drop(*UNREAD)
    for words in exported.missing:
        exports[0].found.add("organisation-partial", (1, 1), words)

"""Judges files meant for the platform, each for itself and as the deployment that they make."""

from __future__ import annotations

import os

from simkit.base import given
from simkit.base.reading import documents
from simkit.checking.examining import examine
from simkit.checking.findings import RULES, UNREAD, Finding, Reach, Rule, Severity
from simkit.checking.kinds import Kind, recognise
from simkit.checking.platforms import platform_of

__all__ = ["RULES", "UNREAD", "Finding", "Kind", "Reach", "Rule", "Severity", "check", "kind_of"]


def check(
    *paths: str | os.PathLike[str],
    prove: bool = False,
    profile: str | os.PathLike[str] | None = None,
) -> list[Finding]:
    """Give what is wrong in some files, each file's findings in line order.

    A file, or a line of JSON Lines, that cannot be read or recognised is a finding as well (see
    ``UNREAD``), beside those of the others. Files that hold an organisation (exports, an
    organisation or a scenario) and something that is put up for it are also judged together.
    ``prove`` simulates what is found of them on that organisation, before and after the patch.
    ``profile`` is the platform that they are for, by its name or as a file. Without one it is that
    of the scenario among them, or else the guide's. A scenario that names another one than the one
    asked for is refused.
    """
    names = [given.path("path", path) for path in paths]
    examined = examine(names, platform=platform_of(profile))
    if given.flag("prove", prove):
        from simkit.checking.proofs import proven

        return proven(names, examined)
    return examined.findings


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Give which kind of file it is, by its content; BadInput when it is none that we know."""
    name = given.path("path", path)
    found = recognise(documents.read_text(name), name)
    if found.kind is None:
        raise found.problems[0]
    return found.kind

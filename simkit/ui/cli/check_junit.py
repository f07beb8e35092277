"""Findings as JUnit XML, which most services of continuous integration show as tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from simkit.base.errors import one_line
from simkit.checking.findings import UNREAD, Finding, Severity
from simkit.ui.cli.check_text import details

_NOT_IN_XML = re.compile("[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(
    findings: Sequence[Finding],
    files: Sequence[str],
    failing: Collection[Severity],
    *,
    at_length: bool = False,
) -> str:
    """Give what was found in files as JUnit XML, a suite for each file and a case for each finding.

    A finding of a ``failing`` severity is a failure, a file or line that could not be read an
    error, and any other finding a case that passes and says it in its output. ``at_length`` adds
    what mends a finding, and its proof.
    """
    root = Element("testsuites", name="simkit check")
    total = Counter[str]()
    by_file: dict[str, list[Finding]] = {name: [] for name in files}
    for finding in findings:
        by_file[finding.file].append(finding)
    for name, found in by_file.items():
        suite = SubElement(root, "testsuite", name=_text(name))
        counts = _fill(suite, found, failing, at_length)
        _count(suite, counts)
        total += counts
    _count(root, total)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return content.decode()


def _fill(
    suite: Element, found: Sequence[Finding], failing: Collection[Severity], at_length: bool
) -> Counter[str]:
    """Add the cases of a file to its suite, and give how many there are and how many of what."""
    name = suite.attrib["name"]
    if not found:
        SubElement(suite, "testcase", classname=name, name="nothing found")
    seen = Counter[str]()
    counts = Counter(tests=max(1, len(found)))
    for finding in found:
        title = f"{finding.rule} at {finding.line}:{finding.column}"
        seen[title] += 1
        title += f" ({seen[title]})" if seen[title] > 1 else ""
        case = SubElement(suite, "testcase", classname=name, name=title)
        said = [str(finding), *(details(finding) if at_length else ())]
        text = "\n".join(map(_text, said))
        kind = _outcome(finding, failing)
        counts[kind] += 1
        if kind == "passes":
            SubElement(case, "system-out").text = text
        else:
            what = SubElement(case, _TAGS[kind], message=_text(finding.told), type=finding.rule)
            what.text = text
    return counts


_TAGS = {"failures": "failure", "errors": "error"}


def _outcome(finding: Finding, failing: Collection[Severity]) -> str:
    if finding.rule in UNREAD:
        return "errors"
    return "failures" if finding.severity in failing else "passes"


def _count(element: Element, counts: Counter[str]) -> None:
    for name in ("tests", "failures", "errors"):
        element.set(name, str(counts[name]))
    element.set("skipped", "0")


def _text(text: str) -> str:
    """Give a text in one line, with escapes for what XML cannot say."""
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", one_line(text))

"""Findings as SARIF 2.1.0, which code-scanning services and editors read."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import simkit
from simkit.checking.advice import advice, advice_on, meaning_of
from simkit.checking.findings import RULES, Finding
from simkit.checking.patches import Patch
from simkit.checking.platforms import Platform
from simkit.ui.cli.check_text import as_data

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_FINGERPRINT = "simkitFinding/v1"
_PLACES = {rule: i for i, rule in enumerate(RULES)}
_INDEX = re.compile(r"(?:^|\.)\d+(?=\.|$)")


def sarif(findings: Sequence[Finding], files: Sequence[str], platform: Platform) -> str:
    """Give what was found in files as a SARIF log of one run, with all rules of ``check``.

    Rules are told of as they are on ``platform``.
    """
    uris = {name: artifact_uri(name) for name in files}
    artifacts = {uri: i for i, uri in enumerate(dict.fromkeys(uris.values()))}
    driver = {
        "name": "simkit check",
        "version": simkit.__version__,
        "rules": [_descriptor(rule, platform) for rule in RULES],
    }
    results, seen = [], Counter[str]()
    for finding in findings:
        uri = uris[finding.file]
        results.append(_result(finding, {"uri": uri, "index": artifacts[uri]}, seen))
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri}} for uri in artifacts],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def artifact_uri(name: str) -> str:
    """Give the URI of a file: relative to the working directory if it lies there, else absolute.

    >>> artifact_uri("pages/a b#é.html"), artifact_uri("pages/../c:d.json")
    ('pages/a%20b%23%C3%A9.html', 'c%3Ad.json')
    """
    path = Path(os.path.abspath(name))
    if path.is_relative_to(Path.cwd()):
        return quote(os.fsencode(path.relative_to(Path.cwd()).as_posix()))
    return path.as_uri()


def _descriptor(rule: str, platform: Platform) -> dict[str, Any]:
    meaning = {"text": _message(meaning_of(rule, platform))}
    found: dict[str, Any] = {
        "id": rule,
        "shortDescription": meaning,
        "fullDescription": meaning,
        "help": {"text": _message(advice_on(rule, platform))},
        "defaultConfiguration": {"level": RULES[rule].severity},
    }
    if trap := RULES[rule].trap:
        found["properties"] = {"tags": [trap]}
    return found


def _result(finding: Finding, location: dict[str, Any], seen: Counter[str]) -> dict[str, Any]:
    result = {
        "ruleId": finding.rule,
        "ruleIndex": _PLACES[finding.rule],
        "level": finding.severity,
        "message": {"text": _message(finding.told)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": location,
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
        "partialFingerprints": {_FINGERPRINT: _fingerprint(finding, location["uri"], seen)},
    }
    if finding.patch:
        result["fixes"] = [_fix(finding.patch, location, advice(finding.rule, finding.platform))]
    more = {name: value for name, value in as_data(finding).items() if name in ("reach", "proof")}
    if any(more.values()):
        result["properties"] = {name: value for name, value in more.items() if value}
    return result


def _fix(patch: Patch, location: dict[str, Any], what: str) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": {
                "startLine": each.line,
                "startColumn": each.column,
                "endLine": each.end_line,
                "endColumn": each.end_column,
            },
            "insertedContent": {"text": each.text},
        }
        for each in patch.replacements
    ]
    return {
        "description": {"text": _message(what)},
        "artifactChanges": [{"artifactLocation": location, "replacements": replacements}],
    }


def _fingerprint(finding: Finding, uri: str, seen: Counter[str]) -> str:
    """Give what stays the same of a finding when lines, or entries of a list, come before it.

    Findings that are alike in it are told apart by their order.
    """
    field = _INDEX.sub("", finding.field or "")
    alike = json.dumps([uri, finding.rule, field])
    seen[alike] += 1
    return hashlib.sha256(f"{alike}{seen[alike]}".encode()).hexdigest()[:32]


def _message(text: str) -> str:
    """Give a text as a message that says just that: braces and links have a meaning there."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")

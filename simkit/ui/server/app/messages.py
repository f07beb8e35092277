"""What a page may send to its kernel: messages as Jupyter's pages write them, and nothing else."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "comm_open": ("comm_id", "target_name"),
    "comm_msg": ("comm_id",),
    "comm_close": ("comm_id",),
}
"""What else than data a message about a widget has in its content."""


def is_message(sent: object, *, is_v1: bool) -> bool:
    """Say whether it is a message that server and kernel can read.

    They fail over any other, each with a traceback, and over one that claims to have millions of
    parts they run out of memory. What may be done by a message is not decided here.
    """
    try:
        header, *others, content = _parts(sent, is_v1=is_v1)
        kind = header["msg_type"]
        is_known = all(isinstance(header[name], str) for name in ("msg_id", "msg_type", "session"))
        is_known &= isinstance(header.get("subshell_id"), str | None)
        are_objects = all(isinstance(part, dict) for part in (*others, content))
        return is_known and are_objects and _has_content(kind, content)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False
    except (RecursionError, struct.error):
        return False


def _parts(sent: Any, *, is_v1: bool) -> list[Any]:
    """Give header, parent's header, metadata and content."""
    if is_v1:
        if 8 * (int.from_bytes(sent[:8], "little") + 1) > len(sent):
            raise ValueError
        _, parts = deserialize_msg_from_ws_v1(sent)  # type: ignore[no-untyped-call]
        return [json.loads(part) for part in parts[:4]]
    if isinstance(sent, bytes):
        if not 0 < 4 * (int.from_bytes(sent[:4], "big") + 1) <= len(sent):
            raise ValueError
        message = deserialize_binary_message(sent)  # type: ignore[no-untyped-call]
    else:
        message = json.loads(sent)
    return [message[name] for name in ("header", "parent_header", "metadata", "content")]


def _has_content(kind: str, content: Mapping[str, Any]) -> bool:
    """Say whether a message of a kind has what is read of its content without asking."""
    if kind == "shutdown_request":
        return isinstance(content["restart"], bool)
    if kind not in _TEXTS:
        return True
    data = content.get("data", {})
    are_texts = all(isinstance(content[name], str) for name in _TEXTS[kind])
    if kind != "comm_msg":
        return are_texts and isinstance(data, dict)
    return are_texts and isinstance(data["method"], str) and isinstance(data.get("state", {}), dict)

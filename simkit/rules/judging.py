"""What the platform answers, as far as settings alone decide it."""

from __future__ import annotations

import json

from simkit.rules.settings import Settings


def config_size(settings: Settings) -> int:
    """Give the bytes of the widget's configuration as it goes over the wire."""
    return len(json.dumps(settings.widget.model_dump(by_alias=True), separators=(",", ":")))


def tokens_never_die(settings: Settings) -> bool:
    """Say whether a silent renewal, as long as it is not lost, always comes in time.

    It leaves a lead before the old token dies and is known after a round trip. A call that left
    until then carries the old token, and arrives one more delay later at most.
    """
    lead, longest = settings.platform.renewal_lead_ms, settings.wire.delay_max_ms
    return settings.silent_renewal and lead >= 3 * longest

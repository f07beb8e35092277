"""What a list that is fetched when the dropdown opens would bring: on paper only.

The engines know no such widget, so nothing of this is simulated, and no policy is recommended for
it. The platform's push channel has a topic for an agent's own status, and none for lists was found.
"""

from __future__ import annotations

from math import expm1
from typing import NamedTuple

from simkit.base.clock import SECOND
from simkit.rules.settings import Settings
from simkit.studio.closed_forms import Forms


class OnOpening(NamedTuple):
    """What the closed forms say of fetching a list at login and whenever its dropdown opens."""

    stale_selections_share: float
    requests_per_s: float
    wait_ms: float
    """Mean time that an agent waits for the list at each opening: there and back."""


def on_opening(settings: Settings) -> OnOpening:
    """Give what would follow if no widget polled, and each opening fetched the list anew.

    A choice is then made from a list that is as old as the way of its reply. Openings are taken to
    be as many as changes of status that are wanted.
    """
    forms = Forms(settings)
    rates = forms.change_rates.items()
    stale = sum(n * -expm1(-rate * forms.delay) for rate, n in rates) / forms.agents
    requests = forms.agents + forms.wanted + forms.submissions + forms.renewals
    return OnOpening(stale, requests * SECOND / forms.horizon, 2 * forms.delay)

"""What a policy costs a working day in money: the reader's own prices, times what it uses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import Field, model_validator

from simkit.base import given
from simkit.base.errors import BadInput, LocatedError, closest, shown
from simkit.base.reading import documents
from simkit.base.reading.validation import validate, validate_data
from simkit.rules.organisation import Figures

MOST = 1e12
MILLION, GIGABYTE = 10**6, 10**9


def _price(meaning: str, most: float = MOST) -> Any:
    return Field(default=0.0, strict=True, ge=0, le=most, allow_inf_nan=False, description=meaning)


class Prices(Figures):
    """Prices and losses as the reader sets them. What is not given costs nothing."""

    currency: str = Field(
        default="units of money", min_length=1, max_length=20, description="Name of the money"
    )
    million_requests: float = _price("A million requests to the platform")
    gigabyte: float = _price("A gigabyte (10^9 bytes) of reply bodies")
    token: float = _price("Keeping one token for a working day")
    agent_minute: float = _price("An agent's minute that is lost")
    adherence_minute: float = _price("An agent's minute out of adherence")
    wrong_choice_min: float = _price(
        "Minutes that an agent loses by choosing a deactivated code", 1_440
    )
    wrong_choice_adherence_min: float = _price("Minutes out of adherence by such a choice", 1_440)
    waiting_share: float = _price("Share of the random wait after login that is lost", 1)
    engineer_day: float = _price("An engineer's working day")
    version_days: float = _price(
        "Engineer's days, once, to introduce a version parameter", 1_000_000
    )
    token_days: float = _price(
        "Engineer's days, once, to introduce tokens that agents share", 1_000_000
    )
    working_days: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=100_000,
        description="Working days that work done once is spread over",
    )

    @model_validator(mode="after")
    def _is_spread(self) -> Prices:
        for name in ("version_days", "token_days"):
            if getattr(self, name) and self.working_days is None:
                problem = f"{name} needs working_days, which it is spread over"
                raise LocatedError(problem, (name,))
        return self

    @property
    def given(self) -> dict[str, float]:
        """What is priced or assumed, by name: all that is not 0."""
        values = ((name, getattr(self, name)) for name in NUMBERS)
        return {name: value for name, value in values if value}

    @property
    def known(self) -> bool:
        """Whether anything can cost anything."""
        return any(amount for amount in self._of_one)

    @property
    def _of_one(self) -> tuple[float, ...]:
        return (
            *(self.million_requests, self.gigabyte, self.token),
            self.wrong_choice,
            self.waiting_minute,
            *(self.version_day, self.token_day),
        )

    @property
    def wrong_choice(self) -> float:
        """What one choice of a deactivated code costs."""
        lost = self.agent_minute * self.wrong_choice_min
        return lost + self.adherence_minute * self.wrong_choice_adherence_min

    @property
    def waiting_minute(self) -> float:
        """What a minute costs that an agent waits for the first list."""
        return self.agent_minute * self.waiting_share

    @property
    def version_day(self) -> float:
        """What introducing a version parameter costs, for each working day."""
        return self.engineer_day * self.version_days / (self.working_days or 1)

    @property
    def token_day(self) -> float:
        """What introducing tokens that agents share costs, for each working day."""
        return self.engineer_day * self.token_days / (self.working_days or 1)


NUMBERS = tuple(name for name in Prices.model_fields if name != "currency")


def read_prices(path: str | os.PathLike[str]) -> Prices:
    """Give the prices of a YAML or JSON file; BadInput for what cannot be used."""
    return validate(Prices, documents.read(path))


def prices_given(prices: Prices | Mapping[str, Any] | None) -> Prices:
    """Give prices that a caller hands over, by name perhaps; BadInput for what is none."""
    if isinstance(prices, Prices):
        return prices
    return validate_data(Prices, given.mapping("prices", prices or {}))


def with_prices(prices: Prices, texts: list[str], field: str) -> Prices:
    """Give prices with some replaced, each written as ``name=value``; BadInput names ``field``."""
    changes: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if name not in Prices.model_fields or not equals:
            hint = "" if name in Prices.model_fields else closest(name, Prices.model_fields)
            allowed = f"NAME=NUMBER, of {', '.join(Prices.model_fields)}"
            raise BadInput(hint.removeprefix("; "), field=field, found=shown(text), allowed=allowed)
        if name in changes:
            raise BadInput(f"{name} is given twice", field=field, allowed="one value a name")
        changes[name] = value.strip() if name == "currency" else _number(value, text, field)
    try:
        return validate_data(Prices, {**prices.model_dump(), **changes})
    except BadInput as problem:
        problem.field = f"{field} {problem.field}"
        raise


def _number(value: str, text: str, field: str) -> float:
    try:
        return given.unrounded(float(value))  # type: ignore[no-any-return]
    except ValueError:
        raise BadInput(field=field, found=shown(text), allowed="NAME=NUMBER") from None


class Use(NamedTuple):
    """What a policy uses up in a working day, all agents together."""

    requests: float
    bytes: float
    tokens: float
    wrong_choices: float
    """Choices of codes that were deactivated."""
    waiting_min: float
    """Minutes of random waits after login."""
    version: bool
    shared: bool
    """Whether agents share tokens."""

    def bill(self, prices: Prices) -> dict[str, float]:
        """Give what it costs a working day, by what it is spent on; the sum is the whole.

        >>> use = Use(2e6, 5e9, 1, 30, 0, False, True)
        >>> use.bill(Prices(million_requests=10, agent_minute=0.5, wrong_choice_min=2))["requests"]
        20.0
        """
        return {
            "requests": self.requests / MILLION * prices.million_requests,
            "bytes": self.bytes / GIGABYTE * prices.gigabyte,
            "tokens": self.tokens * prices.token,
            "agents' time": self.wrong_choices * prices.agent_minute * prices.wrong_choice_min
            + self.waiting_min * prices.waiting_minute,
            "adherence": self.wrong_choices
            * prices.adherence_minute
            * prices.wrong_choice_adherence_min,
            "engineers": self.version * prices.version_day + self.shared * prices.token_day,
        }

    def money(self, prices: Prices) -> float:
        """Give what it costs a working day in all."""
        return sum(self.bill(prices).values())

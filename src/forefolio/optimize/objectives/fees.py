"""What holding costs: one formula for the plan (`expression`) and for the bill (`FeeRates`).

Each fee is a rate a year of what stands at a close: of the account, of long positions, of short
ones, or of cash below zero. A session takes its part of the year, the same in every session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field

from forefolio.core.component import Component
from forefolio.core.errors import BadConstraint, BadSettings
from forefolio.core.units import PER_CENT, Array, read_only
from forefolio.optimize import text
from forefolio.optimize.names import Universe
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.reader import Reader

USUAL = ("management", "holding", "borrow", "margin")
EXAMPLE = "management 0.5%, borrow 2%, TSLA holding 0% borrow 8% per year"
AnnualFee: TypeAlias = Annotated[
    float, Field(ge=0, lt=1, json_schema_extra={"unit": "fraction per year"}), PER_CENT
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeeRates:
    """What a session costs, as fractions of what stands at the close before it."""

    account: float  # of its value
    long: Array  # (N,) of each asset's long position
    short: Array  # (N,) of the size of its short position
    margin: float  # of cash below zero

    def __post_init__(self) -> None:
        read_only(self.long, self.short)

    def charges(self, weights: Array) -> Mapping[str, Array]:
        """What sessions with weights (T, N) at the close before cost (T,), of the value then."""
        overdrawn = np.maximum(weights.sum(axis=1) - 1.0, 0.0)
        return {
            "management": np.full(len(weights), self.account),
            "holding": np.maximum(weights, 0.0) @ self.long,
            "borrow": np.maximum(-weights, 0.0) @ self.short,
            "margin": self.margin * overdrawn,
        }


class Fees(Component):
    """What holding costs a year: of the account, of long and of short positions, of borrowed cash.

    In a formula: `management + holding_i max(w_i, 0) + borrow_i max(-w_i, 0) + margin
    max(sum w - 1, 0)`, a year, and of it each session its part. Prices of funds have their own
    fees taken off already. As a term it is minus that over the horizon (Boyd, Busseti, Diamond,
    Kahn, Koh, Nystrup and Speth 2017, "Multi-period trading via convex optimization", section 2.3);
    as a setting of `Trading` it is what the account is charged.

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> terms = ("expected_return", "variance", ff.Fees(overrides=(("stocks", 0.02, 0.0),)))
    >>> best = ff.optimize(mu=mu, cov=cov, objective=ff.Utility(terms=terms))
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.5, 'stocks': 0.5}
    """

    kind: Literal["fees"] = "fees"
    management: AnnualFee = Field(0.0, description="Of the value of the account, a year.")
    holding: AnnualFee = Field(0.0, description="Of long positions, a year.")
    borrow: AnnualFee = Field(0.0, description="Of the size of short positions, a year.")
    margin: AnnualFee = Field(
        0.0, description="Of cash below zero, a year, beyond what cash earns."
    )
    overrides: tuple[tuple[str, AnnualFee, AnnualFee], ...] = Field(
        (), description="Assets with fees of their own: asset, holding, borrow."
    )

    def __str__(self) -> str:
        """Such as "holding 0.5%, borrow 2%, TSLA holding 0% borrow 8% per year"."""
        said = [f"{name} {text.share(fee)}" for name in USUAL if (fee := getattr(self, name))]
        own = [
            f"{text.asset(asset)} holding {text.share(holding)} borrow {text.share(borrow)}"
            for asset, holding, borrow in self.overrides
        ]
        return f"{', '.join([*said, *own]) or 'management 0%'} per year"

    @property
    def are_none(self) -> bool:
        """Whether nothing is charged."""
        own = (fee for _, *fees in self.overrides for fee in fees)
        return not any((self.management, self.holding, self.borrow, self.margin, *own))

    def check_names(self, universe: Universe) -> None:
        """Refuse fees of what is no asset."""
        universe.check_assets((asset for asset, _, _ in self.overrides), self)

    def rates(self, assets: tuple[str, ...], years: float) -> FeeRates:
        """The rates of a part of a year: that of a session, or of a horizon."""
        own = {asset: fees for asset, *fees in self.overrides}
        each = np.array([own.get(asset, (self.holding, self.borrow)) for asset in assets])
        return FeeRates(
            account=self.management * years,
            long=each[:, 0] * years,
            short=each[:, 1] * years,
            margin=self.margin * years,
        )

    def expression(self, s: Symbols) -> Affine:
        """Minus a convex function of the weights.

        Raises:
            UnclearName: a fee is of no asset of the market.
        """
        self.check_names(s.outlook.universe)
        rates = self.rates(s.assets, 1.0 / s.horizons_per_year)
        cost = rates.account * s.scale + rates.long @ s.x
        if (both := rates.long + rates.short).any():
            cost = cost + both @ s.program.positive_part(-s.x)
        if rates.margin:
            cost = cost + rates.margin * s.program.positive_part(-s.cash)
        return -1.0 * cost


def parse_fees(words: str) -> Fees:
    """Read fees: "management 0.5%", "borrow 2%, TSLA borrow 8% per year".

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.

    Example:
        >>> print(parse_fees("borrow 2%, TSLA borrow 8% per year"))
        borrow 2%, TSLA holding 0% borrow 8% per year
    """
    reader, own = Reader(words), dict[str, dict[str, float]]()
    usual: dict[str, Any] = {}
    while True:
        if name := next((one for one in USUAL if reader.word(one)), ""):
            usual[name] = _fee(reader)
        elif asset := reader.asset():
            own[asset] = _of_asset(reader)
        else:
            raise reader.expected("management, holding, borrow, margin or a ticker", EXAMPLE)
        if not reader.sign(","):
            break
    if not reader.word("per", "year") or reader.at < reader.end:
        raise reader.expected('"per year", and the end', EXAMPLE)
    both = (usual.get("holding", 0.0), usual.get("borrow", 0.0))
    usual["overrides"] = tuple(
        (asset, fees.get("holding", both[0]), fees.get("borrow", both[1]))
        for asset, fees in own.items()
    )
    try:
        return Fees(**usual)
    except BadSettings as error:
        raise BadConstraint(words, 0, f"another fee ({error.problems[0][1]})", EXAMPLE) from None


def _written(given: Any) -> Any:
    try:
        return parse_fees(given) if isinstance(given, str) else given
    except BadConstraint as error:
        raise ValueError(str(error)) from None


AnyFees: TypeAlias = Annotated[Fees, BeforeValidator(_written)]


def _of_asset(reader: Reader) -> dict[str, float]:
    fees: dict[str, float] = {}
    while name := next((one for one in ("holding", "borrow") if reader.word(one)), ""):
        fees[name] = _fee(reader)
    if not fees:
        raise reader.expected("holding or borrow", EXAMPLE)
    return fees


def _fee(reader: Reader) -> float:
    if (number := reader.number()) is None:
        raise reader.expected("a fee, such as 0.5%", EXAMPLE)
    return number

"""A limit on any weighted sum of the weights, such as what is held of one asset beside another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forefolio.core.mends import NUMBER
from forefolio.optimize import text
from forefolio.optimize.constraints.limited import between
from forefolio.optimize.names import Universe
from forefolio.optimize.program.problem import Rows
from forefolio.optimize.program.symbols import Symbols


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """The weights times a number each: `lower <= sum c_i w_i <= upper`; None does not bound it.

    It is what a function of the weights becomes that no other constraint says. `of` are pairs of
    asset and number.

    >>> print(WeightedSum(of=(("AAPL", 1.0), ("MSFT", -0.5)), upper=0.0))
    AAPL - 0.5 MSFT <= 0
    """

    of: tuple[tuple[str, float], ...]
    lower: float | None = None
    upper: float | None = None

    @property
    def formula(self) -> str:
        """Such as "AAPL - 0.5 MSFT"."""
        written = ""
        for name, number in self.of:
            sign = "-" if number < 0 else "+" if written else ""
            times = "" if abs(number) == 1 else f"{abs(number):.6g} "
            written += f" {sign} " if written else sign
            written += f"{times}{text.asset(name)}"
        return written

    def __str__(self) -> str:
        """Such as "AAPL - 0.5 MSFT <= 0"."""
        limits = (None if x is None else text.plain(x) for x in (self.lower, self.upper))
        return text.limited(self.formula, *limits)

    def check_names(self, universe: Universe) -> None:
        """Refuse what is no asset."""
        universe.check_assets(dict(self.of), self)

    def rows(self, s: Symbols) -> Iterator[Rows]:
        """One or two rows; what cannot be held has no part in them."""
        numbers = dict(self.of)
        total = np.array([numbers.get(asset, 0.0) for asset in s.assets]) @ s.x
        yield from between(self.formula, total, (self.lower, self.upper), s, unit=NUMBER)

"""How often intervals for the volatility of a portfolio held: 200 random portfolios of each set.

`python benchmarks/volatility_intervals.py`: the sample, and from `../shared/data` the stocks of
`_wide` with full history and 18 funds of stocks, bonds and gold. Every interval is stated by what
was known then, and none overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from _goals import Goal, print_goals
from _report import table
from _wide import funds_market, long_histories, sample_market, wide_market

from forefolio.core.units import Array, Dates, Flags
from forefolio.risk import interval_record
from forefolio.risk.volatility_interval import MONTH

PORTFOLIOS = 200
CRISES = (("2008-09-01", "2009-03-31"), ("2020-02-20", "2020-06-30"))
HEAD = ("data", "held", "without crises", "in crises", "worst year", "90 % of the portfolios")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """In what share of times the intervals held, in per cent."""

    data: str
    held: float
    without: float
    crises: float
    worst: float
    worst_year: int
    portfolios: tuple[float, float]  # 5 % and 95 % quantile

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        shares = (f"{one:.1f}" for one in (self.held, self.without, self.crises))
        low, high = self.portfolios
        return (
            self.data,
            *shares,
            f"{self.worst:.0f} ({self.worst_year})",
            f"{low:.0f} to {high:.0f}",
        )


def main() -> None:
    """Print the table and the goals."""
    print_goals(list(shown_goals()))


def shown_goals() -> Iterator[Goal]:
    """Print how often intervals held, by set of data; the goals are given."""
    rows = [coverage(*one) for one in returns_of_sets()]
    table(HEAD, [row.cells for row in rows])
    for row in rows:
        for part, share in (("crises included", row.held), ("in crises", row.crises)):
            what = f"intervals of portfolios held, {part}, {row.data}"
            yield Goal(what=what, measured=share, lowest=88.0, highest=92.0, digits=1)


def returns_of_sets() -> Iterator[tuple[str, Array, Dates]]:
    """What it is, returns (T, N) and their sessions."""
    wide, sample, funds = long_histories(wide_market()), sample_market(), funds_market()
    yield "US stocks", np.nan_to_num(wide.held_returns[1:]), wide.sessions[1:]
    yield "sample", np.nan_to_num(sample.returns[1:]), sample.sessions[1:]
    there = np.isfinite(funds.returns).all(axis=1)
    yield "funds", funds.returns[there], funds.sessions[there]


def coverage(data: str, returns: Array, sessions: Dates) -> Coverage:
    """How often the intervals of random portfolios held; they begin at different sessions."""
    held: list[Flags] = []
    days: list[Dates] = []
    for number, weights in enumerate(random_weights(returns.shape[1])):
        end = len(returns) - number % MONTH
        record = interval_record(returns[:end] @ weights)
        past = np.isfinite(record.happened)
        inside = (record.happened >= record.low) & (record.happened <= record.high)
        held.append(np.asarray(inside[past]))
        days.append(sessions[:end][record.rows[past]])
    every, when = np.concatenate(held), np.concatenate(days)
    wild = np.zeros(len(when), dtype=bool)
    for first, last in CRISES:
        wild |= (when >= np.datetime64(first)) & (when <= np.datetime64(last))
    calendar = when.astype("datetime64[Y]").astype(int) + 1970
    years = {int(year): every[calendar == year].mean() for year in np.unique(calendar)}
    worst = min(years, key=lambda year: years[year])
    low, high = np.quantile([one.mean() for one in held], (0.05, 0.95))
    return Coverage(
        data=f"{data}, {returns.shape[1]} assets",
        held=100 * float(every.mean()),
        without=100 * float(every[~wild].mean()),
        crises=100 * float(every[wild].mean()),
        worst=100 * float(years[worst]),
        worst_year=worst,
        portfolios=(100 * float(low), 100 * float(high)),
    )


def random_weights(assets: int) -> Iterator[Array]:
    """Weights (N,) of 5 to 50 random assets; every second portfolio holds cash too."""
    rng = np.random.default_rng(0)
    for number in range(PORTFOLIOS):
        count = rng.integers(min(5, assets), min(51, assets + 1))
        who = rng.choice(assets, count, replace=False)
        weights = np.zeros(assets)
        weights[who] = rng.dirichlet(np.ones(count))
        yield weights * (1.0 if number % 2 else rng.uniform(0.4, 1.0))


if __name__ == "__main__":
    main()

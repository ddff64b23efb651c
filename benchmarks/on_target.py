"""Whether risk is on its target: the default strategy without a tilt, year by year.

`python benchmarks/on_target.py`: stocks with bars and funds from `../shared/data`, and the sample;
10 bp, no forecast of returns. Beside it stand the same by EWMA, its weights without a target, and
equal weights.
"""

from collections.abc import Iterator

import numpy as np
from _goals import Goal, print_goals
from _report import table
from _wide import funds_market, long_histories, sample_market, wide_market, with_bills

from forefolio.backtest import BacktestResult, Trading, backtest
from forefolio.backtest.layers import Layered
from forefolio.backtest.trading import scheduled
from forefolio.core.events import finish
from forefolio.forecast import EWMA
from forefolio.market import Market
from forefolio.optimize import Proportional
from forefolio.runs.executors import executor
from forefolio.strategy import EqualWeight, PortfolioVolatility, RiskOnTarget, Strategy
from forefolio.studies.strategy_job import Recorded
from forefolio.studies.target_record import TargetRecord

COSTS = (Proportional(bps=10),)
SAMPLE_ENDS = "2021-04-21"  # as the other sets: later sessions of the sample are not looked at
WARMUP = {"sample": 1251, "US stocks": 1251, "funds": 865}  # 1995, 2005 and 2006
HEAD = (
    "data",
    "strategy",
    "Sharpe",
    "deepest fall",
    "turnover",
    "wildest year, of the target",
    "years within 10 / 20 %, no limit",
)


def main() -> None:
    """Print the table and the goals."""
    print_goals(list(shown_goals()))


def shown_goals() -> Iterator[Goal]:
    """Print what was kept, by set of data; the goals are given."""
    sample = sample_market()
    ends = int(np.searchsorted(sample.sessions, np.datetime64(SAMPLE_ENDS), "right"))
    sets = {
        "sample": sample[:ends],
        "US stocks": with_bills(long_histories(wide_market())),
        "funds": with_bills(funds_market()),
    }
    rows: list[tuple[str, ...]] = []
    goals: list[Goal] = []
    for name, market in sets.items():
        data, trading = f"{name}, {len(market.assets)} assets", _trading(name)
        steady = RiskOnTarget()
        record, cells = kept(steady, trading, market)
        by_ewma = steady.model_copy(update={"risk": PortfolioVolatility(model=EWMA())})
        rows += [
            (data, "risk on target", *cells),
            (data, "by EWMA", *kept(by_ewma, trading, market)[1]),
            (data, "its weights alone", *plain(steady.strategy, trading, market)),
            (data, "equal weight", *plain(EqualWeight(), trading, market)),
        ]
        goals += _goals(data, record)
    table(HEAD, rows)
    yield from goals


def kept(
    strategy: RiskOnTarget, trading: Trading, market: Market
) -> tuple[TargetRecord, tuple[str, ...]]:
    """Whether its risk was on target, and a row's cells."""
    days = market.sessions[scheduled(strategy, trading).decision_rows(market)]
    with executor("inline:") as pool:
        record = finish(strategy.recorded(market, days, pool))
    recorded = Recorded(strategy, record, Layered.of(strategy))
    result = followed(recorded, trading, market)
    judged = recorded.judged(result, market)
    shares = judged.shares
    near = "" if shares is None else f"{100 * shares.within_10:.0f} / {100 * shares.within_20:.0f}"
    return judged, (*_cells(result), f"{_wildest(judged):.2f}", near)


def plain(strategy: Strategy, trading: Trading, market: Market) -> tuple[str, ...]:
    """A row's cells of a strategy without a target."""
    return (*_cells(followed(strategy, trading, market)), "", "")


def followed(strategy: Strategy, trading: Trading, market: Market) -> BacktestResult:
    """Backtest a strategy in this process."""
    with executor("inline:") as pool:
        return finish(backtest(strategy, trading, market, pool))


def _trading(name: str) -> Trading:
    """Cash earns what bills did; 2 % a year on the sample, whose own bills end in 2019."""
    usual = Trading(warmup=WARMUP[name], costs=COSTS)
    return usual if name == "sample" else usual.model_copy(update={"cash_rate": "risk_free"})


def _cells(result: BacktestResult) -> tuple[str, ...]:
    shown = (
        (result.sharpe, 1, ".2f", ""),
        (result.max_drawdown, 100, ".1f", " %"),
        (result.turnover, 100, ".0f", " %"),
    )
    return tuple(
        "" if value is None else f"{times * value:{form}}{unit}"
        for value, times, form, unit in shown
    )


def _wildest(record: TargetRecord) -> float:
    """Volatility of the wildest year of the account, of the target."""
    return max(year.volatility for year in record.years) / record.target


def _goals(data: str, record: TargetRecord) -> Iterator[Goal]:
    within = None if record.shares is None else record.shares.within_20
    what = f"share of years within 20 % of the target, {data}"
    yield Goal(what=what, measured=within, lowest=0.8, digits=2)
    what = f"wildest year of the account, of the target, {data}"
    yield Goal(what=what, measured=_wildest(record), highest=1.2, digits=2)


if __name__ == "__main__":
    main()

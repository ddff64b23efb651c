"""Portfolios saved under a name as single calls, answered with frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask
from forefolio.runs.portfolios import save_run
from forefolio.store.portfolio_records import Origin, SavedPortfolio
from forefolio.store.portfolios import Portfolios, with_portfolios
from forefolio.studies.holding import read_setting, weights_by_ticker
from forefolio.studies.saved_backtest import backtest_of_saved
from forefolio.studies.strategy_result import StrategyResult

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")


def save_portfolio(
    name: str,
    weights: Any = None,
    *,
    run: str | None = None,
    note: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Save weights under a name and return the number of the state: 1, 2, ...

    Args:
        name: 1 to 80 printable characters; what was saved under it before stays.
        weights: a result with weights, a series, a mapping or text such as "AAPL=60%,KO=0.4".
        run: or the id of a run that has weights; "last" is the latest.
        note: about the portfolio.
        settings: which database; the environment's.

    Raises:
        InputError: neither or both are given, or a weight is no number.

    >>> import forefolio as ff
    >>> ff.save_portfolio("of the docs", {"AAPL": 0.6, "KO": 0.3})
    1
    >>> ff.portfolio("of the docs")["weight"].to_dict()
    {'AAPL': 0.6, 'KO': 0.3, 'cash': 0.1}
    >>> ff.delete_portfolio("of the docs")
    """
    chosen = _chosen(settings)
    of_run = getattr(getattr(weights, "run", None), "id", None)
    if (run is not None and weights is None) or isinstance(of_run, str):
        return save_run(name, run or str(of_run), chosen, note=note).number
    given = read_setting(weights_by_ticker, _plain(weights, run), "weights")
    origin = Origin(objective=str(getattr(weights, "objective", "") or ""))
    saved = with_portfolios(
        chosen, lambda portfolios: portfolios.save(name, given, note=note, origin=origin)
    )
    return saved.number


def portfolio(
    name: str, number: int | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """What a saved portfolio holds, a row for each asset and one for cash.

    Raises:
        UnknownPortfolio: there is no such name or number.

    >>> import forefolio as ff
    >>> ff.save_portfolio("held", "AAPL=60%, KO=0.4")
    1
    >>> ff.portfolio("held").index.tolist()
    ['AAPL', 'KO', 'cash']
    >>> ff.delete_portfolio("held")
    """
    one = with_portfolios(_chosen(settings), lambda kept: kept.get(name, number))
    rows = {**one.weights, "cash": round(one.cash, 12)}
    shares = [one.shares.get(ticker) for ticker in rows]
    index = pandas.Index(list(rows), name="ticker")
    columns = {"weight": list(rows.values()), "shares": shares}
    frame: pd.DataFrame = pandas.DataFrame(columns, index=index)
    return frame


def portfolios(settings: Settings | None = None) -> pd.DataFrame:
    """The saved portfolios in their newest states, a row each, the one saved last first.

    >>> import forefolio as ff
    >>> ff.save_portfolio("listed", "AAPL=60%, KO=0.4")
    1
    >>> int(ff.portfolios().loc["listed", "assets"])
    2
    >>> ff.delete_portfolio("listed")
    """
    saved = with_portfolios(_chosen(settings), lambda kept: kept.all())
    frame: pd.DataFrame = _states(saved).set_index("portfolio")
    return frame


def portfolio_history(name: str, settings: Settings | None = None) -> pd.DataFrame:
    """The states of a portfolio, newest first, a row each with what was expected of it.

    Raises:
        UnknownPortfolio: there is no such name.

    >>> import forefolio as ff
    >>> [ff.save_portfolio("changing", {"AAPL": weight}) for weight in (0.5, 0.6)]
    [1, 2]
    >>> ff.portfolio_history("changing").index.tolist()
    [2, 1]
    >>> ff.delete_portfolio("changing")
    """
    states = with_portfolios(_chosen(settings), lambda kept: kept.history(name))
    results = pandas.DataFrame([one.results for one in states])
    frame: pd.DataFrame = pandas.concat([_states(states), results], axis=1).set_index("number")
    return frame


def compare_portfolios(
    first: str,
    second: str,
    numbers: tuple[int | None, int | None] = (None, None),
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Two portfolios, or two states of one by their `numbers`, side by side.

    The largest difference is first; `attrs["turnover"]` is half the sum of all, cash included.

    Raises:
        UnknownPortfolio: there is no such name or number.

    >>> import forefolio as ff
    >>> [ff.save_portfolio("two", {"AAPL": weight}) for weight in (0.5, 0.75)]
    [1, 2]
    >>> ff.compare_portfolios("two", "two", (1, 2))["change"].to_dict()
    {'AAPL': 0.25}
    >>> ff.delete_portfolio("two")
    """
    compared = with_portfolios(_chosen(settings), lambda kept: kept.compare(first, second, numbers))
    rows = [row.model_dump() for row in compared.changes]
    columns = ["ticker", "first", "second", "change"]
    frame: pd.DataFrame = pandas.DataFrame(rows, columns=columns).set_index("ticker")
    frame.attrs["turnover"] = compared.turnover
    return frame


def backtest_portfolios(*names: str, settings: Settings | None = None) -> StrategyResult:
    """One backtest of saved portfolios, the first followed, the others and equal weights beside it.

    Each is gone back to at every decision, after costs, by the prices that they were made of. The
    answer has one record for each, and the difference of the first from each with its error.

    Raises:
        InputError: there are none, more than five, or they rest on different prices.
        UnknownPortfolio: there is none of a name.

    >>> import forefolio as ff
    >>> study = ff.PortfolioStudy(source=ff.Synthetic(sessions=600, assets=3))
    >>> ff.save_portfolio("tested", ff.ask(study))
    1
    >>> [one.name for one in ff.backtest_portfolios("tested").backtest][:2]
    ['tested', 'equal weight']
    >>> ff.delete_portfolio("tested")
    """
    chosen = _chosen(settings)

    async def read(kept: Portfolios) -> list[SavedPortfolio]:
        return [await kept.get(one) for one in names]

    return ask(backtest_of_saved(with_portfolios(chosen, read)), chosen)


def delete_portfolio(name: str, settings: Settings | None = None) -> None:
    """Delete a portfolio with all its states.

    Raises:
        UnknownPortfolio: there is no such name.

    >>> import forefolio as ff
    >>> ff.save_portfolio("gone", {"AAPL": 0.5})
    1
    >>> ff.delete_portfolio("gone")
    >>> "gone" in ff.portfolios().index
    False
    """
    with_portfolios(_chosen(settings), lambda kept: kept.delete(name))


def _states(saved: list[SavedPortfolio]) -> Any:
    columns = ("number", "saved", "as_of", "objective", "run", "note")
    rows = [
        {"portfolio": one.name, **{name: getattr(one, name) for name in columns}}
        | {"assets": len(one.weights), "cash": one.cash}
        for one in saved
    ]
    return pandas.DataFrame(rows, columns=["portfolio", *columns, "assets", "cash"])


def _plain(weights: Any, run: str | None) -> Any:
    """Weights as a mapping or text."""
    if (weights is None) == (run is None):
        raise InputError("give either weights or run, such as run='last'")
    if hasattr(weights, "weights"):
        weights = weights.weights
    if hasattr(weights, "to_dict"):
        weights = weights.to_dict()
    if not isinstance(weights, Mapping | str):
        raise InputError(
            f"weights are {type(weights).__name__}; give a result, a series, a mapping or text"
        )
    return weights


def _chosen(settings: Settings | None) -> Settings:
    return (settings or Settings.read()).prepare()

"""One backtest of several saved portfolios: the question that asks for it."""

from collections import Counter
from collections.abc import Sequence

from pydantic import ValidationError

from forefolio.backtest import Trading
from forefolio.core.errors import InputError
from forefolio.core.kinds import kind_of
from forefolio.core.wording import listed
from forefolio.store.portfolio_records import SavedPortfolio
from forefolio.strategy import EqualWeight, FixedWeights
from forefolio.studies.data import Data
from forefolio.studies.strategy import MONTH, StrategyStudy

MOST = 5  # portfolios of one backtest
YEAR = 253  # sessions before the first decision, which parts of the answer look back on


def backtest_of_saved(portfolios: Sequence[SavedPortfolio]) -> StrategyStudy:
    """The backtest of saved portfolios, each gone back to at every decision, the first followed.

    The others and equal weights stand beside it, over the same sessions and after the same costs.
    The prices are those that the portfolios were made of; of weights that were given, the sample.

    Raises:
        InputError: there are none, too many, two of a name, or they rest on different prices.
    """
    names = _called(portfolios)
    if not 0 < len(names) <= MOST or len({*names}) < len(names):
        raise InputError(
            f"one backtest is of 1 to {MOST} saved portfolios, each once; these are {len(names)}: "
            f"{listed(names) or 'none'}"
        )
    own, *others = (
        FixedWeights(weights=one.weights, called=name)
        for name, one in zip(names, portfolios, strict=True)
    )
    held = dict.fromkeys(ticker for one in portfolios for ticker in one.weights)
    return StrategyStudy(
        data=_prices(portfolios).model_copy(update={"tickers": tuple(held)}),
        machine_learning=False,
        horizons=(MONTH,),  # nothing follows forecasts: those that are told of are enough
        strategy=own,
        baselines=(*others, EqualWeight()),
        trading=Trading(warmup=YEAR),
    )


def _called(portfolios: Sequence[SavedPortfolio]) -> list[str]:
    """What each is called: its name, with the number of the state where two have the same name."""
    names = Counter(one.name for one in portfolios)
    return [one.name if names[one.name] == 1 else f"{one.name}@{one.number}" for one in portfolios]


def _prices(portfolios: Sequence[SavedPortfolio]) -> Data:
    """The prices that all of them were made of, from their first to their last session."""
    found = {one.name: _data_of(one) for one in portfolios}
    own, *others = found.values()
    if any(data.source != own.source for data in others):
        named = [f"{name} on {kind_of(data.source)}" for name, data in found.items()]
        raise InputError(
            f"these portfolios rest on different prices ({listed(named)}): name the prices in a "
            "study with fixed_weights as its strategy and among its baselines"
        )
    fewest = min(data.minimum_sessions for data in found.values())
    return own.model_copy(update={"start": None, "end": None, "minimum_sessions": fewest})


def _data_of(one: SavedPortfolio) -> Data:
    try:
        return Data.model_validate(one.params.get("data") or {})
    except ValidationError:
        raise InputError(
            f"{one.name} was saved of prices that this version cannot read: {one.params['data']}"
        ) from None

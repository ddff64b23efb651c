"""What is lost when an asset stops trading: by the reason, or by what its price says of it."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from forefolio.backtest import BacktestResult, Trading, backtest, follow_weights
from forefolio.core.events import finish
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import Inline
from forefolio.strategy import EqualWeight

DEAD, END = 3, 250


def market(fall: float) -> Market:
    """Four assets, the last of which falls by `fall` over half a year and trades no more."""
    whole = simulated_market(seed=2, sessions=400, assets=4)
    close = np.full(whole.close.shape, 50.0)
    close[:, DEAD] = 50.0 * (1.0 - fall * np.clip((np.arange(400) - 100) / 149, 0.0, 1.0))
    close[END:, DEAD] = np.nan
    return replace(whole, close=close, open=None, high=None, low=None, volume=None)


def followed(given: float | str, fall: float = 0.8) -> BacktestResult:
    trading = Trading.model_validate(
        {"warmup": 50, "costs": (), "cash_rate": 0.0, "delisting_loss": given}
    )
    return finish(backtest(EqualWeight(), trading, market(fall), Inline()))


def lost(result: BacktestResult) -> float:
    """What the account lost when the asset was cashed out, as a share of the holding."""
    before = int(np.flatnonzero(result.weights[:, DEAD])[-1])
    step = result.equity[before + 1] / result.equity[before] - 1.0
    return float(-step / result.weights[before, DEAD])


@pytest.mark.parametrize(
    ("given", "fall", "share"),
    [
        ("performance", 0.0, 0.30),
        ("performance_nasdaq", 0.0, 0.55),
        ("merger", 0.8, 0.0),
        (0.4, 0.0, 0.4),
        ("unknown", 0.8, 0.30),
        ("unknown", 0.51, 0.30),
        ("unknown", 0.49, 0.0),
        ("unknown", 0.0, 0.0),
    ],
)
def test_the_loss_is_that_of_the_reason(given: float | str, fall: float, share: float) -> None:
    assert lost(followed(given, fall)) == pytest.approx(share, abs=1e-9)


def test_the_default_is_told_to_be_an_assumption_and_how_much_it_matters() -> None:
    result = followed(Trading().delisting_loss)
    (note,) = [note.message for note in result.notes if note.code == "delisted"]
    before = int(np.flatnonzero(result.weights[:, DEAD])[-1])
    cost = 100 * 0.30 * result.weights[before, DEAD]
    assert "30 % less than its last close, which is assumed: why it ended is not known" in note
    assert f"{cost:.2f} % of the account" in note and "nothing if it was bought" in note
    (sure,) = [n.message for n in followed("merger").notes if n.code == "delisted"]
    assert sure.endswith("at 0 % less than its last close")


def test_a_quick_path_knows_the_same_reasons() -> None:
    there, weights = market(0.8), np.full((1, 4), 0.25)
    for given, share in (("unknown", 0.30), ("merger", 0.0)):
        trading = Trading(costs=(), cash_rate=0.0, delisting_loss=given)
        path = follow_weights(weights, there, trading, np.array([240]))
        held = path.equity[END + 5]
        own = 0.25 * path.equity[240] * there.close[END - 1, DEAD] / there.close[241, DEAD]
        assert path.equity[-1] == pytest.approx(held - share * own, rel=1e-9)


def test_another_reason_is_refused() -> None:
    with pytest.raises(ValidationError):
        Trading.model_validate({"delisting_loss": "bankruptcy"})

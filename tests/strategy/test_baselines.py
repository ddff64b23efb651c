from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import Component
from forefolio.core.errors import DataError, NotEnoughHistory
from forefolio.core.events import finish
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation, outlook_for
from forefolio.strategy import (
    STRATEGIES,
    AnyStrategy,
    Classical,
    EqualWeight,
    InverseVolatility,
    Momentum,
    StocksAndBonds,
    Strategy,
    has_bonds,
)
from forefolio.strategy.baselines import alive

SHORT = 66  # sessions that the shortest of them looks at
BASELINES: tuple[Strategy, ...] = (
    EqualWeight(),
    InverseVolatility(),
    Classical(),
    Momentum(window=60, skip=5),
    StocksAndBonds(),
)
NAMES = [strategy.name for strategy in BASELINES]


def decide(strategy: Strategy, market: Market) -> Allocation:
    with ThreadPoolExecutor(1) as executor:
        policy = finish(strategy.prepare(market, market.sessions[-1:], executor))
    return policy(market, np.zeros(len(market.assets)))


def with_close(market: Market, rows: slice, asset: int, price: float) -> Market:
    close = market.close.copy()
    close[rows, asset] = price
    return replace(market, close=close)


@pytest.mark.parametrize("strategy", BASELINES, ids=NAMES)
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999), assets=st.integers(1, 7), cut=st.integers(150, 400))
def test_weights_are_a_portfolio_of_what_trades(
    strategy: Strategy, seed: int, assets: int, cut: int
) -> None:
    known = simulated_market(seed, 400, assets, holes=0.03)[:cut]
    among = alive(known) & alive(known, SHORT)  # a hole or two too many in the shorter one
    if not among.any():
        return
    allocation = decide(strategy, known)
    assert allocation.assets == known.assets
    assert allocation.weights.sum() == pytest.approx(1.0)
    assert (allocation.weights >= -1e-9).all()
    assert not allocation.weights[known.silent].any()


def test_equal_weight_is_one_over_what_is_alive(market: Market) -> None:
    closed = with_close(market, slice(-1, None), 2, np.nan)
    np.testing.assert_allclose(decide(EqualWeight(), closed).weights, 1 / 6)
    known = with_close(market, slice(-12, None), 2, np.nan)
    np.testing.assert_allclose(decide(EqualWeight(), known).weights, [0.2, 0.2, 0, 0.2, 0.2, 0.2])


def test_inverse_volatility_by_hand(market: Market) -> None:
    risk = np.sqrt((market.returns[-63:] ** 2).mean(axis=0))
    expected = (1 / risk) / (1 / risk).sum()
    np.testing.assert_allclose(decide(InverseVolatility(), market).weights, expected)


def test_what_does_not_move_is_not_all_there_is(market: Market) -> None:
    still = with_close(market, slice(-64, None), 0, 9.0)
    weights = decide(InverseVolatility(), still).weights
    assert weights[0] == 0.0
    assert weights.sum() == pytest.approx(1.0)
    frozen = replace(market, close=np.full(market.close.shape, 9.0))
    np.testing.assert_allclose(decide(InverseVolatility(), frozen).weights, 1 / 6)


def test_momentum_buys_the_winners_before_the_last_month(market: Market) -> None:
    rows = len(market)
    growth = market.close[rows - 1 - 21] / market.close[rows - 1 - 252]
    best = np.argsort(growth)[-2:]
    weights = decide(Momentum(), market).weights
    assert set(np.flatnonzero(weights)) == set(best)
    np.testing.assert_allclose(weights[best], 0.5)
    jumped = with_close(market, slice(-20, None), int(np.argmin(growth)), 1e6)
    np.testing.assert_array_equal(decide(Momentum(), jumped).weights, weights)


def test_momentum_always_holds_something(market: Market) -> None:
    assert np.flatnonzero(decide(Momentum(top=0.0), market).weights).size == 1


def test_a_late_listing_waits_for_its_history(market: Market) -> None:
    late = with_close(market, slice(0, -40), 3, np.nan)
    assert decide(EqualWeight(), late).weights[3] > 0
    for strategy in (InverseVolatility(), Momentum(), Classical()):
        assert decide(strategy, late).weights[3] == 0.0


def test_alive_forgives_holes_but_not_silence(market: Market) -> None:
    holed = with_close(market, slice(-20, -15), 0, np.nan)
    silent = with_close(market, slice(-20, -5), 0, np.nan)
    closed = with_close(market, slice(-10, None), 0, np.nan)
    halted = with_close(market, slice(-11, None), 0, np.nan)
    assert alive(holed)[0]
    assert not alive(silent)[0]
    assert alive(closed)[0]
    assert not alive(halted)[0]
    assert not alive(market[:10]).any()
    assert alive(market[:10], needed=10).all()


@pytest.mark.parametrize("strategy", BASELINES, ids=NAMES)
def test_silence_of_all_is_said_in_one_line(strategy: Strategy, market: Market) -> None:
    close = market.close.copy()
    close[-11:] = np.nan
    told = f"^no asset has traded lately on 2014-08-08: {strategy.name}"
    with pytest.raises(DataError, match=told):
        decide(strategy, replace(market, close=close))


@pytest.mark.parametrize("strategy", BASELINES[1:], ids=NAMES[1:])
def test_too_little_history_is_said_in_one_line(strategy: Strategy, market: Market) -> None:
    with pytest.raises(
        NotEnoughHistory, match=rf"^{strategy.name} needs (64|66|126) sessions .* 50 are"
    ):
        decide(strategy, market[:50])


@pytest.mark.parametrize("strategy", BASELINES, ids=NAMES)
def test_the_order_of_the_assets_does_not_matter(strategy: Strategy, market: Market) -> None:
    turned = market.select(market.assets[::-1])
    one, other = decide(strategy, market).weights, decide(strategy, turned).weights[::-1]
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_the_classical_portfolio_is_its_parts(market: Market) -> None:
    earning = replace(market, series={**market.series, "cash": np.full(len(market), 1e-5)})
    classical = Classical()
    outlook = outlook_for(
        earning, classical._forecast(earning), classical.risk, np.zeros(len(market.assets))
    )
    assert outlook.risk_free == pytest.approx(21e-5)
    assert outlook.forecast.made == market.sessions[-1]
    np.testing.assert_array_equal(outlook.covariance.matrix, classical.risk(earning).matrix)
    np.testing.assert_array_equal(
        classical.optimizer.allocate(outlook).weights, decide(classical, earning).weights
    )


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.__name__)
def test_a_document_names_a_strategy_and_gives_it_back(strategy: type[Component]) -> None:
    adapter: TypeAdapter[Strategy] = TypeAdapter(AnyStrategy)
    default = strategy()
    assert isinstance(default, Strategy)
    again: object = adapter.validate_json(default.model_dump_json())
    assert again == default


def test_a_setting_that_is_none_is_refused() -> None:
    adapter: TypeAdapter[Strategy] = TypeAdapter(AnyStrategy)
    with pytest.raises(ValidationError, match="widnow"):
        adapter.validate_json('{"kind": "momentum", "widnow": 3}')


def with_bonds(market: Market) -> Market:
    """The market with three assets that hardly move, and not with the others."""
    rng = np.random.default_rng(0)
    calm = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.003, (len(market), 3)), axis=0))
    close = market.close.copy()
    close[:, :3] = np.where(np.isfinite(close[:, :3]), calm, np.nan)
    return replace(market, close=close, sectors=("",) * len(market.assets))


def test_sixty_forty_tells_bonds_from_stocks_by_their_prices() -> None:
    market = simulated_market(3, sessions=400, assets=9)
    mixed = with_bonds(market)
    weights = decide(StocksAndBonds(), mixed).weights
    np.testing.assert_allclose(weights[:3], 0.4 / 3)
    np.testing.assert_allclose(weights[3:], 0.6 / 6)
    assert StocksAndBonds(stocks=0.8).name == "80/20"
    assert has_bonds(mixed) and not has_bonds(market)
    np.testing.assert_allclose(decide(StocksAndBonds(), market).weights, 1 / 9)

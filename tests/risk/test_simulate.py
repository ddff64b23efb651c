"""Monte Carlo against closed forms, a slow twin, and its own promise of how exact it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.events import FanSlice, Part
from forefolio.core.units import Array
from forefolio.market import simulated_market
from forefolio.risk import (
    RETURN_MODELS,
    BlockBootstrap,
    FilteredBootstrap,
    Gaussian,
    MonteCarlo,
    ReturnModel,
    Simulation,
    StudentT,
)
from forefolio.risk.simulation.elliptical_kernel import ABREAST, gammas
from forefolio.risk.simulation.monte_carlo_kernel import follow
from forefolio.risk.simulation.normals_kernel import TABLES, fill, new_stream
from forefolio.risk.simulation.paths import Elliptical, SimulatedPlan

HISTORY = simulated_market(seed=2, sessions=800, assets=3).returns[1:]
WEIGHTS = np.array([0.5, 0.2, 0.2])
EACH = pytest.mark.parametrize("model", [model() for model in RETURN_MODELS], ids=lambda m: m.kind)
FORGETFUL = pytest.mark.parametrize(
    "model", [Gaussian(), StudentT(), BlockBootstrap()], ids=lambda m: m.kind
)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(1, 4), st.integers(1, 3))
def test_the_kernel_is_its_slow_twin(seed: int, horizon: int, assets: int, stride: int) -> None:
    rng = generator(seed)
    returns = rng.normal(0, 0.5, (5, horizon, assets))
    weights, cash = rng.normal(0.5, 1.0, assets), float(rng.normal())
    values, extremes = np.empty((5, -(-horizon // stride))), np.empty((5, 2))
    flow = float(rng.choice([0.0, 0.1, -0.3]))
    money, room = np.array([[cash, 0.01, flow]]), np.empty((1, assets))
    follow(returns, weights, money, stride, 2, room, values, extremes)
    for path in range(5):
        told, deepest = slow_values(returns[path], weights, cash, flow)
        ends = [min((k + 1) * stride, horizon) for k in range(values.shape[1])]
        np.testing.assert_allclose(values[path], [told[end] for end in ends], atol=1e-12)
        assert extremes[path] == pytest.approx([min(told), deepest], abs=1e-12)


def slow_values(
    returns: Array, weights: Array, cash: float, flow: float
) -> tuple[list[float], float]:
    """Values at every close, and the deepest fall of one share of a fund that holds them."""
    told, shares, prices = [1.0], 1.0, [1.0]
    held = np.append(weights, cash)
    for session, row in enumerate(returns, 1):
        held = held * np.append(np.maximum(1 + row, 0), 1.01)
        value = held.sum()
        prices.append(max(value, 0.0) / shares if prices[-1] and shares else 0.0)
        paid = flow if session % 2 == 0 and value > 0 else 0.0
        if value > 0:
            left = max(value + paid, 0.0)
            held, shares, value = held * left / value, shares * left / value, left
        if value <= 0:
            held, value = held * 0.0, 0.0
        told.append(float(value))
        if not shares:
            prices[-1] = max(prices[-1], 0.0)
    fund = np.array(prices)
    if shares == 0.0:  # all was taken out: what came after is no fall of the fund's
        fund = fund[: told.index(0.0) + 1]
    return told, float(np.max(1 - fund / np.maximum.accumulate(fund)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from([np.inf, 2.2, 5.0]))
def test_drawn_and_held_at_once_is_drawn_and_then_held(
    seed: int, assets: int, degrees: float
) -> None:
    rng, horizon, paths = generator(seed), 7, 11
    law = Elliptical(
        mean=rng.normal(0, 0.1, assets), root=rng.normal(0, 0.4, (assets, assets)), degrees=degrees
    )
    plan = SimulatedPlan(
        weights=rng.normal(0.5, 1.0, assets),
        cash=float(rng.normal()),
        cash_return=0.01,
        flow=float(rng.choice([0.0, 0.1, -0.3])),
        flow_every=2,
        horizon=horizon,
        stride=3,
    )
    values, extremes = np.empty((paths, 3)), np.empty((paths, 2))
    law.follow(generator(seed), plan, values, extremes)
    state, root = new_stream(generator(seed)), np.linalg.qr(law.root.T).R.T
    np.testing.assert_allclose(root @ root.T, law.root @ law.root.T, atol=1e-14)
    returns = np.empty((paths, horizon, assets))
    for session in range(horizon):
        normals, chi = np.empty(assets * paths), np.full(paths, degrees / 2 - 1)
        fill(state, *TABLES, normals)
        if degrees < np.inf:
            gammas(state, *TABLES, degrees / 2, np.empty(paths), chi)
        scale = np.sqrt((degrees / 2 - 1) / chi) if degrees < np.inf else 1.0
        returns[:, session] = law.mean + (root @ normals.reshape(assets, paths) * scale).T
    slow_kept, slow_extremes = np.empty((paths, 3)), np.empty((paths, 2))
    money = np.array([[plan.cash, plan.cash_return, plan.flow]])
    follow(returns, plan.weights, money, 3, 2, np.empty((1, assets)), slow_kept, slow_extremes)
    np.testing.assert_allclose(values, slow_kept, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(extremes, slow_extremes, rtol=1e-9, atol=1e-9)


def test_paths_side_by_side_are_streams_of_their_own() -> None:
    plan = MonteCarlo(horizon=3, paths=3 * ABREAST + 7, model=Gaussian(), rebalanced=False)
    told = plan.run(WEIGHTS, HISTORY)
    assert len(np.unique(told.final)) == len(told.final)


@pytest.mark.parametrize(
    "model",
    [Gaussian(), StudentT(), BlockBootstrap(), FilteredBootstrap()],
    ids=lambda m: m.kind,
)
def test_the_mean_is_the_closed_form(model: ReturnModel) -> None:
    each, cash = HISTORY.mean(axis=0), 1e-4
    plan = MonteCarlo(horizon=40, paths=20_000, model=model)
    rebalanced = plan.run(WEIGHTS, HISTORY, cash).mean
    expected = (1 + WEIGHTS @ each + 0.1 * cash) ** 40
    held = plan.model_copy(update={"rebalanced": False}).run(WEIGHTS, HISTORY, cash).mean
    assert held.value == pytest.approx(
        WEIGHTS @ (1 + each) ** 40 + 0.1 * (1 + cash) ** 40, abs=4 * held.error + 1e-3
    )
    assert rebalanced.value == pytest.approx(expected, abs=4 * rebalanced.error + 1e-3)


@FORGETFUL
def test_one_return_is_enough_for_a_rebalanced_portfolio(model: ReturnModel) -> None:
    """The same law as when every asset is drawn and traded back by hand."""
    plan = MonteCarlo(horizon=20, paths=20_000, model=model)
    told = plan.run(WEIGHTS, HISTORY)
    drawn = model.law(HISTORY).draw(generator(9), 20_000, 20)
    final = np.sort((1 + drawn @ WEIGHTS).prod(axis=1))
    for level, row, error in zip(told.levels, told.fan[-1], told.fan_error[-1], strict=True):
        assert np.quantile(final, level) == pytest.approx(row, abs=6 * error)


@FORGETFUL
def test_a_law_has_the_moments_of_its_history(model: ReturnModel) -> None:
    drawn = model.law(HISTORY).draw(generator(), 4000, 50).reshape(-1, 3)
    np.testing.assert_allclose(drawn.mean(axis=0), HISTORY.mean(axis=0), atol=4e-4)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(HISTORY.T), rtol=0.08)


def test_tails_are_as_fat_as_they_are_said_to_be() -> None:
    def excess(model: ReturnModel) -> float:
        drawn = model.law(HISTORY[:, :1]).draw(generator(), 4000, 100).ravel()
        return float(np.mean((drawn - drawn.mean()) ** 4) / drawn.var() ** 2 - 3)

    assert excess(Gaussian()) == pytest.approx(0.0, abs=0.05)
    assert excess(StudentT(degrees=10)) == pytest.approx(6 / (10 - 4), rel=0.15)


def test_assets_of_a_t_distribution_crash_together() -> None:
    drawn = (
        StudentT(degrees=3).law(generator(1).normal(0, 0.01, (500, 2))).draw(generator(), 500, 100)
    )
    large = np.abs(drawn) > np.quantile(np.abs(drawn), 0.99)
    both = large.all(axis=-1).mean() / large[..., 0].mean()
    assert both > 0.1  # independent ones would do so in 0.01 of the cases


def test_blocks_are_stretches_of_the_history() -> None:
    history = np.arange(100.0)[:, None]
    drawn = BlockBootstrap(block=10).law(history).draw(generator(), 300, 50)[..., 0]
    goes_on = (np.diff(drawn, axis=1) % 100) == 1
    assert goes_on.mean() == pytest.approx(0.9, abs=0.01)
    assert set(np.unique(drawn)) == set(range(100))


def test_drawdowns_are_counted_from_the_highest_close() -> None:
    plan = MonteCarlo(horizon=60, paths=2000)
    told = plan.run(WEIGHTS, HISTORY)
    drawn = BlockBootstrap().law((HISTORY @ WEIGHTS)[:, None])
    returns = drawn.draw(generator(5), 4000, 60)[..., 0]
    equity = np.cumprod(np.column_stack([np.ones(4000), 1 + returns]), axis=1)
    fall = (1 - equity / np.maximum.accumulate(equity, axis=1)).max(axis=1)
    for depth in (0.02, 0.05, 0.1):
        said = told.probability_of_drawdown(depth)
        assert said.value == pytest.approx(float(np.mean(fall >= depth)), abs=6 * said.error)


@pytest.mark.parametrize("rebalanced", [True, False])
def test_payments_add_up_and_move_no_drawdown(rebalanced: bool) -> None:
    plan = MonteCarlo(horizon=60, paths=1000, rebalanced=rebalanced)
    saving = plan.model_copy(update={"flow": 0.05, "flow_every": 20})
    alone, saved = plan.run(WEIGHTS, HISTORY), saving.run(WEIGHTS, HISTORY)
    assert [alone.paid_in, saved.paid_in] == pytest.approx([1.0, 1.15])
    np.testing.assert_allclose(alone.deepest, saved.deepest, rtol=1e-9, atol=1e-12)
    certain = saving.run(np.zeros(3), HISTORY, cash_return=0.01)
    assert certain.mean.value == pytest.approx(1.01**60 + 0.05 * (1.01**40 + 1.01**20 + 1))
    assert certain.probability_of_loss.value == 0.0


def test_who_takes_out_too_much_runs_out() -> None:
    plan = MonteCarlo(horizon=60, paths=500, flow=-0.4, flow_every=20)
    told = plan.run(np.zeros(3), HISTORY)
    assert told.mean.value == 0.0 and told.probability_of_falling_below(1e-12).value == 1.0


def test_errors_are_as_large_as_another_seed_makes_them() -> None:
    runs = [MonteCarlo(horizon=10, paths=400, seed=s).run(WEIGHTS, HISTORY) for s in range(150)]

    def numbers(told: Simulation) -> list[tuple[float, float]]:
        estimates = (
            told.mean,
            told.probability_of_loss,
            told.probability_of_reaching(1.02),
            told.probability_of_falling_below(0.98),
            told.probability_of_drawdown(0.03),
            told.value_at_risk(0.9),
            told.expected_shortfall(0.9),
        )
        return [(one.value, one.error) for one in estimates]

    seen = np.array([numbers(told) for told in runs])
    np.testing.assert_allclose(seen[..., 0].std(axis=0), seen[..., 1].mean(axis=0), rtol=0.25)
    fans = np.array([told.fan[5] for told in runs]).std(axis=0)
    np.testing.assert_allclose(
        fans, np.mean([told.fan_error[5] for told in runs], axis=0), rtol=0.3
    )


@EACH
@pytest.mark.parametrize("rebalanced", [True, False])
def test_a_seed_decides_everything(model: ReturnModel, rebalanced: bool) -> None:
    plan = MonteCarlo(horizon=5, paths=1500, model=model, rebalanced=rebalanced)
    one, other = plan.run(WEIGHTS, HISTORY), plan.run(WEIGHTS, HISTORY)
    assert np.array_equal(one.final, other.final) and np.array_equal(one.fan, other.fan)
    moved = plan.model_copy(update={"seed": 1}).run(WEIGHTS, HISTORY)
    assert not np.array_equal(one.final, moved.final)


@pytest.mark.parametrize(
    ("horizon", "points", "last_but_one"), [(1, 1, 0), (63, 63, 62), (64, 32, 62), (252, 63, 248)]
)
def test_the_fan_has_a_row_for_every_few_sessions(
    horizon: int, points: int, last_but_one: int
) -> None:
    told = MonteCarlo(horizon=horizon, paths=200).run(WEIGHTS, HISTORY)
    frame = told.to_frame()
    assert frame.index[0] == 0 and frame.index[-2:].tolist() == [last_but_one, horizon]
    assert len(frame) == points + 1 and np.array_equal(frame.columns, told.levels)
    assert (frame.iloc[0] == 1.0).all() and (np.diff(told.fan, axis=1) >= 0).all()
    np.testing.assert_allclose(told.fan[-1], np.quantile(told.final, told.levels), rtol=1e-12)


@EACH
@pytest.mark.parametrize("rebalanced", [True, False])
def test_what_is_certain_is_said_so_and_still_with_an_error(
    model: ReturnModel, rebalanced: bool
) -> None:
    plan = MonteCarlo(horizon=5, paths=1000, model=model, rebalanced=rebalanced)
    told = plan.run(np.zeros(3), HISTORY, cash_return=0.01)
    assert told.mean.value == pytest.approx(1.01**5)
    assert told.value_at_risk().value == pytest.approx(1 - 1.01**5)
    assert told.probability_of_loss.value == 0.0 and told.probability_of_loss.error > 0.0
    assert told.probability_of_reaching(1.01**5 - 1e-9).value == 1.0
    assert told.probability_of_reaching(1.06).value == 0.0


@pytest.mark.parametrize("rebalanced", [True, False])
def test_ruin_is_the_end(rebalanced: bool) -> None:
    history = np.where(np.arange(100) % 2, 0.6, -0.4)[:, None]
    told = MonteCarlo(horizon=30, paths=500, rebalanced=rebalanced).run(np.array([3.0]), history)
    assert told.final[0] == 0.0 and (told.final >= 0.0).all()
    assert told.probability_of_falling_below(1e-12).value > 0.1


def test_only_what_is_held_needs_a_history() -> None:
    holed = HISTORY.copy()
    holed[:, 2] = np.nan
    weights = np.array([0.5, 0.5, 0.0])
    for rebalanced in (True, False):
        plan = MonteCarlo(horizon=5, paths=300, rebalanced=rebalanced)
        np.testing.assert_array_equal(
            plan.run(weights, holed).final, plan.run(weights[:2], HISTORY[:, :2]).final
        )


def test_what_cannot_be_simulated_is_said() -> None:
    plan = MonteCarlo(horizon=5)
    with pytest.raises(InputError, match="one finite number for each"):
        plan.run(np.ones(2), HISTORY)
    with pytest.raises(InputError, match="cash_return is -1"):
        plan.run(WEIGHTS, HISTORY, cash_return=-1.0)
    with pytest.raises(NotEnoughHistory, match="a simulation needs 60"):
        plan.run(WEIGHTS, HISTORY[:50])


@pytest.mark.parametrize(("horizon", "paths"), [(252, 5_000), (1, 200), (2, 200)])
def test_the_fan_is_seen_while_it_is_simulated(horizon: int, paths: int) -> None:
    history = np.random.default_rng(0).normal(0.0003, 0.01, (500, 1))
    plan = MonteCarlo(horizon=horizon, paths=paths)
    job, events = plan.steps(np.ones(1), history), []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            simulated: Simulation = stop.value
            break
    fans = [e.part for e in events if isinstance(e, Part) and isinstance(e.part, FanSlice)]
    ends = [fan for fan in fans if fan.session == horizon]
    assert 0 < len(fans) <= 20 and (len(ends) > 1) == (paths > 1_000)
    assert len({fan.session for fan in fans}) == min(4, horizon)
    final = {int(s): tuple(row) for s, row in zip(simulated.sessions, simulated.fan, strict=True)}
    for fan in fans[-min(4, horizon) :]:  # of all paths: what the result says
        assert fan.levels == simulated.levels and fan.values == final[fan.session]
    assert len(ends) == 1 or ends[0].values != ends[-1].values

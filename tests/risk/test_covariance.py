from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from skfolio.moments import GerberCovariance
from skfolio.utils.stats import cov_to_corr
from sklearn.covariance import ledoit_wolf, oas

from forefolio.core.errors import BadSettings, NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import VolatilityAverage, volatility_forecast
from forefolio.forecast.volatility.half_lives import usual_volatility
from forefolio.market import Market, simulated_market
from forefolio.risk import (
    FOR_RISK,
    OAS,
    POET,
    RISK_MODELS,
    AnyRiskModel,
    Denoised,
    Detoned,
    EWMACovariance,
    FactorModel,
    Gerber,
    LedoitWolf,
    LedoitWolfIdentity,
    NonlinearShrinkage,
    RiskModel,
    SampleCovariance,
    Semicovariance,
    SingleIndex,
    VolatilityTimesCorrelation,
)
from forefolio.risk.covariance.moments import Pairs, sector_correlation, split
from forefolio.risk.covariance.windowed import WindowedCovariance

MODELS: list[RiskModel] = [model() for model in RISK_MODELS]


@pytest.mark.parametrize("model", [m for m in RISK_MODELS if issubclass(m, WindowedCovariance)])
def test_a_covariance_of_a_window_is_a_kind_and_its_sessions(
    model: type[WindowedCovariance],
) -> None:
    assert list(model.model_fields)[:2] == ["kind", "window"]
    document = model.model_validate({"window": 60}).model_dump()
    assert document["window"] == 60 and model.model_validate(document).window == 60
    with pytest.raises(BadSettings, match="window"):
        model(**{**document, "window": 59})


def test_a_covariance_without_a_formula_is_none() -> None:
    with pytest.raises(TypeError, match="abstract"):
        WindowedCovariance(kind="nothing")  # type: ignore[abstract]


def returns_of(market: Market, window: int = 250) -> Array:
    return market.returns[-window:]


def centred(market: Market) -> Array:
    returns = returns_of(market)
    return np.asarray(returns - returns.mean(axis=0))


def test_gerber_counts_far_moves_as_skfolio_does(market: Market) -> None:
    theirs = GerberCovariance(threshold=0.7, psd_variant=True, nearest=False)
    x = centred(market)
    theirs.fit(x)
    ours = Gerber(threshold=0.7)(market)
    np.testing.assert_allclose(ours.correlation, cov_to_corr(theirs.covariance_)[0], atol=1e-12)
    np.testing.assert_allclose(np.diag(ours.matrix), x.var(axis=0), rtol=1e-12)


def test_the_detoned_correlation_has_no_market_in_it(market: Market) -> None:
    values, vectors = np.linalg.eigh(np.corrcoef(centred(market), rowvar=False))
    rest = sum(v * np.outer(e, e) for v, e in zip(values[:-1], vectors.T[:-1], strict=True))
    np.testing.assert_allclose(Detoned()(market).correlation, cov_to_corr(rest)[0], atol=1e-10)
    np.testing.assert_allclose(np.diag(Detoned()(market).matrix), centred(market).var(axis=0))


def poet_of_the_paper(x: Array, factors: int, threshold: float) -> Array:
    """Fan, Liao and Mincheva (2013) by factors and residuals, and one pair after the other."""
    t, n = x.shape
    _, vectors = np.linalg.eigh(x @ x.T)
    f = np.sqrt(t) * vectors[:, ::-1][:, :factors]
    loadings = x.T @ f / t
    left = x - f @ loadings.T
    rest = left.T @ left / t
    least = threshold * (np.sqrt(np.log(n) / t) + 1 / np.sqrt(n))
    for i in range(n):
        for j in range(n):
            if i != j:
                r = rest[i, j] / np.sqrt((left[:, i] ** 2).mean() * (left[:, j] ** 2).mean())
                rest[i, j] *= max(abs(r) - least, 0.0) / abs(r)
    return np.asarray(loadings @ loadings.T + rest)


@pytest.mark.parametrize(("factors", "threshold"), [(0, 0.5), (1, 0.1), (2, 0.3), (3, 0.0)])
def test_poet_is_the_papers(market: Market, factors: int, threshold: float) -> None:
    got = POET(factors=factors, threshold=threshold)(market).matrix
    expected = poet_of_the_paper(centred(market), factors, threshold)
    np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-12)


def test_poet_counts_the_factors_and_is_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(3)
    loadings = rng.normal(size=(60, 2))
    truth = 1e-4 * (loadings @ loadings.T + np.eye(60))
    x = rng.multivariate_normal(np.zeros(60), truth, size=150)
    pairs = Pairs.of(x, tuple(map(str, range(60))))
    got = POET(window=150).matrix(pairs)
    np.testing.assert_array_equal(got, POET(window=150, factors=2).matrix(pairs))
    errors = [np.linalg.inv(of) - np.linalg.inv(truth) for of in (got, pairs.second)]
    assert np.linalg.norm(errors[0]) < 0.3 * np.linalg.norm(errors[1])


def test_a_portfolio_without_risk_by_it_has_a_variance_of_zero(market: Market) -> None:
    detoned = Detoned()(market.select(market.assets[:2]))
    hedged = 1.0 / detoned.std  # of two that move against each other without a market
    assert 0.0 <= detoned.variance(hedged) < 1e-12
    assert detoned.variance(np.nextafter(hedged, 1.0)) >= 0.0


def test_a_single_index_explains_covariances_by_betas(market: Market) -> None:
    x = centred(market)
    index = x.mean(axis=1)
    betas = [np.polyfit(index, asset, 1)[0] for asset in x.T]
    expected = np.outer(betas, betas) * index.var()
    got = SingleIndex()(market).matrix
    off = ~np.eye(len(got), dtype=bool)
    np.testing.assert_allclose(got[off], expected[off], rtol=1e-9)
    np.testing.assert_allclose(np.diag(got), x.var(axis=0), rtol=1e-9)


def test_semicovariance_is_the_mean_product_of_shortfalls(market: Market) -> None:
    short = np.minimum(centred(market) - 0.001, 0.0)
    got = Semicovariance(target=0.001)(market).matrix
    np.testing.assert_allclose(got, short.T @ short / len(short), rtol=1e-10)


@pytest.mark.parametrize(("assets", "sessions"), [(40, 250), (90, 80)])
def test_nonlinear_shrinkage_is_the_formula_and_nearer_to_the_truth(
    assets: int, sessions: int
) -> None:
    rng = np.random.default_rng(assets)
    root = np.linalg.qr(rng.normal(size=(assets, assets)))[0]
    variances = np.repeat([1.0, 3.0, 10.0], [assets - 20, 12, 8])
    truth = 1e-4 * (root * variances) @ root.T
    x = rng.multivariate_normal(np.zeros(assets), truth, size=sessions)
    pairs = Pairs.of(x, tuple(map(str, range(assets))))
    got = NonlinearShrinkage(window=sessions).matrix(pairs)
    np.testing.assert_allclose(got, shrunk_one_by_one(x), rtol=1e-5, atol=1e-10)
    sample = np.cov(x, rowvar=False)
    assert ((got - truth) ** 2).sum() < 0.7 * ((sample - truth) ** 2).sum()


def shrunk_one_by_one(x: Array) -> Array:
    """Ledoit and Wolf (2020), equations 4.7 to 4.11 and C.4, one eigenvalue after the other."""
    n, p = len(x) - 1, x.shape[1]
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    kept, h = values[max(p - n, 0) :], n ** (-1 / 3)
    new = []
    for one in kept:
        f = hilbert = 0.0
        for other in kept:
            u = (one - other) / (h * other)
            f += 3 / (4 * 5**0.5) * max(1 - u * u / 5, 0.0) / (h * other) / len(kept)
            part = -3 * u / (10 * np.pi)
            part += (
                3
                / (4 * 5**0.5 * np.pi)
                * (1 - u * u / 5)
                * np.log(abs((5**0.5 - u) / (5**0.5 + u)))
            )
            hilbert += part / (h * other) / len(kept)
        if p <= n:
            real = 1 - p / n - np.pi * p / n * one * hilbert
            new.append(one / ((np.pi * p / n * one * f) ** 2 + real**2))
        else:
            new.append(one / (np.pi**2 * one**2 * (f**2 + hilbert**2)))
    if p > n:
        logs = np.log((1 + 5**0.5 * h) / (1 - 5**0.5 * h))
        at_zero = 3 / (10 * h**2) + 3 / (4 * 5**0.5 * h) * (1 - 1 / (5 * h**2)) * logs
        null = 1 / (np.pi * (p - n) / n * at_zero / np.pi * np.mean(1 / kept))
        new = [null] * (p - n) + new
    return np.asarray((vectors * np.array(new)) @ vectors.T)


def with_close(market: Market, close: Array) -> Market:
    return replace(market, close=close, open=None, high=None, low=None, volume=None)


def shrunk_by_the_paper(x: Array) -> Array:
    t, n = x.shape
    x = x - x.mean(axis=0)
    s = x.T @ x / t
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    r = sum(s[i, j] / np.sqrt(s[i, i] * s[j, j]) for i, j in pairs) / len(pairs)
    f = np.array(
        [
            [s[i, i] if i == j else r * np.sqrt(s[i, i] * s[j, j]) for j in range(n)]
            for i in range(n)
        ]
    )
    pi = sum(np.mean((x[:, i] * x[:, j] - s[i, j]) ** 2) for i in range(n) for j in range(n))
    rho = sum(np.mean((x[:, i] ** 2 - s[i, i]) ** 2) for i in range(n))

    def theta(k: int, i: int, j: int) -> float:
        return float(np.mean((x[:, k] ** 2 - s[k, k]) * (x[:, i] * x[:, j] - s[i, j])))

    rho += sum(
        r
        / 2
        * (
            np.sqrt(s[j, j] / s[i, i]) * theta(i, i, j)
            + np.sqrt(s[i, i] / s[j, j]) * theta(j, i, j)
        )
        for i, j in pairs
    )
    share = max(0.0, min(1.0, (pi - rho) / ((f - s) ** 2).sum() / t))
    assert 0 < share < 1
    return np.asarray(share * f + (1 - share) * s)


def test_sample_equals_numpy(market: Market) -> None:
    expected = np.cov(returns_of(market), rowvar=False)
    np.testing.assert_allclose(SampleCovariance()(market).matrix, expected, rtol=1e-12)


def test_few_assets_are_compared_between_the_sessions_on_which_all_trade() -> None:
    market = simulated_market(seed=1, holes=0.03)
    whole = np.flatnonzero(np.isfinite(market.close).all(axis=1))[-251:]
    close = market.close[whole]
    expected = np.cov(close[1:] / close[:-1] - 1, rowvar=False) * 251 / (len(market) - whole[0])
    np.testing.assert_allclose(SampleCovariance()(market).matrix, expected, rtol=1e-9)


def test_sample_pairs_up_what_is_known_of_many() -> None:
    market = simulated_market(seed=1, assets=40, holes=0.0)
    close = market.close.copy()
    close[-250 + np.arange(40) * 6, np.arange(40)] = np.nan
    holed_market = replace(market, close=close)
    x = returns_of(holed_market)
    got = SampleCovariance()(holed_market).matrix
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            both = np.isfinite(x[:, i]) & np.isfinite(x[:, j])
            products = (x[both, i] - np.nanmean(x[:, i])) * (x[both, j] - np.nanmean(x[:, j]))
            assert got[i, j] == pytest.approx(products.sum() / (both.sum() - 1), rel=1e-9)


def test_ledoit_wolf_equals_the_paper_written_out(market: Market) -> None:
    close = market.close.copy()
    close[:, 1] = np.sqrt(close[:, 0] * close[:, 1])  # two that move together
    market = with_close(market, close)
    expected = shrunk_by_the_paper(returns_of(market, 100))
    np.testing.assert_allclose(LedoitWolf(window=100)(market).matrix, expected, rtol=1e-10)


def test_ledoit_wolf_keeps_variances_and_draws_correlations_together(market: Market) -> None:
    shrunk, sample = LedoitWolf(window=80)(market), SampleCovariance(window=80)(market)
    np.testing.assert_allclose(shrunk.std, sample.std * np.sqrt(79 / 80), rtol=1e-12)
    assert np.std(shrunk.correlation) < np.std(sample.correlation)


def test_identity_target_equals_sklearn(market: Market) -> None:
    expected, _ = ledoit_wolf(returns_of(market, 120))
    np.testing.assert_allclose(LedoitWolfIdentity(window=120)(market).matrix, expected, rtol=1e-9)


def test_correlations_converge_to_the_true_ones() -> None:
    rng = np.random.default_rng(3)
    true = np.array([[1, 0.6, 0.1], [0.6, 1, 0.3], [0.1, 0.3, 1]])
    shocks = rng.multivariate_normal(np.zeros(3), true, 3000) * [0.01, 0.02, 0.005]
    market = simulated_market(sessions=3000, assets=3)
    market = with_close(market, 100 * np.cumprod(1 + shocks, axis=0, dtype=np.float64))
    model = VolatilityTimesCorrelation(half_life=2000, shrinkage=0)
    got = model(market)
    np.testing.assert_allclose(got.correlation, true, atol=0.05)
    np.testing.assert_allclose(got.std, [0.01, 0.02, 0.005], rtol=0.35)


def test_volatility_follows_a_storm_that_correlation_outlives(market: Market) -> None:
    calm = VolatilityTimesCorrelation()(market)
    moves = market.close[1:] / market.close[:-1]
    moves[-10:] = 1 + 4 * (moves[-10:] - 1)
    stormy_close = np.vstack([market.close[:1], market.close[0] * np.cumprod(moves, axis=0)])
    stormy = VolatilityTimesCorrelation()(with_close(market, stormy_close))
    assert (stormy.std > 1.5 * calm.std).all()
    assert np.abs(stormy.correlation - calm.correlation).max() < 0.15


def test_volatility_is_that_of_the_model_asked_for(market: Market) -> None:
    model = VolatilityTimesCorrelation(volatility=VolatilityAverage(), volatility_horizon=5)
    expected = volatility_forecast(market, 5, VolatilityAverage())
    np.testing.assert_allclose(model(market).std, expected, rtol=1e-12)
    plain = VolatilityTimesCorrelation()(market)
    np.testing.assert_allclose(model(market).correlation, plain.correlation, rtol=1e-9)


def test_oracle_shrinkage_is_the_papers_and_nearly_scikit_learns(market: Market) -> None:
    x = returns_of(market)
    x = x - x.mean(axis=0)
    n, p = x.shape
    s = x.T @ x / n
    above = (1 - 2 / p) * np.trace(s @ s) + np.trace(s) ** 2
    below = (n + 1 - 2 / p) * (np.trace(s @ s) - np.trace(s) ** 2 / p)
    expected = (1 - above / below) * s + above / below * np.trace(s) / p * np.eye(p)
    got = OAS()(market).matrix
    np.testing.assert_allclose(got, expected, rtol=1e-10)
    np.testing.assert_allclose(got, oas(returns_of(market))[0], rtol=0.02)  # it leaves out 2 / p


def test_the_newest_sessions_weigh_most(market: Market) -> None:
    returns = returns_of(market, 5 * 21)
    weights = 0.5 ** (np.arange(len(returns))[::-1] / 21)
    centred = returns - returns.mean(axis=0)
    expected = np.einsum("t,ti,tj->ij", weights, centred, centred) / weights.sum()
    np.testing.assert_allclose(EWMACovariance(half_life=21)(market).matrix, expected, rtol=1e-10)


def test_denoising_keeps_variances_and_what_is_common_and_drops_what_chance_made() -> None:
    rng = np.random.default_rng(0)
    common = rng.standard_normal((250, 1)) * 0.5
    shocks = 0.01 * (common + rng.standard_normal((250, 40)))
    market = simulated_market(sessions=251, assets=40)
    close = 100 * np.vstack([np.ones(40), np.cumprod(1 + shocks, axis=0)])
    market = with_close(market, close)
    sample, denoised = (model(market) for model in (SampleCovariance(), Denoised()))
    true = np.full((40, 40), 0.2) + 0.8 * np.eye(40)
    np.testing.assert_allclose(denoised.std, sample.std, rtol=0.01)
    values = np.linalg.eigvalsh(denoised.correlation)
    noisy = np.linalg.eigvalsh(sample.correlation)
    assert np.ptp(values[:-1]) < 0.2 * np.ptp(noisy[:-1]) and values[-1] > 5
    errors = [np.abs(c.correlation - true).mean() for c in (denoised, sample)]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("model", MODELS)
def test_scale_shape_and_definiteness(model: RiskModel, holed_market: Market) -> None:
    covariance = model(holed_market)
    assert covariance.assets == holed_market.assets
    assert ((covariance.std > 1e-3) & (covariance.std < 0.1)).all()
    assert np.array_equal(covariance.matrix, covariance.matrix.T)
    assert np.linalg.eigvalsh(covariance.correlation)[0] > -1e-10
    assert not covariance.matrix.flags.writeable


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(5)), cut=st.integers(150, 400))
def test_names_and_the_future_change_nothing(model: RiskModel, order: list[int], cut: int) -> None:
    market = simulated_market(sessions=420, assets=5)
    there = model(market[:cut])
    fresh = simulated_market(sessions=420, assets=5)
    assert np.array_equal(there.matrix, model(fresh[:cut]).matrix)
    shuffled = model(market[:cut].select([market.assets[k] for k in order])).matrix
    np.testing.assert_allclose(shuffled, there.matrix[np.ix_(order, order)], rtol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_too_little_history_names_the_asset(model: RiskModel, market: Market) -> None:
    close = market.close.copy()
    close[:-30, 2] = np.nan
    with pytest.raises(NotEnoughHistory, match="the covariance of A2 needs 60 sessions"):
        model(with_close(market, close))


def test_two_that_never_trade_together_are_named(market: Market) -> None:
    close = market.close.copy()
    close[-250:-120, 1] = np.nan
    close[-120:-1, 4] = np.nan
    with pytest.raises(NotEnoughHistory, match="the covariance of A1, A4 needs 60"):
        SampleCovariance()(with_close(market, close))


def test_impossible_correlations_are_repaired_with_a_note(market: Market) -> None:
    rng = np.random.default_rng(0)
    close = np.full((241, 3), np.nan)
    for block, (left, right, sign) in enumerate([(0, 1, 1.0), (1, 2, 1.0), (0, 2, -1.0)]):
        rows = slice(80 * block, 80 * block + 80)
        steps = 0.01 * rng.standard_normal(80)
        close[rows, left] = 100 * np.cumprod(1 + steps)
        close[rows, right] = 100 * np.cumprod(1 + sign * steps + 0.002 * rng.standard_normal(80))
    close[-1] = 100.0
    three = market[:241].select(market.assets[:3])
    covariance = SampleCovariance()(with_close(three, close))
    assert "positive semi-definite" in covariance.note
    assert np.linalg.eigvalsh(covariance.correlation)[0] > -1e-9
    np.testing.assert_allclose(np.diag(covariance.correlation), 1.0, rtol=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_one_asset_and_an_asset_that_never_moves(model: RiskModel, market: Market) -> None:
    alone = model(market.select(["A3"]))
    assert alone.matrix.shape == (1, 1)
    assert alone.matrix[0, 0] > 0
    close = market.close.copy()
    close[:, 0] = 100.0
    still = model(with_close(market, close))
    assert np.isfinite(still.matrix).all()
    if not isinstance(model, LedoitWolfIdentity | OAS | FactorModel):
        assert still.matrix[0].tolist() == [0.0] * len(market.assets)


@pytest.mark.parametrize("model", MODELS)
def test_models_are_documents(model: RiskModel) -> None:
    adapter: TypeAdapter[RiskModel] = TypeAdapter(AnyRiskModel)
    assert adapter.validate_json(adapter.dump_json(model)) == model


@pytest.mark.parametrize("holes", [0.0, 0.02])
def test_means_of_sectors_need_no_correlation_of_a_pair(holes: float) -> None:
    returns = simulated_market(seed=4, sessions=300, assets=6, holes=holes).returns[1:].copy()
    returns[:, 5] = 0.0  # what does not move is correlated with nothing
    sectors = ("tech", "tech", "", "energy", "tech", "energy")
    pairs = Pairs.of(returns, tuple("abcdef"))
    assert pairs.complete == (not holes)
    _, correlation = split(pairs.exponentially_weighted(40))
    expected = sector_correlation(correlation, sectors)
    np.testing.assert_allclose(pairs.sector_means(40, sectors), expected, rtol=1e-9, atol=1e-12)


def test_one_wild_session_is_no_correlation() -> None:
    market = simulated_market(seed=4, sessions=800, assets=4)
    close = market.close.copy()
    close[-40:, :2] *= 0.7  # both fell by some thirty standard deviations, once
    wild = with_close(market, close)
    plain = VolatilityTimesCorrelation(shrinkage=0.0)
    cut = VolatilityTimesCorrelation(shrinkage=0.0, widest=4.0)
    moved = [
        model(wild).correlation[0, 1] - model(market).correlation[0, 1] for model in (plain, cut)
    ]
    assert moved[0] > 0.2 and abs(moved[1]) < 0.1
    far = VolatilityTimesCorrelation(shrinkage=0.0, widest=1e6)
    np.testing.assert_array_equal(far(wild).matrix, plain(wild).matrix)


def test_returns_are_divided_by_the_volatility_that_is_named() -> None:
    market = simulated_market(seed=5, sessions=700, assets=3)
    model = VolatilityTimesCorrelation(
        half_life=100, shrinkage=0.0, standardised_by="half_lives", widest=2.0
    )
    window = 500
    known = usual_volatility(market)[-1 - window : -1]
    divided = np.clip(market.returns[-window:] / known, -2.0, 2.0)
    weights = 0.5 ** (np.arange(window)[::-1] / 100)
    weights /= weights.sum()
    about = divided - weights @ divided
    second = (about * weights[:, None]).T @ about
    _, expected = split(second)
    np.testing.assert_allclose(model(market).correlation, expected, atol=0.01)
    assert (
        np.abs(
            model(market).correlation
            - model.model_copy(update={"standardised_by": "ewma"})(market).correlation
        ).max()
        > 1e-4
    )


def test_what_is_for_statements_of_risk_forecasts_each_volatility_by_itself() -> None:
    market = simulated_market(seed=6, sessions=600, assets=4)
    stated = FOR_RISK(market)
    own = volatility_forecast(market, FOR_RISK.volatility_horizon, FOR_RISK.volatility)
    np.testing.assert_allclose(np.sqrt(np.diag(stated.matrix)), own, rtol=1e-9)
    assert FOR_RISK.volatility.kind == "har_x"  # type: ignore[attr-defined]


def test_sessions_before_anything_is_known_are_no_holes() -> None:
    returns = np.random.default_rng(5).normal(0.0, 0.01, (100, 3))
    later = Pairs.of(np.vstack([np.full((30, 3), np.nan), returns]), ("A", "B", "C"))
    alone = Pairs.of(returns, ("A", "B", "C"))
    assert later.complete
    np.testing.assert_array_equal(later.second, alone.second)
    np.testing.assert_array_equal(
        later.exponentially_weighted(20), alone.exponentially_weighted(20)
    )

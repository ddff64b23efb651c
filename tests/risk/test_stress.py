"""Stress tests: sums that are exact, moves that are known, and what is missing told."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.core.errors import BadSettings, DataError, InputError, UnknownTicker
from forefolio.core.units import Array
from forefolio.core.wording import MINUS
from forefolio.market import Market, Sample, load_market, simulated_market
from forefolio.risk import (
    EPISODES,
    SHOCKS,
    Episode,
    Shock,
    Stress,
    load_stresses,
    stress_loss,
    stress_test,
)

MARKET = simulated_market(seed=6, sessions=900, assets=6)
WEIGHTS = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.0])
FALL = Episode(name="fall", first="2011-01-03", last="2011-06-30")
EACH = pytest.mark.parametrize(
    "stress",
    [
        FALL,
        Shock(name="market", market=-0.2),
        Shock(name="all", market=-0.1, sectors={"Tech": -0.3}, assets={"A4": -0.5}),
        Shock(name="series", levels={"vix": 1.0}, yields={"vix": 1.0}),
        Shock(name="here", assets={"A0": -0.5}, sectors={"Energy": -0.1}, spread=False),
    ],
    ids=lambda stress: stress.name,
)


def without(market: Market, asset: str, rows: slice) -> Market:
    """The market in which an asset had no closes on those rows."""
    close = market.close.copy()
    close[rows, market.assets.index(asset)] = np.nan
    return Market(
        sessions=market.sessions,
        assets=market.assets,
        close=close,
        series=market.series,
        sectors=market.sectors,
        periods_per_year=market.periods_per_year,
    )


@EACH
def test_effects_sum_to_the_loss_and_order_does_not_matter(stress: Stress) -> None:
    told = stress_loss(WEIGHTS, MARKET, stress)
    assert told.effects.sum() == pytest.approx(-told.loss, abs=1e-15)
    assert sum(told.by_sector.values()) == pytest.approx(-told.loss, abs=1e-15)
    np.testing.assert_array_equal(told.effects, WEIGHTS * told.moves)
    assert told.moves[5] == 0.0 == told.effects[5]
    order = [3, 5, 0, 1, 4, 2]
    moved = stress_loss(WEIGHTS[order], MARKET.select([MARKET.assets[k] for k in order]), stress)
    np.testing.assert_allclose(moved.moves, told.moves[order], rtol=1e-12)
    twice = stress_loss(2 * WEIGHTS, MARKET, stress)
    assert twice.loss == pytest.approx(2 * told.loss)


def test_an_episode_is_what_happened() -> None:
    told = stress_loss(WEIGHTS, MARKET, FALL)
    first, last = np.searchsorted(MARKET.sessions, np.array(["2011-01-03", "2011-06-30"], "M8[D]"))
    np.testing.assert_allclose(told.moves[:5], (MARKET.close[last] / MARKET.close[first] - 1)[:5])
    assert told.error is None and told.notes == ()


def test_an_asset_that_was_not_there_follows_its_beta_and_is_named() -> None:
    late = without(MARKET, "A1", slice(0, 500))
    told = stress_loss(WEIGHTS, late, FALL)
    index = MARKET.series["benchmark"]
    first, last = np.searchsorted(MARKET.sessions, np.array(["2011-01-03", "2011-06-30"], "M8[D]"))
    market = index[1:] / index[:-1] - 1
    own = MARKET.returns[1:, 1]
    beta = np.polyfit(market[500:], own[500:], 1)[0]
    expected = (index[last] / index[first]) ** beta - 1
    assert told.moves[1] == pytest.approx(expected)
    assert told.notes == (f"estimated by market beta, as there are no prices: A1 ({beta:.2f})",)


def test_an_asset_that_left_is_held_to_its_last_price() -> None:
    rows = np.searchsorted(MARKET.sessions, np.array(["2011-01-03", "2011-03-01"], "M8[D]"))
    gone = without(MARKET, "A1", slice(int(rows[1]), None))
    told = stress_loss(WEIGHTS, gone, FALL)
    close = MARKET.close[:, 1]
    assert told.moves[1] == pytest.approx(close[rows[1] - 1] / close[rows[0]] - 1)


def known_betas(noise: float = 0.0) -> tuple[Market, Array]:
    """A market of three assets with betas 0.5, 1 and 2, and specific moves of that size."""
    rng = np.random.default_rng(7)
    index = rng.normal(0, 0.01, 2000)
    betas = np.array([0.5, 1.0, 2.0])
    returns = index[:, None] * betas + noise * rng.standard_normal((2000, 3))
    market = simulated_market(sessions=2000, assets=3)
    level: Array = np.asarray(np.cumprod(1 + index), dtype=np.float64)
    rate: Array = -0.1 * np.cumsum(index)
    return Market(
        sessions=market.sessions,
        assets=market.assets,
        close=np.cumprod(1 + returns, axis=0),
        series={"benchmark": level, "yield": rate},
        sectors=market.sectors,
        periods_per_year=market.periods_per_year,
    ), betas


def test_a_shock_spreads_by_beta_and_is_certain_where_nothing_else_moves() -> None:
    market, betas = known_betas()
    told = stress_loss(np.full(3, 1 / 3), market, Shock(name="x", market=-0.2, step=1))
    np.testing.assert_allclose(told.moves, -0.2 * betas, rtol=1e-8)
    assert told.error == pytest.approx(0.0, abs=1e-8)
    rise = Shock(name="rates", yields={"yield": 0.01}, step=1)
    np.testing.assert_allclose(stress_loss(np.ones(3) / 3, market, rise).moves, -0.1 * betas)


def test_errors_of_a_spread_are_as_large_as_luck() -> None:
    shock, weights = Shock(name="x", market=-0.2, step=1), np.array([1.0, 0.0, 0.0])
    market, _ = known_betas(noise=0.02)
    told = stress_loss(weights, market, shock)
    expected = 0.2 * 0.02 / (0.01 * np.sqrt(2000))
    assert told.error == pytest.approx(expected, rel=0.15)
    assert told.loss == pytest.approx(0.1, abs=3 * expected)


def test_what_is_named_moves_as_it_is_named() -> None:
    shock = Shock(name="x", market=-0.1, assets={"A0": 0.2})
    assert stress_loss(WEIGHTS, MARKET, shock).moves[0] == 0.2
    alone = Shock(name="x", market=-0.1, sectors={"Energy": -0.3}, assets={"A0": 0.2}, spread=False)
    np.testing.assert_allclose(
        stress_loss(WEIGHTS, MARKET, alone).moves, [0.2, -0.3, -0.1, -0.1, -0.3, 0.0]
    )


def test_no_more_than_all_is_lost() -> None:
    market, _ = known_betas()
    told = stress_loss(np.full(3, 1 / 3), market, Shock(name="x", market=-0.7, step=1))
    assert told.moves[2] == -1.0
    assert told.notes == ("an asset loses at most its whole value; capped: A2",)


def test_a_verdict_names_what_drives_it() -> None:
    told = stress_loss(
        np.array([0.5, 0.2, 0.0, 0.0, -0.1, 0.0]),
        MARKET,
        Shock(name="x", assets={"A0": -0.4, "A1": -0.1, "A4": -0.5}),
    )
    assert told.verdict == "loses 17.0 %, mainly A0 (−20.0 %) and A1 (−2.0 %)"  # noqa: RUF001
    assert stress_loss(np.zeros(6), MARKET, FALL).verdict == "no held asset moves"
    assert list(told.to_frame().columns) == ["move", "effect"]


def test_what_cannot_be_tried_is_left_out_and_told() -> None:
    told = stress_test(WEIGHTS, MARKET)
    assert set(told.left_out) == {e.name for e in EPISODES if e.name != "euro and downgrade"} | {
        "Aaa yields rise by 100 bp"
    }
    assert "the episode from 2020-02-19 to 2020-03-23" in told.left_out["pandemic"]
    assert [one.name for one in told.losses] == [
        "euro and downgrade", "market falls by 20 %", "VIX doubles"
    ]  # fmt: skip
    assert told.worst.loss == max(told.to_frame()["loss"])
    with pytest.raises(
        DataError, match="no stress scenario could be computed: pandemic: prices run from"
    ):
        assert stress_test(WEIGHTS, MARKET, EPISODES[3:4]).worst


def test_the_sample_went_through_all_of_them() -> None:
    market = load_market(Sample()).market
    told = stress_test(np.full(20, 0.05), market)
    assert not told.left_out and len(told.losses) == len(EPISODES) + len(SHOCKS)
    losses = {one.name: one.loss for one in told.losses}
    assert losses["financial crisis"] > losses["pandemic"] > losses["inflation and rates"] > 0
    assert losses["market falls by 20 %"] == pytest.approx(0.19, abs=0.02)


DOCUMENT = """
- {kind: shock, name: tech, sectors: {Tech: -0.3}}
- {kind: episode, name: spring, first: 2011-03-01, last: 2011-05-31}
"""


def test_stresses_of_ones_own_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "stress.yaml"
    path.write_text(DOCUMENT)
    tech, spring = load_stresses(path)
    assert tech == Shock(name="tech", sectors={"Tech": -0.3})
    assert spring == Episode(name="spring", first="2011-03-01", last="2011-05-31")
    written = [json.loads(one.model_dump_json()) for one in (tech, spring)]
    path.write_text(json.dumps(written))
    assert load_stresses(path) == (tech, spring)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("- {kind: shok}", "0: .*shok"),
        ("kind: shock", "must be a list"),
        ("- {kind: shock, market: -2}", "0.shock.market: .*greater than or equal to -1"),
        ("- {kind: shock}", "the shock moves nothing"),
        (
            "- {kind: shock, market: -0.1, sectr: {x: 1}}",
            "0.shock.sectr: there is no such setting; did you mean 'sectors'",
        ),
        ("- {kind: episode, first: 2020-01-02, last: 2019-01-02}", "must be before"),
        ("- [", "is not YAML"),
        ("- {kind: shock, market: -0.1, market: -0.2}", "'market' stands twice"),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "stress.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=f"stress.yaml: .*{told}"):
        load_stresses(path)
    with pytest.raises(InputError, match=r"nowhere.yaml: cannot be read"):
        load_stresses(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sectors": {"Teck": -0.1}}, "no sector Teck; did you mean 'Tech'.; there is Tech, Ener"),
        ({"levels": {"oil": -0.1}}, "no series oil; there is benchmark, risk_free and vix"),
        ({"market": -0.1, "step": 850}, "A0 has 49 changes together .* 60 are needed"),
    ],
)
def test_what_a_market_does_not_hold_is_told(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        stress_loss(WEIGHTS, MARKET, Shock(name="x", **changed))


def test_bad_weights_and_unknown_assets_are_told() -> None:
    for weights in (np.ones(5), np.full(6, np.nan)):
        with pytest.raises(InputError, match="one finite number for each of the 6 assets"):
            stress_loss(weights, MARKET, FALL)
    with pytest.raises(UnknownTicker, match="this market has no ZZZ"):
        stress_loss(WEIGHTS, MARKET, Shock(name="x", assets={"ZZZ": -0.1}))
    with pytest.raises(BadSettings, match="vix moves no asset unless it may spread"):
        Shock(name="x", levels={"vix": 1.0}, spread=False)


def test_no_more_than_all_there_is_can_be_lost() -> None:
    market = simulated_market(seed=1, sessions=300, assets=2)
    fall = Shock(name="all fall", assets={"A0": -0.5, "A1": -0.4}, spread=False)
    told = stress_loss(np.array([2.0, 1.0]), market, fall)
    assert told.ruined and told.loss == 1.0
    assert told.effects.sum() == pytest.approx(-1.4)
    assert told.verdict.replace(MINUS, "-") == (
        "loses everything: the moves add up to -140.0 %, mainly A0 (-100.0 %) and A1 (-40.0 %)"
    )
    assert not stress_loss(np.array([1.0, 1.0]), market, fall).ruined

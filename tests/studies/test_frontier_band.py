"""Frontiers of other pasts: how far one would move, by drawing the past anew."""

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

import forefolio as ff
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.forecast import Forecast
from forefolio.optimize import EfficientFrontier, Outlook
from forefolio.optimize.objectives.redrawn import redrawn
from forefolio.risk import Covariance
from forefolio.studies.frontier import FrontierResult, FrontierStudy
from forefolio.studies.frontier_band import FrontierBand, OtherPasts, frontier_band
from forefolio.views.catalog import page_of

MEAN = np.array([0.0002, 0.0004])  # a session
COVARIANCE = np.array([[1.0e-4, 0.2e-4], [0.2e-4, 3.0e-4]])
ASKED: dict[str, Any] = {"source": ff.Synthetic(sessions=600, assets=3), "points": 5}


def an_outlook() -> Outlook:
    assets = ("A", "B")
    return Outlook(
        forecast=Forecast(
            made=np.datetime64("2020-01-31"), horizon=1, assets=assets, mean=MEAN, std=np.ones(2)
        ),
        covariance=Covariance(assets=assets, matrix=COVARIANCE),
        current=np.zeros(2),
        periods_per_year=252.0,
    )


def a_band(sessions: int, draws: int = 60, seed: int = 0) -> tuple[FrontierBand, Array]:
    """The band, and the returns of the frontier itself."""
    frontier, outlook = EfficientFrontier(points=7), an_outlook()
    curve = frontier.curve(outlook)
    own = np.array([one.expected_return for one in curve.points], dtype=np.float64)
    pasts = OtherPasts(draws=draws, sessions=sessions, seed=seed)
    return finish(frontier_band(frontier, curve, outlook, pasts)), own


def known(values: tuple[float | None, ...]) -> Array:
    return np.array(values, dtype=np.float64)


def test_the_longer_the_past_the_less_it_moves() -> None:
    wide, own = a_band(250)
    narrow, _ = a_band(25_000)
    room = [np.nanmean(known(one.high) - known(one.low)) for one in (wide, narrow)]
    assert room[0] > 5.0 * room[1]  # the root of a hundred
    near = np.nanmax(np.abs(known(narrow.middle) - own))
    assert near < 0.02 < np.nanmax(known(wide.high) - own)


def test_the_band_is_of_the_frontiers_of_its_draws() -> None:
    """At the greatest risk: the asset of the greater mean, which a slow twin can see."""
    band, _ = a_band(500, draws=40)
    top = []
    for one in redrawn(an_outlook(), 40, 500, seed=0):
        curve = EfficientFrontier(points=200).curve(one)
        reached = [p for p in curve.points if p.risk is not None and p.risk <= band.risk[-1] + 1e-9]
        top.append(max(p.expected_return or 0.0 for p in reached))
    assert band.high[-1] == pytest.approx(np.quantile(top, 0.95), rel=0.05)
    assert band.low[-1] == pytest.approx(np.quantile(top, 0.05), rel=0.15, abs=0.01)


def test_another_seed_draws_other_pasts_and_the_same_one_the_same() -> None:
    first, again, other = (a_band(250, draws=20, seed=seed)[0] for seed in (0, 0, 1))
    assert first == again != other
    near = known(first.middle) - known(other.middle)
    assert 0.0 < np.nanmax(np.abs(near)) < np.nanmax(known(first.high) - known(first.low))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> FrontierResult:
    settings = ff.Settings(home=tmp_path_factory.mktemp("band"), executor="inline:")
    asked = {**ASKED, "forecast": "past_means", "resamples": 20}
    found: FrontierResult = ff.ask(FrontierStudy(**asked), settings)
    return found


def test_a_study_has_the_band_when_it_is_asked_for(result: FrontierResult) -> None:
    band = result.band
    assert band is not None and (band.draws, band.sessions) == (20, 600)
    assert list(band.risk) == sorted(one.risk for one in result.points if one.risk is not None)
    (told,) = (one for one in page_of(result).evidence if one.title.startswith("If the past"))
    assert "20 pasts of 600 sessions" in str(told)
    _, axes = result.plot()
    assert any("band: 90" in one.get_text() for one in axes.texts)
    (drawn,) = (one for one in axes.collections if isinstance(one, PolyCollection))
    heights = np.asarray(drawn.get_paths()[0].vertices)[:, 1]
    assert heights.max() == pytest.approx(np.nanmax(known(band.high)))


def test_the_band_is_drawn_with_the_seed_of_the_question(
    result: FrontierResult, tmp_path: Any
) -> None:
    settings = ff.Settings(home=tmp_path, executor="inline:")
    asked = {**ASKED, "forecast": "past_means", "resamples": 20, "seed": 3}
    found = ff.ask(FrontierStudy(**asked), settings)
    assert found.points == result.points
    assert found.band is not None and found.band != result.band


def test_other_risks_have_no_band_and_say_so(tmp_path: Any) -> None:
    settings = ff.Settings(home=tmp_path, executor="inline:")
    asked = {**ASKED, "risk_measure": "cvar", "resamples": 5}
    found = ff.ask(FrontierStudy(**asked), settings)
    assert found.band is None
    assert any("against volatility alone" in one.message for one in found.remarks)

"""Past forecasts beside what happened, and how much intervals held over time."""

from datetime import timedelta

import numpy as np
import pytest

from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.core.units import Array
from forefolio.runs.asking import ask
from forefolio.studies.coverage import CoverageRecord, coverage_record
from forefolio.studies.forecast import ForecastResult, ForecastStudy
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.past_forecasts import KEPT
from forefolio.views.catalog import page_of
from forefolio.views.figures.past import draw_coverage

YEAR = 252.0
SPAN = 252
STUDY = ForecastStudy.model_validate(
    {
        "data": {
            "source": {"kind": "synthetic", "sessions": 420, "assets": 3},
            "minimum_sessions": 100,
        },
        "horizons": (1, 5),
        "recipe": {
            "features": ({"kind": "momentum", "window": 21},),
            "models": ("bayesian_ridge",),
            "baselines": (),
            "volatility": ("ewma",),
            "walk": {"first": 260, "refit": 100},
        },
    }
)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ForecastResult:
    return ask(STUDY, Settings(home=tmp_path_factory.mktemp("home"), executor="inline:"))


def test_what_happened_is_the_return_from_the_next_trade(result: ForecastResult) -> None:
    market = finish(STUDY.data.load()).market
    row = {day: k for k, day in enumerate(market.sessions.astype(object).tolist())}
    assert [one.horizon for one in result.past] == [1, 5]
    for past in result.past:
        h = past.horizon
        places = [row[day] for day in past.sessions]
        assert set(np.diff(places)) == {h}  # they do not overlap
        assert places[-1] == len(market) - h - 2  # the newest that is known
        for i, asset in enumerate(past.assets):
            price = market.trade_price[:, i]
            came = [price[p + 1 + h] / price[p + 1] - 1.0 for p in places]
            assert asset.outcome == pytest.approx(came, abs=1e-5)


def test_all_are_counted_and_the_latest_are_kept(result: ForecastResult) -> None:
    short, long = result.past
    assert len(short.sessions) == KEPT
    assert all(one.known > KEPT for one in short.assets)
    for one in long.assets:  # fewer than are kept: what is counted can be seen
        low, high, came = (np.array(v, dtype=np.float64) for v in (one.low, one.high, one.outcome))
        known = np.isfinite(came) & np.isfinite(low)
        assert one.known == known.sum()
        assert one.inside == ((came >= low) & (came <= high))[known].sum()
    held = page_of(result).evidence
    table = next(one for one in held if "Past outcomes" in one.title)
    first = short.assets[0]
    assert f"{first.inside} of {first.known}" in str(table)


def test_past_forecasts_are_drawn_with_their_count(result: ForecastResult) -> None:
    figure, panels = result.plot("past")
    one = result.past[1]  # the horizon nearest to a month
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles == [f"{a.ticker}: {a.inside} of {a.known} inside" for a in one.assets]
    dots = sum(len(line.get_xdata()) for line in panels[0].lines[1:])
    assert dots == len(one.sessions)
    assert "5 sessions" in figure.get_suptitle()


def a_record(inside: Array) -> ForecastRecord:
    """A record of so many sessions whose intervals held these shares."""
    first = np.datetime64("2012-01-02").astype(object)
    nothing = tuple([None] * len(inside))
    return ForecastRecord(
        horizon=1,
        level=0.9,
        reference="EWMA",
        sessions=tuple(first + timedelta(days=k) for k in range(len(inside))),
        right=nothing,
        inside=tuple(inside.tolist()),
        volatility_loss=nothing,
        kept=nothing,
    )


def healthy(seed: int, sessions: int = 2520) -> Array:
    held: Array = np.random.default_rng(seed).binomial(10, 0.9, sessions) / 10.0
    return held


def of(inside: Array) -> CoverageRecord:
    found = coverage_record(a_record(inside), YEAR)
    assert found is not None
    return found


def test_each_share_is_of_the_year_before_a_month_ends() -> None:
    shares = healthy(0)
    found = of(shares)
    day = {one: k for k, one in enumerate(a_record(shares).sessions)}
    for session, value in zip(found.sessions, found.values, strict=True):
        end = day[session] + 1
        assert value == pytest.approx(shares[end - SPAN : end].mean())
    assert found.value == pytest.approx(shares.mean())


def test_years_of_right_intervals_stay_where_luck_leaves_them_and_others_do_not() -> None:
    """Years that do not overlap: of right intervals nine in ten lie within."""
    within = []
    for seed in range(30):
        shares = healthy(seed)
        found = of(shares)
        within += [found.low <= year.mean() <= found.high for year in np.split(shares, 10)]
    assert 0.85 <= np.mean(within) <= 0.97
    narrow = of(np.where(np.arange(2520) >= 1800, healthy(1) - 0.2, healthy(1)))
    assert narrow.values[-1] is not None
    assert narrow.values[-1] < narrow.low


def test_outcomes_that_come_together_leave_more_to_luck() -> None:
    apart = of(healthy(2))
    together = of(np.repeat(healthy(2, 126), 20))
    assert together.high - together.low > 2.0 * (apart.high - apart.low)


def test_less_than_a_year_has_no_coverage_over_time() -> None:
    assert coverage_record(a_record(healthy(0, 200)), YEAR) is None


def test_coverage_is_drawn_beside_its_promise() -> None:
    found = of(healthy(3))
    (axes,) = draw_coverage(found).axes
    promised, line = axes.lines
    assert promised.get_ydata()[0] == 0.9
    assert list(line.get_ydata()) == list(found.values)

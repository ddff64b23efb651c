"""One backtest of several saved portfolios: what is asked, and what it comes to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.core.settings import Settings
from forefolio.store.portfolio_records import Origin, SavedPortfolio
from forefolio.store.portfolios import with_portfolios
from forefolio.studies.saved_backtest import backtest_of_saved

SYNTHETIC = {"source": {"kind": "synthetic", "sessions": 500, "assets": 3, "seed": 2}}
DATA = {"data": {**SYNTHETIC, "minimum_sessions": 100}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, executor="inline:")


def saved(
    settings: Settings, name: str, weights: Mapping[str, float], params: Mapping[str, Any] = DATA
) -> SavedPortfolio:
    origin = Origin(params=params)
    return with_portfolios(settings, lambda kept: kept.save(name, weights, origin=origin))


def test_all_of_them_are_in_one_answer_with_their_differences(settings: Settings) -> None:
    saved(settings, "core", {"A0": 0.6, "A1": 0.3})
    saved(settings, "income", {"A1": 0.5, "A2": 0.5})
    result = ff.backtest_portfolios("core", "income", settings=settings)
    own, other, equal = (one for one in result.backtest if one.name != "index")
    assert [own.name, other.name, equal.name] == ["core", "income", "equal weight"]
    assert result.strategy == "core" and result.data.tickers == ("A0", "A1", "A2")
    assert result.weights == pytest.approx({"A0": 0.6, "A1": 0.3})
    assert (own.first, own.last) == (other.first, other.last)
    apart = other.strategy_versus_this
    assert apart is not None and apart.sharpe == pytest.approx(
        (own.sharpe or 0) - (other.sharpe or 0)
    )
    assert apart.low is not None and apart.high is not None
    assert apart.low < apart.sharpe < apart.high
    assert [one.name for one in result.curves.equity][:2] == ["core", "income"]


def test_states_of_one_name_are_told_apart_by_their_number(settings: Settings) -> None:
    states = [saved(settings, "core", weights) for weights in ({"A0": 1.0}, {"A1": 1.0})]
    study = backtest_of_saved(states)
    assert [one.name for one in (study.strategy, *study.baselines)][:2] == ["core@1", "core@2"]


def test_what_makes_no_single_backtest_is_refused(settings: Settings) -> None:
    core = saved(settings, "core", {"A0": 1.0})
    own = saved(settings, "own", {"A0": 1.0}, {})
    with pytest.raises(InputError, match="core on synthetic and own on sample"):
        backtest_of_saved([core, own])
    with pytest.raises(InputError, match="each once; these are 2"):
        backtest_of_saved([core, core])
    with pytest.raises(InputError, match="these are 0: none"):
        backtest_of_saved([])
    with pytest.raises(InputError, match="cannot read"):
        backtest_of_saved(
            [saved(settings, "odd", {"A0": 1.0}, {"data": {"source": {"kind": "x"}}})]
        )

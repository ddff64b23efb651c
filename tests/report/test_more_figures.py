"""Pictures of how models learnt, which features drifted, what money an edge carries, an account."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from forefolio.core.events import EpochLoss
from forefolio.studies.capacity import CapitalSize, StrategyAtSize, StrategyCapacity
from forefolio.studies.monitor import FeatureDrift, ModelHealth
from forefolio.studies.paper_account import PaperAccount, PaperDay
from forefolio.studies.training import FittedModel
from forefolio.views.figures.capacity import draw_capacity
from forefolio.views.figures.health import draw_drift
from forefolio.views.figures.learning import draw_losses, learnt
from forefolio.views.figures.paper import draw_paper
from forefolio.views.look import LOSS, TITLES


def fitted(model: str, *losses: tuple[float, float]) -> FittedModel:
    each = tuple(
        EpochLoss(epoch=k, training=one, validation=other)
        for k, (one, other) in enumerate(losses, 1)
    )
    return FittedModel(kind="model", model=model, horizon=5, losses=each)


def test_losses_are_drawn_of_models_that_have_some_with_the_pass_that_is_kept() -> None:
    models = (fitted("ARIMA"), fitted("LSTM", (1.2, 1.3), (1.0, 1.1), (0.8, 1.2)))
    assert [one.model for one in learnt(models)] == ["LSTM"]
    (axes,) = draw_losses(models).axes
    training, validation, kept = axes.lines
    assert list(training.get_ydata()) == [1.2, 1.0, 0.8]
    assert list(validation.get_ydata()) == [1.3, 1.1, 1.2]
    assert set(kept.get_xdata()) == {2}
    assert axes.get_title(loc="left") == "LSTM, 5 sessions"


def test_drift_is_a_bar_beside_what_is_usual_and_what_drifted_has_another_colour() -> None:
    rows = tuple(
        FeatureDrift(feature=name, index=index, usual=0.2, p_value=0.1, drifted=index > 0.5)
        for name, index in (("momentum", 0.9), ("beta", 0.1))
    )
    fields: dict[str, Any] = {"drift": rows, "recent": 60}
    axes = draw_drift(ModelHealth.model_construct(**fields)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["beta", "momentum"]
    usual, moved = axes.patches
    assert (usual.get_width(), moved.get_width()) == (0.1, 0.9)
    assert moved.get_facecolor() != usual.get_facecolor()

    assert moved.get_facecolor() == to_rgba(LOSS)
    assert [line.get_xdata()[0] for line in axes.lines] == [0.2, 0.2]


def a_capacity() -> StrategyCapacity:
    at = StrategyAtSize(
        name="own", impact=0.001, annual_return=0.1, sharpe=0.5, participation=0.001
    )
    size = CapitalSize(capital=1e6, strategies=(at,), extrapolated=False)
    fields: dict[str, Any] = {
        "edge": 0.04,
        "break_even": 1.6e9,
        "most_money_at": 7e8,
        "tenth_of_volume_at": None,
        "sizes": (size,),
    }
    return StrategyCapacity.model_construct(**fields)


def test_an_edge_is_nothing_where_it_is_said_to_be_gone() -> None:
    (axes,) = draw_capacity(a_capacity()).axes
    money, left = axes.lines[0].get_data()
    assert np.interp(1.6e9, money, left) == pytest.approx(0.0, abs=1e-4)
    assert left[0] == pytest.approx(0.04 - 0.001, abs=1e-6)
    assert [text.get_text() for text in axes.texts[:-1]] == ["gone: 1.6 bn", "earns most: 700 m"]


def test_an_account_is_drawn_beside_equal_weights_from_nothing() -> None:
    days = tuple(
        PaperDay(session=date(2022, 11, k), value=v, cash=0, cost=0, equal_weight=e, late=False)
        for k, v, e in ((1, 100.0, 100.0), (2, 110.0, None), (3, 99.0, 95.0))
    )
    fields: dict[str, Any] = {
        "strategy": "classical",
        "account": "mine",
        "capital": 100.0,
        "opened": date(2022, 11, 1),
        "days": days,
    }
    account = PaperAccount.model_construct(**fields)
    (axes,) = draw_paper(account).axes
    own, beside = axes.lines[:2]
    assert own.get_ydata() == pytest.approx([0.0, 0.1, -0.01])
    assert beside.get_ydata()[2] == pytest.approx(-0.05)
    assert np.isnan(beside.get_ydata()[1])
    assert axes.get_title(loc="left") == TITLES["paper"]

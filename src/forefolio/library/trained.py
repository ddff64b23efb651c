"""The registry of trained models as single calls, answered with frames."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.store.model_records import AliasChange, Promotion
from forefolio.store.model_shelf import model_shelf

if TYPE_CHECKING:
    import pandas as pd

    from forefolio.store.models import Models

pandas: Any = lazy("pandas")

T = TypeVar("T")

_COLUMNS = ("horizon", "number", "aliases", "trained", "parent", "run", "data_version", "created")


def models(name: str = "", *, alias: str = "", settings: Settings | None = None) -> pd.DataFrame:
    """The trained models, a row each, the newest first, with their walk-forward scores.

    Args:
        name: those of one name, such as "BayesianRidge".
        alias: those that are called so, such as "production".
        settings: which database; the environment's.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> trained = ff.train(ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe))
    >>> board = ff.models("BayesianRidge")
    >>> bool(board.index[0] == trained.loc[("BayesianRidge", 5), "id"])
    True
    """
    found = _registered(lambda kept: kept.all(name=name, alias=alias), settings)
    rows = [
        {"id": one.id, "name": one.name, **{c: getattr(one, c) for c in _COLUMNS}, **one.scores}
        for one in found
    ]
    frame: pd.DataFrame = pandas.DataFrame(
        rows, columns=None if rows else ["id", "name", *_COLUMNS]
    )
    return frame.set_index("id")


def promote_model(
    model: str,
    alias: str = "production",
    *,
    if_as_good: bool = False,
    reason: str = "by hand",
    settings: Settings | None = None,
) -> Promotion:
    """Give a trained model an alias at its horizon, by which forecasts may ask it.

    Args:
        model: its id, or the beginning of it.
        alias: such as "production".
        if_as_good: only if its walk-forward skill is no worse than that of the model that has it.
        reason: why, for the history.
        settings: which database; the environment's.

    Raises:
        UnknownModel: there is no such model.
        InputError: it is no alias.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.ForecastStudy(data=data, horizons=(5,), recipe=recipe)
    >>> one = ff.train(study).loc[("BayesianRidge", 5), "id"]
    >>> ff.promote_model(one, "of-the-docs").promoted
    True
    >>> again = ff.ForecastStudy(data=data, trained="of-the-docs")
    >>> ff.forecasts(again).index.tolist()
    [('A0', 5), ('A1', 5), ('A2', 5)]
    """
    if if_as_good:
        return _registered(lambda kept: kept.promote_if_as_good(model, alias), settings)
    return _registered(lambda kept: kept.promote(model, alias, reason), settings)


def roll_back_model(
    alias: str,
    horizon: int,
    *,
    reason: str = "by hand",
    settings: Settings | None = None,
) -> AliasChange:
    """Give an alias back to the model that had it before at this horizon.

    Raises:
        InputError: nobody had it before.

    >>> import forefolio as ff
    >>> ff.roll_back_model("nobody-s", 5)
    Traceback (most recent call last):
    ...
    forefolio.core.errors.InputError: no model was called nobody-s at 5 sessions before; ...
    """
    return _registered(lambda kept: kept.roll_back(alias, horizon, reason), settings)


def model_history(alias: str = "", settings: Settings | None = None) -> pd.DataFrame:
    """What was done to the aliases of trained models, or to one, newest first.

    >>> import forefolio as ff
    >>> ff.model_history("nobody-s").empty
    True
    """
    changes = _registered(lambda kept: kept.history(alias), settings)
    columns = list(AliasChange.model_fields)
    frame: pd.DataFrame = pandas.DataFrame([one.model_dump() for one in changes], columns=columns)
    return frame


def _registered(work: Callable[[Models], Awaitable[T]], settings: Settings | None) -> T:
    return model_shelf((settings or Settings.read()).prepare()).registered(work)

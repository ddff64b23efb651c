"""Trees over all assets at once: gradient boosting and random forests, both grown by XGBoost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Days
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.scaling import TrainingSample, horizon_volatility, in_returns

xgboost: Any = lazy("xgboost")

PartOf: TypeAlias = Annotated[float, Field(gt=0, le=1, json_schema_extra={"unit": "fraction"})]
Trees: TypeAlias = Annotated[int, Field(ge=1, le=5000)]
Depth: TypeAlias = Annotated[int, Field(ge=1, le=12)]
NotNegative: TypeAlias = Annotated[float, Field(ge=0)]

BINS = 64  # values that a feature is told apart by


class XGBoost(Component):
    """Pooled XGBoost on volatility-scaled returns.

    Overlapping labels are thinned to five per horizon, and a leaf must hold `leaf` labels that
    do not overlap, so that a long horizon costs less and is not fitted to its own repetitions.
    `trees` are grown, each at most `depth` splits deep and added with the weight `learning_rate`;
    `penalty` shrinks what the leaves say (L2), and `seed` draws the rows and columns that each
    tree sees.
    """

    kind: Literal["xgboost"] = "xgboost"
    name: ClassVar[str] = "XGBoost"
    trees: Trees = 120
    depth: Depth = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    leaf: NotNegative = 50.0  # labels that do not overlap
    penalty: NotNegative = 10.0
    row_share: PartOf = 0.7  # drawn for each tree
    column_share: PartOf = 0.7
    window: Days = 2500
    seed: int = 0

    def fit(self, data: Dataset) -> Predictor:
        """Boost on the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        return _fitted(self, TrainingSample.of(data, self.name, self.window))

    def grow(self, x: NDArray[Any], target: Array, repeats: float) -> bytes:
        """Trees for `target` (M,) from `x` (M, F), of which M / `repeats` rows are independent."""
        settings = {
            "max_depth": self.depth,
            "learning_rate": self.learning_rate,
            "min_child_weight": self.leaf * repeats,
            "reg_lambda": self.penalty * repeats,
            "subsample": self.row_share,
            "colsample_bytree": self.column_share,
            "seed": self.seed,
        }
        return _grown(settings, x, target, self.trees)


class RandomForest(Component):
    """Pooled random forest on volatility-scaled returns; Breiman (2001).

    The mean of `trees`, each at most `depth` splits deep, grown on its own draw of rows, and on
    a new draw of columns at every split. Overlapping labels are thinned to five per horizon; at
    most `labels` are learnt from, drawn by `seed` as everything else, for a tree of few leaves
    learns no more from a million. A leaf holds `leaf` labels that do not overlap.
    """

    kind: Literal["random_forest"] = "random_forest"
    name: ClassVar[str] = "RandomForest"
    trees: Trees = 200
    depth: Depth = 6
    leaf: NotNegative = 50.0  # labels that do not overlap
    row_share: PartOf = 0.63  # what a bootstrap draws of different rows
    column_share: PartOf = 0.33
    labels: Annotated[int, Field(ge=100)] = 100_000
    window: Days = 2500
    seed: int = 0

    def fit(self, data: Dataset) -> Predictor:
        """Grow the forest on the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        sample = TrainingSample.of(data, self.name, self.window)
        return _fitted(self, sample.draw(self.labels, self.seed))

    def grow(self, x: NDArray[Any], target: Array, repeats: float) -> bytes:
        """A forest for `target` (M,) from `x` (M, F), of which M / `repeats` are independent."""
        settings = {
            "num_parallel_tree": self.trees,
            "max_depth": self.depth,
            "learning_rate": 1.0,
            "min_child_weight": self.leaf * repeats,
            "reg_lambda": 0.0,
            "subsample": self.row_share,
            "colsample_bynode": self.column_share,
            "seed": self.seed,
        }
        return _grown(settings, x, target, rounds=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedTrees:
    """Trees in XGBoost's own binary form, and the scale of what they leave."""

    model: bytes
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions."""
        x = data.x[-rows:]
        known = np.isfinite(x).all(axis=-1)
        score = np.full(known.shape, np.nan)
        score[known] = tree_scores(self.model, x[known])
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, in_returns(score, data, rows), self.residual_scale * risk)


def tree_scores(model: bytes, x: NDArray[Any]) -> Array:
    """What the trees say (M,) of features (M, F)."""
    if not len(x):
        return np.empty(0)
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(model))
    return np.asarray(booster.inplace_predict(x.astype(np.float32)), np.float64)


def _fitted(model: XGBoost | RandomForest, sample: TrainingSample) -> FittedTrees:
    grown = model.grow(sample.x, sample.target, sample.repeats)
    residual = sample.target - tree_scores(grown, sample.x)
    return FittedTrees(model=grown, residual_scale=float(residual.std()))


def _grown(settings: Mapping[str, Any], x: NDArray[Any], target: Array, rounds: int) -> bytes:
    labels = xgboost.QuantileDMatrix(
        x.astype(np.float32, copy=False), target, max_bin=BINS, nthread=1
    )
    fixed = {
        "objective": "reg:squarederror",
        "base_score": float(target.mean()),
        "tree_method": "hist",
        "max_bin": BINS,
        "nthread": 1,
        "verbosity": 0,
    }
    return bytes(xgboost.train({**fixed, **settings}, labels, rounds).save_raw("ubj"))

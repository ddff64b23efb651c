"""Trees over all assets at once: gradient boosting and random forests, both grown by XGBoost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, Days, PositiveShare
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.scaling import TrainingSample, horizon_volatility, in_returns

xgboost: Any = lazy("xgboost")

Trees: TypeAlias = Annotated[
    int, Field(ge=1, le=5000, description="Number of boosting rounds, one tree each.")
]
Depth: TypeAlias = Annotated[
    int,
    Field(ge=1, le=12, description="Largest number of splits from the root of a tree to a leaf."),
]
LearningRate: TypeAlias = Annotated[
    float,
    Field(gt=0, le=1, description="Step size: the weight of each added tree (shrinkage)."),
]
Leaf: TypeAlias = Annotated[
    float, Field(ge=0, description="Fewest labels that do not overlap in a leaf.")
]
Penalty: TypeAlias = Annotated[
    float, Field(ge=0, description="L2 penalty on the values of the leaves (lambda of XGBoost).")
]
RowShare: TypeAlias = Annotated[
    PositiveShare, Field(description="Share of the rows drawn for each tree.")
]
ColumnShare: TypeAlias = Annotated[
    PositiveShare, Field(description="Share of the features drawn for each tree.")
]
Window: TypeAlias = Annotated[
    Days,
    Field(
        description="Sessions of history that the model is fitted on, up to the last known label."
    ),
]
Seed: TypeAlias = Annotated[
    int, Field(description="Seed of all random draws: the same seed gives the same result.")
]

BINS = 64  # of the histogram of each feature


class XGBoost(Component):
    """Pooled XGBoost on volatility-scaled returns.

    Overlapping labels are thinned to five per horizon, and a leaf must hold `leaf` labels that
    do not overlap, so that a long horizon is not fitted to repeated labels.
    Source: Chen and Guestrin (2016), "XGBoost: a scalable tree boosting system".

    >>> XGBoost(depth=4).kind
    'xgboost'
    """

    kind: Literal["xgboost"] = "xgboost"
    name: ClassVar[str] = "XGBoost"
    trees: Trees = 120
    depth: Depth = 3
    learning_rate: LearningRate = 0.05
    leaf: Leaf = 50.0
    penalty: Penalty = 10.0
    row_share: RowShare = 0.7
    column_share: ColumnShare = 0.7
    window: Window = 2500
    seed: Seed = 0

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
    """Pooled random forest on volatility-scaled returns.

    The mean of trees that are each grown on their own draw of rows, with a new draw of columns at
    every split. Overlapping labels are thinned to five per horizon.
    Source: Breiman (2001), "Random forests".

    >>> RandomForest(trees=100).kind
    'random_forest'
    """

    kind: Literal["random_forest"] = "random_forest"
    name: ClassVar[str] = "RandomForest"
    trees: Trees = Field(200, description="Number of trees that are averaged.")
    depth: Depth = 6
    leaf: Leaf = 50.0
    row_share: PositiveShare = Field(
        0.63, description="Share of the rows drawn for each tree, without replacement."
    )
    column_share: PositiveShare = Field(
        0.33, description="Share of the features drawn at each split."
    )
    labels: Annotated[int, Field(ge=100)] = Field(
        100_000, description="Largest number of labels learned from, drawn at random."
    )
    window: Window = 2500
    seed: Seed = 0

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
    """Trees in XGBoost's binary format, and the scale of their residuals."""

    model: bytes
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions."""
        x = data.x[-rows:]
        finite = np.isfinite(x).all(axis=-1)
        score = np.full(finite.shape, np.nan)
        score[finite] = tree_scores(self.model, x[finite])
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, in_returns(score, data, rows), self.residual_scale * risk)


def tree_scores(model: bytes, x: NDArray[Any]) -> Array:
    """Predictions (M,) of the trees for features (M, F)."""
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

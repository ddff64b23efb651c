"""Gradient-boosted trees over all assets at once."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from forefolio.component import Component
from forefolio.forecast.base import Dataset, ForecastPanel, Predictor
from forefolio.forecast.scaling import horizon_volatility, training_set
from forefolio.lazy import lazy
from forefolio.units import Array, Days

xgboost: Any = lazy("xgboost")

PartOf: TypeAlias = Annotated[float, Field(gt=0, le=1, json_schema_extra={"unit": "fraction"})]

LOOKS = 5  # labels taken within one horizon; more would only repeat each other


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
    trees: Annotated[int, Field(ge=1, le=5000)] = 120
    depth: Annotated[int, Field(ge=1, le=12)] = 3
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    leaf: Annotated[float, Field(ge=0)] = 50.0  # labels that do not overlap
    penalty: Annotated[float, Field(ge=0)] = 10.0
    row_share: PartOf = 0.7  # drawn for each tree
    column_share: PartOf = 0.7
    window: Days = 2500
    seed: int = 0

    def fit(self, data: Dataset) -> Predictor:
        """Boost on the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions have a label.
        """
        stride = max(data.horizon // LOOKS, 1)
        x, target = training_set(data, self.name, window=self.window, stride=stride)
        labels = xgboost.QuantileDMatrix(x.astype(np.float32), target, max_bin=64, nthread=1)
        repeats = data.horizon / stride
        booster = xgboost.train(self._settings(repeats, target), labels, self.trees)
        residual = target - booster.predict(labels)
        return FittedTrees(
            model=bytes(booster.save_raw("ubj")), residual_scale=float(residual.std())
        )

    def _settings(self, repeats: float, target: Array) -> dict[str, Any]:
        return {
            "objective": "reg:squarederror",
            "base_score": float(target.mean()),
            "tree_method": "hist",
            "max_bin": 64,
            "max_depth": self.depth,
            "learning_rate": self.learning_rate,
            "min_child_weight": self.leaf * repeats,
            "reg_lambda": self.penalty * repeats,
            "subsample": self.row_share,
            "colsample_bytree": self.column_share,
            "seed": self.seed,
            "nthread": 1,
            "verbosity": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedTrees:
    """A boosted model in XGBoost's own binary form, and the scale of what it leaves."""

    model: bytes
    residual_scale: float

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions."""
        x = data.x[-rows:].astype(np.float32)
        known = np.isfinite(x).all(axis=-1)
        score = np.full(known.shape, np.nan)
        if known.any():
            score[known] = self._booster().inplace_predict(x[known])
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, score * risk, self.residual_scale * risk)

    def _booster(self) -> Any:
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(self.model))
        return booster

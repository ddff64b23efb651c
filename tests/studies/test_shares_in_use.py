"""Which share of the forecast in use each model has."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forefolio.studies.forecast_rows import shares_of

KINDS = {"a": "model", "b": "model", "late": "model", "mean": "baseline", "zero": "baseline"}


def evidence(slope: float, **weights: float) -> Any:
    """Evidence of which the last session is as said, and one before is not."""
    last = np.array(list(weights.values()))
    combined = SimpleNamespace(
        names=tuple(weights),
        weights=np.vstack([np.roll(last, 1), last]),
        slopes=np.array([0.9, slope]),
    )
    kinds = {**KINDS, "EWMA": "volatility", "combined": "combined"}
    return SimpleNamespace(kinds=kinds, combination=combined, prior_name="mean")


def test_models_have_what_they_are_believed_and_the_prior_the_rest() -> None:
    shares = shares_of(evidence(0.25, a=0.8, b=0.2))
    assert shares == pytest.approx({"a": 0.2, "b": 0.05, "late": 0.0, "mean": 0.75, "zero": 0.0})


def test_without_any_model_the_prior_has_all() -> None:
    shares = shares_of(evidence(0.4, mean=1.0))
    assert shares["mean"] == pytest.approx(1.0) and shares["a"] == 0.0

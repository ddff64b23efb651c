"""Folds of which nothing is known are remarks of the result."""

from pathlib import Path
from typing import Any

import pytest

import forefolio as ff
from forefolio.core.errors import NotEnoughHistory
from forefolio.studies.importance import ImportanceStudy


def test_a_model_is_named_by_a_word_in_every_document() -> None:
    for document in ('{"model": "BayesianRidge"}', '{"model": {"kind": "bayesian_ridge"}}'):
        assert isinstance(ImportanceStudy.model_validate_json(document).model, ff.BayesianRidge)


def test_a_fold_that_could_not_be_fitted_is_a_remark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, calls = ff.BayesianRidge.fit, []

    def late(self: ff.BayesianRidge, data: Any) -> Any:
        calls.append(len(data.sessions))
        if len(calls) == 1:
            raise NotEnoughHistory(300, 261, "the first fold")
        return fit(self, data)

    monkeypatch.setattr(ff.BayesianRidge, "fit", late)
    recipe = {
        "features": ({"kind": "momentum", "window": 21}, {"kind": "volatility", "window": 21}),
        "models": ("bayesian_ridge",),
        "walk": {"first": 260, "refit": 60},
    }
    study = ImportanceStudy.model_validate(
        {
            "source": ff.Synthetic(sessions=420, assets=3),
            "minimum_sessions": 100,
            "horizons": (5,),
            "model": "bayesian_ridge",
            "recipe": recipe,
        }
    )
    result = ff.ask(study, ff.Settings(home=tmp_path, executor="inline:"))
    (remark,) = (one for one in result.remarks if one.stage == "importance")
    assert (remark.reason, remark.about) == ("left_out", "BayesianRidge, 5 sessions ahead")
    assert "could not be fitted on" in remark.message and "the first fold" in remark.message
    assert len(result.importance[0].over_time) == len(calls) - 1

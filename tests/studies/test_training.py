"""Fitted models: how a neural net learnt is said when it is fitted, and stands in the result."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from forefolio.core.events import LearningCurve, Part
from forefolio.core.settings import Settings
from forefolio.runs.asking import ask, asking
from forefolio.studies.training import EPOCHS, TrainingStudy, learning_losses

NET = {"kind": "mlp", "layers": [4], "epochs": 3, "patience": 3}
STUDY: dict[str, Any] = {
    "source": {"kind": "synthetic", "sessions": 400, "assets": 2},
    "minimum_sessions": 100,
    "horizons": [1, 5],
    "models": ["MLP", "zero"],
    "recipe": {
        "features": [{"kind": "momentum", "window": 21}],
        "models": [NET],
        "baselines": [{"kind": "zero"}],
        "volatility": [{"kind": "ewma"}],
    },
}


def test_the_losses_of_each_epoch_are_said_and_stand_in_the_result(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home",
        database_url=f"sqlite:///{tmp_path}/forefolio.db",
        executor="inline:",
    )
    events = []
    job = asking(TrainingStudy(**STUDY), settings)
    try:
        while True:
            events.append(next(job))
    except StopIteration as stop:
        result = stop.value
    curves = [e.part for e in events if isinstance(e, Part) and isinstance(e.part, LearningCurve)]
    nets = [row for row in result.models if row.model == "MLP"]
    assert [(c.model, c.horizon, c.losses) for c in curves] == [
        (row.model, row.horizon, row.losses) for row in nets
    ]
    assert [row.horizon for row in nets] == [1, 5]
    first, second = (row.losses for row in nets)
    assert [one.epoch for one in first] == [1, 2, 3]
    assert [one.training for one in first] == [one.training for one in second]  # one net for both
    assert [one.validation for one in first] != [one.validation for one in second]
    assert all(0 < one.training < 10 and 0 < one.validation < 10 for one in first)
    assert all(not row.losses for row in result.models if row.model == "zero")
    assert ask(TrainingStudy(**STUDY), settings).models == result.models  # as it is stored


def test_of_many_epochs_some_are_shown_the_last_among_them() -> None:
    class Net:
        losses = tuple((1.0 / k, 2.0 / k) for k in range(1, 1001))

        def predict(self, *_: Any) -> Any:
            raise AssertionError

    shown = learning_losses(SimpleNamespace(predictor=Net()))  # type: ignore[arg-type]
    assert len(shown) == EPOCHS and (shown[0].epoch, shown[-1].epoch) == (1, 1000)
    assert shown[-1].training == 1 / 1000 and shown[-1].validation == 2 / 1000

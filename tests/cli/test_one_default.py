"""The same question has the same weights, whoever asks: library, study, command line, service."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient
from tests.api.test_studies import answered
from tests.cli.conftest import Forefolio

import forefolio as ff
from forefolio.api.app import create_app
from forefolio.market import simulated_market
from forefolio.runs.opening import opening

QUESTIONS: dict[str, dict[str, Any]] = {
    "usual": {},
    "objective": {"objective": "minimum_variance"},
    "words are added": {"constraints": "w <= 40%"},
    "words speak of full investment": {"constraints": "50% <= sum(w) <= 80%"},
    "words speak of shorts": {"constraints": "-10% <= w <= 60%"},
}


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Closes that have to be cleaned: one price is absurd, and one is missing."""
    market = simulated_market(8, sessions=800, assets=4)
    days = pd.DatetimeIndex(market.sessions, name="date")
    close = np.array(market.close)
    close[300, 1] *= 100.0
    close[500, 2] = np.nan
    prices = pd.DataFrame(close, index=days, columns=list("ABCD"))
    path = tmp_path / "prices.csv"
    prices.to_csv(path)
    return path


def test_a_kind_may_have_its_settings_on_the_line(csv: Path, forefolio: Forefolio) -> None:
    asked = ["optimize", str(csv), "--json"]
    settings = "{kind: minimum_variance, constraints: [w <= 40%]}"
    inside = forefolio(*asked, "--objective", settings)
    beside = forefolio(*asked, "--objective", "minimum_variance", "--constraint", "w <= 40%")
    weights = [one.document["weights"] for one in (inside, beside)]
    assert weights[0] == weights[1] and sum(weights[0].values()) == pytest.approx(1.0)
    assert max(weights[0].values()) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ("{kind: minimum_variance", "--objective: '{kind: minimum_variance' is neither JSON nor"),
        ("{kind: minimum_varience}", "--objective: there is no kind 'minimum_varience'; did you"),
        ("{kind: minimum_variance, limit: 3}", "--objective, limit: there is no such setting"),
        (
            "{kind: risk_parity, invested: 3}",
            "--objective, invested: must be less than or equal to 1",
        ),
        ("{}", "--objective: "),
    ],
)
def test_settings_on_the_line_that_cannot_be_read(
    csv: Path, forefolio: Forefolio, objective: str, says: str
) -> None:
    refused = forefolio("optimize", str(csv), "--objective", objective)
    assert refused.code == 2
    assert says in refused.err


@pytest.mark.slow
def test_the_same_question_has_the_same_weights(
    csv: Path, tmp_path: Path, forefolio: Forefolio
) -> None:
    prices = pd.read_csv(csv, index_col="date", parse_dates=True)
    own = ff.Settings(home=tmp_path / "own", executor="inline:").prepare()
    other = ff.Settings(home=tmp_path / "service", executor="inline:").prepare()
    options = {"constraints": "--constraint", "objective": "--objective"}
    with TestClient(create_app(opening(other), files=csv.parent), "http://localhost") as service:
        for question, asked in QUESTIONS.items():
            words = [word for name, value in asked.items() for word in (options[name], value)]
            document = {"source": str(csv), **asked}
            study = ff.PortfolioStudy.model_validate(document)
            objective = study.objective
            answers: dict[str, Any] = {
                "optimize": ff.optimize(prices, **asked).weights,
                "optimize_portfolio": ff.optimize_portfolio(
                    prices, objective=objective, constraints=asked.get("constraints")
                ).weights,
                "study": ff.ask(study, own).weights,
                "command": forefolio("optimize", "--source", str(csv), "--json", *words).document[
                    "weights"
                ],
                "service": answered(service, study.path, document)["weights"],
            }
            expected = answers.pop("study")
            for face, weights in answers.items():
                assert dict(weights) == pytest.approx(dict(expected), abs=1e-6), (question, face)

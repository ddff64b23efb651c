"""Pooled learners on 500 assets x 2,500 sessions, one refit, beside one model per asset.

`python benchmarks/tabular.py`; the peers fit a part of the assets, and their time is multiplied.
"""

from collections.abc import Callable
from typing import Any

import xgboost
from _report import Line, Times, report, timed
from sklearn.ensemble import RandomForestRegressor
from sklearn.svm import SVR as ExactSVR

from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import (
    SVR,
    BayesianRidge,
    Dataset,
    Forecaster,
    ForwardReturn,
    KernelRidge,
    RandomForest,
    RidgeRanks,
    XGBoost,
    XGBoostRanks,
    build_dataset,
    model_name,
)
from forefolio.forecast.models.ranks import ranked
from forefolio.forecast.scaling import scaled_target
from forefolio.market import simulated_market

ASSETS, SESSIONS, PART = 500, 2500, 2
HORIZONS = (1, 5, 21, 63)
BARS = {"XGBoost": 88.0, "XGBoostRanks": 88.0, "RandomForest": 20.0, "SVR": 20.0}  # seconds


def main() -> None:
    """Print the tables: one horizon beside peers, then four."""
    market = simulated_market(sessions=SESSIONS, assets=ASSETS)
    panel = compute(DEFAULT_FEATURES, market)
    data = {h: build_dataset(market, panel, ForwardReturn(horizon=h)) for h in HORIZONS}
    theirs = {work: peer(data[1], model) for work, model in PEERS.items()}
    peers = {
        "XGBoost": "XGBoost per asset",
        "XGBoostRanks": "XGBoost per asset",
        "RandomForest": "RandomForestRegressor per asset",
        "SVR": "sklearn SVR per asset",
        "KernelRidge": "sklearn SVR per asset",
    }
    found = {model_name(model): [once(model, data[h]) for h in HORIZONS] for model in MODELS}
    ranks = Line(work="ranks of all features", ours=timed(lambda: ranked(panel.x), 3), bar=2.0)
    lines = [
        Line(
            work=f"{name}, horizon 1",
            ours=seconds[0],
            peer=peers.get(name, ""),
            theirs=theirs[peers[name]] if name in peers else None,
        )
        for name, seconds in found.items()
    ]
    packages = ["xgboost-cpu", "scikit-learn"]
    title = f"Fit and forecast, {ASSETS} x {SESSIONS} x {len(panel.names)}, CPU time"
    report(f"{title}; peers fit {PART} assets x {ASSETS // PART}", [ranks, *lines], packages)
    together = [
        Line(work=name, ours=Times(seconds=[sum(s.best for s in each)]), bar=BARS.get(name))
        for name, each in found.items()
    ]
    report(f"{title}, horizons {HORIZONS} together", together, packages)


MODELS: tuple[Forecaster, ...] = (
    XGBoost(),
    XGBoostRanks(),
    RidgeRanks(),
    BayesianRidge(),
    RandomForest(),
    KernelRidge(),
    SVR(),
)
PEERS: dict[str, Callable[[], Any]] = {
    "XGBoost per asset": lambda: xgboost.XGBRegressor(
        n_estimators=120, max_depth=3, learning_rate=0.05, n_jobs=1
    ),
    "RandomForestRegressor per asset": lambda: RandomForestRegressor(
        n_estimators=200, max_depth=6, max_features=0.33, n_jobs=1
    ),
    "sklearn SVR per asset": lambda: ExactSVR(C=0.01, epsilon=0.25),
}


def once(model: Forecaster, data: Dataset) -> Times:
    """Fit on everything and forecast the last session."""
    return timed(lambda: model.fit(data).predict(data), 1, warm=False)


def peer(data: Dataset, model: Callable[[], Any]) -> Times:
    """One model for each of a few assets, multiplied."""
    usable, target = data.usable, scaled_target(data)

    def work() -> None:
        for asset in range(PART):
            rows = usable[:, asset]
            fitted = model().fit(data.x[rows, asset], target[rows, asset])
            fitted.predict(data.x[-1:, asset])

    return timed(work, 3) * (ASSETS // PART)


if __name__ == "__main__":
    main()

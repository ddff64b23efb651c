"""Expectations as they would have been measured if the past had been another draw."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from forefolio.optimize.base import Outlook
from forefolio.risk import Covariance


def redrawn(outlook: Outlook, draws: int, sessions: int, seed: int) -> Iterator[Outlook]:
    """The same with means and covariances of `sessions` normal returns, drawn from the expected.

    They are drawn along the names, so that the order of the assets plays no part.
    """
    rng, horizon = np.random.default_rng(seed), outlook.forecast.horizon
    by_name = np.argsort(outlook.assets, kind="stable")
    back = np.argsort(by_name)
    values, vectors = np.linalg.eigh(outlook.covariance.matrix[np.ix_(by_name, by_name)])
    root = (vectors * np.sqrt(np.maximum(values, 0.0))).T[:, back]
    for _ in range(draws):
        normal = rng.standard_normal((sessions, len(values)))
        moved = normal.mean(axis=0)
        normal -= moved
        away = normal @ root
        matrix = away.T @ away / max(sessions - 1, 1)
        mean = outlook.mean + horizon * (moved @ root)
        covariance = Covariance(assets=outlook.assets, matrix=matrix)
        yield replace(outlook.with_mean(mean), covariance=covariance)

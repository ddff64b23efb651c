"""A frontier says what it will be drawn within, and then each of its points."""

import json
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from forefolio.core.events import Event, FrontierBounds, FrontierSpot, Part, finish
from forefolio.optimize import EfficientFrontier
from forefolio.optimize.estimates import outlook_from_estimates

MEAN = {"bonds": 0.03, "stocks": 0.08, "gold": 0.05}
COVARIANCE = np.diag([0.0025, 0.04, 0.02])


def test_bounds_come_first_and_then_each_point_where_it_will_be() -> None:
    job = EfficientFrontier(points=5).trace(outlook_from_estimates(MEAN, COVARIANCE))
    parts = []
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            curve = stop.value
            break
        if isinstance(event, Part):
            parts.append(event.part)
    bounds, *points = parts
    assert isinstance(bounds, FrontierBounds)
    assert [one.name for one in bounds.assets] == list(MEAN)
    assert bounds.highest.expected_return == pytest.approx(curve.points[-1].expected_return)
    assert bounds.lowest.risk == pytest.approx(curve.points[0].risk)
    assert bounds.best.expected_return == pytest.approx(curve.best.expected_return)
    assert [p.place for p in points if isinstance(p, FrontierSpot)] == [1, 2, 3, 4, 5]
    for spot, point in zip(points, curve.points, strict=True):
        assert isinstance(spot, FrontierSpot)
        assert spot.spot.risk == pytest.approx(point.risk)
        assert sum(spot.weights.values()) == pytest.approx(point.weights.sum(), abs=1e-3)


def test_what_is_told_is_read_again_from_the_event_table() -> None:
    reader: TypeAdapter[Event] = TypeAdapter(Event)
    told = list(EfficientFrontier(points=3).trace(outlook_from_estimates(MEAN, COVARIANCE)))
    assert len(told) == 2 + 2 * 3
    for event in told:
        again = reader.validate_python(json.loads(event.model_dump_json()))
        assert again == event
        assert list(again.model_dump()) == list(event.model_dump())


@pytest.mark.parametrize("asked", [{"points": 7}, {"targets": (0.05, 0.07, 0.2)}])
def test_the_frontier_at_once_is_the_one_that_is_told(asked: dict[str, Any]) -> None:
    outlook, frontier = outlook_from_estimates(MEAN, COVARIANCE), EfficientFrontier(**asked)
    assert frontier.curve(outlook).to_dict() == finish(frontier.trace(outlook)).to_dict()


def test_points_found_together_are_those_found_alone() -> None:
    outlook = outlook_from_estimates(MEAN, COVARIANCE)
    together = EfficientFrontier(points=9).curve(outlook)
    for point in together.points[1:-1]:
        alone = EfficientFrontier(targets=(point.target,)).curve(outlook).points[0]
        np.testing.assert_allclose(alone.weights, point.weights, rtol=0, atol=1e-15)
        assert alone.by == point.by and alone.gap == point.gap < 1e-12

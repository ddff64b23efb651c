"""A frontier says what it will be drawn within, and then each of its points."""

import json

import numpy as np
import pytest
from pydantic import TypeAdapter

from forefolio.core.events import Event, FrontierBounds, FrontierSpot, Part
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


def test_a_part_is_read_again_from_the_event_table() -> None:
    reader: TypeAdapter[Event] = TypeAdapter(Event)
    job = EfficientFrontier(points=2).trace(outlook_from_estimates(MEAN, COVARIANCE))
    part = next(event for event in job if isinstance(event, Part))
    assert reader.validate_python(json.loads(part.model_dump_json())) == part

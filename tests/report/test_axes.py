"""Percentages along the axes of pictures."""

import pytest

from forefolio.views.figures.style import new_figure, percent_axis


@pytest.mark.parametrize("size", [3e-4, 3e-3, 0.025, 0.03, 0.3, 3.0])
def test_no_two_ticks_read_the_same(size: float) -> None:
    figure = new_figure((4.0, 3.0))
    axes = figure.subplots()
    axes.barh([0, 1], [-size / 6, size])
    percent_axis(axes.xaxis)
    figure.canvas.draw()
    written = [tick.get_text() for tick in axes.get_xticklabels()]
    assert len(set(written)) == len(written) > 3

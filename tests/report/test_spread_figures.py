"""The distributions that the page draws are pictures of the command line as well."""

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.wording import percent
from forefolio.studies.path_losses import Distribution, distribution
from forefolio.studies.simulation import PortfolioSimulation, SimulationStudy
from forefolio.views.figures import encoded
from forefolio.views.figures.spread import draw_ends, draw_falls
from forefolio.views.look import TITLES
from forefolio.views.simulation import simulation_page


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> PortfolioSimulation:
    data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    study = SimulationStudy.model_validate(
        {"data": data, "weights": {"A0": 0.6, "A1": 0.4}, "paths": 400, "horizon": 60}
    )
    settings = ff.Settings(home=tmp_path_factory.mktemp("simulated"))
    result = ff.ask(study, settings=settings)
    assert isinstance(result, PortfolioSimulation)
    return result


def test_the_end_is_drawn_as_gains_with_what_matters(simulated: PortfolioSimulation) -> None:
    (axes,) = draw_ends(simulated).axes
    ends = simulated.ends
    assert ends is not None
    area = axes.patches[0].get_data()
    assert np.allclose(area.edges, np.array(ends.edges) - 1.0)
    assert np.allclose(area.values, ends.shares)
    named = {text.get_text(): text.xy[0] for text in axes.texts if hasattr(text, "xy")}
    assert named["goal"] == pytest.approx(simulated.goal - 1.0)
    loss = float(simulated.value_at_risk.value or 0.0)
    assert named[f"VaR {percent(0.95, 0)}"] == pytest.approx(simulated.paid_in - 1.0 - loss)
    assert axes.get_title(loc="left") == TITLES["ends"]


def test_the_deepest_fall_says_what_half_of_the_paths_exceed(
    simulated: PortfolioSimulation,
) -> None:
    (axes,) = draw_falls(simulated).axes
    middle = np.interp(0.5, simulated.levels, simulated.drawdown_values)
    (name,) = (text for text in axes.texts if text.get_text() == "half fall deeper")
    assert name.xy[0] == pytest.approx(middle)
    assert middle < 0.0
    assert axes.get_xlim()[0] < middle < axes.get_xlim()[1]


def test_names_of_lines_that_are_close_do_not_collide(simulated: PortfolioSimulation) -> None:
    figure = draw_ends(simulated)
    figure.canvas.draw()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts if hasattr(text, "xy")]
    assert len(boxes) == 3
    collide = [(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :] if a.overlaps(b)]
    assert collide == []


def test_a_page_has_the_pictures_that_its_result_has(simulated: PortfolioSimulation) -> None:
    assert [*simulation_page(simulated).pictures] == ["fan", "ends", "falls_on_the_way"]
    earlier = simulated.model_copy(update={"ends": None, "drawdowns": None})
    assert [*simulation_page(earlier).pictures] == ["fan"]


@pytest.mark.parametrize("same", [np.ones(50), np.linspace(0.2, 3.0, 50)])
def test_paths_that_all_end_alike_can_be_drawn(
    simulated: PortfolioSimulation, same: np.ndarray
) -> None:
    spread: Distribution = distribution(same)
    drawn = draw_ends(simulated.model_copy(update={"ends": spread}))
    assert encoded(drawn).startswith(b"\x89PNG")

"""A bar where somebody watches: in a notebook by its display protocol, in a terminal if asked."""

import sys
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import forefolio as ff
from forefolio.core.events import Job, Note, Progress, Started
from forefolio.views.progress import Whole
from forefolio.views.watching import watched


class Screen:
    """What a notebook shows: the last of each display, and all there was before."""

    def __init__(self, *, kernel: bool) -> None:
        self.shown: list[Any] = []
        shell = SimpleNamespace(**({"kernel": object()} if kernel else {}))
        self.display = SimpleNamespace(display=self._display)
        self.get_ipython = lambda: shell

    def _display(self, thing: Any, *, display_id: bool) -> Any:
        assert display_id
        self.shown.append(thing)
        return SimpleNamespace(update=self.shown.append)

    @property
    def texts(self) -> list[str]:
        return [repr(one) for one in self.shown]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen(kernel=True)
    monkeypatch.setitem(sys.modules, "IPython", screen)
    monkeypatch.setattr("forefolio.views.notebook.SECONDS", 0.0)
    return screen


def work() -> Job[int]:
    yield Started(stage="data", total=1)
    yield Progress(stage="data", done=1, total=1)
    yield Note(code="x", message="nothing to see")
    yield Started(stage="fit", total=2)
    yield Progress(stage="fit", done=1, total=2, message="half <fit>")
    return 7


SHARES = {"data": 20, "fit": 80}


def test_a_notebook_shows_a_bar_and_keeps_nothing_of_it(
    notebook: Screen, capfd: pytest.CaptureFixture[str]
) -> None:
    assert watched(work(), SHARES) == 7
    assert [text.partition(",")[0] for text in notebook.texts] == [
        "starting 0 %",
        "data 0 %",
        "data 20 %",
        "fit 20 %",
        "half <fit> 60 %",
        "",
    ]
    html = notebook.shown[-2]._repr_html_()
    assert 'value="60"' in html and "half &lt;fit&gt;" in html
    assert notebook.shown[-1]._repr_html_() == ""
    assert capfd.readouterr() == ("", "")


def test_scripts_are_silent_and_a_terminal_draws_if_asked(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert watched(work(), SHARES) == 7
    assert capfd.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert watched(work(), SHARES, "on") == 7
    assert "half <fit>" in capfd.readouterr().err
    assert "IPython" not in sys.modules


def test_off_is_off_and_ipython_in_a_terminal_draws_there(
    notebook: Screen, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(work(), SHARES, "off")
    assert not notebook.shown
    monkeypatch.setitem(sys.modules, "IPython", Screen(kernel=False))
    monkeypatch.setenv("FORCE_COLOR", "1")
    watched(work(), SHARES)
    assert not notebook.shown and "half <fit>" in capfd.readouterr().err


def test_what_ends_the_waiting_ends_the_job_and_clears_the_bar(notebook: Screen) -> None:
    ended = []

    def interrupted() -> Job[int]:
        try:
            yield Started(stage="data", total=1)
            raise KeyboardInterrupt
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        watched(interrupted(), SHARES)
    assert ended == [True] and notebook.texts[-1] == ""


def test_calls_that_take_their_time_draw(
    notebook: Screen, prices: pd.DataFrame, settings: ff.Settings
) -> None:
    ff.backtest(prices, "momentum", settings=settings)
    assert any(text.startswith("backtest momentum 100 %") for text in notebook.texts)
    notebook.shown.clear()
    ff.compare(prices, [ff.Momentum(), ff.Momentum(window=63)], settings=settings)
    percents = [float(text.split(" %")[0].rpartition(" ")[2]) for text in notebook.texts if text]
    assert percents == sorted(percents) and percents[-1] == 100.0
    assert any(text.startswith("backtest momentum 2") for text in notebook.texts)
    notebook.shown.clear()
    ff.forecast(prices, 5, model="bayesian_ridge", settings=settings)
    assert any(text.startswith("forecast") for text in notebook.texts)
    notebook.shown.clear()
    study = ff.PortfolioStudy(source=ff.saved(prices, settings))
    ff.ask(study, settings)
    assert any(text.startswith("portfolio ") for text in notebook.texts)
    notebook.shown.clear()
    quiet = settings.model_copy(update={"progress": "off"})
    ff.backtest(prices, "equal_weight", settings=quiet)
    assert not notebook.shown


def test_a_part_that_comes_several_times_shares_its_part() -> None:
    whole = Whole({"data": 20, "backtest": 80}, {"backtest": 2})
    for stage in ("data", "backtest:first"):
        assert whole.read(Progress(stage=stage, done=1, total=1))
    assert (whole.stage, whole.percent) == ("backtest first", 60.0)

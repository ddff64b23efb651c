"""Limits on sectors are looked up on an exact line, whichever face asks; no solver is started."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forefolio.backtest import Trading, backtest
from forefolio.cli import group
from forefolio.core.events import finish
from forefolio.market import simulated_market
from forefolio.optimize import EfficientFrontier, MaximumSharpe, PortfolioOptimizer, Utility
from forefolio.optimize.exact.row_line_kernel import trace_rows
from forefolio.optimize.program import solvers
from forefolio.runs.executors import executor
from forefolio.strategy import Classical

LIMITS = ("sum(w) == 1", "0% <= w <= 60%", "tech <= 30%")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often a line is traced and a solver is started."""
    count = {"lines": 0, "solvers": 0}

    def counted(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **settings: Any) -> Any:
            count[what] += 1
            return function(*arguments, **settings)

        return called

    traced = "forefolio.optimize.exact.row_frontier.trace_rows"
    monkeypatch.setattr(traced, counted("lines", trace_rows))
    monkeypatch.setattr(solvers, "_clarabel", counted("solvers", solvers._clarabel))
    return count


def test_the_command_line(
    calls: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    words = ["optimize", "--source", "synthetic", "--constraint", "tech <= 30%"]
    done = CliRunner().invoke(group, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert calls["lines"] >= 1 and not calls["solvers"]


@pytest.mark.parametrize("objective", [MaximumSharpe, Utility])
def test_a_walk_forward(calls: dict[str, int], objective: Any) -> None:
    market = simulated_market(seed=3, assets=6)
    strategy = Classical(optimizer=objective(constraints=(*LIMITS, "turnover <= 30%")))
    result = finish(backtest(strategy, Trading(warmup=300), market, executor("inline:")))
    assert not result.failures
    traded = int((result.targets[1:] != result.targets[:-1]).any(axis=1).sum())
    assert calls["lines"] >= traded > 3 and not calls["solvers"]


def test_a_frontier(calls: dict[str, int]) -> None:
    market = simulated_market(seed=3, assets=6)
    optimizer = PortfolioOptimizer(constraints=LIMITS)
    curve = optimizer.frontier(market, frontier=EfficientFrontier(points=9))
    assert {point.by for point in curve.points} == {"critical line"}
    assert calls == {"lines": 1, "solvers": 0}

"""Whatever takes a market answers anything else by one line that says how to make one."""

import importlib
from collections.abc import Callable, Iterator
from inspect import isclass, isfunction, signature
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.backtest import Ledger, Trading, backtest
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.features import PriceMomentum
from forefolio.forecast import Dataset

PARTS = (
    *("backtest", "features", "forecast", "optimize", "regimes", "risk", "signals", "strategy"),
    *("causality", "market"),
)
FRAME = pd.DataFrame({"A": [1.0, 2.0]}, index=pd.date_range("2020-01-01", periods=2))
NO_MARKETS = [FRAME, FRAME["A"], FRAME.to_numpy(), {"A": [1.0]}, "market", 3, None]


def wanting(call: Callable[..., Any]) -> list[str]:
    """The parameters that must be a market."""
    told = getattr(call, "__annotations__", {})
    return [
        n for n in signature(call).parameters if getattr(told.get(n), "__name__", "") == "Market"
    ]


def public_calls() -> Iterator[Any]:
    """Every public function, and every method of a public component, that takes a market."""
    for part in PARTS:
        module = importlib.import_module(f"forefolio.{part}")
        for name in module.__all__:
            thing = getattr(module, name)
            if isfunction(thing) and wanting(thing):
                yield pytest.param(thing, id=f"{part}.{name}")
            elif isclass(thing) and issubclass(thing, Component):
                for method, call in vars(thing).items():
                    if (
                        isfunction(call)
                        and wanting(call)
                        and method.lstrip("_") in (method, "call__")
                    ):
                        yield pytest.param(call, id=f"{name}.{method}")


@pytest.mark.parametrize("call", list(public_calls()))
def test_what_is_no_market_is_answered_by_one_line(call: Callable[..., Any]) -> None:
    (name, *_), given = wanting(call), dict.fromkeys(signature(call).parameters)
    place = [*given].index(name)
    for wrong in NO_MARKETS:
        for args, kwargs in ((([None] * place) + [wrong], {}), ([], {**given, name: wrong})):
            with pytest.raises(InputError, match="load_market") as told:
                call(*args, **kwargs)
            assert "\n" not in str(told.value)


def test_neither_is_what_is_made_of_a_market() -> None:
    wrong: Any = FRAME
    regimes: Any = ff.Regimes()
    for call in (
        lambda: Ledger(wrong, Trading()),
        lambda: Dataset(
            market=wrong, x=np.zeros((1, 1, 1)), names=("a",), y=np.zeros((1, 1)), horizon=1
        ),
        lambda: ff.check_no_lookahead(PriceMomentum(), wrong),
        lambda: backtest(ff.EqualWeight(), Trading(), wrong, regimes),
        lambda: regimes.estimate(wrong),
    ):
        with pytest.raises(InputError, match=r"not a DataFrame; .*load_market\(frame\)"):
            call()


def test_so_does_a_component_of_ones_own() -> None:
    class Own(Component):
        """A feature."""

        def __call__(self, market: ff.Market) -> Any:
            return market.close

    wrong: Any = FRAME
    with pytest.raises(InputError, match="load_market"):
        Own()(wrong)

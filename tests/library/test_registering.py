"""What somebody registers stands in studies, `run` and `compare` like what comes with us."""

import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Literal

import numpy as np
import pandas as pd
import pytest

import forefolio as ff
from forefolio.backtest import Trading
from forefolio.core import registered
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.library.saved import saved
from forefolio.optimize import Allocation, Outlook
from forefolio.strategy.adapted import FunctionStrategy


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registered, "_by_kind", {})
    monkeypatch.setattr(registered, "_searched", {registered.GROUP})
    yield


def half(prices: pd.DataFrame) -> dict[str, float]:
    return {prices.columns[0]: 0.5}


class FirstAsset(Component):
    """All of it in the first asset."""

    kind: Literal["first_asset"] = "first_asset"
    share: float = 1.0

    def allocate(self, outlook: Outlook) -> Allocation:
        weights = np.zeros(len(outlook.assets))
        weights[0] = self.share
        return Allocation(assets=outlook.assets, weights=weights)


def test_a_registered_function_enters_a_stored_study(
    prices: pd.DataFrame, settings: ff.Settings
) -> None:
    ff.register(half)
    study = ff.StrategyStudy(
        data={"source": saved(prices, settings)},
        strategy="half",
        machine_learning=False,
        trading=Trading(warmup=600),
    )
    document = study.model_dump_json()
    assert '"strategy":{"kind":"half"}' in document
    assert ff.StrategyStudy.model_validate_json(document) == study
    assert dict(ff.run(study, settings).weights) == {"A": 0.5}


def test_a_registered_class_is_understood_with_its_settings(prices: pd.DataFrame) -> None:
    assert ff.register(FirstAsset) is FirstAsset
    weights = ff.optimize(prices, objective={"kind": "first_asset", "share": 0.3}).weights
    assert weights == {"A": 0.3}
    assert ff.backtest(prices, "first asset").targets[0].tolist() == [1.0, 0.0, 0.0, 0.0]
    study = ff.PortfolioStudy(objective="first_asset")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ff.PortfolioStudy.model_validate_json(study.model_dump_json()) == study


def test_what_is_registered_stands_only_where_it_fits() -> None:
    ff.register(FirstAsset)
    with pytest.raises(ff.ForefolioError, match="first_asset is registered, and cannot stand here"):
        ff.VolatilityTarget(strategy="first_asset")


def test_what_is_not_registered_is_refused_by_a_document() -> None:
    with pytest.raises(InputError, match=r"forefolio\.register"):
        ff.StrategyStudy(strategy=half)
    registered.add("half", half)
    other = FunctionStrategy(kind="half", function=lambda _: {})
    with pytest.raises(InputError, match=r"forefolio\.register"):
        ff.StrategyStudy(strategy=other)


def test_an_installed_package_registers_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name, value = "from_package", "package:half"

        def load(self) -> Callable[..., object]:
            return half

    class Metadata(ModuleType):
        def entry_points(self, group: str) -> list[Point]:
            assert group == "forefolio.components"
            return [Point()]

    monkeypatch.setattr(registered, "_searched", set())
    monkeypatch.setattr(registered, "metadata", Metadata("metadata"))
    assert ff.StrategyStudy(strategy="from_package").strategy.name == "from package"


@pytest.mark.parametrize(
    ("name", "words"),
    [("momentum", "comes with forefolio"), ("My Rule", "is no name for studies")],
)
def test_a_name_that_is_taken_or_none_is_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ff.register(half, name=name)


def test_a_changed_function_is_another_study() -> None:
    one = FunctionStrategy(function=_made("prices.columns[0]"))
    other = FunctionStrategy(function=_made("prices.columns[1]"))
    assert one.digest != other.digest
    assert one.digest == FunctionStrategy(function=_made("prices.columns[0]")).digest


def _made(words: str) -> Callable[..., object]:
    names: dict[str, object] = {"__name__": "notebook"}
    exec(f"def rule(prices):\n    return {{{words}: 1.0}}", names)
    made = names["rule"]
    assert callable(made)
    return made

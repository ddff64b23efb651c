import math
import pkgutil
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import forefolio
from forefolio import features, strategy
from forefolio.backtest import BacktestRemark, StrategyComparison
from forefolio.core.errors import ForefolioError, StoreError
from forefolio.core.events import Checkpoint, Progress
from forefolio.forecast import Forecast, ForecastComparison
from forefolio.market import Market
from forefolio.optimize import VolatilityMeasure
from forefolio.risk import EstimateWithError, RiskContributions
from forefolio.store import tags, values
from forefolio.store.values import pack, unpack

DTYPES: list[np.dtype[Any]] = [np.dtype(d) for d in ("f8", "f4", "i8", "?", "u1", "M8[D]", "<U3")]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes()
    | ARRAYS
)
KEYS = st.text(max_size=3) | st.integers() | st.dates() | st.tuples(st.text(max_size=1))
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


def same(left: Any, right: Any) -> bool:
    """Equal in type and in every bit."""
    if type(left) is not type(right):
        return False
    match left:
        case np.ndarray():
            return bool(
                left.dtype == right.dtype
                and left.shape == right.shape
                and left.tobytes() == right.tobytes()
            )
        case float():
            if math.isnan(left) or math.isnan(right):  # outside arrays, a NaN is a NaN
                return math.isnan(left) and math.isnan(right)
            return left == right and math.copysign(1, left) == math.copysign(1, right)
        case list() | tuple():
            return len(left) == len(right) and all(map(same, left, right))
        case dict():
            return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
        case _:
            return bool(left == right)


@given(VALUES)
def test_every_value_comes_back_exactly(value: Any) -> None:
    assert same(unpack(pack(value)), value)


@given(VALUES)
def test_equal_values_have_equal_bytes(value: Any) -> None:
    assert pack(unpack(pack(value))) == pack(value)


def test_a_value_of_the_package_comes_back_with_its_arrays_frozen() -> None:
    made = Forecast(
        made=np.datetime64("2020-01-02"),
        horizon=5,
        assets=("A", "B"),
        mean=np.array([0.1, np.nan]),
        std=np.array([0.2, -0.0]),
    )
    back = unpack(pack(made))
    assert isinstance(back, Forecast)
    assert (back.made, back.horizon, back.assets) == (made.made, 5, ("A", "B"))
    assert back.made.dtype == made.made.dtype
    assert same(back.mean, made.mean) and same(back.std, made.std)
    assert not back.mean.flags.writeable and not back.quantiles.flags.writeable


def test_a_market_keeps_its_digest(market: Market) -> None:
    assert unpack(pack(market)).digest == market.digest


def test_a_component_comes_back_equal() -> None:
    said = Checkpoint(stage="fold", state={"row": 3, "weights": (0.1, 1 / 3), "at": None})
    assert unpack(pack([said, Progress(stage="s", done=1, total=2)])) == [
        said,
        Progress(stage="s", done=1, total=2),
    ]


def test_memory_order_is_kept() -> None:
    back = unpack(pack(np.asfortranarray(np.arange(6.0).reshape(2, 3))))
    assert back.flags.f_contiguous and not back.flags.c_contiguous


@pytest.mark.parametrize(
    "value",
    [
        lambda: 0,
        object(),
        np.array([object()], dtype=object),
        {"f": print},
        ValueError("x"),
        {1, 2},
    ],
)
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        pack(value)


@pytest.mark.parametrize(
    "name",
    [
        "subprocess:Popen",
        "forefolio.store.values:pack",
        "forefolio.core.errors:ForefolioError",
        "os:system",
    ],
)
def test_only_values_of_the_package_are_ever_rebuilt(name: str) -> None:
    evil = pack(Path("x")).replace(b'{"~path":"x"}', b"")
    document = f'{{"~value":["{name}",{{}}]}}'.encode()
    head = evil[: evil.index(b"\n") + 1]
    with pytest.raises(StoreError, match=r"is not a class|has no class"):
        unpack(head + len(document).to_bytes(8, "big") + document)


def stored_classes() -> list[type[Any]]:
    """Every dataclass and component of the package, the faces left out."""
    names = [each.name for each in pkgutil.walk_packages(forefolio.__path__, "forefolio.")]
    faces = ("cli", "api", "web", "views", "__main__", "store.migrations")
    modules = [
        import_module(name)
        for name in names
        if not name.startswith(tuple(f"forefolio.{face}" for face in faces))
    ]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if tags.is_ours(each) and each.__module__ == module.__name__
    ]


def test_every_class_has_a_tag_of_its_own() -> None:
    classes = stored_classes()
    by_tag = {tags.tag_of(each): each for each in classes}
    shared = [each.__qualname__ for each in classes if by_tag[tags.tag_of(each)] is not each]
    assert len(classes) > 300
    assert not shared, f'give one of each two a `stored_as: ClassVar[str] = "..."`: {shared}'
    assert {tag: tags.class_of(tag) for tag in by_tag} == by_tag


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Momentum", features.PriceMomentum),
        ("MomentumStrategy", strategy.Momentum),
        ("forefolio.nowhere:Forecast", Forecast),  # moved since
        ("forefolio.forecast.base:Forecast", Forecast),
        ("forefolio.features.moved:Momentum", features.PriceMomentum),
        ("forefolio.strategy.moved:Momentum", strategy.Momentum),
        ("forefolio.strategy.baselines:Momentum", strategy.Momentum),
        ("Comparison", ForecastComparison),
        ("forefolio.forecast.compare:Comparison", ForecastComparison),
        ("forefolio.backtest.compare:Comparison", StrategyComparison),
        ("forefolio.backtest.result:Remark", BacktestRemark),
        ("forefolio.optimize.measures:Volatility", VolatilityMeasure),
        ("forefolio.features.price:Volatility", features.Volatility),
        ("forefolio.risk.contributions:Contributions", RiskContributions),
        ("forefolio.risk.monte_carlo:Estimate", EstimateWithError),
    ],
)
def test_a_class_is_read_wherever_it_lives(tag: str, expected: type[Any]) -> None:
    assert tags.class_of(tag) is expected


def test_what_the_last_version_wrote_is_read() -> None:
    momentum = strategy.Momentum(window=60, skip=5)
    raw = pack([momentum, features.PriceMomentum(window=60)])
    start = raw.index(b"\n") + 9
    document = raw[start:].replace(b'"MomentumStrategy"', b'"forefolio.strategy.rules:Momentum"')
    document = document.replace(b'"Momentum"', b'"forefolio.features:Momentum"')
    before = raw[: start - 8] + len(document).to_bytes(8, "big") + document
    assert unpack(before) == [momentum, features.PriceMomentum(window=60)]
    gone = document.replace(b":Momentum", b":Impulse")
    lost = raw[: start - 8] + len(gone).to_bytes(8, "big") + gone
    assert values.unpacked(lost) == values.unpacked(None) == ()
    assert values.unpacked(raw) == (unpack(raw),)
    with pytest.raises(StoreError, match="has no class"):
        unpack(lost)


@given(st.binary(max_size=200))
def test_garbage_is_one_clear_error(raw: bytes) -> None:
    with pytest.raises(ForefolioError):
        unpack(raw)


@given(st.data())
def test_truncated_or_altered_bytes_never_do_worse_than_an_error(data: st.DataObject) -> None:
    raw = bytearray(pack({"a": np.arange(3.0), "b": (1, "two", datetime(2020, 1, 1))}))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpack(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    except StoreError:
        return


def test_the_format_knows_no_domain() -> None:
    source = Path(values.__file__).read_text()
    assert not any(word in source for word in ("market", "forecast", "covariance"))

"""Series of returns are put side by side by date; what cannot be returns is refused."""

from typing import Any

import numpy as np
import pytest

import forefolio as ff
from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.market.sources.return_series import read_returns, read_series

pd: Any = lazy("pandas")
pl: Any = lazy("polars")

DAYS = pd.bdate_range("2022-01-03", periods=300)
RNG = np.random.default_rng(3)
B = pd.Series(RNG.normal(0.0003, 0.01, 300), index=DAYS, name="b")
A = (0.7 * B + RNG.normal(0.0, 0.005, 300)).rename("a")


def beta(returns: Any, benchmark: Any) -> float:
    value = ff.measure(returns, benchmark=benchmark, periods_per_year=252)["beta"].value
    assert value is not None
    return float(value)


TRUE = float(np.cov(A, B)[0, 1] / np.var(B, ddof=1))


@pytest.mark.parametrize(
    "benchmark",
    [
        B,
        B[::-1],
        B.sample(frac=1.0, random_state=1),
        B.to_numpy(),
        B.tolist(),
        B.to_frame(),
        B.set_axis(DAYS.strftime("%d/%m/%Y"))[::-1],
        B.to_period("D")[::-1],
        B.tz_localize("America/New_York")[::-1],
        B.to_dict(),
        pl.from_pandas(B.rename_axis("date").reset_index())[::-1],
        pd.concat([B, pd.Series([0.5], index=[pd.Timestamp("2030-01-01")])])[::-1],
    ],
    ids=lambda given: type(given).__name__,
)
def test_beta_is_that_of_the_same_dates(benchmark: Any) -> None:
    assert beta(A, benchmark) == pytest.approx(TRUE, rel=1e-12)
    assert beta(A[::-1], benchmark) == pytest.approx(TRUE, rel=1e-12)


def test_the_order_of_dated_returns_does_not_matter() -> None:
    one = ff.measure(A, periods_per_year=252).to_frame()
    other = ff.measure(A[::-1], periods_per_year=252).to_frame()
    assert one.equals(other)
    assert ff.tail_risk(A) == ff.tail_risk(A[::-1]) == ff.tail_risk(A.tolist())
    model = ff.VaRModel()
    assert model.predict(A) == model.predict(A[::-1]) == model.predict(A.to_numpy())


def test_cash_and_forecasts_stand_at_their_dates() -> None:
    cash = pd.Series(np.linspace(0.0, 0.0002, 300), index=DAYS)
    one = ff.measure(A, cash=cash, periods_per_year=252)["sharpe"]
    assert one == ff.measure(A, cash=cash[::-1], periods_per_year=252)["sharpe"]
    said = pd.Series(np.linspace(0.001, 0.03, 300), index=DAYS)
    check = ff.check_value_at_risk(A, said[::-1])
    assert check == ff.check_value_at_risk(A.to_numpy(), said.to_numpy())
    assert check.breaches == int((-said > A).sum())


@pytest.mark.parametrize(
    ("benchmark", "told"),
    [
        (B.drop(DAYS[7]), "benchmark has nothing on 1 of the 300 dates .* such as 2022-01-12"),
        (pd.concat([B, B.iloc[:1]]), "benchmark has 2022-01-03 twice"),
        (B.iloc[:200].to_numpy(), r"benchmark has shape \(200,\); give 300"),
        (pd.DataFrame({"x": B, "y": B}), "benchmark has 2 columns"),
        (B.to_frame().to_numpy(), r"benchmark has shape \(300, 1\)"),
        (["a"] * 300, "no number"),
        (B.where(B > -0.02), "of the benchmark are missing"),
        (100 * (1 + B).cumprod(), "benchmark are all above zero, .* these are prices"),
        (100 * B, "these are percentages"),
    ],
)
def test_what_is_no_benchmark_is_said(benchmark: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        ff.measure(A, benchmark=benchmark, periods_per_year=252)


@pytest.mark.parametrize("call", [ff.tail_risk, read_returns, ff.VaRModel().predict])
def test_prices_and_percentages_are_no_returns(call: Any) -> None:
    with pytest.raises(InputError, match=r"these are prices; give returns"):
        call(50 * (1 + A).cumprod())
    with pytest.raises(InputError, match=r"these are percentages; give fractions"):
        call(100 * A)


def test_large_returns_are_returns() -> None:
    wild = np.array([0.5, -0.4, 1.2, -0.9, 0.3])
    assert read_returns(wild).values.tolist() == wild.tolist()
    ruined = np.append(np.full(60, 0.01), -1.4)  # an account of large leverage
    assert read_returns(ruined).values[-1] == -1.4
    assert read_series([3.0, 1.0], "levels").values.tolist() == [3.0, 1.0]

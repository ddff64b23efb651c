import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from forefolio.core.units import Array
from forefolio.optimize.liquidity import TradingContext
from forefolio.optimize.objectives.costs import AnyCost, Cost, Proportional, SquareRootImpact
from forefolio.optimize.program.affine import Affine
from forefolio.optimize.program.problem import Program, Rows

CONTEXT = TradingContext(
    volatility=np.array([0.01, 0.02, 0.03, 0.02]),
    dollar_volume=np.array([1e8, 5e7, 1e6, np.nan]),
    capital=1e6,
)
ALL: list[Cost] = [Proportional(bps=25), SquareRootImpact(coefficient=0.8)]


def planned(cost: Cost, trades: Array) -> float:
    program = Program()
    wanted = program.unknown(len(trades))
    scale = Affine(np.zeros((1, 0)), np.ones(1))
    expression = cost.expression(wanted, scale, program, CONTEXT)
    solution = program.minimise(
        [expression], [Rows(name="trade", excess=wanted - trades, exact=True)]
    )
    assert solution is not None
    return float(solution.value(expression)[0])


@pytest.mark.parametrize("cost", ALL)
@settings(max_examples=25, deadline=None)
@given(trades=st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4))
def test_plan_and_bill_agree(cost: Cost, trades: list[float]) -> None:
    sizes = np.array(trades)
    assert planned(cost, sizes) == pytest.approx(cost.charge(sizes, CONTEXT).sum(), abs=1e-8)


def test_ten_basis_points_of_half_the_portfolio() -> None:
    assert Proportional(bps=10).charge(np.array([0.5, -0.5]), CONTEXT) == pytest.approx([5e-4] * 2)


def test_trading_a_whole_session_moves_the_price_by_its_volatility() -> None:
    context = TradingContext(
        volatility=np.array([0.02]), dollar_volume=np.array([1e6]), capital=1e6
    )
    assert SquareRootImpact().charge(np.array([1.0]), context) == pytest.approx(0.02)


@given(share=st.floats(1e-6, 1), times=st.floats(1, 100))
def test_impact_grows_with_capital_by_its_square_root(share: float, times: float) -> None:
    def charged(capital: float) -> float:
        context = TradingContext(
            volatility=np.array([0.02]), dollar_volume=np.array([1e6]), capital=capital
        )
        return float(SquareRootImpact().charge(np.array([share]), context)[0])

    assert charged(1e6 * times) == pytest.approx(charged(1e6) * times**0.5)


def test_unknown_or_absent_volume_has_no_impact() -> None:
    context = TradingContext(
        volatility=np.array([0.02, 0.02]), dollar_volume=np.array([np.nan, 0.0]), capital=1e6
    )
    assert SquareRootImpact().charge(np.array([0.3, 0.0]), context).tolist() == [0.0, 0.0]


def test_costs_are_documents() -> None:
    adapter: TypeAdapter[Cost] = TypeAdapter(AnyCost)
    assert adapter.validate_json('{"kind": "proportional", "bps": 5}') == Proportional(bps=5)
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        adapter.validate_json('{"kind": "square_root_impact", "coefficient": -1}')

"""What a report claims: objects with a mark, and the same words in every medium."""

import re
from html import unescape
from typing import Any

import pytest

from forefolio.core.wording import MISSING
from forefolio.evidence.claims import SIGNIFICANT, Claim, chance_of
from forefolio.forecast.scoring.score import BEATS, KNOWN_RISKS, RANKS, WORSE
from forefolio.studies.strategy_claims import claims_of
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.claims import TITLE, claim_cells
from forefolio.views.page import Table
from forefolio.views.report.page import render
from forefolio.views.strategy import strategy_page


def with_rows(result: StrategyResult, name: str, **changed: Any) -> StrategyResult:
    """The result with changes to every row of a kind of the leaderboard."""
    rows = [
        row.model_copy(update=changed) if row.kind == name else row for row in result.leaderboard
    ]
    return result.model_copy(update={"leaderboard": tuple(rows)})


def by_code(result: StrategyResult) -> dict[str, Claim]:
    return {claim.code: claim for claim in claims_of(result)}


def test_every_comparison_and_every_skill_is_a_claim(result: StrategyResult) -> None:
    result = result.model_copy(update={"periods_per_year": 252.0})
    claims = by_code(result)
    others = [row.name.replace(" ", "_") for row in result.backtest[1:]]
    assert {code.partition("_than_")[2] for code in claims if "_than_" in code} == set(others)
    horizons = {row.horizon for row in result.leaderboard if row.kind == "combined"}
    assert {f"forecasts_{h}" for h in horizons} | {f"volatility_{h}" for h in horizons} <= set(
        claims
    )
    assert claims["above_cash"].mark == "shown" and claims["above_cash"].value == 0.66
    kept = result.model_copy(update={"claims": (claims["above_cash"],)})
    assert claims_of(kept) == (claims["above_cash"],)


@pytest.mark.parametrize("p_value", [0.03, 0.6])
def test_a_comparison_has_the_mark_of_its_family(result: StrategyResult, p_value: float) -> None:
    first = result.backtest[1]
    assert first.strategy_versus_this is not None
    versus = first.strategy_versus_this.model_copy(
        update={"sharpe": 0.3, "p_family": p_value, "years_needed": 44.0}
    )
    rows = (result.backtest[0], first.model_copy(update={"strategy_versus_this": versus}))
    changed = result.model_copy(update={"backtest": rows, "periods_per_year": 252.0})
    claim = by_code(changed)["better_than_equal_weight"]
    assert (claim.value, claim.p_value) == (0.3, p_value)
    assert claim.mark == ("shown" if p_value < SIGNIFICANT else "underpowered")
    assert claim.verdict == ("shown" if p_value < SIGNIFICANT else "underpowered: 44 years")


@pytest.mark.parametrize(
    ("verdict", "words", "mark"),
    [
        (BEATS, "beat the pooled mean", "shown"),
        (RANKS, "rank assets better than chance", "shown"),
        (WORSE, "are worse than the pooled mean", "shown"),
        (KNOWN_RISKS, "tell one asset from another", "not_shown"),
        ("not shown; underpowered: about 31 years needed", "tell one asset", "underpowered"),
    ],
)
def test_forecasts_are_claimed_as_they_are_judged(
    result: StrategyResult, verdict: str, words: str, mark: str
) -> None:
    claim = by_code(with_rows(result, "combined", verdict=verdict, r2_across=0.01))["forecasts_21"]
    assert words in claim.sentence and claim.mark == mark
    assert (claim.value == 0.01) == (verdict in (BEATS, WORSE))


def test_volatility_is_better_only_beyond_its_error(result: StrategyResult) -> None:
    shown = by_code(with_rows(result, "volatility", qlike=-0.03, qlike_se=0.01))["volatility_21"]
    assert shown.mark == "shown" and "better than EWMA's" in shown.sentence
    assert shown.p_value == pytest.approx(chance_of(3.0)) and shown.high == pytest.approx(-0.01)
    not_shown = by_code(with_rows(result, "volatility", qlike=0.01, qlike_se=0.01))
    assert not_shown["volatility_21"].mark == "underpowered"
    assert "worse than EWMA's" in not_shown["volatility_21"].sentence


def test_claims_read_the_same_in_the_terminal_and_in_the_report(result: StrategyResult) -> None:
    tables = [one for one in strategy_page(result).evidence if isinstance(one, Table)]
    (shown,) = [one for one in tables if one.title == TITLE]
    assert [row.cells for row in shown.rows] == [claim_cells(one) for one in claims_of(result)]
    words = " ".join(unescape(re.sub(r"<[^>]*>", " ", render(result))).split())
    for claim in claims_of(result):
        assert all(cell in words for cell in claim_cells(claim) if cell != MISSING)


def test_nothing_is_claimed_of_what_is_not_known(unknown: StrategyResult) -> None:
    claims = by_code(unknown)
    assert all(claim.mark != "shown" and claim.value is None for claim in claims.values())
    assert render(unknown)

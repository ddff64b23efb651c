"""What users want of an agent: each intent by a scripted client, in at most two calls.

| # | what the user says | calls |
|---|---|---|
| 1 | What can you do? | describe |
| 2 | What may I say of a portfolio's objective? | describe |
| 3 | What is a Sharpe ratio? | describe |
| 4 | What should I hold? | today |
| 5 | I have 10,000: what should I hold, what could I lose, what do I buy? | today |
| 6 | The least risky of these assets, none above 40 % | ask |
| 7 | At most 10 % in each of four: is that possible? Then what is? | ask, ask |
| 8 | Show me the choices between risk and return | ask |
| 9 | How risky is half this, half that? | ask |
| 10 | What could I lose in a month with 25,000? | ask, and the fraction times the money |
| 11 | What if the market falls by 30 %? | ask |
| 12 | Where may I be in a year? | ask |
| 13 | What do I buy for these weights with 10,000? | ask, ask |
| 14 | What do you expect of each asset next month? | ask |
| 15 | Which of these two models is better? | ask |
| 16 | Which assets are worth a position? | ask |
| 17 | What came of your earlier signals? | ask |
| 18 | Train a model and keep it | ask |
| 19 | What does the model look at? | ask |
| 20 | Here are my prices: optimise on them | data, ask |
| 21 | Are these prices any good? | data |
| 22 | Save this portfolio, and show it | ask, portfolios |
| 23 | How does it differ from the one before? | portfolios, portfolios |
| 24 | What did I ask before? | runs |
| 25 | Show me all of that answer | result |
| 26 | Is this number right? | check |
| 27 | That takes too long: stop it | ask, runs |
"""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.agents.conftest import SMALL, SOURCE, Agent

from forefolio.market import simulated_market
from forefolio.store.portfolios import Portfolios

LONG = {"source": {"kind": "synthetic", "sessions": 1500, "assets": 3}, "horizons": "5"}


@pytest.fixture(autouse=True)
def _in_two_calls(agent: Agent) -> Iterator[None]:
    before = agent.calls
    yield
    assert agent.calls - before <= 2


def weights(answer: dict[str, Any]) -> dict[str, float]:
    found = answer["values"].items()
    return {k.removeprefix("weights."): v for k, v in found if k.startswith("weights.")}


def test_what_can_be_asked(agent: Agent) -> None:
    assert {"portfolio", "risk", "today"} <= set(agent.call("describe")["kinds"])


def test_a_misspelt_argument_is_told_what_is_meant(agent: Agent) -> None:
    wrong, answer = agent.raw("ask", kind="portfolio", wiat_s=1)
    assert wrong and "wait_s" in answer and "Extra inputs" not in answer


def test_what_a_setting_may_be(agent: Agent) -> None:
    answer = agent.call("describe", kind="portfolio", setting="objective")
    assert "minimum_variance" in answer["kinds"]
    assert "constraints" in agent.call("describe", kind="portfolio")["settings"]


def test_what_a_word_means(agent: Agent) -> None:
    assert "cash" in agent.call("describe", word="sharpe")["words"]["Sharpe"]["means"]


def test_the_least_risky_portfolio_under_a_limit(agent: Agent) -> None:
    answer = agent.ask("portfolio", objective="minimum_variance", constraints=["w <= 40%"])
    held = weights(answer)
    assert sum(held.values()) == pytest.approx(1, abs=1e-4) and max(held.values()) <= 0.4 + 1e-6
    assert answer["values"]["volatility"] > 0 and answer["run"] and answer["summary"]


def test_limits_that_contradict_say_what_would_do(agent: Agent) -> None:
    limits = {**SMALL, "objective": "minimum_variance", "constraints": ["w <= 10%"]}
    error = agent.error("ask", kind="portfolio", study=limits, wait_s=50)
    assert error["code"] == "infeasible" and "mends" in error["do"]
    (first, *_) = error["mends"]
    assert first["limit"] == pytest.approx(0.1) and first["needed"] >= 0.25 - 1e-9
    mended = agent.ask(
        "portfolio", objective="minimum_variance", constraints=[f"w <= {first['needed']:.0%}"]
    )
    assert set(weights(mended).values()) == {0.25}


def test_the_choices_between_risk_and_return(agent: Agent) -> None:
    answer = agent.ask("frontier", points=5)
    assert answer["fields"]["points"] > 5 and answer["headline"].startswith("Efficient frontier")


def test_how_risky_a_portfolio_is(agent: Agent) -> None:
    answer = agent.ask("risk", weights="A0=50%,A1=50%")
    assert answer["values"]["level"] == 0.95 and answer["summary"]


def test_what_could_be_lost_in_a_month(agent: Agent) -> None:
    answer = agent.ask("simulation", horizon=21, paths=300, weights="equal")
    lost = answer["values"]["value_at_risk.value"]
    assert 0 < 25_000 * lost < 25_000


def test_what_if_the_market_falls(agent: Agent) -> None:
    answer = agent.ask("stress", market="-30%", weights="equal")
    loss = next(value for name, value in answer["values"].items() if name.endswith(".loss"))
    assert 0.1 < loss < 0.6


def test_what_to_buy_for_weights_with_some_money(agent: Agent) -> None:
    chosen = agent.ask("portfolio", objective="equal_weight")
    study = {"run": chosen["run"], "capital": 10_000}
    fields = ["orders", "cash", "cost"]
    values = agent.call("ask", kind="orders", study=study, fields=fields, wait_s=50)["values"]
    bought = [v for name, v in values.items() if name.endswith(".value")]
    total = sum(bought) + values["cash"] + values["cost"]
    assert len(bought) == 4 and total == pytest.approx(10_000, rel=1e-3)


def prices(sessions: int = 520) -> str:
    market = simulated_market(seed=1, sessions=sessions, assets=3)
    rows = zip(market.sessions, market.close.tolist(), strict=True)
    lines = [f"{day},{','.join(f'{close:.4f}' for close in closes)}" for day, closes in rows]
    return "\n".join(["date,AAA,BBB,CCC", *lines])


def test_prices_of_ones_own(agent: Agent) -> None:
    kept = agent.call("data", csv=prices())
    assert kept["tickers"] == ["AAA", "BBB", "CCC"] and kept["values"]["data.sessions"] == 520
    study = {"source": kept["source"], "objective": "minimum_variance"}
    answer = agent.call("ask", kind="portfolio", study=study, wait_s=50)
    assert set(weights(answer)) <= {"AAA", "BBB", "CCC"}


def test_whether_prices_are_any_good(agent: Agent) -> None:
    answer = agent.call("data", source=SOURCE)
    assert len(answer["tickers"]) == 4
    assert answer["values"]["rows_read"] == answer["values"]["rows_kept"] == 1600


def test_save_a_portfolio(agent: Agent) -> None:
    chosen = agent.ask("portfolio", objective="minimum_variance")
    saved = agent.call("portfolios", name="core", save_run=chosen["run"])["saved"]
    assert saved["run"] == chosen["run"] and saved["portfolio"].startswith("core@")
    assert weights(saved) == weights(chosen)


def test_what_differs_from_another_portfolio(agent: Agent) -> None:
    kept = Portfolios(agent.desk.host.store.database)
    agent.does(lambda: kept.save("old", {"A0": 0.5, "A1": 0.5}))
    agent.call("portfolios", name="new", save_weights={"A0": 0.2, "A1": 0.8})
    answer = agent.call("portfolios", name="old", beside="new")
    assert answer["values"] == {"turnover": 0.3, "changes.A0": -0.3, "changes.A1": 0.3}


def test_percentages_are_no_weights(agent: Agent) -> None:
    refused = agent.error("portfolios", name="new", save_weights={"A0": 60, "A1": 40})
    assert "A0=60 is 6000% of the portfolio" in refused["detail"]


def test_what_was_asked_before_and_all_of_its_answer(agent: Agent) -> None:
    agent.does(lambda: agent.client.call_tool("ask", {"kind": "stress", "study": SMALL}))
    latest = agent.call("runs", kind="stress", limit=1)["runs"][0]
    answer = agent.call("result", run=latest["run"], fields=["stresses"], wait_s=50)
    assert answer["state"] == "done" and len(answer["values"]) > 5


def test_whether_a_number_is_right(agent: Agent) -> None:
    answer = agent.ask("portfolio", objective="minimum_variance")
    volatility = answer["values"]["volatility"]
    quoted = {"volatility": round(volatility, 3), "weights.A0": 0.99, "weights.ZZ": 0.1}
    checked = agent.call("check", run=answer["run"], values=quoted)
    assert checked["right"] == 1 and set(checked["wrong"]) == {"weights.A0", "weights.ZZ"}


def test_stop_what_takes_too_long(agent: Agent) -> None:
    study = {**LONG, "models": "xgboost"}
    asked = agent.call("ask", kind="training", study=study, wait_s=0)
    assert asked["state"] in ("waiting", "running") and "result" in asked["next"]
    stopped = agent.call("runs", cancel=asked["run"])
    assert stopped["state"] == "cancelled"


@pytest.mark.slow
class TestLong:
    def test_what_to_hold(self, agent: Agent) -> None:
        answer = agent.call("today", study={**SMALL, "machine_learning": False}, wait_s=50)
        answer = seen_through(agent, answer)
        assert answer["kind"] == "strategy" and sum(weights(answer).values()) <= 1 + 1e-6

    def test_what_to_hold_what_to_lose_and_what_to_buy(self, agent: Agent) -> None:
        study = {**SMALL, "machine_learning": False}
        answer = seen_through(agent, agent.call("today", capital=10_000, study=study, wait_s=50))
        assert answer["values"]["capital"] == 10_000
        assert any(line.startswith("Could lose") for line in answer["summary"])
        assert any(line.startswith("Buy") for line in answer["summary"])
        told = [progress for progress, _ in agent.progress]
        assert told and max(told) <= 100

    def test_what_is_expected_of_each_asset(self, agent: Agent) -> None:
        study = {**LONG, "models": "bayesian_ridge"}
        answer = agent.call("ask", kind="forecast", study=study, wait_s=50)
        assert seen_through(agent, answer)["fields"]["forecasts"] > 3

    def test_which_model_is_better(self, agent: Agent) -> None:
        study = {**LONG, "models": "arima,bayesian_ridge"}
        answer = agent.call("ask", kind="comparison", study=study, wait_s=50)
        assert seen_through(agent, answer)["summary"]

    def test_which_assets_are_worth_a_position(self, agent: Agent) -> None:
        study = {**LONG, "models": "bayesian_ridge", "horizon": 5}
        del study["horizons"]
        answer = seen_through(agent, agent.call("ask", kind="signals", study=study, wait_s=50))
        assert answer["summary"]
        history = agent.call("ask", kind="signal_history", study={})
        assert history["run"] is None and history["summary"]

    def test_a_model_that_is_kept(self, agent: Agent) -> None:
        study = {**LONG, "models": "bayesian_ridge"}
        answer = seen_through(agent, agent.call("ask", kind="training", study=study, wait_s=50))
        assert answer["fields"]["models"]

    def test_what_a_model_looks_at(self, agent: Agent) -> None:
        study = {**LONG, "model": {"kind": "bayesian_ridge"}}
        answer = seen_through(agent, agent.call("ask", kind="importance", study=study, wait_s=50))
        assert any(name.startswith("importance") for name in answer["fields"]), answer["fields"]


def seen_through(agent: Agent, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, waited for by a second call if it is not there."""
    if answer["state"] == "done":
        return answer
    return agent.call("result", run=answer["run"], wait_s=50)

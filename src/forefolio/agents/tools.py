"""The tools: eight whole jobs, each a description, what it takes, and what it does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import ToolAnnotations

from forefolio.agents import arguments
from forefolio.agents.arguments import Arguments
from forefolio.agents.asking import answer_to, ended, line_of, state_of
from forefolio.agents.caller import Caller
from forefolio.agents.describing import every_kind, one_kind, one_setting, one_word
from forefolio.agents.prices import prices
from forefolio.agents.saved import portfolios
from forefolio.agents.values import agrees, fields_of, shown
from forefolio.core.errors import InputError
from forefolio.studies.result import Result

Work = Callable[[Caller, Any], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTool:
    """A tool: what it does, what it takes, and whether it only reads."""

    description: str
    arguments: type[Arguments]
    work: Work
    reads: bool = True
    destroys: bool = False

    @property
    def annotations(self) -> ToolAnnotations:
        """What a client may know of it before it asks a person."""
        return ToolAnnotations(
            read_only_hint=self.reads,
            destructive_hint=self.destroys,
            idempotent_hint=True,
            open_world_hint=not self.reads,  # a study may name a provider of prices
        )

    def schema(self) -> dict[str, Any]:
        """What it takes, as a JSON schema in few words."""
        whole = self.arguments.model_json_schema()
        properties = {name: _short(one) for name, one in whole["properties"].items()}
        needed = {"required": whole["required"]} if "required" in whole else {}
        return {
            "type": "object",
            "properties": properties,
            **needed,
            "additionalProperties": False,
        }


def _short(schema: Any) -> Any:
    """A schema without what is said elsewhere: titles, and that null is possible."""
    if not isinstance(schema, dict):
        return schema
    kept = {key: one for key, one in schema.items() if key not in ("title", "default")}
    if "anyOf" in kept:
        some = [one for one in kept.pop("anyOf") if one.get("type") != "null"]
        if len(some) == 1:
            kept = {**some[0], **kept}
        else:
            kept["type"] = [one["type"] for one in some]
    return {key: _short(one) for key, one in kept.items()}


async def _describe(_: Caller, wanted: arguments.DescribeArguments) -> dict[str, Any]:
    if wanted.word:
        return one_word(wanted.word)
    if wanted.setting:
        return await asyncio.to_thread(one_setting, wanted.kind, wanted.setting)
    return one_kind(wanted.kind) if wanted.kind else every_kind()


async def _today(caller: Caller, wanted: arguments.TodayArguments) -> dict[str, Any]:
    money = {} if wanted.capital is None else {"capital": wanted.capital}
    kind = "today" if money or "capital" in wanted.study else "strategy"
    return await answer_to(caller, kind, {**wanted.study, **money}, wanted.fields, wanted.wait_s)


async def _ask(caller: Caller, wanted: arguments.AskArguments) -> dict[str, Any]:
    return await answer_to(caller, wanted.kind, wanted.study, wanted.fields, wanted.wait_s)


async def _result(caller: Caller, wanted: arguments.RunResultArguments) -> dict[str, Any]:
    run = await ended(caller, await caller.host.store.get(wanted.run), wanted.wait_s)
    return await state_of(caller.host, run, wanted.fields, tables=wanted.tables)


async def _runs(caller: Caller, wanted: arguments.RunsArguments) -> dict[str, Any]:
    store = caller.host.store
    if wanted.cancel:
        return line_of(await store.cancel(wanted.cancel))
    found = await store.runs(wanted.limit, kind=wanted.kind or None)
    return {"runs": [line_of(run) for run in found]}


async def _check(caller: Caller, wanted: arguments.CheckArguments) -> dict[str, Any]:
    run = await caller.host.store.get(wanted.run)
    result = await caller.host.result(run)
    if not isinstance(result, Result):
        raise InputError(f"a run of kind {run.kind} has no fields")
    fields = fields_of(result.model_dump(mode="json"))
    wrong = {
        name: shown(fields[name]) if name in fields else "there is no such field"
        for name, quoted in wanted.values.items()
        if name not in fields or not agrees(fields[name], quoted)
    }
    return {"run": run.id, "right": len(wanted.values) - len(wrong), "wrong": wrong}


TOOLS: Mapping[str, AgentTool] = {
    "today": AgentTool(
        description="What to hold now, and why. With a capital also: what could be lost in money, "
        "and what to buy. May take minutes: then it answers a run id for `result`.",
        arguments=arguments.TodayArguments,
        work=_today,
        reads=False,
    ),
    "ask": AgentTool(
        description="Ask a study: portfolio (optimise under limits such as 'w <= 10%', "
        "'tech <= 30%', 'names <= 8'), frontier, forecast, comparison of models, importance, "
        "training, signals, signal_history, risk, simulation, stress, orders, strategy (backtest "
        "with evidence). Answers sentences and values by field, or a run id if it takes longer "
        "than wait_s. The same question is answered from what is stored. If limits contradict "
        "each other, `mends` says what would do.",
        arguments=arguments.AskArguments,
        work=_ask,
        reads=False,
    ),
    "result": AgentTool(
        description="How far a run is, and once it is done its values, all or some.",
        arguments=arguments.RunResultArguments,
        work=_result,
    ),
    "describe": AgentTool(
        description="What can be asked: all kinds, one kind's settings and fields, one setting's "
        "choices, or what a word means.",
        arguments=arguments.DescribeArguments,
        work=_describe,
    ),
    "data": AgentTool(
        description="Sources of prices, the quality of one, or keep a CSV given as text: the "
        "answer has the `source` to name in a study.",
        arguments=arguments.PricesArguments,
        work=prices,
        reads=False,
    ),
    "portfolios": AgentTool(
        description="Saved portfolios: list, show, compare; save only if the user asks for it. "
        "Earlier states are kept.",
        arguments=arguments.PortfoliosArguments,
        work=portfolios,
        reads=False,
    ),
    "runs": AgentTool(
        description="What was asked before, newest first; or stop one run.",
        arguments=arguments.RunsArguments,
        work=_runs,
        reads=False,
        destroys=True,
    ),
    "check": AgentTool(
        description="Whether quoted values are those of a run. Use it before you report numbers.",
        arguments=arguments.CheckArguments,
        work=_check,
    ),
}
"""By name, in the order in which they are listed."""

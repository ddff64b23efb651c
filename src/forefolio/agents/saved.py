"""Saved portfolios: listed, shown, compared, and saved where that is asked for."""

from typing import Any

from forefolio.agents.arguments import PortfoliosArguments, together
from forefolio.agents.caller import Caller
from forefolio.agents.texts import clean, clean_text
from forefolio.agents.values import shown
from forefolio.core.errors import InputError
from forefolio.runs.portfolios import origin_of
from forefolio.store.portfolio_records import SavedPortfolio
from forefolio.store.portfolios import Portfolios
from forefolio.studies.holding import WITH_WEIGHTS, read_setting, weights_by_ticker
from forefolio.studies.result import Result
from forefolio.views.saved import named

MOST = 50


async def portfolios(caller: Caller, wanted: PortfoliosArguments) -> dict[str, Any]:
    """What is saved, or what was saved now.

    Raises:
        InputError: what is asked for makes no sense, or a run has no weights.
        UnknownPortfolio: nothing is saved under a name.
    """
    together(wanted, "save_run", "save_weights", "beside")
    kept = Portfolios(caller.host.store.database)
    if not wanted.name:
        if wanted.save_run or wanted.save_weights or wanted.beside:
            raise InputError("say the `name` of the portfolio")
        return {"portfolios": [_line(one) for one in await kept.all(MOST)]}
    if wanted.save_run or wanted.save_weights:
        return {"saved": _whole(await _save(caller, kept, wanted))}
    if wanted.beside:
        return await _beside(kept, wanted)
    states = await kept.history(wanted.name, limit=MOST)
    return {"portfolio": _whole(states[0]), "states": [_line(one) for one in states]}


async def _save(caller: Caller, kept: Portfolios, wanted: PortfoliosArguments) -> SavedPortfolio:
    if wanted.save_weights:
        given = read_setting(weights_by_ticker, wanted.save_weights, "save_weights")
        return await kept.save(wanted.name, given, note=wanted.note)
    run = await caller.host.store.get(wanted.save_run)
    if run.kind not in WITH_WEIGHTS:
        raise InputError(f"a run of kind {run.kind} has no weights of its own")
    result: Any = await caller.host.result(run)
    assert isinstance(result, Result)  # those kinds have one
    weights = dict(getattr(result, "weights", {}))
    return await kept.save(wanted.name, weights, note=wanted.note, origin=origin_of(result, run))


async def _beside(kept: Portfolios, wanted: PortfoliosArguments) -> dict[str, Any]:
    both = await kept.compare(wanted.name, wanted.beside)
    return {
        "portfolio": named(both.first),
        "beside": named(both.second),
        "values": {
            "turnover": shown(both.turnover),
            **{f"changes.{one.ticker}": shown(one.change) for one in both.changes},
        },
    }


def _line(one: SavedPortfolio) -> dict[str, Any]:
    about = {"portfolio": clean_text(named(one)), "saved": str(one.saved)[:19], "run": one.run}
    return {**about, "objective": clean_text(one.objective), "note": clean_text(one.note)}


def _whole(one: SavedPortfolio) -> dict[str, Any]:
    weights = {f"weights.{ticker}": shown(weight) for ticker, weight in one.weights.items()}
    values = {"cash": shown(one.cash), **weights}
    return {**_line(one), "as_of": str(one.as_of or "") or None, "values": clean(values)}

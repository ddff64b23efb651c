"""Portfolios under a name: saved, listed, followed through their states, compared, exported."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from forefolio.api.documents import Posted
from forefolio.api.hosts import Here, host_of
from forefolio.api.refusals import Refused
from forefolio.runs.host import Host
from forefolio.runs.portfolios import origin_of
from forefolio.store.portfolio_export import as_csv, as_json
from forefolio.store.portfolio_records import Origin, PortfolioComparison, SavedPortfolio
from forefolio.store.portfolios import Portfolios
from forefolio.studies.holding import amounts_by_ticker, kinds_meant, weights_by_ticker
from forefolio.studies.saved_backtest import backtest_of_saved

router = APIRouter(prefix="/api", tags=["portfolios"])

Name = Annotated[str, Path(min_length=1, max_length=80, description="What it is called.")]
Number = Annotated[int | None, Query(ge=1, lt=2**31, description="Its state; the newest if none.")]


class Save(BaseModel):
    """What to save: the weights of a run, or weights themselves."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(description="What it is called; the same name again is its newest state.")
    run: str | None = Field(
        None, description="The run whose weights they are, or the beginning of its id; or `last`."
    )
    weights: str | dict[str, str | float] | None = Field(
        None, description="By ticker, such as `AAPL=60%,KO=0.4`; what is left of 1 is cash."
    )
    shares: str | dict[str, str | float] | None = Field(
        None, description="Shares held by ticker, such as `AAPL=10`, where they are known."
    )
    note: str | None = Field(None, max_length=2000, description="What it is for.")


class Describe(BaseModel):
    """What a portfolio is called, and what its owner says about it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(None, description="What it is called from now on.")
    note: str | None = Field(
        None, max_length=2000, description="What it is for; words that begin with # are its tags."
    )


class Copy(BaseModel):
    """Under which name a copy is kept."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(description="What the copy is called; nothing may have that name yet.")


async def save(asked: Save, request: Request) -> SavedPortfolio:
    """Save weights as the newest state of a name; earlier states stay."""
    host = host_of(request)
    shares = None if asked.shares is None else _by_ticker(asked.shares, "shares")
    if (asked.run is None) == (asked.weights is None):
        reason = "name either the run or the weights"
        raise Refused(f"run, weights: {reason}", [("run", reason), ("weights", reason)])
    if asked.run is not None:
        result = await host.earlier(kinds_meant(asked.run), asked.run)
        weights: Mapping[str, float] = dict(result.weights)
        origin = origin_of(result, await host.store.get(result.run.id))
    else:
        weights, origin = _by_ticker(asked.weights, "weights"), Origin()
    return await _portfolios(host).save(
        asked.name, weights, shares=shares, note=asked.note, origin=origin
    )


router.add_api_route(
    "/portfolios",
    save,
    methods=["POST"],
    status_code=201,
    summary="Save weights under a name, as its newest state.",
    route_class_override=Posted,
)


async def describe(name: Name, asked: Describe, request: Request) -> SavedPortfolio:
    """Rename a portfolio, or say something else about it; what it holds stays."""
    portfolios = _portfolios(host_of(request))
    return await portfolios.get(await portfolios.describe(name, to=asked.name, note=asked.note))


async def copy(name: Name, asked: Copy, request: Request) -> SavedPortfolio:
    """Keep a copy of the newest state under another name."""
    return await _portfolios(host_of(request)).copy(name, asked.name)


router.add_api_route(
    "/portfolios/{name}",
    describe,
    methods=["PATCH"],
    summary="Rename a portfolio, or say something else about it.",
    route_class_override=Posted,
)
router.add_api_route(
    "/portfolios/{name}/copy",
    copy,
    methods=["POST"],
    status_code=201,
    summary="Keep a copy of a portfolio's newest state under another name.",
    route_class_override=Posted,
)


@router.get("/portfolios", summary="Every portfolio in its newest state, the latest first.")
async def everything(host: Here) -> list[SavedPortfolio]:
    """Every portfolio in its newest state."""
    return await _portfolios(host).all()


@router.get("/portfolios/{name}", summary="A portfolio, now or in an earlier state.")
async def one(name: Name, host: Here, number: Number = None) -> SavedPortfolio:
    """A portfolio in one of its states."""
    return await _portfolios(host).get(name, number)


@router.get("/portfolios/{name}/history", summary="All states of a portfolio, newest first.")
async def history(
    name: Name, host: Here, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
) -> list[SavedPortfolio]:
    """The states of a portfolio."""
    return await _portfolios(host).history(name, limit=limit)


@router.get(
    "/portfolios/{name}/comparison", summary="A portfolio beside another, or two of its states."
)
async def comparison(
    name: Name,
    host: Here,
    other: Annotated[str, Query(min_length=1, max_length=80, description="The second.")],
    number: Number = None,
    other_number: Number = None,
) -> PortfolioComparison:
    """Two portfolios side by side."""
    return await _portfolios(host).compare(name, other, (number, other_number))


@router.get(
    "/portfolio-backtest",
    summary="The question that backtests saved portfolios together, for POST /api/strategy.",
    responses={404: {"description": "There is no portfolio of a name."}},
)
async def backtest_question(
    host: Here,
    name: Annotated[
        tuple[str, ...],
        Query(min_length=1, max_length=5, description="Which; the first is followed."),
    ],
) -> dict[str, Any]:
    """The study of which several saved portfolios are the strategies."""
    portfolios = _portfolios(host)
    study = backtest_of_saved([await portfolios.get(each) for each in name])
    return study.model_dump(mode="json")


@router.delete(
    "/portfolios/{name}", status_code=204, summary="Delete a portfolio with all its states."
)
async def delete(name: Name, host: Here) -> None:
    """Delete a portfolio."""
    await _portfolios(host).delete(name)


@router.get(
    "/exports/portfolios.{form}",
    summary="Portfolios as a file, JSON or CSV; all of them, or those that are named.",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/csv": {}}}},
)
async def export(
    form: Literal["json", "csv"],
    host: Here,
    name: Annotated[tuple[str, ...], Query(max_length=100, description="Which; all if none.")] = (),
) -> Response:
    """Portfolios as a file; texts that a spreadsheet would run are made harmless."""
    portfolios = _portfolios(host)
    chosen = [await portfolios.get(each) for each in name] or await portfolios.all()
    return Response(
        as_csv(chosen) if form == "csv" else as_json(chosen),
        media_type="text/csv" if form == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="portfolios.{form}"'},
    )


def _portfolios(host: Host) -> Portfolios:
    return Portfolios(host.store.database)


def _by_ticker(given: Any, setting: str) -> dict[str, float]:
    read = weights_by_ticker if setting == "weights" else amounts_by_ticker
    try:
        return read(given)
    except ValueError as error:
        raise Refused(f"{setting}: {error}", [(setting, str(error))]) from None

"""Questions about online or stored prices, fixed at a version before they are stored.

A question that names a provider has its prices refreshed first, by a run that others join; then it
is about the version that there is, and it is the same question as long as that is the same.
"""

import logging
from typing import Any, TypeVar

from forefolio.core.events import Job
from forefolio.market import Online, StoredPrices
from forefolio.market.online.refreshing import EARLIEST, sentence
from forefolio.market.online.supply import Supply
from forefolio.market.sources.stored import pinned, reading_from
from forefolio.market.sources.symbols import sanitize_tickers
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.base import StudyDocument, nouns
from forefolio.studies.data import Data
from forefolio.studies.refresh import PriceRefresh, RefreshStudy

logger = logging.getLogger(__name__)

T = TypeVar("T")


def refresh_of(study: Any) -> RefreshStudy | None:
    """What must be refreshed before a question can be asked; None if nothing."""
    data = data_of(study)
    if data is None or not isinstance(data.source, Online):
        return None
    return RefreshStudy(
        tickers=_tickers(data),
        providers=data.source.providers,
        start=data.start or EARLIEST,
        end=data.end,
    )


def refreshed_study(study: T, refresh: PriceRefresh) -> T:
    """The same question about the prices that a refresh has brought; what it has not is logged."""
    for row in filter(lambda one: one.refusals, refresh.tickers):
        logger.warning("%s", sentence(row))
    return _about(study, refresh.stored)


def on_its_account(study: T, papers: PaperShelf | None) -> T:
    """The same question as its paper account asks it, if it is about one."""
    if papers is None or not isinstance(study, StudyDocument):
        return study
    return study.on_papers(papers)


def pinned_study(study: T, supply: Supply | None, models: ModelShelf | None) -> T:
    """The same question about what there is just now.

    The latest stored prices, if it names none of a version, and the models that its aliases name.
    """
    if models is not None and isinstance(study, StudyDocument):
        study = study.on_models(models)
    data = data_of(study)
    if (
        supply is None
        or data is None
        or not isinstance(data.source, StoredPrices)
        or data.source.parts
    ):
        return study
    return _about(study, pinned(supply.prices, data.source.sources, _tickers(data)))


def data_of(study: Any) -> Data | None:
    """Which prices a question is about."""
    data = [getattr(study, name) for name, one in nouns(type(study)).items() if one is Data]
    return data[0] if data else None


def supplied(job: Job[T], supply: Supply | None) -> Job[T]:
    """The same job; in each of its steps, whatever thread it is in, stored prices are those."""
    if supply is None:
        return (yield from job)
    try:
        while True:
            with reading_from(supply.prices):
                try:
                    event = next(job)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
            yield event
    finally:
        job.close()


def _tickers(data: Data) -> tuple[str, ...]:
    more = sanitize_tickers([data.benchmark]) if data.benchmark and data.tickers else ()
    return tuple(dict.fromkeys((*data.tickers, *more)))


def _about(study: T, stored: StoredPrices) -> T:
    name = next(name for name, one in nouns(type(study)).items() if one is Data)  # type: ignore[arg-type]
    data = getattr(study, name).model_copy(update={"source": stored})
    made: T = study.model_copy(update={name: data})  # type: ignore[attr-defined]
    return made

"""`/metrics`: what the service does and how long it takes, for Prometheus; behind the token.

What is measured as it happens (requests, the event loop) is in a registry of the application's
own. Everything else (runs, caches, retries, providers) is read when it is asked for.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from forefolio.api.hosts import Here
from forefolio.core.counting import counted
from forefolio.market.online.request import CALLS, FAILURES
from forefolio.runs.cached import COUNTS
from forefolio.runs.host import Host
from forefolio.runs.logged import BEGUN, RUN_SECONDS, RUNS_ENDED
from forefolio.store.database import RETRIES

router = APIRouter()

_TICK_S = 0.25  # between two looks at the event loop
_REQUEST_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
_LAG_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ServiceMetrics:
    """What one application measures as it happens."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Histogram(
            "forefolio_http_request_seconds",
            "Seconds from a request to the end of its answer, by route.",
            ("method", "route", "status"),
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self.lag = Histogram(
            "forefolio_event_loop_lag_seconds",
            "Seconds that the event loop was late.",
            buckets=_LAG_S,
            registry=self.registry,
        )


def install(app: FastAPI) -> None:
    """Measure the requests of an application, and serve the figures."""
    app.state.metrics = ServiceMetrics()
    app.include_router(router)
    app.add_middleware(Measuring, metrics=app.state.metrics)


@asynccontextmanager
async def watching(app: FastAPI) -> AsyncIterator[None]:
    """Measure how late the event loop is, meanwhile."""
    metrics: ServiceMetrics = app.state.metrics
    watch = asyncio.create_task(_watch(metrics.lag))
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch(lag: Histogram) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + _TICK_S
        await asyncio.sleep(_TICK_S)
        lag.observe(max(0.0, clock() - due))


@dataclass(frozen=True, slots=True)
class Measuring:
    """The middleware, around everything: what is refused is counted as well."""

    app: ASGIApp
    metrics: ServiceMetrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note its route, status and time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, begun = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = time.perf_counter() - begun
            self.metrics.requests.labels(method, _route(scope), str(status)).observe(seconds)


def _route(scope: Scope) -> str:
    """The template of a route, such as /api/runs/{run_id}: never what a client may make up."""
    return getattr(scope.get("route"), "path", "other")


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, host: Here) -> Response:
    """Everything, as Prometheus reads it."""
    measured: ServiceMetrics = request.app.state.metrics
    counts = await host.store.counts()
    read = CollectorRegistry()
    read.register(_Read(host, counts))
    body = generate_latest(measured.registry) + generate_latest(read)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@dataclass(frozen=True, slots=True, eq=False)
class _Read(Collector):
    """What is read when it is asked for."""

    host: Host
    counts: Iterable[tuple[str, str, int]]

    def collect(self) -> Iterator[Metric]:
        yield from _runs(self.counts)
        yield _by_kind()
        begun = CounterMetricFamily("forefolio_runs_begun", "Runs begun here.", labels=("kind",))
        yield _filled(begun, counted(BEGUN))
        yield from self._tasks()
        yield from _cached()
        retries = CounterMetricFamily(
            "forefolio_store_retries", "Transactions tried again: the database was busy or away."
        )
        retries.add_metric((), counted(RETRIES).get("", 0))
        yield retries
        for name, what in ((CALLS, "Calls of a provider."), (FAILURES, "Calls that failed.")):
            family = CounterMetricFamily(f"forefolio_{name}", what, labels=("provider",))
            yield _filled(family, counted(name))

    def _tasks(self) -> Iterator[Metric]:
        name, labels = "forefolio_tasks", ("lane", "outcome")
        family = CounterMetricFamily(name, "Tasks of runs: remembered or computed.", labels=labels)
        for lane, tasks in (("batch", self.host.executor), ("interactive", self.host.quick)):
            family.add_metric((lane, "remembered"), getattr(tasks, "hits", 0))
            family.add_metric((lane, "computed"), getattr(tasks, "misses", 0))
        yield family


def _runs(counts: Iterable[tuple[str, str, int]]) -> Iterator[Metric]:
    runs = GaugeMetricFamily("forefolio_runs", "Stored runs.", labels=("state", "lane"))
    waiting = GaugeMetricFamily("forefolio_queue_length", "Runs that wait.", labels=("lane",))
    queued = {"batch": 0, "interactive": 0}
    for state, lane, number in counts:
        runs.add_metric((state, lane), number)
        if state == "waiting":
            queued[lane] = number
    yield runs
    yield _filled(waiting, queued)


def _by_kind() -> Metric:
    family = SummaryMetricFamily(
        "forefolio_run_seconds", "Seconds of runs that ended here.", labels=("kind",)
    )
    seconds = counted(RUN_SECONDS)
    for kind, number in counted(RUNS_ENDED).items():
        family.add_metric((kind,), int(number), seconds[kind])
    return family


def _cached() -> Iterator[Metric]:
    family = CounterMetricFamily(
        "forefolio_cache", "Calls of cached functions.", labels=("function", "outcome")
    )
    for name, counts in list(COUNTS.items()):
        family.add_metric((name, "memory"), counts.hits_memory)
        family.add_metric((name, "disk"), counts.hits_disk)
        family.add_metric((name, "miss"), counts.misses)
        family.add_metric((name, "damaged"), counts.damaged)
    yield family


def _filled(family: Any, values: Any) -> Metric:
    for label, value in values.items():
        family.add_metric((label,), value)
    metric: Metric = family
    return metric

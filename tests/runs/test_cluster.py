"""Tasks on a Dask cluster: the same answers, and nothing shared but the network."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runs import toys
from tests.runs.conftest import ROOT
from tests.runs.test_executors import alive

from forefolio.core.errors import (
    ClusterUnavailable,
    InputError,
    NotEnoughHistory,
    TaskTimeout,
    WorkerDied,
)
from forefolio.core.events import finish
from forefolio.core.settings import Settings
from forefolio.features import PriceMomentum
from forefolio.features.panel import compute
from forefolio.forecast.models.linear import BayesianRidge
from forefolio.forecast.walk import FoldTask, forecast_folds
from forefolio.market import Market, Synthetic, simulated_market
from forefolio.runs import carried, cluster, cluster_nodes, memo
from forefolio.runs.asking import asking
from forefolio.runs.cluster import Cluster
from forefolio.runs.executors import executor
from forefolio.store.arrays import FACTS
from forefolio.studies.training import TrainingStudy


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of a cluster of two workers in threads of this process."""
    import distributed  # noqa: PLC0415 (costly)

    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as local:
        yield local.scheduler_address


@pytest.fixture
def pool(address: str) -> Iterator[Cluster]:
    with Cluster(address) as pool:
        yield pool


def where(market: Market) -> tuple[Path | None, bytes, int]:
    return market.home, market.close.tobytes(), len(market)


def named_like_dasks(*, priority: int, pure: bool, workers: str) -> tuple[int, bool, str]:
    return priority, pure, workers


def test_answers_errors_and_keywords_arrive_as_from_every_other_executor(pool: Cluster) -> None:
    futures = [pool.submit(toys.square, n) for n in range(10)]
    draws = [pool.submit(os.urandom, 8) for _ in range(3)]
    threads = pool.submit(toys.threads_of_linear_algebra, 0)
    assert {f.result() for f in as_completed(futures)} == {n * n for n in range(10)}
    assert len({draw.result() for draw in draws}) == 3  # equal calls are done every time
    assert set(threads.result()) == {1}
    named = pool.submit(named_like_dasks, priority=5, pure=True, workers="all")
    assert named.result() == (5, True, "all")
    error = pool.submit(toys.domain_error, 504).exception()
    assert isinstance(error, NotEnoughHistory) and (error.needed, error.available) == (504, 30)
    odd = pool.submit(toys.odd_error, 0).exception()
    assert "1 and 2" in str(odd)
    assert pool.submit(toys.unpackable_result, 0).exception() is not None
    with pytest.raises(TypeError, match="pickle"):
        pool.submit(len, (n for n in range(3)))  # type: ignore[arg-type]
    assert pool.submit(lambda: 7).result() == 7  # functions of a script travel whole


def test_only_what_has_not_begun_can_be_cancelled(address: str) -> None:
    with Cluster(address) as pool:
        pool.submit(toys.square, 0).result()
        begun = [pool.submit(time.sleep, 0.3) for _ in range(2)]
        waiting = [pool.submit(toys.square, n) for n in range(2)]
        assert [future.cancel() for future in begun] == [False, False]
        assert [future.cancel() for future in waiting] == [True, True]
        assert [future.result() for future in begun] == [None, None]
        with pytest.raises(CancelledError):
            waiting[0].result()


def test_leaving_with_an_error_waits_for_nothing(address: str) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Cluster(address) as pool:
        futures = [pool.submit(time.sleep, 1.5) for _ in range(4)]
        raise KeyboardInterrupt
    assert time.monotonic() - began < 1.2
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(timeout=0)
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(toys.square, 1)


def test_a_task_that_takes_too_long_fails_alone(address: str) -> None:
    with Cluster(address, timeout_s=1.0) as pool:
        late, soon = pool.submit(time.sleep, 1.5), pool.submit(toys.square, 3)
        assert soon.result() == 9
        with pytest.raises(TaskTimeout, match="sleep took longer than 1 s"):
            late.result()


def test_saved_arrays_travel_by_name_once_to_each_worker(
    pool: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = simulated_market(seed=1, sessions=300, assets=4).save(tmp_path)
    raw, folders = carried.packed((where, (market[:200],), {}))
    assert list(folders.values()) == [market.home] and len(raw) < 500
    assert str(tmp_path).encode() not in raw
    sent: list[str] = []
    real = Cluster._send

    def counted(self: Cluster, client: Any, folders: Any, worker: str | None) -> None:
        sent.extend([worker or "all"] * len(folders))
        real(self, client, folders, worker)

    monkeypatch.setattr(Cluster, "_send", counted)
    futures = [pool.submit(where, market[: 100 + n]) for n in range(8)]
    for n, future in enumerate(futures):
        home, close, rows = future.result()
        assert close == market[: 100 + n].close.tobytes() and rows == 100 + n
        assert home is not None and not home.is_relative_to(tmp_path)
    assert sent == ["all"]


def test_a_worker_that_lost_its_arrays_is_sent_them_again(pool: Cluster, tmp_path: Path) -> None:
    market = simulated_market(seed=2, sessions=60, assets=3).save(tmp_path)
    home, close, _ = pool.submit(where, market).result()
    assert home is not None
    for worker in home.parents[2].glob("worker-*/forefolio-arrays"):
        worker.joinpath(home.name).rename(worker / f".draft-{home.name}")
    assert [pool.submit(where, market).result()[1:] for _ in range(4)] == [(close, 60)] * 4


def test_what_arrives_damaged_is_not_kept(tmp_path: Path) -> None:
    market = simulated_market(seed=3, sessions=60, assets=3).save(tmp_path / "ours")
    assert market.home is not None
    name = carried.folder_name(market.home)
    for damaged in (FACTS, "close.npy"):
        draft = tmp_path / "theirs" / ".draft-1"
        for file, piece in carried.pieces(market.home):
            carried.add_piece(draft, file, piece[:-1] + b"?" if file == damaged else piece)
        with pytest.raises(Exception, match=r"not what was sent|damaged"):
            carried.seal(draft, name)
        assert not any((tmp_path / "theirs").iterdir())
    carried.add_piece(tmp_path / "theirs" / "d", "../../outside", b"x")
    assert not (tmp_path / "outside").exists() and not (tmp_path.parent / "outside").exists()


def test_forecasts_are_the_same_bits(pool: Cluster, tmp_path: Path) -> None:
    market = simulated_market(seed=4, sessions=400, assets=3).save(tmp_path)
    features = compute([PriceMomentum(window=21)], market).save(tmp_path)
    task = FoldTask(
        model=BayesianRidge(),
        horizons=(5,),
        folds=((300, 350), (350, 400)),
        market=market,
        features=features,
        content="",
    )
    with executor("inline:") as here:
        expected = here.submit(forecast_folds, task).result().panels[0]
    (far,) = pool.submit(forecast_folds, task).result().panels
    assert far.mean.tobytes() == expected.mean.tobytes()
    assert np.isfinite(expected.mean).any() and far.std.tobytes() == expected.std.tobytes()


def test_a_worker_with_other_code_is_given_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "code_digest", lambda: "another")
    with Cluster(address) as pool, pytest.raises(ClusterUnavailable, match="another version"):
        pool.submit(toys.square, 1)
    monkeypatch.setattr(cluster, "code_digest", memo.code_digest)
    with Cluster(address) as pool:  # one that comes later is asked with every task
        assert pool.submit(toys.square, 3).result() == 9
        monkeypatch.setattr(cluster, "code_digest", lambda: "another")
        with pytest.raises(ClusterUnavailable, match="another version"):
            pool.submit(toys.square, 1).result()


def test_a_cluster_that_is_away_and_dask_that_is_not_installed_are_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.2)
    nowhere = f"tcp://127.0.0.1:{free_port()}"
    with executor(nowhere) as pool:
        assert isinstance(pool, Cluster)
        with pytest.raises(ClusterUnavailable, match=f"forefolio worker {nowhere}"):
            pool.submit(toys.square, 1)
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'forefolio\[dask\]'"):
        executor(nowhere)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def far_away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A scheduler and two workers with homes of their own, as processes; and their folder."""
    tmp_path = tmp_path_factory.mktemp("cluster")
    url = f"tcp://127.0.0.1:{free_port()}"
    scheduler = [
        sys.executable,
        *("-m", "distributed.cli.dask_scheduler", "--host", url, "--no-dashboard"),
    ]
    started = [subprocess.Popen(scheduler, cwd=tmp_path, stderr=subprocess.DEVNULL)]
    for name in ("one", "two"):
        command = [sys.executable, "-m", "forefolio", "worker", url, "--memory", "4GB"]
        home = {"FOREFOLIO_HOME": str(tmp_path / name), "PYTHONPATH": str(ROOT)}
        started.append(
            subprocess.Popen(
                command, cwd=tmp_path, env={**os.environ, **home}, stderr=subprocess.DEVNULL
            )
        )
    try:
        yield url, tmp_path
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
        try:
            for process in reversed(started):
                process.wait(timeout=30)
        finally:
            for process in started:
                process.kill()  # what did not end of itself must not outlive the test
                process.wait()


class NannyThatTimesOut:
    """A nanny whose waiting answers a cancellation with a time-out."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    async def __aenter__(self) -> "NannyThatTimesOut":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def finished(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise TimeoutError from None


def test_a_worker_ends_where_its_cancellation_is_swallowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_nodes.distributed, "Nanny", NannyThatTimesOut)
    monkeypatch.setattr(cluster_nodes, "_LOOK_AGAIN_S", 0.0)

    async def stopped() -> None:
        working = asyncio.ensure_future(
            cluster_nodes.work_for("tcp://127.0.0.1:1", 2, "auto", tmp_path)
        )
        await asyncio.sleep(0.01)
        working.cancel()
        await asyncio.wait([working], timeout=10)
        assert working.done()

    asyncio.run(stopped())


class NannyThatNeverCloses(NannyThatTimesOut):
    """A nanny that waits for its worker to start before it closes, and no worker ever starts."""

    async def __aexit__(self, *_: object) -> None:
        await asyncio.Event().wait()


def test_a_worker_ends_where_its_nanny_does_not_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_nodes.distributed, "Nanny", NannyThatNeverCloses)
    monkeypatch.setattr(cluster_nodes, "_GOODBYE_S", 0.01)

    async def stopped() -> None:
        working = asyncio.ensure_future(
            cluster_nodes.work_for("tcp://127.0.0.1:1", 2, "auto", tmp_path)
        )
        await asyncio.sleep(0.01)
        await asyncio.wait_for(cluster_nodes.stop(working), timeout=10)
        assert working.cancelled()

    asyncio.run(stopped())


@pytest.mark.slow
def test_two_workers_without_our_folder_one_killed_half_way_the_same_bits_and_nobody_lost(
    far_away: tuple[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Our home is a path that leads elsewhere in every other process: they cannot read it."""
    url, far = far_away
    (tmp_path / "driver" / "home").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "driver")
    study = TrainingStudy.model_validate(
        {
            "source": Synthetic(sessions=700, assets=4),
            "models": "bayesian_ridge,xgboost,historical_mean",
            "horizons": (5, 21),
        }
    )
    here = Settings(home=tmp_path / "inline", executor="inline:")
    expected = finish(asking(study, here))
    there = Settings(home=Path("/proc/self/cwd/home"), executor=url)
    going, killed = asking(study, there), 0
    while True:
        try:
            event = next(going)
        except StopIteration as stop:
            result = stop.value
            break
        if event.kind == "progress" and event.stage == "training" and not killed:
            workers = worker_processes(far)
            assert len(workers) == 2
            os.kill(workers[0], signal.SIGKILL)
            killed = workers[0]
    assert killed and not alive(killed)
    assert [m.failure for m in result.models] == [None] * len(expected.models)
    assert [(m.model, m.horizon, m.id) for m in result.models] == [
        (m.model, m.horizon, m.id) for m in expected.models
    ]


@pytest.mark.slow
def test_a_task_that_kills_its_workers_fails_by_name_and_the_others_do_not(
    far_away: tuple[str, Path],
) -> None:
    url, far = far_away
    with Cluster(url) as pool:
        futures = {n: pool.submit(toys.mixed, n) for n in (1, 2, 3, 4, 5, 7)}
        assert [futures[n].result() for n in (1, 2, 4, 5)] == [1, 4, 16, 25]
        with pytest.raises(WorkerDied, match="mixed"):
            futures[3].result()
        with pytest.raises(ValueError, match="bad data in 7"):
            futures[7].result()
        with pytest.raises(MemoryError):
            pool.submit(bytes, 8 << 30).result()  # more than a worker may take: it goes on
        assert pool.submit(toys.square, 3).result() == 9
    assert far.joinpath("one", "worker").is_dir() and far.joinpath("two", "worker").is_dir()


def worker_processes(parent: Path) -> list[int]:
    """The processes that Dask's nannies look after, by the folder they work in."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
            if b"spawn_main" in line and (process / "cwd").readlink() == parent:
                found.append(int(process.name))
        except OSError:
            continue
    return found

"""`forefolio worker`: this machine works for a Dask cluster."""

import asyncio
import logging
import os
import re
import signal
from importlib.util import find_spec

import click

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@click.command()
@click.argument("scheduler", metavar="tcp://HOST:PORT")
@click.option("--processes", type=click.IntRange(1, 256), default=1, help="Workers; 1 by default.")
@click.option(
    "--memory",
    default="auto",
    metavar="SIZE",
    help="What each may take, such as 2GB; auto: its share of the machine.",
)
def worker(scheduler: str, processes: int, memory: str) -> None:
    """Work for the Dask scheduler at an address, until Ctrl-C.

    A service or a command that has FOREFOLIO_EXECUTOR set to that address hands its tasks out here.
    Nothing is shared but the network; the same version of everything must be installed.
    """
    from forefolio.core.errors import InputError
    from forefolio.core.settings import Settings

    if not re.fullmatch(r"t(cp|ls)://[^\s/:]+:\d{1,5}", scheduler):
        raise InputError(f"{scheduler!r} is no scheduler; say where one is: tcp://HOST:PORT")
    if not re.fullmatch(r"auto|\d+(\.\d+)? ?[kMGT]i?B", memory):
        raise InputError(f"--memory: {memory!r} is no size; say such as 2GB")
    if find_spec("distributed") is None:
        raise InputError("a worker needs Dask, which is not installed; pip install forefolio[dask]")
    from forefolio.runs.cluster_nodes import stop, work_for

    folder = Settings.read().prepare().home / "worker"
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # before a worker process loads them
    logging.getLogger("distributed").setLevel(logging.ERROR)
    click.echo(f"working for {scheduler} with {processes} processes; Ctrl-C ends it", err=True)

    async def until_stopped() -> None:
        working = asyncio.ensure_future(work_for(scheduler, processes, memory, folder))
        asked_to_stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
        asking = asyncio.ensure_future(asked_to_stop.wait())
        await asyncio.wait([working, asking], return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        await stop(working)
        if not working.cancelled() and (error := working.exception()) is not None:
            raise error

    asyncio.run(until_stopped())

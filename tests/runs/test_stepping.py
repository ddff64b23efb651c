"""A step of a job, as a host takes it."""

import asyncio
import threading
import weakref
from contextlib import closing
from contextvars import ContextVar
from functools import partial

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from forefolio.core.events import Job, Started
from forefolio.core.numerics import one_thread
from forefolio.runs.stepping import Done, StepThread, advance


def threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info()}


def counting() -> Job[set[int]]:
    yield Started(stage="count", total=len(threads() - {1}))
    return threads()


def test_linear_algebra_keeps_to_one_thread_and_is_given_back_the_others() -> None:
    job = counting()
    with threadpool_limits(2):
        assert advance(job) == Started(stage="count", total=0)
        assert threads() == {2}
        assert advance(job) == Done({1})
        assert threads() == {2}


def test_whoever_is_called_inside_leaves_the_limit_to_the_one_outside() -> None:
    with threadpool_limits(2):
        with one_thread():
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {2}


@pytest.mark.anyio
async def test_steps_follow_one_another_in_one_thread_that_ends_with_its_run() -> None:
    steps = StepThread()
    first, second = await steps(threading.current_thread), await steps(threading.current_thread)
    assert first is second is not threading.current_thread()
    assert first.daemon  # it does not keep the program from ending
    run = ContextVar[str]("run")
    run.set("a")
    assert await steps(run.get) == "a"
    steps.close()
    first.join(5.0)
    assert not first.is_alive()


@pytest.mark.anyio
async def test_what_a_step_raises_is_raised_where_it_is_awaited_and_the_next_one_works() -> None:
    def fails() -> None:
        raise ValueError("this step")

    with closing(StepThread()) as steps:
        with pytest.raises(ValueError, match="this step"):
            await steps(fails)
        assert await steps(lambda: 3) == 3


@pytest.mark.anyio
async def test_nothing_of_a_step_is_held_until_the_next_one() -> None:
    class Held:
        """Something large."""

    with closing(StepThread()) as steps:
        large = Held()
        gone = weakref.ref(large)
        await steps(partial(id, large))
        del large
        for _ in range(100):
            await asyncio.sleep(0.01)
            if gone() is None:
                return
    pytest.fail("what the step was about is still there")

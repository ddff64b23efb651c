"""A step of a job, as a host takes it."""

from threadpoolctl import threadpool_info, threadpool_limits

from forefolio.core.events import Job, Started
from forefolio.core.numerics import one_thread
from forefolio.runs.stepping import Done, advance


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

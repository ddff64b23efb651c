"""Kernels beside other threads."""

import threading
import time

from forefolio.core.numerics import Integer, kernel


@kernel((Integer,))
def steps(number: int) -> float:
    level = 0.5
    for _ in range(number):
        level = 3.9 * level * (1.0 - level)
    return level


def test_others_go_on_while_a_kernel_computes() -> None:
    def compute(number: int) -> float:
        began = time.perf_counter()
        steps(number)
        return time.perf_counter() - began

    compute(1)
    number = int(10**6 * 0.3 / compute(10**6))  # a third of a second
    thread = threading.Thread(target=compute, args=(number,))
    began = last = time.perf_counter()
    longest = 0.0
    thread.start()
    while thread.is_alive():
        time.sleep(0.001)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert longest < (last - began) / 2, "a thread that computes holds everybody else up"

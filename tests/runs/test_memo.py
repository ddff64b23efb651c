import shutil
import subprocess
import sys
from concurrent.futures import Executor, Future
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runs import toys
from tests.runs.toys import Scale, Sum

from forefolio.runs import memo
from forefolio.runs.executors import Inline, executor
from forefolio.runs.memo import Remembering, code_digest, digest_of
from forefolio.store import Artifacts
from forefolio.store.claims import Claims


class Refusing(Executor):
    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise AssertionError("nothing should have to be computed")


def computed(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_task_is_computed_once_even_in_another_run(tmp_path: Path) -> None:
    task = Sum((0.1, 0.2), tmp_path / "log")
    first = Remembering(Inline(), Artifacts(tmp_path))
    fresh = first.submit(toys.total, task).result()
    again = Remembering(Refusing(), Artifacts(tmp_path))
    recalled = again.submit(toys.total, task).result()
    assert recalled.tobytes() == fresh.tobytes() and recalled.dtype == fresh.dtype
    assert (first.hits, first.misses, again.hits, again.misses) == (0, 1, 1, 0)
    assert computed(tmp_path / "log") == 1


def test_another_argument_function_or_version_of_the_code_is_another_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Remembering(Inline(), Artifacts(tmp_path))
    pool.submit(toys.scaled, Scale(factor=1.0)).result()
    pool.submit(toys.scaled, Scale(factor=2.0)).result()
    pool.submit(toys.unpackable, Scale(factor=1.0)).result()
    monkeypatch.setattr(memo, "code_digest", lambda: "the next version")
    pool.submit(toys.scaled, Scale(factor=1.0)).result()
    assert (pool.hits, pool.misses) == (0, 4)


def test_a_corrupt_artefact_is_computed_again(tmp_path: Path) -> None:
    task, artifacts = Sum((1.0,), tmp_path / "log"), Artifacts(tmp_path / "home")
    with Remembering(Inline(), artifacts) as pool:
        expected = pool.submit(toys.total, task).result()
        (blob,) = (p for p in (tmp_path / "home" / "artifacts").rglob("*") if p.is_file())
        blob.write_bytes(blob.read_bytes()[:-1] + b"!")
        np.testing.assert_array_equal(pool.submit(toys.total, task).result(), expected)
        np.testing.assert_array_equal(pool.submit(toys.total, task).result(), expected)
    assert (pool.hits, pool.misses, computed(tmp_path / "log")) == (1, 2, 2)


def test_failures_and_what_cannot_be_packed_are_not_remembered(tmp_path: Path) -> None:
    pool = Remembering(Inline(), Artifacts(tmp_path))
    for _ in range(2):
        assert "not" in pool.submit(toys.unpackable, Scale(factor=1.0)).result()  # type: ignore[operator]
        assert pool.submit(toys.total, Sum((1.0,), tmp_path)).exception() is not None
    assert (pool.hits, pool.misses) == (0, 4)


def test_a_full_disk_costs_the_memory_not_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forefolio.core.failpoints._passed", {"artifact.write": 0})
    monkeypatch.setenv("FOREFOLIO_FAIL", "artifact.write:1:enospc")
    pool = Remembering(Inline(), Artifacts(tmp_path))
    assert pool.submit(toys.scaled, Scale(factor=3.0)).result() == 6.0


def test_an_argument_without_a_digest_is_run_every_time(tmp_path: Path) -> None:
    pool = Remembering(Inline(), Artifacts(tmp_path))
    assert [pool.submit(toys.square, 3).result() for _ in range(2)] == [9, 9]
    assert (pool.hits, pool.misses) == (0, 0)


def test_what_says_it_is_not_worth_it_is_run_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scale, "remembered", False, raising=False)
    pool = Remembering(Inline(), Artifacts(tmp_path))
    assert [pool.submit(toys.scaled, Scale(factor=3.0)).result() for _ in range(2)] == [6.0, 6.0]
    assert (pool.hits, pool.misses) == (0, 0)


def test_results_of_worker_processes_are_remembered_when_the_pool_is_left(tmp_path: Path) -> None:
    tasks = [Sum((float(n),), tmp_path / "log") for n in range(4)]
    with Remembering(executor("processes:2"), Artifacts(tmp_path)) as pool:
        fresh = [pool.submit(toys.total, t) for t in tasks]
    again = Remembering(Refusing(), Artifacts(tmp_path))
    for task, future in zip(tasks, fresh, strict=True):
        np.testing.assert_array_equal(again.submit(toys.total, task).result(), future.result())


def test_the_code_has_one_name() -> None:
    assert code_digest() == code_digest() and len(code_digest()) == 32


@pytest.mark.parametrize(
    ("changed", "computes"),
    [
        ("views/report/page.py", False),
        ("cli/commands.py", False),
        ("store/values.py", False),
        ("runs/host.py", False),
        ("features/kernels.py", True),
        ("optimize/objectives/terms.py", True),
        ("core/component.py", True),
        ("backtest/engine.py", True),
        ("studies/strategy_job.py", True),
    ],
)
def test_only_code_that_computes_is_in_the_digest(
    tmp_path: Path, changed: str, computes: bool
) -> None:
    package = tmp_path / "forefolio"
    shutil.copytree(Path(memo.__file__).parents[1], package, ignore=shutil.ignore_patterns("*.nb*"))
    before = digest_of(package)
    assert before == code_digest()
    (package / changed).write_text("answer = 42\n")
    assert (digest_of(package) != before) is computes


def test_the_libraries_behind_the_numbers_are_in_the_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = dict(memo._libraries())
    for name in ("numpy", "scipy", "numba", "clarabel", "jax", "jaxlib", "scikit-learn", "highspy"):
        assert known[name] == version(name)
    package = Path(memo.__file__).parents[1]
    before = digest_of(package)
    installed = memo._installed()
    newer = {**installed, "clarabel": ("99.0", installed["clarabel"][1])}
    monkeypatch.setattr(memo, "_installed", lambda: newer)
    assert digest_of(package) != before


def test_two_who_ask_at_once_compute_once(tmp_path: Path) -> None:
    artifacts, log = Artifacts(tmp_path / "home"), tmp_path / "log"
    tasks = [Sum((float(n),), log) for n in range(6)]
    with (
        Remembering(executor("threads:2"), artifacts) as one,
        Remembering(executor("threads:2"), artifacts) as other,
    ):
        pairs = [(one.submit(toys.total, t), other.submit(toys.total, t)) for t in tasks]
        for here, there in pairs:
            np.testing.assert_array_equal(here.result(10), there.result(10))
    assert computed(log) == 6 and one.misses + other.misses == 6 == one.hits + other.hits


def test_who_waits_takes_over_from_one_that_failed_or_was_killed(tmp_path: Path) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    task = Sum((1.0, 2.0), log)
    key = memo._key(toys.total, (task,))
    hold = (
        "import sys, time, pathlib; from forefolio.store.claims import Claims\n"
        "print(Claims(pathlib.Path(sys.argv[1])).take(sys.argv[2]), flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home), str(key)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "True\n"
        with Remembering(Inline(), Artifacts(home)) as pool:
            future = pool.submit(toys.total, task)
            with pytest.raises(TimeoutError):
                future.result(0.2)
            assert computed(log) == 0
            holder.kill()
            np.testing.assert_array_equal(future.result(5), [1.0, 3.0])
    assert computed(log) == 1


def test_nobody_waits_for_what_is_not_wanted(tmp_path: Path) -> None:
    task = Sum((1.0,), tmp_path / "log")
    claims = Claims(tmp_path / "home")
    assert claims.take(str(memo._key(toys.total, (task,))))
    with pytest.raises(KeyboardInterrupt), Remembering(Inline(), Artifacts(tmp_path / "home")) as p:
        future = p.submit(toys.total, task)
        raise KeyboardInterrupt
    assert future.cancelled() and computed(tmp_path / "log") == 0


def test_a_claim_is_one_ask_at_a_time_and_follows_its_file(tmp_path: Path) -> None:
    first, second = Claims(tmp_path), Claims(tmp_path)
    assert first.take("a") and not second.take("a") and second.take("b")
    first.drop("a")
    assert second.take("a")
    (tmp_path / "claims").unlink()
    assert Claims(tmp_path).take("a")  # another file: others will lock that one

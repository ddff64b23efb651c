import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forefolio.core.errors import StoreError
from forefolio.market import simulated_market
from forefolio.store import arrays as module
from forefolio.store.arrays import DRAFT, keep_arrays, map_arrays

CLOSE = {"close": np.arange(12.0).reshape(3, 4), "rows": np.arange(3)}


@pytest.fixture(autouse=True)
def another_process() -> Iterator[None]:
    """As if nothing had been verified yet."""
    module._verified.clear()
    yield
    module._verified.clear()


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3)), st.dictionaries(st.text(), st.floats())
)
def test_what_is_kept_is_mapped(values: Any, facts: dict[str, float]) -> None:
    home = Path(os.environ["PYTEST_ARRAYS"]) / uuid4().hex
    keep_arrays(home, {"x": values.T}, facts)
    arrays, kept = map_arrays(home)
    np.testing.assert_array_equal(arrays["x"], values.T)
    assert str(kept) == str(facts) and not arrays["x"].flags.writeable


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ARRAYS", str(tmp_path_factory.mktemp("arrays")))
        yield


def damaged(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def test_one_changed_number_is_noticed_and_mended(tmp_path: Path) -> None:
    market = simulated_market(seed=1, sessions=30, assets=2)
    saved = market.save(tmp_path)
    assert saved.home is not None
    damaged(saved.home / "close.npy")
    assert type(market).load(saved.home)  # verified already, by this process
    module._verified.clear()
    with pytest.raises(StoreError, match="damaged; ask again"):
        type(market).load(saved.home)
    again = market.save(tmp_path)
    np.testing.assert_array_equal(again.close, market.close)
    assert again.digest == market.digest


@pytest.mark.parametrize("lost", ["close.npy", "meta.json"])
def test_a_lost_file_is_written_again(tmp_path: Path, lost: str) -> None:
    keep_arrays(tmp_path / "x", CLOSE, {})
    (tmp_path / "x" / lost).unlink()
    module._verified.clear()
    keep_arrays(tmp_path / "x", CLOSE, {})
    np.testing.assert_array_equal(map_arrays(tmp_path / "x")[0]["close"], CLOSE["close"])
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_damage_is_said_and_an_older_form_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for content, words in (('{"assets": []}', ""), ("{}", ""), ('{"arrays": 1}', "damaged")):
        keep_arrays(tmp_path / "x", CLOSE, {})
        (tmp_path / "x" / "meta.json").write_text(content)
        caplog.clear()
        keep_arrays(tmp_path / "x", CLOSE, {})
        assert words in caplog.text and bool(words) == bool(caplog.text)


def test_what_is_mapped_is_never_written_to(tmp_path: Path) -> None:
    keep_arrays(tmp_path / "x", CLOSE, {})
    mapped = map_arrays(tmp_path / "x")[0]["close"]
    (tmp_path / "x" / "meta.json").unlink()  # so that it is written again
    keep_arrays(tmp_path / "x", {"close": CLOSE["close"] + 1, "rows": CLOSE["rows"]}, {})
    np.testing.assert_array_equal(mapped, CLOSE["close"])


def test_many_write_at_once(tmp_path: Path) -> None:
    values = {"x": np.random.default_rng(0).normal(size=(200, 50))}

    def write(_: int) -> float:
        keep_arrays(tmp_path / "x", values, {})
        return float(map_arrays(tmp_path / "x")[0]["x"].sum())

    with ThreadPoolExecutor(16) as threads:
        sums = set(threads.map(write, range(64)))
    assert sums == {float(values["x"].sum())}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("point", ["arrays.write:1", "arrays.write:2", "arrays.before_rename:1"])
@pytest.mark.parametrize("action", ["kill", "enospc"])
def test_a_death_on_the_way_leaves_nothing_half(tmp_path: Path, point: str, action: str) -> None:
    script = (
        "import numpy, pathlib, sys\n"
        "from forefolio.store.arrays import keep_arrays\n"
        "keep_arrays(pathlib.Path(sys.argv[1]), {'a': numpy.ones(9), 'b': numpy.ones(3)}, {})\n"
    )
    order = {**os.environ, "FOREFOLIO_FAIL": f"{point}:{action}"}
    line = [sys.executable, "-c", script, str(tmp_path / "x")]
    assert subprocess.run(line, env=order, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "x").exists()
    left = [path for path in tmp_path.iterdir() if not path.name.startswith(DRAFT)]
    assert not left
    keep_arrays(tmp_path / "x", CLOSE, {})
    assert set(map_arrays(tmp_path / "x")[0]) == set(CLOSE)


def test_hashes_are_compared_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_arrays(tmp_path / "x", CLOSE, {})
    hashed: list[str] = []
    compute = hashlib.file_digest

    def counted(file: Any, name: str) -> Any:
        hashed.append(name)
        return compute(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    for _ in range(3):
        map_arrays(tmp_path / "x")
    assert len(hashed) == len(CLOSE)

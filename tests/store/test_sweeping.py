import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.market import simulated_market
from forefolio.store import Artifacts
from forefolio.store.sweeping import Keeping, sweep

DAY = 86_400.0


def aged(home: Path, days: float) -> None:
    """As if everything had been written and used that long ago."""
    then = time.time() - days * DAY
    for path in home.rglob("*"):
        os.utime(path, (then, then))


def test_what_runs_name_stays_and_what_nothing_names_goes(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    model = artifacts.put(b"a trained model")
    result = artifacts.put(b'{"models": [{"id": "%s"}]}' % model.encode())
    lost = artifacts.put(b"nobody's")
    artifacts.remember("report", b"a page")
    aged(tmp_path, days=2)
    swept = sweep(tmp_path, [result], Keeping())
    assert (swept.files, swept.deleted_bytes) == (1, len(b"nobody's"))
    assert artifacts.get(lost) is None and artifacts.get(model) == b"a trained model"
    assert artifacts.recall("report") == b"a page" and artifacts.get(result)


def test_what_is_young_is_left_alone(tmp_path: Path) -> None:
    name = Artifacts(tmp_path).put(b"about to be named")
    assert sweep(tmp_path, [], Keeping(days=0, limit_bytes=0)).files == 0
    aged(tmp_path, days=3)
    Artifacts(tmp_path).put(b"about to be named")  # again: somebody will name it
    sweep(tmp_path, [], Keeping())
    assert Artifacts(tmp_path).get(name)


def test_what_was_remembered_goes_when_it_is_not_used(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    artifacts.remember("old", b"old")
    artifacts.remember("used", b"used")
    aged(tmp_path, days=40)
    assert artifacts.recall("used")
    sweep(tmp_path, [], Keeping(days=30))
    assert artifacts.recall("old") is None and artifacts.recall("used") == b"used"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True), st.integers(0, 900))
def test_the_oldest_goes_where_it_is_too_much(sizes: list[int], limit: int) -> None:
    home = Path(os.environ["PYTEST_CURRENT_HOME"]) / os.urandom(8).hex()
    artifacts = Artifacts(home)
    for age, size in enumerate(sizes):  # the first is the youngest
        artifacts.remember(str(age), bytes(size))
        stamp = time.time() - (2 + age) * DAY
        for path in [*home.glob("references/*/*"), *home.glob("artifacts/*/*")]:
            if path.stat().st_mtime > time.time() - DAY:
                os.utime(path, (stamp, stamp))
    swept = sweep(home, [], Keeping(limit_bytes=limit))
    held = [size for age, size in enumerate(sizes) if artifacts.recall(str(age)) is not None]
    assert held == sizes[: len(held)] and sum(held) == swept.kept_bytes <= limit
    assert sum(sizes[: len(held) + 1]) > limit or len(held) == len(sizes)


@pytest.fixture(autouse=True)
def a_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_CURRENT_HOME", str(tmp_path_factory.mktemp("homes")))


def test_markets_go_when_nobody_maps_them_and_whoever_maps_one_keeps_it(tmp_path: Path) -> None:
    market = simulated_market(seed=1, sessions=30, assets=2)
    mapped = market.save(tmp_path / "markets")
    aged(tmp_path, days=20)
    assert sweep(tmp_path, [], Keeping(days=30)).files == 0
    aged(tmp_path, days=40)
    assert sweep(tmp_path, [], Keeping(days=30)).files > 2
    assert not list((tmp_path / "markets").iterdir())
    assert mapped.digest == market.digest == market.save(tmp_path / "markets").digest


def test_drafts_of_the_dead_go(tmp_path: Path) -> None:
    (tmp_path / "artifacts" / "ab").mkdir(parents=True)
    (tmp_path / "artifacts" / "ab" / ".abc.draft").write_bytes(b"half")
    (tmp_path / "markets" / ".draft-x").mkdir(parents=True)
    (tmp_path / "markets" / ".draft-x" / "close.npy").write_bytes(b"half")
    assert sweep(tmp_path, [], Keeping()).files == 0
    aged(tmp_path, days=2)
    assert sweep(tmp_path, [], Keeping()).files == 2
    assert not list((tmp_path / "markets").iterdir())

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.store import Artifacts


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path)


def files(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file())


def test_bytes_are_kept_under_their_hash(artifacts: Artifacts) -> None:
    name = artifacts.put(b"weights")
    assert name == hashlib.sha256(b"weights").hexdigest()
    assert artifacts.get(name) == b"weights"


def test_the_same_bytes_are_one_file(artifacts: Artifacts, tmp_path: Path) -> None:
    assert artifacts.put(b"same") == artifacts.put(b"same")
    assert len(files(tmp_path)) == 1


def test_a_key_recalls_what_was_last_remembered(artifacts: Artifacts) -> None:
    artifacts.remember("study", b"old")
    artifacts.remember("study", b"new")
    assert artifacts.recall("study") == b"new"
    assert artifacts.recall("another") is None


@given(st.binary(min_size=1, max_size=50), st.data())
def test_whatever_happens_to_the_files_wrong_bytes_are_never_returned(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, data: st.DataObject
) -> None:
    home = tmp_path_factory.mktemp("home")
    artifacts = Artifacts(home)
    artifacts.remember("key", raw)
    for path in data.draw(st.lists(st.sampled_from(files(home)), min_size=1, unique=True)):
        path.write_bytes(data.draw(st.binary(max_size=80)))
    assert artifacts.recall("key") in (None, raw)
    artifacts.remember("key", raw)
    assert artifacts.recall("key") == raw


@pytest.mark.parametrize("key", ["../../outside", "/etc/passwd", "a" * 10_000, "\x00", "..", ""])
def test_a_key_is_never_a_path(artifacts: Artifacts, tmp_path: Path, key: str) -> None:
    artifacts.remember(key, b"x")
    assert artifacts.recall(key) == b"x"
    assert len(files(tmp_path)) == 2
    assert artifacts.get(key) is None


@pytest.mark.parametrize("point", ["write", "before_rename", "after_rename"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_full_disk_leaves_the_old_value_or_the_new_and_no_drafts(
    artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    artifacts.remember("key", b"old")
    monkeypatch.setattr("forefolio.core.failpoints._passed", {f"artifact.{point}": 0})
    monkeypatch.setenv("FOREFOLIO_FAIL", f"artifact.{point}:{nth}:enospc")
    with pytest.raises(OSError, match="no space"):
        artifacts.remember("key", b"new")
    monkeypatch.delenv("FOREFOLIO_FAIL")
    assert artifacts.recall("key") in (b"old", b"new")
    assert not [path for path in files(tmp_path) if path.name.startswith(".")]
    artifacts.remember("key", b"new")
    assert artifacts.recall("key") == b"new"

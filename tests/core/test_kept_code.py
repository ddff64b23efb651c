"""Machine code is read beside a source that its user may not write, and is kept elsewhere."""

import importlib.util
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

SOURCE = """
from forefolio.core.numerics import Scalar, kernel

@kernel((Scalar,))
def doubled(x: float) -> float:
    return 2.0 * x
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "package" / "one_kernel.py"
    file.parent.mkdir()
    file.write_text(SOURCE)
    return file


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders in which nobody may write, root neither."""
    folders: list[Path] = []
    real = tempfile.TemporaryFile

    def within(*words: Any, **named: Any) -> Any:
        if any(Path(str(named.get("dir"))).is_relative_to(folder) for folder in folders):
            raise PermissionError(13, "Permission denied", named["dir"])
        return real(*words, **named)

    monkeypatch.setattr(tempfile, "TemporaryFile", within)
    return folders


def compiled(file: Path) -> Any:
    """The kernel of a source, as a process that has just begun has it."""
    spec = importlib.util.spec_from_file_location("one_kernel", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules.pop("one_kernel", None)
    spec.loader.exec_module(module)
    assert module.doubled(3.0) == 6.0
    return module.doubled.compiled


def misses(function: Any) -> int:
    return sum(function.stats.cache_misses.values())


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nbc"))


def test_it_is_kept_beside_the_source(source: Path) -> None:
    assert misses(compiled(source)) == 1
    assert len(kept(source.parent)) == 1
    assert misses(compiled(source)) == 0


def test_it_is_read_where_nobody_may_write(
    source: Path, closed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    compiled(source)
    closed.append(source.parent)
    assert misses(compiled(source)) == 0
    closed.append(tmp_path)
    assert misses(compiled(source)) == 0
    assert not kept(tmp_path / "own")


def test_what_is_not_there_is_kept_in_the_users_own_folder(
    source: Path, closed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    closed.append(source.parent)
    assert misses(compiled(source)) == 1
    assert len(kept(tmp_path / "own")) == 1 and not kept(source.parent)
    assert misses(compiled(source)) == 0


def test_without_any_place_it_is_compiled_each_time(
    source: Path, closed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    closed.append(tmp_path)
    assert [misses(compiled(source)) for _ in range(2)] == [1, 1]
    assert not kept(tmp_path)


def test_a_full_disk_is_said_and_stops_nothing(
    source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from numba.core.caching import IndexDataCacheFile  # noqa: PLC0415 - a second to import

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    with caplog.at_level(logging.WARNING):
        assert misses(compiled(source)) == 1
    assert "No space left on device" in caplog.text

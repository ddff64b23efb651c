"""What is signed by a home: nothing else is ever unpickled."""

import os
import pickle
import stat
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import Ridge

from forefolio.core.errors import StoreError, UnknownModel
from forefolio.store import Artifacts
from forefolio.store.model_files import model_file, read_model
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.sealed import KEY_FILE, seal, unseal

X = np.arange(20.0).reshape(10, 2)


@pytest.fixture
def regressor() -> Ridge:
    return Ridge().fit(X, X[:, 0])


class Evil:
    """What runs when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_what_was_sealed_comes_back_and_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    raw = seal({"form": "joblib"}, b"bytes", tmp_path)
    opened = unseal(raw, tmp_path)
    assert (dict(opened.header), opened.body) == ({"form": "joblib"}, b"bytes")
    key = tmp_path / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    assert seal({}, b"", tmp_path) == seal({}, b"", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_changed_bit_anywhere_is_refused(tmp_path: Path) -> None:
    raw = seal({"form": "joblib"}, b"bytes", tmp_path)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(StoreError, match="not signed with the key of this home"):
            unseal(changed, tmp_path)
    for short in (b"", raw[:10], raw[:40], raw[:-1], raw + b"x"):
        with pytest.raises(StoreError, match="not signed"):
            unseal(short, tmp_path)


def test_a_key_that_others_may_read_or_is_damaged_is_not_used(tmp_path: Path) -> None:
    raw = seal({}, b"bytes", tmp_path)
    key = tmp_path / KEY_FILE
    key.chmod(0o644)
    with pytest.raises(StoreError, match="can be read by others"):
        unseal(raw, tmp_path)
    key.chmod(0o600)
    key.write_bytes(b"short")
    with pytest.raises(StoreError, match="is damaged"):
        unseal(raw, tmp_path)
    key.unlink()  # lost: what it signed is as good as absent
    with pytest.raises(StoreError, match="not signed"):
        unseal(raw, tmp_path)


def test_of_those_who_make_a_key_at_once_all_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(draft: Path, path: Path) -> None:
        path.write_bytes(b"k" * 32)  # somebody else's came first
        path.chmod(0o600)
        link(draft, path)

    monkeypatch.setattr("os.link", late)
    unseal(seal({}, b"", tmp_path), tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == b"k" * 32


def test_a_regressor_travels_by_joblib_inside_the_envelope(
    tmp_path: Path, regressor: Ridge
) -> None:
    written = model_file(regressor, tmp_path, "code 1")
    assert written.form == "joblib"
    assert {"scikit-learn", "numpy", "joblib"} <= written.libraries.keys()
    assert written.libraries["scikit-learn"] == metadata.version("scikit-learn")
    assert dict(unseal(written.raw, tmp_path).header)["code"] == "code 1"
    again = read_model(written.raw, tmp_path)
    assert np.array_equal(again.predict(X), regressor.predict(X))


def test_our_own_values_need_no_joblib(tmp_path: Path) -> None:
    written = model_file({"a": X}, tmp_path)
    assert written.form == "value" and not (tmp_path / KEY_FILE).exists()
    assert np.array_equal(read_model(written.raw, tmp_path)["a"], X)


@pytest.mark.parametrize("form", ["pickle", "joblib", "forged", "elsewhere"])
def test_an_evil_file_is_never_unpickled(tmp_path: Path, form: str) -> None:
    home, mark = tmp_path / "home", tmp_path / "ran"
    seal({}, b"", home)
    body = pickle.dumps(Evil(mark))
    joblib.dump(Evil(mark), tmp_path / "evil")
    header = {"form": "joblib", "code": "", "libraries": {}, "python": "3"}
    raw = {
        "pickle": body,
        "joblib": (tmp_path / "evil").read_bytes(),
        "forged": seal(header, body, home)[:20] + bytes(31) + body,
        "elsewhere": seal(header, body, tmp_path / "another"),
    }[form]
    name = Artifacts(home).put(raw)
    with pytest.raises(StoreError, match=f"trained model {name[:16]}"):
        ModelShelf(home=home, url="").read(name)
    assert not mark.exists()
    pickle.loads(body)  # the file is evil indeed
    assert mark.exists()


@pytest.mark.parametrize(
    ("patched", "told"),
    [
        ("_version", r"scikit-learn .* \(0\.1 is installed\)"),
        ("_python", r"Python .* \(2\.7 is installed\)"),
    ],
)
def test_other_versions_are_refused_before_joblib_sees_the_bytes(
    tmp_path: Path,
    regressor: Ridge,
    monkeypatch: pytest.MonkeyPatch,
    patched: str,
    told: str,
) -> None:
    raw = model_file(regressor, tmp_path).raw
    instead: dict[str, Callable[..., str]] = {"_version": lambda _: "0.1", "_python": lambda: "2.7"}
    monkeypatch.setattr(f"forefolio.store.model_files.{patched}", instead[patched])
    monkeypatch.setattr("joblib.load", lambda _: pytest.fail("it was loaded"))
    with pytest.raises(StoreError, match=told):
        read_model(raw, tmp_path)


def test_what_cannot_be_pickled_is_said_and_what_is_not_there_too(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot be written down"):
        model_file(lambda x: x, tmp_path)
    with pytest.raises(UnknownModel, match="there is no trained model"):
        ModelShelf(home=tmp_path, url="").read("0" * 64)

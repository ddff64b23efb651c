"""`forefolio portfolio` and `forefolio db`."""

import csv
import json
import os
import sqlite3
import time
import zipfile
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from forefolio.api.serving import listening
from forefolio.core.errors import InputError
from forefolio.market.sources.uploaded import keep_upload, uploads
from forefolio.runs.owner import owner
from forefolio.store import Artifacts
from forefolio.store.backup_files import check_files
from forefolio.store.sealed import seal, unseal

from .conftest import Forefolio

WEIGHTS = ("--weights", "AAPL=60%,KO=0.3")


def test_a_portfolio_from_saving_to_deleting(forefolio: Forefolio, tmp_path: Path) -> None:
    assert "no portfolios yet" in forefolio("portfolio", "list").out
    assert forefolio("portfolio", "save", "core", *WEIGHTS, "--note", "mine").out == (
        "saved as core@1\n"
    )
    saved = forefolio("portfolio", "save", "core", "--weights", "AAPL=1", "--json").document
    assert saved["number"] == 2 and saved["weights"] == {"AAPL": 1.0}
    assert "60.0 %" in forefolio("portfolio", "show", "core@1").out
    assert "mine" in forefolio("portfolio", "list").out
    states = forefolio("portfolio", "history", "core", "--json").document["portfolios"]
    assert [one["number"] for one in states] == [2, 1]
    compared = forefolio("portfolio", "compare", "core@1", "core").out
    assert "+40.0 %" in compared or "40.0 %" in compared
    twice = forefolio("portfolio", "backtest", "core@1", "core@1")
    assert twice.code == 2 and "each once; these are 2: core@1 and core@1" in twice.err
    out = tmp_path / "all.csv"
    forefolio("portfolio", "export", "core", "core@1", "--out", str(out))
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [row["ticker"] for row in rows] == ["AAPL", "cash", "AAPL", "KO", "cash"]
    (document,) = json.loads(forefolio("portfolio", "export").out)
    assert document["name"] == "core"
    assert forefolio("portfolio", "delete", "core").out == "deleted core\n"
    gone = forefolio("portfolio", "show", "core")
    assert gone.code == 2 and "no portfolio 'core' is saved" in gone.err


def test_the_weights_of_a_run_are_saved_with_where_they_came_from(forefolio: Forefolio) -> None:
    asked = forefolio(
        *("optimize", "--objective", "minimum_variance", "--json"),
        *("--tickers", "AAPL,KO,XOM", "--start", "2010-01-01", "--end", "2016-01-04"),
    )
    assert asked.code == 0, asked.err
    first = forefolio("portfolio", "save", "core", "--run", "last", "--json")
    assert first.code == 0, first.err
    saved = first.document | {"run": first.envelope["run"]}
    assert saved["objective"] == "minimum_variance" and len(saved["run"]) == 32
    assert saved["results"]["volatility"] > 0 and saved["duration_s"] > 0
    assert saved["params"]["kind"] == "portfolio" and saved["as_of"] == "2016-01-04"
    assert abs(sum(saved["weights"].values()) + saved["cash"] - 1) < 1e-12
    again = forefolio("portfolio", "save", "core", "--run", "last", "--json").document
    assert again["number"] == 1  # the same: no new state
    both = forefolio("portfolio", "save", "core", "--run", "last", *WEIGHTS)
    assert both.code == 2 and "either --run" in both.err


def test_the_state_of_the_database_changes_nothing(
    forefolio: Forefolio, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = forefolio("db", "status", "--json").document
    assert not home.exists() and not new["databases"][0]["there"]
    forefolio("portfolio", "save", "core", *WEIGHTS)
    text = forefolio("db", "status").out
    assert "Nothing needs to be done." in text and sqlite3.sqlite_version in text
    found = forefolio("db", "status", "--json").document
    assert found["databases"][0]["rows"]["portfolio_asset"] == 2
    assert found["keys"]["api_token"] == "unset" and found["at_work"] == 0
    with listening("127.0.0.1", 0) as taken, monkeypatch.context() as patched:
        patched.setenv("FOREFOLIO_API_PORT", str(taken.getsockname()[1]))
        assert "in use" in forefolio("db", "status", "--json").document["port"]
    (home / "forefolio.db").write_bytes((home / "forefolio.db").read_bytes()[:5000])
    assert "db restore FILE" in forefolio("db", "status").out


def test_a_service_does_not_begin_where_it_could_write_nothing(
    forefolio: Forefolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forefolio.store.doctor._LITTLE", 2**60)
    refused = forefolio("serve", "--port", "0")
    assert refused.code == 2 and "are free on the disk of" in refused.err


def test_a_backup_is_put_back(forefolio: Forefolio, home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "saved.db"
    assert forefolio("db", "backup", str(copy)).code == 2  # there is nothing yet
    forefolio("portfolio", "save", "core", *WEIGHTS)
    assert forefolio("db", "upgrade").code == 0  # makes the prices' file as well
    assert forefolio("db", "backup", str(copy)).out.split() == [
        str(copy),
        str(tmp_path / "saved.prices.db"),
    ]
    assert "is there already" in forefolio("db", "backup", str(copy)).err
    assert copy.stat().st_mode & 0o077 == 0  # nobody else's business
    forefolio("portfolio", "delete", "core")
    with owner(home):
        refused = forefolio("db", "restore", str(copy))
        assert refused.code == 2 and "stop them first" in refused.err
    forefolio("db", "restore", str(copy))
    assert forefolio("portfolio", "show", "core").code == 0
    assert len(list(home.glob("forefolio.db.replaced-*"))) == 1


def test_a_backup_brings_results_models_uploads_and_the_key_to_another_home(
    forefolio: Forefolio, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("optimize", "--source", "synthetic", "--json")
    answer = forefolio(*asked).envelope
    upload = keep_upload(b"date,A,B\n2020-01-01,1,2\n", home)
    model = Artifacts(home).put(seal({"of": "this home"}, b"a model", home))
    with closing(sqlite3.connect(home / "forefolio.db")) as database, database:
        (result,) = database.execute("SELECT result FROM run").fetchone()
        columns = [row[1] for row in database.execute("PRAGMA table_info(model)")]
        row = {name: 0 for name in columns} | {
            "id": model,
            "parent": None,
            "use": "model",
            "form": "joblib",
        }
        database.execute(
            f"INSERT INTO model ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
            list(row.values()),
        )
    lost = Artifacts(home).put(b"nobody's")
    copy = tmp_path / "saved.db"
    archive = tmp_path / "saved.files.zip"
    assert str(archive) in forefolio("db", "backup", str(copy)).out
    assert archive.stat().st_mode & 0o077 == 0
    other = tmp_path / "other"
    monkeypatch.setenv("FOREFOLIO_HOME", str(other))
    other.mkdir()
    other.joinpath("secret.key").write_bytes(b"k" * 32)
    assert forefolio("db", "restore", str(copy)).code == 0
    assert uploads(other) == [upload]
    assert unseal(Artifacts(other).get(model) or b"", other).body == b"a model"
    assert (other / "secret.key").stat().st_mode & 0o077 == 0
    assert len(list(other.glob("secret.key.replaced-*"))) == 1
    assert Artifacts(other).get(result) is not None and Artifacts(other).get(lost) is None
    assert forefolio(*asked).envelope == answer


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("../out", b"", "no backup of forefolio"),
        ("artifacts/00/" + "a" * 64, b"", "no backup of forefolio"),
        ("uploads/" + "a" * 64 + ".csv", b"other", "does not hold what its name says"),
        ("secret.key", b"short", "does not hold what its name says"),
    ],
)
def test_an_archive_of_other_files_is_refused_whole(
    forefolio: Forefolio, home: Path, tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    forefolio("portfolio", "save", "core", *WEIGHTS)
    forefolio("db", "backup", str(tmp_path / "saved.db"))
    before = (home / "forefolio.db").read_bytes()
    with zipfile.ZipFile(tmp_path / "saved.files.zip", "a") as archive:
        archive.writestr("uploads/" + sha256(b"mine").hexdigest() + ".csv", b"mine")
        archive.writestr(name, content)
    refused = forefolio("db", "restore", str(tmp_path / "saved.db"))
    assert refused.code == 2 and problem in refused.err
    assert (home / "forefolio.db").read_bytes() == before and uploads(home) == []


def test_an_archive_that_is_damaged_anywhere_is_refused_in_a_line(
    forefolio: Forefolio, home: Path, tmp_path: Path
) -> None:
    forefolio("portfolio", "save", "core", *WEIGHTS)
    keep_upload(b"date,A\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(50)), home)
    forefolio("db", "backup", str(tmp_path / "saved.db"))
    archive = tmp_path / "saved.files.zip"
    whole = archive.read_bytes()
    for at in range(0, len(whole), 11):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(InputError):  # what does not matter, such as a date, may have changed
            check_files(archive)
    archive.write_bytes(whole[: len(whole) // 2])
    refused = forefolio("db", "restore", str(tmp_path / "saved.db"))
    assert refused.code == 2 and "is damaged" in refused.err


def test_what_is_no_backup_is_refused(forefolio: Forefolio, home: Path, tmp_path: Path) -> None:
    forefolio("portfolio", "save", "core", *WEIGHTS)
    before = (home / "forefolio.db").read_bytes()
    (tmp_path / "text.db").write_text("no database " * 500)
    (tmp_path / "half.db").write_bytes(before[: len(before) // 2])
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    for name, problem in {
        "text.db": "damaged",
        "half.db": "damaged",
        "other.db": "no backup of forefolio",
        "none.db": "there is no backup",
    }.items():
        refused = forefolio("db", "restore", str(tmp_path / name))
        assert refused.code == 2 and problem in refused.err, name
    assert (home / "forefolio.db").read_bytes() == before


def test_what_nothing_needs_is_cleaned_away_and_what_a_run_names_stays(
    forefolio: Forefolio, home: Path
) -> None:
    asked = ("optimize", "--source", "synthetic", "--json")
    first = forefolio(*asked)
    lost = Artifacts(home).put(b"nobody's")
    then = time.time() - 100 * 86_400
    for path in home.rglob("*"):
        os.utime(path, (then, then))
    cleaned = forefolio("db", "clean", "--json").document
    assert cleaned["files"] >= 1 and Artifacts(home).get(lost) is None
    again = forefolio(*asked)
    assert again.envelope["run"] == first.envelope["run"] and again.document == first.document
    assert "deleted 0 files" in forefolio("db", "clean").out

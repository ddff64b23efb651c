"""Prices of one's own over HTTP: uploaded once, named by their content, never by a path."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient
from tests.market.test_spreadsheet import days, workbook

from forefolio.api import data as uploading

CSV = {"content-type": "text/csv"}


def table(tickers: tuple[str, ...] = ("AAA", "BBB"), sessions: int = 300, seed: int = 0) -> bytes:
    rng = np.random.default_rng(seed)
    days = np.datetime64("2020-01-01") + np.arange(sessions * 2)
    days = days[np.is_busday(days)][:sessions]
    prices = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (sessions, len(tickers))), axis=0))
    rows = [
        f"{day},{','.join(f'{price:.4f}' for price in row)}"
        for day, row in zip(days, prices, strict=True)
    ]
    return "\n".join([f"date,{','.join(tickers)}", *rows]).encode()


def uploaded(service: TestClient, raw: bytes, **options: Any) -> dict[str, Any]:
    answer = service.post("/api/data", content=raw, headers=CSV, **options)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/data/{document['id']}"
    return document


def test_a_table_is_uploaded_described_used_and_forgotten(service: TestClient) -> None:
    raw = table()
    upload = uploaded(service, raw)
    assert upload["id"] == hashlib.sha256(raw).hexdigest()
    assert (upload["tickers"], upload["sessions"]) == (["AAA", "BBB"], 300)
    assert uploaded(service, raw) == upload == service.get(f"/api/data/{upload['id']}").json()
    assert upload["id"] in service.get("/api/data").json()["uploads"]
    document = {"source": upload["source"], "minimum_sessions": 100}
    answer = service.post(
        "/api/optimize/portfolio", json=document, headers={"prefer": "wait=30"}
    ).json()
    assert answer["data"]["tickers"] == ["AAA", "BBB"]
    assert (
        answer["data"]["source"]["id"] == upload["id"] and answer["data"]["name"] == "uploaded data"
    )
    of_it = service.post(
        "/api/risk/assess", json={"run": answer["run"]["id"]}, headers={"prefer": "wait=30"}
    )
    assert of_it.status_code == 200, of_it.text
    assert service.delete(f"/api/data/{upload['id']}").status_code == 204
    gone = service.post("/api/optimize/frontier", json=document)
    assert (gone.status_code, gone.json()["code"]) == (422, "bad_file")
    assert "/api/data" in gone.json()["detail"]


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("aapl.csv", "AAPL"),
        ("../../etc/passwd", "ETC-PASSWD"),
        ("", "UPLOAD"),
        ("x" * 300, "X" * 32),
    ],
)
def test_the_name_of_a_file_is_a_ticker_and_never_a_path(
    service: TestClient, name: str, ticker: str
) -> None:
    raw = table(("close",), 50, seed=len(name))
    if name:
        answer = service.post("/api/data", files={"file": (name, raw, "text/csv")})
    else:
        answer = service.post("/api/data", content=raw, headers=CSV)
    assert answer.status_code == 201, answer.text
    assert answer.json()["tickers"] == [ticker]
    again = uploaded(service, raw, params={"ticker": "own"})
    assert again["tickers"] == ["OWN"] and again["source"]["ticker"] == "OWN"


REFUSED: dict[str, tuple[bytes, dict[str, str], int]] = {
    "nothing": (b"", CSV, 422),
    "no table": (b"hello", CSV, 422),
    "a page": (b"<html><body>blocked</body></html>", CSV, 422),
    "a key": (b"-----BEGIN RSA PRIVATE KEY-----\nabc\n", CSV, 422),
    "headings alone": (b"date,AAA\n", CSV, 422),
    "nul": (b"date,AAA\n2020-01-01,\x00\n", CSV, 422),
    "no number": (b"date,AAA\n2020-01-01,=cmd()\n2020-01-02,@x\n", CSV, 422),
    "an archive": (b"BZh91AY" + b"\x00" * 50, CSV, 415),
    "encoded": (table(seed=77), {**CSV, "content-encoding": "gzip"}, 415),
    "json": (b"{}", {"content-type": "application/json"}, 415),
    "no type": (table(seed=78), {"content-type": ""}, 415),
    "a broken form": (b"--x", {"content-type": "multipart/form-data; boundary=y"}, 400),
    "a form without boundary": (b"--x", {"content-type": "multipart/form-data"}, 400),
    "many cells": (b"date,AAA\n" + b"," * 5_000_001, CSV, 413),
}


@pytest.mark.parametrize(("raw", "headers", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_table_of_prices_is_refused_and_not_kept(
    service: TestClient, raw: bytes, headers: dict[str, str], status: int
) -> None:
    answer = service.post("/api/data", content=raw, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert hashlib.sha256(raw).hexdigest() not in service.get("/api/data").json()["uploads"]


@pytest.mark.parametrize(
    "name", ["mine.xlsx", pytest.param("mine.parquet", marks=pytest.mark.slow)]
)
def test_a_spreadsheet_and_parquet_are_kept_as_the_csv_that_says_the_same(
    service: TestClient, tmp_path: Path, name: str
) -> None:
    closes = np.random.default_rng(1).normal(100, 1, (90, 2)).round(4)
    rows = [[day, *map(float, row)] for day, row in zip(days(90), closes, strict=True)]
    workbook(tmp_path / "mine.xlsx", [["Date", "AAA", "BBB"], *rows])
    frame = pd.DataFrame(closes, pd.DatetimeIndex(days(90), name="Date"), ["AAA", "BBB"])
    frame.to_parquet(tmp_path / "mine.parquet")
    plain = uploaded(service, frame.to_csv().encode())
    answer = service.post("/api/data", files={"file": (name, (tmp_path / name).read_bytes())})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    told = ("tickers", "sessions", "first", "last", "rows_kept", "findings")
    assert [found[field] for field in told] == [plain[field] for field in told]


@pytest.mark.slow
def test_a_broken_spreadsheet_is_refused_in_a_line(service: TestClient) -> None:
    answer = service.post("/api/data", content=b"PK\x03\x04" + b"\x00" * 50, headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_file")
    assert "not a spreadsheet" in answer.json()["detail"]


@pytest.mark.slow
def test_a_spreadsheet_of_two_cells_as_far_apart_as_may_be_takes_nothing_down(
    service: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "OPENING_S", 10.0)
    path = workbook(tmp_path / "far.xlsx", [["Date", "AAA"]])
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far.encode())
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    answer = service.post("/api/data", files={"file": ("far.xlsx", path.read_bytes())})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert uploaded(service, table(seed=5))["sessions"] == 300


def test_a_form_without_the_file_says_so(service: TestClient) -> None:
    answer = service.post("/api/data", files={"other": ("a.csv", table())})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "file")


@pytest.mark.parametrize("name", ["0" * 64, "..%2f..%2fetc%2fpasswd", "A" * 64, "0" * 63, "%00"])
def test_an_upload_that_is_none_is_a_problem(service: TestClient, name: str) -> None:
    for method in ("GET", "DELETE"):
        assert service.request(method, f"/api/data/{name}").status_code in (404, 422)
    document = {"source": {"kind": "uploaded", "id": name}}
    refused = service.post("/api/risk/measures", json=document)
    assert refused.status_code == 422


def test_a_file_that_was_changed_is_not_read(service: TestClient, home: Path) -> None:
    upload = uploaded(service, table(seed=9))
    (path,) = (home / "uploads").glob(f"{upload['id']}.csv")
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    answer = service.get(f"/api/data/{upload['id']}")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_file")
    assert uploaded(service, table(seed=9))["id"] == upload["id"]  # it is written anew


def test_an_upload_over_the_limit_is_refused(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MAX_PART", 1000)
    assert service.post("/api/data", content=table(), headers=CSV).status_code == 413

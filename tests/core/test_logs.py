"""The log: one line per record, no secrets, no forged lines, and libraries that are quiet."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from forefolio.core import logs, redaction
from forefolio.core.redaction import hide, password_of, redacted

Written: TypeAlias = Callable[[], str]

CANARY = "c4n4ry-7f3a9b"


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Written]:
    """What reached standard error since the last look; loggers are as they were afterwards."""
    names = ("", logs.OURS, *logs.LIBRARIES)
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = logging.getLogger().handlers[:]
    monkeypatch.setattr(redaction, "_values", set())
    yield lambda: capsys.readouterr().err
    logging.getLogger().handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_record_is_one_json_line_with_what_it_is_about(written: Written) -> None:
    logs.install(logging.INFO, "json")
    logger = logging.getLogger("forefolio.test")
    with logs.about(run="r1", session="s1"), logs.about(ticker="KO"):
        logger.info("scored %d", 3, extra=logs.facts(r2=0.5, rmse=float("nan"), model="EWMA"))
    logger.info("later")
    first, second = (json.loads(line) for line in written().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "INFO",
        "logger": "forefolio.test",
        "message": "scored 3",
        "run": "r1",
        "session": "s1",
        "ticker": "KO",
        "r2": 0.5,
        "rmse": None,
        "model": "EWMA",
    }
    assert "run" not in second


def test_text_has_the_time_in_utc(written: Written) -> None:
    logs.install(logging.INFO)
    with logs.about(run="r1"):
        logging.getLogger("forefolio.a").info("done", extra=logs.facts(seconds=1.23456))
    line = written()
    assert "T" in line[:24] and line[:24].endswith("Z")
    assert line[24:] == " INFO forefolio.a: done seconds=1.235 [run=r1]\n"


@pytest.mark.parametrize("written_as", ["text", "json"])
def test_a_ticker_forges_no_line(written: Written, written_as: logs.LogFormat) -> None:
    logs.install(logging.INFO, written_as)
    forged = "KO\r\n2026-01-01T00:00:00.000Z ERROR forefolio: owned\x1b[2J\u2028x\u202e\ud800"
    logger = logging.getLogger("forefolio.a")
    with logs.about(ticker=forged):
        logger.warning("no prices for %s", forged, extra=logs.facts(of=forged))
    try:
        raise ValueError(forged)
    except ValueError:
        logger.exception("failed")
    lines = written().split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("2026-01-01") for line in lines)
    records = [line for line in lines if line and not line.startswith("    | ")]
    assert len(records) == 2


@pytest.mark.parametrize("written_as", ["text", "json"])
def test_a_canary_is_in_no_output(written: Written, written_as: logs.LogFormat) -> None:
    hide([CANARY])
    logs.install(logging.DEBUG, written_as)
    logger = logging.getLogger("forefolio.a")
    with logs.about(ticker=CANARY):
        logger.info("asked https://host/q?apikey=%s", CANARY, extra=logs.facts(of=CANARY))
        try:
            raise ValueError(f"refused: {CANARY}")
        except ValueError:
            logger.exception("with %r", {"key": CANARY})
    logging.getLogger("uvicorn").error("key %s", CANARY)
    output = written()
    assert redaction.HIDDEN in output and CANARY not in output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://h/q?symbol=KO&apikey=abc123&x=1", "https://h/q?symbol=KO&apikey=***&x=1"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("{'api_key': 'abc123'}", "{'api_key': '***'}"),
        ("FOREFOLIO_API_TOKEN=abc123", "FOREFOLIO_API_TOKEN=***"),
        ("postgresql://me:abc123@host/name", "postgresql://me:***@host/name"),
        ("17 tokens of KO at 12:30", "17 tokens of KO at 12:30"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_the_password_of_an_address_is_known() -> None:
    assert password_of("postgresql+asyncpg://me:a:b@c@host/name") == "a:b@c"
    assert password_of("/home/me/forefolio.db") == password_of("sqlite:///x") == ""


def test_settings_hide_their_secrets(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    from forefolio.core.settings import Settings  # noqa: PLC0415

    monkeypatch.setenv("FOREFOLIO_FINNHUB_KEY", CANARY)
    monkeypatch.setenv("FOREFOLIO_DATABASE_URL", "postgresql://me:s3cr3t-pw@host/name")
    Settings.read()
    logs.install()
    logging.getLogger("forefolio").warning("%s and %s", CANARY, "s3cr3t-pw")
    assert written().endswith(" WARNING forefolio: *** and ***\n")


def test_libraries_are_quiet(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)  # as before any server
    logs.install(logging.INFO)
    for name in ("yfinance", "jax._src.xla_bridge", "matplotlib.font_manager", "uvicorn.access"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("more of it")
    assert written() == ""
    logging.getLogger("uvicorn.error").error("it broke")
    assert "it broke" in written()

"""The log: one line for each record, as text or as JSON, with what it is about and no secrets.

1. Our own logger is `forefolio`; `FOREFOLIO_LOG_LEVEL` says from which level on it is written.
   Other libraries are quiet, unless they report an error or everything is asked for (DEBUG).
2. What a record is about (run, kind, ticker, session) is set once, by `about`, around the work.
3. Whatever a ticker or a file holds, it neither begins a line of its own nor moves the cursor.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, Literal, TypeAlias

from forefolio.core.redaction import redacted

LogFormat: TypeAlias = Literal["text", "json"]

OURS = "forefolio"
LIBRARIES = (
    "aiosqlite",
    "alembic",
    "asyncio",
    "curl_cffi",
    "distributed",
    "distributed.worker",
    "httpcore2",
    "httpx2",
    "jax",
    "matplotlib",
    "mcp",
    "numba",
    "peewee",
    "sqlalchemy",
    "uvicorn",
    "websockets",
    "yfinance",
)
"""Loggers of the libraries in use, which would talk at their leisure."""

_about: ContextVar[Mapping[str, str]] = ContextVar("forefolio.about", default={})  # noqa: B039


@contextmanager
def about(**what: str) -> Iterator[None]:
    """What is logged within is about this run, kind, ticker or session.

    >>> with about(run="r1"), about(ticker="KO"):
    ...     print(subject())
    {'run': 'r1', 'ticker': 'KO'}
    """
    mark = _about.set({**_about.get(), **what})
    try:
        yield
    finally:
        _about.reset(mark)


def subject() -> dict[str, str]:
    """What is being worked on at the moment."""
    return dict(_about.get())


def facts(**values: Any) -> dict[str, Any]:
    """Figures of a record, each under its name: `logger.info("scored", extra=facts(r2=0.01))`."""
    return {"facts": values}


class _ToStandardError(logging.Handler):
    """Writes to what is standard error now: it may have been closed and opened anew."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):  # nobody reads what we say
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


def install(level: int = logging.WARNING, written: LogFormat = "text") -> None:
    """Write our records from `level` on to standard error, and of libraries errors alone."""
    handler = _ToStandardError()
    handler.setFormatter(AsJson() if written == "json" else AsText())
    handler.addFilter(_noted)
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    quiet(logging.WARNING if level <= logging.DEBUG else logging.ERROR)


def install_as_asked(environment: Mapping[str, str]) -> None:
    """Write the log as `FOREFOLIO_LOG_LEVEL` and `FOREFOLIO_LOG_FORMAT` say.

    It is there before the settings are read, which say what is wrong with these variables.
    """
    asked = environment.get("FOREFOLIO_LOG_LEVEL", "").upper()
    level = logging.getLevelNamesMapping().get(asked, logging.WARNING)
    as_json = environment.get("FOREFOLIO_LOG_FORMAT", "").lower() == "json"
    install(level, "json" if as_json else "text")


def quiet(level: int = logging.ERROR) -> None:
    """Let other libraries say nothing below `level`."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(level)


def _noted(record: logging.LogRecord) -> bool:
    """Write down what a record is about while that is known: it may be formatted elsewhere."""
    if not hasattr(record, "about"):
        record.about = subject()
    return True


class AsText(logging.Formatter):
    """`2026-11-20T12:00:00.000Z INFO forefolio.runs.working: done seconds=3.2 [run=...]`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; what an exception left behind stands indented below it."""
        values = " ".join(f"{name}={_shown(value)}" for name, value in _facts(record).items())
        subject = " ".join(f"{name}={value}" for name, value in _subject(record).items())
        parts = (
            f"{_time(record)} {record.levelname} {record.name}: {record.getMessage()}",
            values,
            f"[{subject}]" if subject else "",
        )
        line = in_one_line(redacted(" ".join(filter(None, parts))))
        trace = redacted(_trace(record))
        below = "".join(f"\n    | {in_one_line(one)}" for one in trace.splitlines())
        return line + below


class AsJson(logging.Formatter):
    """One JSON object per line: time, level, logger, message, what it is about, its figures."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII."""
        entry: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            **{name: redacted(value) for name, value in _subject(record).items()},
            **{name: _plain(value) for name, value in _facts(record).items()},
        }
        if trace := _trace(record):
            entry["exception"] = redacted(trace)
        return json.dumps(entry)


def in_one_line(text: str) -> str:
    """The same text; what would end the line or steer a terminal is written as an escape.

    >>> in_one_line("A" + chr(10) + "B")
    'A\\\\nB'
    """
    if text.isprintable():
        return text
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return "".join(escaped)


def _time(record: logging.LogRecord) -> str:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{moment}.{int(record.msecs):03d}Z"


def _subject(record: logging.LogRecord) -> Mapping[str, str]:
    named: Mapping[str, str] = getattr(record, "about", None) or _about.get()
    return named


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    figures: Mapping[str, Any] = getattr(record, "facts", None) or {}
    return figures


def _trace(record: logging.LogRecord) -> str:
    return logging.Formatter().formatException(record.exc_info) if record.exc_info else ""


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """A figure as JSON has it; a number that is none is null."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, bool | int) else redacted(str(value))

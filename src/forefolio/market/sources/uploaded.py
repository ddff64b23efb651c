"""Prices that were uploaded, named by their content: a document needs no path to name them."""

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import BadFile, InputError, UnknownTicker
from forefolio.core.settings import Settings
from forefolio.core.writing import write_whole
from forefolio.market.sources.base import Raw
from forefolio.market.sources.files import USUAL_CALENDAR, CalendarCode, Files, Today
from forefolio.market.sources.symbols import is_symbol
from forefolio.market.sources.tables import file_ticker

_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_homes: dict[Path, None] = {}


def uploads_lie_in(home: Path) -> None:
    """Let uploads be read that lie under this home; their content says whether they are right."""
    _homes[home] = None


def keep_upload(raw: bytes, home: Path) -> str:
    """Keep a file of prices, a CSV file by now, and return the name of its content.

    It lies under `home`, for its owner only.

    Raises:
        InputError: it cannot be written.
    """
    name = hashlib.sha256(raw).hexdigest()
    folder = home / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / f"{name}.csv", raw)
    uploads_lie_in(home)
    return name


def uploads(home: Path) -> list[str]:
    """The names of all uploads under `home`, the latest first."""
    found = [path for path in (home / "uploads").glob("*.csv") if _NAME.fullmatch(path.stem)]
    return [path.stem for path in sorted(found, key=lambda path: -path.stat().st_mtime)]


def forget_upload(name: str, home: Path) -> None:
    """Remove an upload; runs that read it keep their results.

    Raises:
        BadFile: there is none of that name.
    """
    try:
        _file(home, name).unlink()
    except FileNotFoundError:
        raise _absent(name) from None


class Uploaded(Component):
    """A file that was uploaded to the service, laid out like any other file of prices.

    >>> Uploaded(id="0123456789abcdef" * 4, ticker="AAPL").ticker
    'AAPL'
    """

    kind: Literal["uploaded"] = "uploaded"
    id: str = Field(description="The name of its content, as the upload was answered with.")
    ticker: str = Field(
        "", description="Of a file with the prices of one asset and no ticker: what it is called."
    )
    benchmark: str = Field(
        "", description="Ticker in the file that becomes the benchmark; empty: none."
    )
    calendar: CalendarCode = USUAL_CALENDAR
    today: Today = None

    @field_validator("id")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("an upload is named by 64 digits from 0 to f, as it was answered")
        return name

    @field_validator("ticker")
    @classmethod
    def _is_a_symbol(cls, ticker: str) -> str:
        if ticker and not is_symbol(ticker):
            raise ValueError("must be a ticker such as AAPL")
        return ticker

    def version(self) -> str:
        """Names the content.

        Raises:
            BadFile: there is no such upload.
        """
        self._path()
        return content_digest("uploaded 1", self.id)

    def read(
        self, tickers: tuple[str, ...] | None, start: np.datetime64, end: np.datetime64
    ) -> Raw:
        """Read the bars of `tickers`, by default of all but the benchmark.

        Raises:
            BadFile: there is no such upload, it was changed, or nothing in it can be read.
            UnknownTicker: the benchmark is not there.
        """
        path = self._path()
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.id:
            raise BadFile(self._called, "it is not what was uploaded any more; upload it again")
        own = file_ticker(path)
        files = Files(
            path=path,
            benchmark=own if self.benchmark == self.ticker != "" else self.benchmark,
            calendar=self.calendar,
            today=self.today,
        )
        try:
            raw = files.read(None, start, end)
        except BadFile as problem:
            raise BadFile(self._called, problem.reason) from None
        except UnknownTicker as problem:
            raise UnknownTicker(problem.tickers, problem.available, self._called) from None
        bars = {self._name(ticker, own): each for ticker, each in raw.bars.items()}
        return replace(
            raw,
            source=self._called,
            bars=bars if tickers is None else {t: bars[t] for t in tickers if t in bars},
            tickers=tuple(self._name(ticker, own) for ticker in raw.tickers),
            sectors={},
            findings=tuple(
                replace(one, ticker=self._name(one.ticker, own))
                for one in raw.findings
                if one.code != "name"
            ),
        )

    @property
    def _called(self) -> str:
        return f"upload {self.id[:8]}"

    def _name(self, ticker: str, own: str) -> str:
        return (self.ticker or "UPLOAD") if ticker == own else ticker

    def _path(self) -> Path:
        homes = list(_homes)
        with suppress(InputError):
            homes.append(Settings.read().home)
        for home in homes:
            if (path := _file(home, self.id)).is_file():
                return path
        raise _absent(self.id)


def _file(home: Path, name: str) -> Path:
    return home / "uploads" / f"{name}.csv"


def _absent(name: str) -> BadFile:
    return BadFile(f"upload {name[:8]}", "there is none of that name; POST the file to /api/data")

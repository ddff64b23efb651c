"""A server that behaves like Stooq: a year of prices until yesterday of every ticker but NOPE."""

from datetime import UTC, datetime, timedelta

import numpy as np
from tests.market.online.server import Asked, Reply, stooq_csv

TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=320)
DAYS = [day for i in range(319) if (day := FIRST + timedelta(days=i)).weekday() < 5]


def answer(asked: Asked) -> Reply:
    ticker = asked.query["s"].removesuffix(".us")
    if ticker == "nope":
        return Reply(body=b"No data")
    own = [(i, d) for i, d in enumerate(DAYS) if f"{d:%Y%m%d}" >= asked.query["d1"]]
    rng = np.random.default_rng(len(ticker) + ord(ticker[0]))
    levels = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(len(DAYS))))
    return Reply(body=stooq_csv([d for _, d in own], [float(levels[i]) for i, _ in own]).encode())

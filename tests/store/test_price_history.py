"""A model of the price store: a dict for each version, against which the real one is held."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from forefolio.store.price_rows import PriceSeries
from forefolio.store.prices import Prices

TICKERS = ("A", "B")
DAYS = st.integers(-2, 3)
ROWS = st.dictionaries(
    DAYS, st.tuples(st.sampled_from([1.0, 2.0, 3.5]), st.sampled_from([None, 0.0, 7.0])), max_size=4
)

Rows = Mapping[int, tuple[float, float | None]]
State = dict[tuple[str, int], tuple[float, float | None]]


def series(rows: Rows) -> PriceSeries:
    days = np.array(list(rows), np.int64).astype("datetime64[D]")
    close = np.array([price for price, _ in rows.values()], float)
    volume = np.array([np.nan if v is None else v for _, v in rows.values()], float)
    return PriceSeries(dates=days, columns={"close": close, "volume": volume})


class Machine(RuleBasedStateMachine):
    """Rows are written, corrected and written again; every version stays what it was."""

    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.opened = Prices.open(str(Path(self.folder.name) / "p.db"))
        self.prices = self.loop.run_until_complete(self.opened.__aenter__())
        self.versions: list[State] = [{}]
        self.digests: dict[int, str] = {}

    @rule(given=st.dictionaries(st.sampled_from(TICKERS), ROWS, min_size=1))
    def upsert(self, given: Mapping[str, Rows]) -> None:
        rows = {ticker: series(of_one) for ticker, of_one in given.items()}
        done = self.loop.run_until_complete(self.prices.upsert("s", rows))
        before = self.versions[-1]
        new = {(t, day): row for t, rows in given.items() for day, row in rows.items()}
        assert done.inserted == len(new.keys() - before.keys())
        assert done.changed == sum(before[k] != new[k] for k in new.keys() & before.keys())
        if before | new != before:
            self.versions.append(before | new)
        assert done.version == len(self.versions) - 1

    @invariant()
    def every_version_reads_as_it_was(self) -> None:
        if not hasattr(self, "prices"):
            return
        for version, state in enumerate(self.versions):
            read = self.loop.run_until_complete(
                self.prices.series("s", TICKERS, ("close", "volume"), version=version)
            )
            found: State = {
                (ticker, int(day)): (price, None if np.isnan(volume) else volume)
                for ticker, one in read.items()
                for day, price, volume in zip(
                    one.days,
                    one.column("close").tolist(),
                    one.column("volume").tolist(),
                    strict=True,
                )
            }
            assert found == state
        self.equal_content_has_an_equal_name()

    def equal_content_has_an_equal_name(self) -> None:
        for one in self.loop.run_until_complete(self.prices.versions("s")):
            assert self.digests.setdefault(one.version, one.digest) == one.digest
        names = [(sorted(self.versions[v].items(), key=str), d) for v, d in self.digests.items()]
        for state, digest in names:
            assert all((state == other) == (digest == name) for other, name in names)

    def teardown(self) -> None:
        if hasattr(self, "prices"):
            self.loop.run_until_complete(self.opened.__aexit__(None, None, None))
            self.loop.close()
            self.folder.cleanup()


def run(examples: int, steps: int) -> None:
    machine = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case = Machine.TestCase
    case.settings = machine
    case("runTest").runTest()


def test_any_history_reads_as_it_was() -> None:
    run(4, 8)


@pytest.mark.slow
def test_many_long_histories_read_as_they_were() -> None:
    run(40, 50)

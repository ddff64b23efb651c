"""Panels that are kept for shorter histories are those that would be computed for them."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forefolio.forecast import catalog  # noqa: F401 (its modules mark functions)
from forefolio.market import Market, causal, simulated_market

ROWS = (260, 399, 330, 400)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    home: Path = tmp_path_factory.mktemp("markets")
    return in_memory().save(home)


def in_memory() -> Market:
    """A market that is saved nowhere."""
    return simulated_market(seed=3, sessions=400, assets=5, holes=0.05)


def arrays(made: Any) -> list[np.ndarray[Any, Any]]:
    """What a causal function returned, as arrays."""
    if isinstance(made, np.ndarray):
        return [made]
    fields = (getattr(made, name) for name in type(made).__dataclass_fields__)
    flat = [part for each in fields for part in (each if isinstance(each, tuple) else (each,))]
    return [each for each in flat if isinstance(each, np.ndarray)]


@pytest.mark.parametrize("function", causal.CAUSAL, ids=lambda one: one.__name__)
def test_a_kept_panel_is_the_one_of_the_shorter_market(
    function: Callable[[Market], Any], market: Market
) -> None:
    for each in (market, in_memory()):
        for rows in ROWS:
            kept = arrays(function(each[:rows]))
            fresh = arrays(function.__wrapped__(each[:rows]))  # type: ignore[attr-defined]
            assert len(kept) == len(fresh) > 0
            for one, other in zip(kept, fresh, strict=True):
                np.testing.assert_array_equal(one, other)


def counted_closes() -> tuple[Callable[[Market], Any], list[int]]:
    """A causal panel of closes, and how many rows it was made of each time."""
    calls: list[int] = []

    @causal.causal
    def closes(of: Market) -> Any:
        calls.append(len(of))
        return of.close.copy()

    causal.CAUSAL.pop()
    return closes, calls


def test_what_is_kept_has_a_limit(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causal, "KEPT_BYTES", 100)
    monkeypatch.setattr(causal, "KEPT_PANELS", 0)
    closes, calls = counted_closes()
    closes(market), closes(market[:150])
    assert calls == [400, 150]
    monkeypatch.setattr(causal, "KEPT_BYTES", 1_000_000)
    closes(market), closes(market[:150])
    assert calls == [400, 150, 400]


def test_what_is_large_is_forgotten_and_made_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (market, in_memory()):
        closes, calls = counted_closes()
        closes(each)
        causal.forget_learnt(each)
        closes(each)
        assert calls == [400]
        monkeypatch.setattr(causal, "LARGE_BYTES", 100)
        causal.forget_learnt(each)
        monkeypatch.undo()
        closes(each)
        assert calls == [400, 400]


def test_what_models_alone_ask_for_is_forgotten_after_a_walk_however_small(
    market: Market,
) -> None:
    for each in (market, in_memory()):
        calls: list[int] = []

        @causal.causal_for_models
        def closes(of: Market, calls: list[int] = calls) -> Any:
            calls.append(len(of))
            return of.close.copy()

        causal.CAUSAL.pop()
        closes(each), closes(each)
        assert calls == [400]
        causal.forget_learnt(each)
        closes(each)
        assert calls == [400, 400]


def test_of_a_large_market_as_much_is_kept_as_a_walk_asks_for(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causal, "KEPT_BYTES", 100)
    monkeypatch.setattr(causal, "KEPT_PANELS", 2)
    several = [counted_closes() for _ in range(3)]
    for closes, _ in several:
        closes(market)
    for closes, _ in reversed(several):
        closes(market[:150])
    assert [calls for _, calls in several] == [[400, 150], [400], [400]]


def test_a_walk_over_longer_and_longer_histories_makes_the_whole_panel_once(market: Market) -> None:
    for each in (market, in_memory()):
        closes, calls = counted_closes()
        panels = [closes(each[:rows]) for rows in (160, 161, 300, 399)]
        assert calls == [160, 400]
        assert [len(panel) for panel in panels] == [160, 161, 300, 399]
        closes(each[:350][:300])
        assert calls == [160, 400]


def test_where_the_whole_is_not_much_more_than_what_is_asked_for_it_is_made_at_once(
    market: Market,
) -> None:
    for each in (market, in_memory()):
        closes, calls = counted_closes()
        panels = [closes(each[:rows]) for rows in (200, 399, 400)]
        assert calls == [400]
        assert [len(panel) for panel in panels] == [200, 399, 400]


def test_what_a_saved_market_was_cut_from_maps_nothing_again(market: Market) -> None:
    past = market[:300]
    assert past.whole() is market
    assert past[:200].whole() is market


def test_markets_in_memory_share_no_panel() -> None:
    closes, calls = counted_closes()
    one, other = in_memory(), in_memory()
    later = replace(one, close=one.close * 1.02)
    closes(one), closes(other), closes(later[:150])
    assert calls == [400, 400, 150]
    np.testing.assert_array_equal(closes(later), one.close * 1.02)


def test_what_travels_of_a_past_has_no_later_row() -> None:
    sent = pickle.loads(pickle.dumps(in_memory()[:300]))
    assert len(sent) == len(sent.whole()) == 300


def test_a_market_with_more_series_has_the_same_panels_and_maps_no_bar_twice(
    market: Market, tmp_path: Path
) -> None:
    closes, calls = counted_closes()
    more = market.with_series(cash=np.zeros(len(market))).save(tmp_path)
    assert more.home != market.home and "cash" in more.series
    assert np.shares_memory(more.close, market.close)
    closes(market), closes(more), closes(more[:300])
    assert calls == [400]
    weekly = replace(market, periods_per_year=52.0, home=None).save(tmp_path)
    closes(weekly)
    assert calls == [400, 400]


def test_markets_that_share_some_bars_alone_share_no_panel(market: Market, tmp_path: Path) -> None:
    @causal.causal
    def highs(of: Market) -> Any:
        assert of.high is not None
        return of.high.copy()

    causal.CAUSAL.pop()
    assert market.high is not None
    other = replace(market, high=market.high * 1.02, home=None).save(tmp_path)
    assert np.shares_memory(other.close, market.close)
    np.testing.assert_array_equal(highs(market), market.high)
    np.testing.assert_array_equal(highs(other), market.high * 1.02)

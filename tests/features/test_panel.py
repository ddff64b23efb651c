"""Many features at once: computed, left out, cut, saved and sent."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forefolio.errors import DataError
from forefolio.features import (
    ATR,
    DEFAULT_FEATURES,
    FeaturePanel,
    MacroLevel,
    Momentum,
    VolumeZScore,
    compute,
)
from forefolio.market import Market, simulated_market


def _same(one: FeaturePanel, other: FeaturePanel) -> bool:
    return one.names == other.names and np.array_equal(one.x, other.x, equal_nan=True)


def test_every_default_feature_is_there_when_all_data_are(market: Market) -> None:
    panel = compute(DEFAULT_FEATURES, market)
    assert panel.names == tuple(feature.name for feature in DEFAULT_FEATURES)
    assert len(set(panel.names)) == len(panel.names) and not panel.skipped
    assert panel.x.shape == (*market.close.shape, len(DEFAULT_FEATURES))
    assert np.isfinite(panel.x[300:]).all()


def test_features_without_their_data_are_left_out_and_named(market: Market) -> None:
    closes = replace(market, open=None, high=None, low=None, volume=None, series={})
    panel = compute((Momentum(), ATR(), VolumeZScore(), MacroLevel()), closes)
    assert panel.names == ("momentum 21",)
    assert panel.skipped == (
        ("ATR 14", "the data have no high, low"),
        ("volume z-score 63", "the data have no volume"),
        ("vix level 250", "the data have no vix"),
    )
    assert len(compute(DEFAULT_FEATURES, closes).names) >= 12


def test_a_series_that_ended_counts_as_absent(market: Market) -> None:
    vix = market.series["vix"].copy()
    vix[-10:] = np.nan
    panel = compute((MacroLevel(),), replace(market, series={"vix": vix}))
    assert panel.skipped == (
        ("vix level 250", "vix is known on 99% of the sessions, and not at the last"),
    )


def test_a_series_that_began_late_counts_as_absent(market: Market) -> None:
    vix = market.series["vix"].copy()
    vix[:600] = np.nan
    panel = compute((MacroLevel(),), replace(market, series={"vix": vix}))
    assert panel.skipped == (("vix level 250", "vix is known on 50% of the sessions"),)


def test_the_first_rows_are_the_panel_of_the_first_sessions(holed_market: Market) -> None:
    panel = compute(DEFAULT_FEATURES, holed_market)
    for cut in (7, 100, 512, 513, 1111):
        assert _same(panel[:cut], compute(DEFAULT_FEATURES, holed_market[:cut]))


def test_a_panel_is_cut_at_its_end_only(market: Market) -> None:
    with pytest.raises(DataError, match="end only"):
        compute((Momentum(),), market)[5:]


def test_a_saved_panel_is_mapped_and_travels_by_name(market: Market, tmp_path: Path) -> None:
    panel = compute((Momentum(), VolumeZScore(), MacroLevel(series="oil")), market)
    saved = panel.save(tmp_path)
    assert saved.home == tmp_path / panel.digest and _same(saved, panel)
    assert saved.skipped == panel.skipped and panel.skipped
    assert panel.save(tmp_path).digest == saved.digest
    sent = pickle.dumps(saved[:100])
    assert len(sent) < 500 < len(pickle.dumps(panel))
    assert _same(pickle.loads(sent), panel[:100]) and _same(
        pickle.loads(pickle.dumps(panel)), panel
    )


def test_panels_of_other_content_have_other_names() -> None:
    panels = [compute((Momentum(),), simulated_market(seed)) for seed in (0, 1)]
    panels += [panels[0][:500], compute((Momentum(window=20),), simulated_market(0))]
    assert len({panel.digest for panel in panels}) == 4


def test_a_panel_cannot_be_written_to(market: Market) -> None:
    with pytest.raises(ValueError, match="read-only"):
        compute((Momentum(),), market).x[0, 0, 0] = 1

"""Many features at once: computed, left out, cut, saved and sent."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import DataError
from forefolio.features import (
    ATR,
    DEFAULT_FEATURES,
    FeaturePanel,
    MacroChange,
    MacroLevel,
    PriceMomentum,
    VolumeZScore,
    compute,
)
from forefolio.features import panel as panel_module
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
    panel = compute((PriceMomentum(), ATR(), VolumeZScore(), MacroLevel()), closes)
    assert panel.names == ("momentum 21",)
    assert panel.skipped == (
        ("ATR 14", "the data have no high, low"),
        ("volume z-score 63", "the data have no volume"),
        ("vix level 250", "the data have no vix"),
    )
    assert len(compute(DEFAULT_FEATURES, closes).names) >= 12


def _with_vix(market: Market, known: slice) -> Market:
    vix = np.full(len(market), np.nan)
    vix[known] = market.series["vix"][known]
    return market.with_series(vix=vix)


def test_a_series_that_began_late_counts_as_absent(market: Market) -> None:
    panel = compute((MacroLevel(),), _with_vix(market, slice(600, None)))
    told = "vix is available on 50% of the first 1200 sessions; start later"
    assert panel.skipped == (("vix level 250", told),)


def test_which_features_are_on_is_decided_by_the_first_sessions() -> None:
    market = simulated_market(sessions=2600, assets=2)
    for known, names in ((slice(0, 1400), ("vix level 63",)), (slice(1200, None), ())):
        told = _with_vix(market, known)
        for cut in (1250, 1300, 1500, 2600):
            assert compute((MacroLevel(window=63),), told[:cut]).names == names


def test_after_its_end_a_series_is_at_its_mean_so_far() -> None:
    market = simulated_market(seed=1, sessions=1600, assets=4, holes=0.03)
    panel = compute((MacroLevel(window=63), PriceMomentum()), _with_vix(market, slice(0, 1300)))
    whole, level = MacroLevel(window=63)(market), panel.x[:, :, 0]
    np.testing.assert_array_equal(level[:1300], whole[:1300])
    traded = np.isfinite(market.close[1300:])
    np.testing.assert_allclose(level[1300:][traded], np.nanmean(whole[:1300]), rtol=1e-9)
    assert np.isnan(level[1300:][~traded]).all()
    told = "vix is available on 81% of the sessions; elsewhere the feature is at its mean so far"
    assert panel.filled == (("vix level 63", told),)


@given(st.integers(1, 1199), st.integers(1, 700), st.integers(701, 1200))
@settings(max_examples=20, deadline=None)
def test_what_is_filled_in_is_known_then(cut: int, start: int, stop: int) -> None:
    market = _with_vix(simulated_market(seed=1, holes=0.03), slice(0, 700))
    vix = market.series["vix"].copy()
    vix[start : start + 20] = np.nan
    market = market.with_series(vix=np.where(np.arange(1200) < stop, vix, np.nan))
    features = (MacroLevel(window=20), MacroChange(window=20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(panel_module, "COVERAGE", 0.0)
        assert _same(compute(features, market)[:cut], compute(features, market[:cut]))


def test_the_first_rows_are_the_panel_of_the_first_sessions(holed_market: Market) -> None:
    panel = compute(DEFAULT_FEATURES, holed_market)
    for cut in (7, 100, 512, 513, 1111):
        assert _same(panel[:cut], compute(DEFAULT_FEATURES, holed_market[:cut]))


def test_a_panel_is_cut_at_its_end_only(market: Market) -> None:
    with pytest.raises(DataError, match="end only"):
        compute((PriceMomentum(),), market)[5:]


def test_a_saved_panel_is_mapped_and_travels_by_name(market: Market, tmp_path: Path) -> None:
    panel = compute((PriceMomentum(), VolumeZScore(), MacroLevel(series="oil")), market)
    saved = panel.save(tmp_path)
    assert saved.home == tmp_path / panel.digest and _same(saved, panel)
    assert saved.skipped == panel.skipped and panel.skipped
    gaps = compute((MacroLevel(),), _with_vix(market, slice(0, 1100)))
    assert gaps.save(tmp_path).filled == pickle.loads(pickle.dumps(gaps)).filled == gaps.filled
    assert gaps.filled and gaps.digest != replace(gaps, filled=()).digest
    assert panel.save(tmp_path).digest == saved.digest
    sent = pickle.dumps(saved[:100])
    assert len(sent) < 500 < len(pickle.dumps(panel))
    assert _same(pickle.loads(sent), panel[:100]) and _same(
        pickle.loads(pickle.dumps(panel)), panel
    )


def test_panels_of_other_content_have_other_names() -> None:
    panels = [compute((PriceMomentum(),), simulated_market(seed)) for seed in (0, 1)]
    panels += [panels[0][:500], compute((PriceMomentum(window=20),), simulated_market(0))]
    assert len({panel.digest for panel in panels}) == 4


def test_a_panel_cannot_be_written_to(market: Market) -> None:
    with pytest.raises(ValueError, match="read-only"):
        compute((PriceMomentum(),), market).x[0, 0, 0] = 1

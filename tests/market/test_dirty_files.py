"""Broken files met in the wild; skipped where the development data is not."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forefolio.core.errors import BadFile, DataError
from forefolio.market import Files, Loaded, load_market

DIRTY = Path(__file__).parents[2].parent / "shared" / "data" / "dirty"
pytestmark = pytest.mark.skipif(not DIRTY.exists(), reason="the development data is not here")


def load(name: str) -> Loaded:
    files = Files(path=DIRTY / f"{name}.csv", today=date(2026, 12, 1))
    return load_market(files, minimum_sessions=5)


@pytest.mark.parametrize(
    ("name", "sessions", "codes"),
    [
        ("av_bad_split_TRMB", 5401, {"name", "adjustment", "bad_tick", "missing"}),
        ("av_bad_split_SO", 5402, {"name", "adjustment"}),
        ("av_bad_split_MCO", 5402, {"name", "adjustment"}),
        ("yf_broken_multiheader_dup_rows_SHY", 1196, set()),
        ("yf_three_row_header_no_adjclose_JPM", 1497, set()),
        ("extra_columns_SPY_with_daily_returns", 799, {"name"}),
        ("index_missing_days_zero_volume_DJI", 619, {"name", "missing", "zero_volume"}),
        (
            "ddmmyyyy_shuffled_duplicated_missing_AAPL_2026",
            91,
            {"name", "no_close", "missing", "unsorted", "duplicate"},
        ),
        ("long_format_sparse_missing_ohl_FTV", 66, {"missing", "zero_volume"}),
        ("newest_first_lowercase_TLT", 100, {"name", "unsorted"}),
        ("mostly_nan_before_listing_FNGU", 821, {"name", "no_close"}),
        ("tz_aware_stray_old_row_partial_volume_SPY", 399, {"name", "missing"}),
        ("yfinance_CNE-L-1d-bad-stock-split", 9, {"name", "bad_tick", "missing", "unsorted"}),
    ],
)
def test_what_can_be_used_is_used_and_told(name: str, sessions: int, codes: set[str]) -> None:
    loaded = load(name)
    assert len(loaded.market) == sessions
    assert {f.code for f in loaded.report.findings} == codes
    assert loaded.report.rows_kept == np.isfinite(loaded.market.close).sum()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("av_error_json_saved_as_csv_BF.B", "a reply saved as a table"),
        ("git_lfs_pointer_instead_of_data_SPY", "git lfs pull"),
        ("header_only_wrong_symbol_BRK.B", "a header and no rows"),
        ("all_nan_delisted_PARA", "no row has a close"),
        ("yfinance_AET-L-1d-100x-error", "2022-05-20 looks like a split left unadjusted"),
        ("yfinance_DEX-AX-1d-bad-stock-split", "2023-05-22 looks like a split left unadjusted"),
        ("yfinance_SPM-MI-1d-bad-stock-split", "2022-06-20 looks like a split left unadjusted"),
    ],
)
def test_what_cannot_is_refused_in_one_line(name: str, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        load(name)
    assert reason in str(caught.value) and "\n" not in str(caught.value)


def test_a_whole_folder_of_them_loads_with_every_file_accounted_for(tmp_path: Path) -> None:
    names = sorted(p.name for p in DIRTY.glob("*.csv"))
    for number, name in enumerate(names):
        shutil.copy(DIRTY / name, tmp_path / f"T{number}.csv")
    loaded = load_market(Files(path=tmp_path, today=date(2026, 12, 1)), minimum_sessions=5)
    report, numbered = loaded.report, {f"T{n}" for n in range(len(names))}
    several = {"CA", "FTV", "GPN", "RE", "SHY", "JPM"}  # named inside their files
    assert {*loaded.market.assets, *report.refused} == several | numbered - {
        f"T{names.index(n)}" for n in names if n.startswith(("long_format", "yf_"))
    }
    assert not set(loaded.market.assets) & set(report.refused)
    assert report.rows_in == report.rows_kept + report.rows_dropped
    assert report.rows_kept == np.isfinite(loaded.market.close).sum()


def test_the_second_price_of_a_flattened_yfinance_file_is_the_adjusted_one() -> None:
    market = load("yf_broken_multiheader_dup_rows_SHY").market
    assert market.close[0, 0] == 52.73082733154297
    assert market.high is not None
    assert market.high[0, 0] == pytest.approx(
        81.12999725341797 * 52.73082733154297 / 81.01000213623047
    )


def test_a_file_without_a_table_names_itself() -> None:
    with pytest.raises(BadFile, match=r"git_lfs_pointer_instead_of_data_SPY\.csv: a Git LFS"):
        load("git_lfs_pointer_instead_of_data_SPY")

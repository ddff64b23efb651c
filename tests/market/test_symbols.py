import pytest
from hypothesis import given
from hypothesis import strategies as st

from forefolio.core.errors import BadTicker
from forefolio.market import sanitize_tickers

SYMBOLS = st.from_regex(r"[A-Z0-9^][A-Z0-9.\-=^]{0,31}", fullmatch=True)


@given(st.lists(SYMBOLS, max_size=8))
def test_what_is_clean_stays_as_it_is(symbols: list[str]) -> None:
    cleaned = sanitize_tickers(symbols)
    assert cleaned == tuple(dict.fromkeys(symbols))
    assert sanitize_tickers(cleaned) == cleaned


@pytest.mark.parametrize("text", ["aapl, msft,AAPL", " aapl\tmsft ", "aapl;msft\n"])
def test_text_is_parted_upper_cased_and_each_taken_once(text: str) -> None:
    assert sanitize_tickers(text) == sanitize_tickers([text]) == ("AAPL", "MSFT")


@pytest.mark.parametrize("symbol", ["BRK.B", "^GSPC", "EURUSD=X", "BF-B", "0700.HK"])
def test_symbols_of_every_market_are_taken(symbol: str) -> None:
    assert sanitize_tickers([symbol.lower()]) == (symbol,)


@pytest.mark.parametrize("bad", ["$AAPL", "A" * 33, ".A", "../etc", "A_B", "A\x00"])
def test_what_is_no_symbol_is_refused_by_name(bad: str) -> None:
    with pytest.raises(BadTicker) as caught:
        sanitize_tickers(["MSFT", bad, "%"])
    assert caught.value.symbols == (bad, "%")

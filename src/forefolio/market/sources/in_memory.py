"""Prices from memory: whatever holds a table, as a sheet, or one line that says what to give.

pandas frames and series, Arrow tables, frames of Polars and all others that Narwhals knows, and
mappings of series by ticker. A frame of pandas has its dates in the index, all others in a column.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.market.sources.cells import RawSheet
from forefolio.market.sources.date_column import with_date_column
from forefolio.market.sources.dates import Undecided, read_moments
from forefolio.market.sources.headings import Headings, field_of, read_headings
from forefolio.market.sources.tables import sheet_of_frame

pd: Any = lazy("pandas")
nw: Any = lazy("narwhals")

_WANTED = "give a pandas frame with dates as its index and a column of closes per ticker"


def given_sheet(prices: Any) -> RawSheet:
    """Prices as a sheet.

    Raises:
        InputError: they are no table, or have no dates or no names.
    """
    if isinstance(prices, Mapping):
        prices = _from_mapping(prices)
    if isinstance(prices, pd.Series):
        prices = _from_series(prices)
    if isinstance(prices, pd.DataFrame):
        return _from_pandas(prices)
    return _from_another(prices)


def _from_mapping(prices: Mapping[Any, Any]) -> Any:
    """One frame of the series by ticker, or of the columns of which one holds dates."""
    if not prices:
        raise InputError(f"the mapping of prices is empty; {_WANTED}")
    values = {name: _pandas_of(value) for name, value in prices.items()}
    if all(isinstance(value, pd.Series | pd.DataFrame) for value in values.values()):
        for name, value in values.items():
            _dated(value.index, f"the index of {name}")
            if value.index.has_duplicates:
                raise InputError(f"{name} has a date twice; keep one row of each")
        return pd.concat(values, axis=1)
    if not any(field_of(str(name)) == "date" for name in values):
        raise InputError(f"the mapping of prices has no dates; {_WANTED}")
    try:
        frame = pd.DataFrame({str(name): value for name, value in values.items()})
    except (ValueError, TypeError) as problem:
        raise InputError(f"the mapping of prices is no table: {problem}; {_WANTED}") from None
    return frame.set_index(next(n for n in frame.columns if field_of(n) == "date"))


def _pandas_of(value: Any) -> Any:
    """A frame or series of any library as one of pandas; anything else as it is."""
    native = nw.from_native(value, pass_through=True, allow_series=True)
    return native.to_pandas() if isinstance(native, nw.DataFrame | nw.Series) else value


def _from_series(prices: Any) -> Any:
    if prices.index.nlevels == 2:  # one column of closes below one another
        return prices.rename("close").to_frame()
    if prices.name is None:
        raise InputError("a series of prices needs its ticker as its name: series.rename('AAPL')")
    return prices.to_frame()


def _from_another(prices: Any) -> RawSheet:
    native = nw.from_native(prices, pass_through=True, allow_series=True)
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    if not isinstance(native, nw.DataFrame):
        raise InputError(f"prices are a {type(prices).__name__}, without dates or names; {_WANTED}")
    headings = read_headings([(name,) for name in native.columns])
    if headings.date is not None and field_of(headings.names[headings.date]) != "date":
        headings = replace(headings, date=None)  # a count of rows
    columns = [native[name].to_pandas() for name in native.columns]
    sheet = with_date_column(RawSheet(headings=headings, columns=columns, usual=".", symbol=str))
    if sheet.headings.date is None:
        raise InputError("no column of the frame of prices holds dates; name one 'date'")
    return replace(sheet, headings=_closes(sheet.headings))


def _from_pandas(frame: Any) -> RawSheet:
    if frame.columns.nlevels == 1 and frame.columns.isna().any():
        raise InputError("a column of the frame of prices has no name; give each its ticker")
    if frame.index.nlevels == 1:
        _dated(frame.index, "the index of the frame of prices", tuple(frame.columns))
        name = frame.index.name
        frame = frame.rename_axis(index=name if field_of(str(name)) == "date" else "date")
    sheet = sheet_of_frame(frame)
    headings = sheet.headings
    if frame.index.nlevels == 1:
        headings = _with_dates_first(headings, frame)
    return RawSheet(headings=_closes(headings), columns=sheet.columns, usual=".", symbol=str)


def _dated(index: Any, what: str, columns: tuple[Any, ...] = ()) -> None:
    """Insist on an index that holds dates: no count of rows is a session of 1970."""
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return
    beside = [str(c) for c in columns if not isinstance(c, tuple) and field_of(str(c)) == "date"]
    do = f"use frame.set_index({beside[0]!r})" if beside else "set them as its index"
    if columns and all(isinstance(column, pd.Timestamp) for column in columns):
        do = "its columns do: give frame.T"
    if not len(index):
        raise InputError(f"{what} is empty; {_WANTED}")
    try:
        read_moments(index.to_series().reset_index(drop=True))
    except Undecided as problem:
        reason = str(problem) if "day/month" in str(problem) or "mix" in str(problem) else ""
        shown = reason or f"it begins with {str(index[0])[:30]}"
        raise InputError(f"{what} holds no dates ({shown}); {do}") from None


def _with_dates_first(headings: Headings, frame: Any) -> Headings:
    """The headings of a frame whose index holds the dates, and no column a second time."""
    for position, name in enumerate(frame.columns):
        dated = not isinstance(name, tuple) and field_of(str(name)) == "date"
        if dated and not pd.api.types.is_numeric_dtype(frame.dtypes.iloc[position]):
            raise InputError(f"column {str(name)!r} beside an index of dates is no asset; drop it")
    return Headings(
        fields=("date", *("" if f == "date" else f for f in headings.fields[1:])),
        names=headings.names,
        owners=("", *headings.owners[1:]),
        date=0,
    )


def _closes(headings: Headings) -> Headings:
    """A table whose columns are named by ticker: whatever they are called, each is one's closes."""
    own = [c for c in range(len(headings.names)) if c != headings.date]
    recognised = sum(headings.fields[c] != "" for c in own)
    long = "ticker" in headings.fields and {"close", "adjusted"} & {*headings.fields}
    if headings.owned or long or 2 * recognised >= len(own):
        return headings
    return Headings(
        fields=tuple("date" if c == headings.date else "close" for c in range(len(headings.names))),
        names=headings.names,
        owners=tuple("" if c == headings.date else n for c, n in enumerate(headings.names)),
        date=headings.date,
    )

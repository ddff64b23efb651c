"""Forecasts as a page: what is expected of each asset, and which models that comes from."""

from collections.abc import Iterable, Sequence

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import belief, counted, listed, number, percent, points, sessions
from forefolio.studies.forecast import ForecastResult
from forefolio.studies.forecast_rows import AssetForecast, ForecastCombination
from forefolio.studies.past_forecasts import PastForecasts
from forefolio.studies.result import DataFacts
from forefolio.studies.trained_forecast import ForecastingModel
from forefolio.views.figures.past import draw_past
from forefolio.views.figures.scores import draw_scores
from forefolio.views.page import Page, Table, table
from forefolio.views.remarks import in_full, in_short

MONTH = 21  # sessions; the horizon that is shown first is the one nearest to it
MOST = 10  # assets in the first table
MOST_MODELS = 2  # trained models in a sentence
SHORT = 8  # characters of a trained model's id


def forecast_page(result: ForecastResult) -> Page:
    """Forecast and interval of every asset, and how far the models are followed."""
    by_horizon = {
        horizon: tuple(row for row in result.forecasts if row.horizon == horizon)
        for horizon in dict.fromkeys(row.horizon for row in result.forecasts)
    }
    near = min(by_horizon, key=lambda horizon: abs(horizon - MONTH))
    rows = _ranked(by_horizon[near])
    others = [_returns(_ranked(several)) for several in by_horizon.values()]
    return Page(
        headline=f"Forecasts after the close of {result.as_of}",
        summary=(
            _extremes(rows),
            *(_asked(result.trained) or _followed(result.combination, by_horizon)),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=(_first(rows),),
        evidence=(
            *(others if len(others) > 1 or len(rows) > MOST else ()),
            *((_trained(result.trained),) if result.trained else ()),
            *((_combination(result.combination),) if result.combination else ()),
            *((_kept(result.past),) if result.past else ()),
            *in_full(result.remarks),
        ),
        pictures={
            **({"skill": lambda: draw_scores(result.leaderboard)} if result.leaderboard else {}),
            **({"past": lambda: draw_past(result.past)} if result.past else {}),
        },
    )


def _asked(trained: Sequence[ForecastingModel]) -> tuple[str, ...]:
    """Which trained models the forecasts are of, in a sentence."""
    if not trained:
        return ()
    models = [
        f"{model_in_words(one.model.name)} ({one.model.id[:SHORT]}, "
        f"{sessions(one.model.horizon)} ahead, trained until {one.model.trained}, "
        f"{sessions(max(one.age, 0))} ago)"
        for one in trained[:MOST_MODELS]
    ]
    more = f", and {len(trained) - MOST_MODELS} more" if len(trained) > MOST_MODELS else ""
    return (f"By what was trained before, as it is, not shrunk: {listed(models)}{more}.",)


def _trained(trained: Sequence[ForecastingModel]) -> Table:
    """Each trained model: its age, its data, and how good it was walk-forward."""
    return table(
        "The trained models",
        ("ahead", "until", "age", "prices", "R² %", "id"),
        [
            (
                model_in_words(one.model.name),
                str(one.model.horizon),
                str(one.model.trained),
                str(one.age),
                str(one.model.data.get("name", "")),
                points(one.model.scores.get("r2_mean"), one.model.scores.get("r2_mean_se")),
                one.model.id[:SHORT],
            )
            for one in trained
        ],
        "ahead and age: sessions; R²: against the prior (the pooled mean), walk-forward",
    )


def rests_on(data: DataFacts) -> str:
    """Which prices a result rests on, in a sentence."""
    return (
        f"From {counted(len(data.tickers), 'asset')} over {sessions(data.sessions or 0)}, "
        f"{data.first} to {data.last} ({data.name})."
    )


def horizons_in_words(horizons: Iterable[int]) -> str:
    """Several horizons: "1, 5 and 21 sessions"."""
    several = [f"{horizon:,}" for horizon in horizons]
    return f"{listed(several)} {'session' if several == ['1'] else 'sessions'}"


def _ranked(rows: Iterable[AssetForecast]) -> tuple[AssetForecast, ...]:
    """The highest forecast first, those that are not known last."""
    return tuple(sorted(rows, key=lambda row: (row.mean is None, -(row.mean or 0.0))))


def _extremes(rows: Sequence[AssetForecast]) -> str:
    ahead = f"over the next {sessions(rows[0].horizon)}"
    valued = [row for row in rows if row.mean is not None]
    if not valued:
        return f"Nothing can be forecast {ahead}: no asset has enough past returns."
    first, last = valued[0], valued[-1]
    if first is last:
        return f"{first.ticker} is forecast to return {_range(first)} {ahead}."
    if _return(first) == _return(last):
        return (
            f"All are forecast the same return {ahead}, {_return(first)}: nothing tells them apart."
        )
    return (
        f"Highest {ahead}: {first.ticker}, {_range(first)}. Lowest: {last.ticker}, {_range(last)}."
    )


def _return(row: AssetForecast) -> str:
    return percent(row.mean, 2, signed=True)


def _range(row: AssetForecast) -> str:
    return f"{_return(row)} ({percent(row.level, 0)} interval {_interval(row)})"


def _interval(row: AssetForecast) -> str:
    return f"{percent(row.low, signed=True)} to {percent(row.high, signed=True)}"


def _followed(
    combination: Sequence[ForecastCombination],
    by_horizon: dict[int, tuple[AssetForecast, ...]],
) -> Iterable[str]:
    moved = {h: any(row.from_models for row in rows) for h, rows in by_horizon.items()}
    if prior := [horizon for horizon, models in moved.items() if not models]:
        yield (
            f"At {horizons_in_words(prior)} the models have shown no skill so far: the forecast is "
            "the prior (the pooled mean)."
        )
    followed = [one for one in combination if moved[one.horizon]]
    if followed:
        shares = [f"{sessions(one.horizon)}: {belief(one.slope)}" for one in followed]
        yield (
            "The models have shown skill and move the forecast away from the prior (the pooled "
            f"mean). How far they are followed at {listed(shares)}."
        )


def _first(rows: Sequence[AssetForecast]) -> Table:
    if len(rows) <= MOST:
        return _returns(rows)
    half = MOST // 2
    rest = f"the {half} highest and {half} lowest of {len(rows)}; --verbose lists all"
    return _returns((*rows[:half], *rows[-half:]), rest)


def _returns(rows: Sequence[AssetForecast], note: str = "") -> Table:
    return table(
        f"Return over the next {sessions(rows[0].horizon)}",
        ("forecast", f"{percent(rows[0].level, 0)} interval", "prior", "a year"),
        [
            (
                row.ticker,
                percent(row.mean, 2, signed=True),
                _interval(row),
                percent(row.prior, 2, signed=True),
                percent(row.annual_mean, signed=True),
            )
            for row in rows
        ],
        note,
    )


def _combination(combination: Sequence[ForecastCombination]) -> Table:
    names = list(dict.fromkeys(name for one in combination for name in one.weights))
    rows = [
        (model_in_words(name), *(percent(one.weights.get(name), 0) for one in combination))
        for name in names
    ]
    return table(
        "Weight of each model in the combined forecast, and how far that is followed",
        [sessions(one.horizon) for one in combination],
        [*rows, ("followed, of 1", *(number(one.slope, 2) for one in combination))],
        "Followed 0: the prior alone is forecast; 1: the models alone. It grows with the skill "
        "that the models have shown out of sample.",
    )


def _kept(past: Sequence[PastForecasts]) -> Table:
    """How many past outcomes of each asset were inside their intervals, at each horizon."""
    held = [{row.ticker: f"{row.inside} of {row.known}" for row in one.assets} for one in past]
    tickers = [row.ticker for row in past[0].assets]
    return table(
        f"Past outcomes inside their {percent(past[0].level, 0)} intervals",
        [sessions(one.horizon) for one in past],
        [(ticker, *(of.get(ticker, "n/a") for of in held)) for ticker in tickers],
        "Out of sample; only outcomes that do not overlap are counted.",
    )

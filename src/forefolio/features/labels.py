"""Features in the words of an economist, made from their settings."""

from collections.abc import Callable, Mapping
from typing import Any

from forefolio.features.base import Feature


def label(feature: Feature) -> str:
    """What a feature measures: "12-month momentum without the last month".

    One that has no phrase here, such as a user's own, is called by its name.
    """
    phrase = _PHRASES.get(getattr(feature, "kind", ""))
    return phrase(feature) if phrase else feature.name


def _span(sessions: int) -> str:
    """A number of sessions as people say it: "3-month", "2-week", "10-day"."""
    months = round(sessions / 21)
    if sessions >= 21 and abs(sessions - 21 * months) <= months:
        return f"{months}-month"
    return f"{sessions // 5}-week" if sessions % 5 == 0 else f"{sessions}-day"


def _momentum(feature: Any) -> str:
    without = f" without the last {_span(feature.skip).removeprefix('1-')}" if feature.skip else ""
    return f"{_span(feature.window + feature.skip)} momentum{without}"


_PHRASES: Mapping[str, Callable[[Any], str]] = {
    "momentum": _momentum,
    "reversal": lambda f: f"{_span(f.window)} reversal",
    "volatility": lambda f: f"{_span(f.window)} volatility",
    "volatility_ratio": lambda f: f"{_span(f.short)} over {_span(f.long)} volatility",
    "range_volatility": lambda f: f"{_span(f.window)} volatility from daily ranges",
    "drawdown": lambda f: f"fall from the {_span(f.window)} high",
    "volume_zscore": lambda f: f"volume against its {_span(f.window)} mean",
    "on_balance_volume": lambda f: f"{_span(f.window)} volume on rises less falls",
    "rsi": lambda f: f"{_span(f.window)} strength of rises (RSI)",
    "macd": lambda f: f"trend turning, {f.fast} against {f.slow} days (MACD)",
    "bollinger": lambda f: f"place within the {_span(f.window)} band (Bollinger)",
    "atr": lambda f: f"{_span(f.window)} average true range",
    "adx": lambda f: f"{_span(f.window)} strength of trend (ADX)",
    "hurst": lambda f: f"{_span(f.window)} persistence (Hurst)",
    "variance_ratio": lambda f: f"{_span(f.lag)} trending against reverting",
    "skew": lambda f: f"{_span(f.window)} skew",
    "kurtosis": lambda f: f"{_span(f.window)} fat tails",
    "trend": lambda f: f"{_span(f.span)} trend",
    "trend_gap": lambda f: f"distance from the {_span(f.span)} trend",
    "seasonal": lambda f: f"same season in the last {f.years} years",
    "market_beta": lambda f: f"{_span(f.window)} beta to the market",
    "market_correlation": lambda f: f"{_span(f.window)} correlation with the market",
    "cross_rank": lambda f: f"rank by {label(f.of)}",
    "cross_zscore": lambda f: f"{label(f.of)} against the others",
    "sector_relative": lambda f: f"{label(f.of)} beyond the sector's",
    "macro_level": lambda f: f"{f.series.upper()} against its {_span(f.window)} mean",
    "macro_change": lambda f: f"{_span(f.lag)} change of {f.series.upper()}",
    "regime_probability": lambda _: "probability of a nervous market",
    "weekday": lambda f: f.day.capitalize(),
    "month_turn": lambda _: "turn of the month",
    "news_score": lambda _: "news of its own today",
    "recent_news": lambda f: f"news of its own in the last {f.window} sessions",
    "news_calendar": lambda f: f"news of its own {f.lag} sessions before the {f.ahead} ahead",
}

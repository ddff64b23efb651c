"""Features: numbers per session and asset, available at the session's close."""

from typing import Annotated, TypeAlias

from forefolio.core.component import Component, OneOf
from forefolio.features.base import Feature
from forefolio.features.context import MacroChange, MacroLevel, RegimeProbability
from forefolio.features.cross import (
    CrossRank,
    CrossZScore,
    MarketBeta,
    MarketCorrelation,
    SectorRelative,
)
from forefolio.features.dates import MonthTurn, Weekday
from forefolio.features.decomposition import Seasonal, Trend, TrendGap
from forefolio.features.labels import label
from forefolio.features.news import NewsCalendar, NewsScore, RecentNews
from forefolio.features.own import FunctionFeature, as_feature
from forefolio.features.panel import FeaturePanel, compute
from forefolio.features.price import (
    Drawdown,
    OnBalanceVolume,
    PriceMomentum,
    RangeVolatility,
    Reversal,
    Volatility,
    VolatilityRatio,
    VolumeZScore,
)
from forefolio.features.statistical import Hurst, Kurtosis, Skew, VarianceRatio
from forefolio.features.technical import ADX, ATR, MACD, RSI, BollingerPosition

CATALOGUE: tuple[type[Component], ...] = (
    PriceMomentum,
    Reversal,
    Volatility,
    VolatilityRatio,
    RangeVolatility,
    Drawdown,
    VolumeZScore,
    OnBalanceVolume,
    RSI,
    MACD,
    BollingerPosition,
    ATR,
    ADX,
    Hurst,
    VarianceRatio,
    Skew,
    Kurtosis,
    Trend,
    TrendGap,
    Seasonal,
    MarketBeta,
    MarketCorrelation,
    CrossRank,
    CrossZScore,
    SectorRelative,
    MacroLevel,
    MacroChange,
    RegimeProbability,
    Weekday,
    MonthTurn,
    NewsScore,
    RecentNews,
    NewsCalendar,
)

AnyFeature: TypeAlias = Annotated[Feature, OneOf(*CATALOGUE, adapt=as_feature)]

DEFAULT_FEATURES: tuple[Feature, ...] = (
    Reversal(window=5),
    PriceMomentum(window=21),
    PriceMomentum(window=63),
    PriceMomentum(window=231, skip=21),
    Volatility(window=21),
    VolatilityRatio(),
    Drawdown(),
    RSI(),
    MACD(),
    BollingerPosition(),
    Hurst(),
    VarianceRatio(),
    Skew(),
    CrossRank(of=PriceMomentum(window=231, skip=21)),
    MarketBeta(),
    MarketCorrelation(),
    RangeVolatility(),
    ATR(),
    ADX(),
    VolumeZScore(),
    MacroLevel(),
)

__all__ = [
    "ADX",
    "ATR",
    "CATALOGUE",
    "DEFAULT_FEATURES",
    "MACD",
    "RSI",
    "AnyFeature",
    "BollingerPosition",
    "CrossRank",
    "CrossZScore",
    "Drawdown",
    "Feature",
    "FeaturePanel",
    "FunctionFeature",
    "Hurst",
    "Kurtosis",
    "MacroChange",
    "MacroLevel",
    "MarketBeta",
    "MarketCorrelation",
    "MonthTurn",
    "NewsCalendar",
    "NewsScore",
    "OnBalanceVolume",
    "PriceMomentum",
    "RangeVolatility",
    "RecentNews",
    "RegimeProbability",
    "Reversal",
    "Seasonal",
    "SectorRelative",
    "Skew",
    "Trend",
    "TrendGap",
    "VarianceRatio",
    "Volatility",
    "VolatilityRatio",
    "VolumeZScore",
    "Weekday",
    "compute",
    "label",
]

"""Forecasts: what the coming sessions are expected to bring."""

from forefolio.forecast.base import Dataset, Forecast, Forecaster, ForecastPanel, Predictor

__all__ = ["Dataset", "Forecast", "ForecastPanel", "Forecaster", "Predictor"]

"""Neural forecasters: pooled nets that learn from long sequences."""

from forefolio.forecast.models.neural.models import LSTM, MLP, TCN

__all__ = ["LSTM", "MLP", "TCN"]

"""How good forecasts were, with the error of every number."""

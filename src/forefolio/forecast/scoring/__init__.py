"""Out-of-sample scores of forecasts, each with its standard error."""

"""How much of a result is luck: formulas over plain numbers and arrays, and claims in words.

Returns are simple, per session, less those of cash; a Sharpe ratio is per session unless its name
says otherwise; a kurtosis is zero for normal returns.
"""

"""Causal but not tradable: a label that starts before the next trade.

A decision is made from the close of its session, and trades in the next. A label that starts at
that close contains the overnight return, which no order can earn.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from forefolio.core.errors import NotTradable
from forefolio.forecast.targets import Target
from forefolio.market import BARS, Market

ROUNDING = 1e-9


def refuse_untradable(target: Target, name: str, market: Market, cut: int) -> None:
    """Check that the labels of the last row before a cut start with the sessions after it.

    Prices up to the cut are tripled: what starts at one of them changes, what is measured in past
    returns does not.

    Raises:
        NotTradable: a label changes.
    """
    tripled = np.where(np.arange(len(market)) < cut, 3.0, 1.0)[:, None]
    bars: dict[str, Any] = {
        bar: values * tripled
        for bar in BARS
        if bar != "volume" and (values := getattr(market, bar)) is not None
    }
    before, after = target(market)[cut - 1], target(replace(market, home=None, **bars))[cut - 1]
    moved = np.abs(after - before) > ROUNDING * np.abs(before).clip(min=1.0)
    if moved.any():
        asset = market.assets[int(np.argmax(moved))]
        raise NotTradable(
            f"the label that {name} gives {asset} at {market.sessions[cut - 1]} rests on a price "
            "of that session or before, when no order of its close had traded; let labels start "
            "at market.trade_price[t + 1]"
        )

"""Numbers by asset that somebody gives: a mapping, a text, or a pandas Series or DataFrame."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from forefolio.core import quantities
from forefolio.core.units import AnnualRate


def _by_asset(values: Any) -> Any:
    """A text such as "AAPL=10%,KO=0.08", or whatever has labels, as a mapping."""
    if isinstance(values, str):
        return {name: quantities.fraction(text) for name, text in quantities.pairs(values)}
    return values.to_dict() if hasattr(values, "to_dict") else values


def _by_pair(values: Any) -> Any:
    """A square table with labels as a mapping of mappings."""
    return values.to_dict() if hasattr(values, "to_dict") else values


ByAsset = Annotated[Mapping[str, AnnualRate], BeforeValidator(_by_asset)]
"""Fractions per year by ticker; text such as "AAPL=10%,KO=8%" will do."""

ByPair = Annotated[Mapping[str, Mapping[str, float]], BeforeValidator(_by_pair)]
"""A covariance of annual returns: rows and columns by ticker."""

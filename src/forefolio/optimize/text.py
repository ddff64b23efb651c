"""How constraints are written: limits, shares and names as `parse_constraint` reads them back.

Whatever is written reads back as the very same number: 0.1 is "10%", by its decimal digits.
"""

import json
import re
from decimal import Decimal
from typing import Any, TypeAlias

from forefolio.core.component import Component
from forefolio.features import Feature

Level: TypeAlias = float | None

MEASURES = {
    **dict.fromkeys(
        ("cvar", "es", "evar", "rlvar", "cdar", "edar", "rldar", "drawdown"),
        "a limit on it is written in small letters: cvar <= 2%, drawdown <= 15%",
    ),
    "var": "there is no such limit; cvar <= 2% limits the mean loss beyond it",
    "sharpe": "it is maximised, not limited: objective maximum_sharpe",
    "skew": "that of the portfolio has no limit; the weighted sum of those of the assets is "
    "`exposure to skew`",
    "kurtosis": "that of the portfolio has no limit; the weighted sum of those of the assets is "
    "`exposure to kurtosis`",
    "risk": "say which: volatility <= 12% per year, te(equal weight) <= 4% per year, cvar <= 2%, "
    "drawdown <= 15%; risk of tech <= 40% limits a part of the variance",
    "loss": "say which: worst loss <= 5%, or cvar <= 2%, the mean of the worst",
    "correlation": "there is no such limit; objective maximum_diversification uses it",
    "cost": "there is no such limit; turnover <= 20% is one",
    **dict.fromkeys(("sector", "sectors"), "one statement for each: tech <= 30%; energy <= 20%"),
    "cash": "say what is invested: 80% <= sum(w) <= 100%",
}
"""What is measured of a portfolio and has no limit that is written so, and what to say instead."""
RESERVED = frozenset(
    (
        *MEASURES,
        *("shortfall", "ulcer", "gini", "worst", "deviation", "semideviation", "moment"),
        *("w", "sum", "net", "invested", "gross", "names", "turnover", "volatility", "return"),
        *("te", "equal", "weight", "per", "year", "in", "free", "or", "if", "possible", "long"),
        *(
            "only",
            "short",
            "active",
            "share",
            "trade",
            "exclude",
            "hold",
            "exposure",
            "confidence",
            "inf",
            "nan",
        ),
    )
)
NAME = re.compile(r"(?:[^\W_]|\^)(?:[^\W_]|[.^&-])*(=[A-Z])?")  # of any script; see `is_ticker`
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?( *%)?(?![\w.^=])")
PHRASE = re.compile(r"[^\W\d_]+( [^\W\d_]+)*")


def word_of(name: str) -> str:
    """The word for a measure: "Value at Risk" is "var", "Sharpe ratio" is "sharpe"."""
    plain = " ".join(name.casefold().replace("_", " ").split())
    plain = _MEASURE_ALSO.get(plain, plain)
    return plain.removeprefix("maximum ").removeprefix("max ")


_MEASURE_ALSO = {
    "tail loss": "loss",
    "value at risk": "var",
    "sharpe ratio": "sharpe",
    "costs": "cost",
    "losses": "loss",
}


def share(value: float) -> str:
    """A fraction as a percentage: 0.05 is "5%"."""
    return f"{_digits(Decimal(repr(float(value))).scaleb(2))}%"


def spaced_share(value: float) -> str:
    """A fraction as messages write it: 0.05 is "5 %"."""
    return f"{100 * value:.6g} %"


def plain(value: float) -> str:
    """A number as it is."""
    return _digits(Decimal(repr(float(value))))


def limited(what: str, lower: str | None, upper: str | None) -> str:
    """What lies between two limits."""
    match lower, upper:
        case None, None:
            return f"{what} free"
        case str(), None:
            return f"{what} >= {lower}"
        case None, str():
            return f"{what} <= {upper}"
    return f"{what} == {lower}" if lower == upper else f"{lower} <= {what} <= {upper}"


def within(what: str, lower: Level, upper: Level) -> str:
    """The same for fractions."""
    return limited(what, *(None if level is None else share(level) for level in (lower, upper)))


def is_ticker(word: str) -> bool:
    """Whether a word is a ticker without quotes: of any script, but with no small letter in it."""
    return bool(NAME.fullmatch(word)) and not _has_small(word)


def _has_small(word: str) -> bool:
    return any(letter.islower() for letter in word)


def is_code(word: str) -> bool:
    """Whether digits are rather a ticker than a limit: 005930, 2330, 1E5, but not 0.05 or 5%."""
    if not is_ticker(word) or not NUMBER.fullmatch(word) or not word.isalnum():
        return False
    return (word[0] == "0" and len(word) > 1) or Decimal(word) >= LEAST_CODE


LEAST_CODE = 1000  # no limit is as large


def asset(name: str) -> str:
    """A ticker as it is, any other name in single quotes."""
    plain = is_ticker(name) and any(letter.isalpha() for letter in name)
    if plain and not NUMBER.fullmatch(name) and name.lower() not in RESERVED:
        return name
    inside = json.dumps(name, ensure_ascii=False)[1:-1].replace("'", "\\'")
    return f"'{inside}'"


def begins_a_name(text: str) -> bool:
    """Whether a text begins with a name or a quote, and with no number and no word of ours."""
    if not text or not (text[0].isalpha() or text[0] in "\"'^"):
        return False
    return re.split(r"[\W\d_]", text.casefold(), maxsplit=1)[0] not in RESERVED


def phrase(name: str, taken: frozenset[str] = RESERVED) -> str:
    """Words as they are, anything that could mean something else in double quotes."""
    words = PHRASE.fullmatch(name) and not taken & set(name.lower().split())
    if words and _has_small(name.partition(" ")[0]):  # otherwise its first word is a ticker
        return name
    return json.dumps(name, ensure_ascii=False)


def mixed(weights: tuple[tuple[str, float], ...]) -> str:
    """A portfolio: "60% SPY + 40% TLT"; without weights, "equal weight"."""
    return " + ".join(f"{share(w)} {asset(a)}" for a, w in weights) or "equal weight"


def feature(of: Feature) -> str:
    """A feature by its kind and the settings that differ from the usual ones."""
    kind = str(getattr(of, "kind", of.name))
    written = f"{kind}{_settings(of)}"
    return f"exposure to {written}" if kind in RESERVED else written


def measure(of: object) -> str:
    """A risk measure by the words of its kind, and such settings: "maximum drawdown"."""
    return f"{str(getattr(of, 'kind', '')).replace('_', ' ')}{_settings(of)}"


def _settings(of: object) -> str:
    """The settings that differ from the usual ones, in brackets, if any do."""
    fields: dict[str, Any] = getattr(type(of), "model_fields", {})
    changed = [
        f"{name}={json.dumps(_document(getattr(of, name)))}"
        for name, field in fields.items()
        if name != "kind" and getattr(of, name) != field.get_default()
    ]
    return f"({', '.join(changed)})" if changed else ""


def _document(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Component) else value


def _digits(value: Decimal) -> str:
    written = f"{value.normalize():f}"
    return "0" if written == "-0" else written

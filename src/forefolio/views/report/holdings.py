"""Why these weights: what is expected of each holding, what it adds to the risk, what binds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from forefolio.core.kinds import in_words
from forefolio.core.wording import counted, listed, number, percent, sessions
from forefolio.studies.follow_ups import FollowUps
from forefolio.studies.forecast_rows import AssetForecast
from forefolio.studies.risk import Attribution
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.series import forecasts_at, held, usual_horizon
from forefolio.views.look import TITLES
from forefolio.views.report.again import drawn_again
from forefolio.views.report.bars import Estimate, Ruler, correlation_map, interval, weight_bar
from forefolio.views.report.charts import asset_classes
from forefolio.views.report.markup import Markup, figure, join, right, row, table, tag
from forefolio.views.report.terms import term

NAMED = 3  # holdings of the summary
LIMITS = 8  # binding limits told
MORE, LESS = 1.1, 0.9  # of the average or the weight: what is beyond is worth a word
NOTABLE = 0.005  # a year: a difference of expected returns that is worth a word
NO_SHORT = ": no short position"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What the rows of the table are drawn and told by."""

    ruler: Ruler
    largest: float
    classes: Mapping[str, str]
    expected: Mapping[str, float | None]
    average: float | None  # expected of the holdings, by weight
    calm: Mapping[str, float]  # forecast volatility by the mean of the holdings
    risk: Mapping[str, float | None]  # share of the volatility
    priors: bool  # whether they differ between the assets
    limits: Mapping[str, str]

    @classmethod
    def of(cls, result: StrategyResult, mine: Iterable[AssetForecast], asked: FollowUps) -> Self:
        positions = held(result)
        own = result.expected_returns
        means = {t: mean for t in result.weights if (mean := own.get(t)) is not None}
        whole = sum(result.weights[t] for t in means)
        average = sum(result.weights[t] * mean for t, mean in means.items())
        parts, mine = _attribution(asked), list(mine)
        return cls(
            priors=len({one.prior for one in mine}) > 1,
            ruler=Ruler.over([bound for f in mine for bound in (f.low, f.high)]),
            largest=max((abs(weight) for _, weight in positions), default=1.0),
            classes=asset_classes(result),
            expected=result.expected_returns,
            average=average / whole if whole else None,
            calm=_calm(mine),
            risk={} if parts is None else {one.name: one.share for one in parts.assets},
            limits=_limits_by_asset(result),
        )


def why(result: StrategyResult, asked: FollowUps) -> list[Markup]:
    """The reasons in words, each holding, the limits, and what the whole is made of."""
    return [
        tag("p", _in_short(result, asked), class_="lead"),
        *_table(result, asked),
        *_limits(result),
        *_made_of(result, asked),
    ]


def _in_short(result: StrategyResult, asked: FollowUps) -> str:
    how = in_words(result.method) or "the strategy's rule"
    sentences = [
        f"The weights are those of {how}, from {result.expected_by.returns} and the risk by "
        f"{result.expected_by.risk}."
    ]
    if result.parts:
        parts = [f"{name} {percent(share)}" for name, share in result.parts.items()]
        sentences.append(f"The strategy mixes {listed(parts)}.")
    if (parts_of := _attribution(asked)) is not None:
        first = sorted(parts_of.assets, key=lambda one: -(one.share or 0.0))[:NAMED]
        risky = [f"{one.name} ({percent(one.share, 0)})" for one in first if one.share is not None]
        if risky:
            sentences.append(f"Most of the risk is {listed(risky)}.")
    return " ".join(sentences)


def _table(result: StrategyResult, asked: FollowUps) -> list[Markup]:
    horizon = usual_horizon(result)
    forecasts = forecasts_at(result, horizon)
    mine = [forecasts[ticker] for ticker, _ in held(result) if ticker in forecasts]
    look = _Look.of(result, mine, asked)
    body = [_row(ticker, weight, forecasts.get(ticker), look) for ticker, weight in held(result)]
    shares = [right("Share of risk")] if look.risk else []
    if abs(result.cash) > 5e-4:
        bar = tag("td", weight_bar(result.cash, look.largest, "cash"), class_="drawn")
        earned = figure(percent(result.cash_return, signed=True))
        blank, none = ([""] if shares else []), [""] * (4 if look.priors else 3)
        body.append(
            row("Cash", figure(percent(result.cash)), bar, *none, earned, *blank, "",
                kind="muted")
        )  # fmt: skip
    level = f"{percent(mine[0].level, 0)} interval" if mine else "Interval"
    headings = ("", right(term("weight", "Weight")), "", right(f"Forecast, {sessions(horizon)}"),
                right(level), "", *([right(term("prior", "Prior"))] if look.priors else []),
                right(term("expected return", "Expected a year")), *shares,
                "Why")  # fmt: skip
    left = len(result.data.tickers) - len(held(result))
    everyone = counted(len(result.data.tickers), "asset")
    one = next((f.prior for f in mine if f.prior is not None), None)
    prior = "" if look.priors or one is None else f" ({percent(one, 2, signed=True)})"
    key = f"In the drawing, dot: forecast; line: interval; tick: prior{prior}; thin line: zero."
    note = f"{left} of {everyone} {'is' if left == 1 else 'are'} not held. {key}" if left else key
    caption = f"Weights, and the forecast over {sessions(horizon)} of each"
    return [table(caption, headings, [body], "board"), tag("p", note, class_="note")]


def _row(ticker: str, weight: float, forecast: AssetForecast | None, look: _Look) -> Markup:
    kind = look.classes.get(ticker, "other")
    cells = [
        figure(percent(weight)),
        tag("td", weight_bar(weight, look.largest, kind), class_="drawn"),
    ]
    if forecast is None:
        cells += [tag("td")] * (4 if look.priors else 3)
    else:
        low, high = (percent(bound, signed=True) for bound in (forecast.low, forecast.high))
        mean = percent(forecast.mean, 2, signed=True)
        estimate = Estimate(value=forecast.mean, low=forecast.low, high=forecast.high,
                            beside=forecast.prior)  # fmt: skip
        label = f"{ticker}: forecast {mean}, from {low} to {high}"
        drawn = forecast.mean is not None
        cells += [
            figure(mean),
            figure(f"{low} to {high}"),
            tag("td", interval(estimate, look.ruler, label) if drawn else None, class_="drawn"),
            *([figure(percent(forecast.prior, 2, signed=True))] if look.priors else []),
        ]
    cells.append(figure(percent(look.expected.get(ticker), signed=True)))
    if look.risk:
        cells.append(figure(percent(look.risk.get(ticker), 0)))
    reason = tag("td", _reason(ticker, weight, look), class_="said")
    return row(ticker, *cells, reason)


def _calm(mine: Iterable[AssetForecast]) -> dict[str, float]:
    stds = {one.ticker: one.std for one in mine if one.std is not None}
    mean = sum(stds.values()) / len(stds) if stds else 0.0
    return {ticker: std / mean for ticker, std in stds.items()} if mean else {}


def _reason(ticker: str, weight: float, look: _Look) -> str:
    """What speaks for a weight, in words: its limit, its risk, what is expected of it."""
    reasons = [look.limits[ticker]] if ticker in look.limits else []
    swing, expected = look.calm.get(ticker, 1.0), look.expected.get(ticker)
    share = look.risk.get(ticker)
    if share is not None and weight > 0 and share < 0:
        reasons.append("a hedge: lowers the risk")
    elif swing < LESS:
        reasons.append("moves less than the others")
    elif swing > MORE:
        reasons.append("moves more than the others")
    if share is not None and weight > 0:
        if 0 <= share < LESS * weight:
            reasons.append("adds less risk than its weight")
        elif share > MORE * weight:
            reasons.append("adds more risk than its weight")
    if expected is not None and look.average is not None:
        if expected > look.average + NOTABLE:
            reasons.append("higher return expected")
        elif expected < look.average - NOTABLE:
            reasons.append("lower return expected")
    return "; ".join(reasons)


def _limits_by_asset(result: StrategyResult) -> dict[str, str]:
    """The limit that holds each asset, in words; that nothing is sold short holds none held."""
    limits = {}
    for one in result.limits:
        for ticker in result.weights:
            if one.name.startswith((f"{ticker}:", f"weight of {ticker} ")):
                limits[ticker] = f"at its limit ({one.name})"
    return limits


def _limits(result: StrategyResult) -> list[Markup]:
    """What binds, the tightest first, with what the numbers are."""
    short = [one for one in result.limits if one.name.endswith(NO_SHORT)]
    others = [one for one in result.limits if one not in short]
    lines = []
    if short:
        names = [one.name.removesuffix(NO_SHORT) for one in short]
        more = f" and {len(names) - LIMITS} more" if len(names) > LIMITS else ""
        lines.append(
            f"Not held because that would take a short position, the furthest from it first: "
            f"{', '.join(names[:LIMITS])}{more}."
        )
    if others:
        prices = [f"{one.name} ({number(one.price, 3)})" for one in others[:LIMITS]]
        if len(others) > LIMITS:
            prices.append(f"{len(others) - LIMITS} more")
        lines.append(
            f"Limits that hold the weights where they are: {'; '.join(prices)}. In brackets the "
            "shadow price: what the optimiser's objective would gain per unit of more room."
        )
    return [tag("p", line, class_="note") for line in lines]


# -- what the whole is made of ---------------------------------------------------------------------


def _made_of(result: StrategyResult, asked: FollowUps) -> list[Markup]:
    sectors, parts = _sectors(result, asked), _attribution(asked)
    tables = [part for part in (sectors, _correlations(parts)) if part]
    return [tag("div", *tables, class_="pair")] if tables else []


def _sectors(result: StrategyResult, asked: FollowUps) -> Markup | None:
    """Weight by sector, largest first, beside what it adds to the risk."""
    weights: dict[str, float] = {}
    for ticker, weight in result.weights.items():
        if sector := result.data.sectors.get(ticker):
            weights[sector] = weights.get(sector, 0.0) + weight
    if not weights:
        return None
    parts = _attribution(asked)
    shares = {one.name: one.share for one in parts.sectors} if parts else {}
    largest = max(map(abs, weights.values()))
    body = [
        row(
            name,
            figure(percent(weight)),
            tag("td", weight_bar(weight, largest, "l0"), class_="drawn"),
            *([figure(percent(shares.get(name), 0))] if shares else []),
        )
        for name, weight in sorted(weights.items(), key=lambda item: -item[1])
    ]
    headings = ("Sector", right("Weight"), "", *([right("Share of risk")] if shares else []))
    shown = table(TITLES["risk"] if shares else "Sectors", headings, [body], "compact")
    return tag("div", shown if parts is None else drawn_again(shown, "risk", _risk(parts)))


def _risk(parts: Attribution) -> dict[str, Any]:
    """Where the risk comes from, in numbers."""
    told, whole = ("name", "exposure", "share"), ("annual_volatility", "factors_annual_volatility")
    document = parts.model_dump(mode="json")
    kinds = {
        kind: [{name: one[name] for name in told} for one in document[kind]]
        for kind in ("assets", "sectors", "factors", "principal")
    }
    return {"attribution": {**{name: document[name] for name in whole}, **kinds}}


def _correlations(parts: Attribution | None) -> Markup | None:
    if parts is None or len(parts.correlations) < 2:
        return None
    pairs = [
        (one, other, value)
        for k, (one, own) in enumerate(parts.correlations.items())
        for other, value in list(own.items())[k + 1 :]
    ]
    mean = sum(value for _, _, value in pairs) / len(pairs)
    first, second, closest = max(pairs, key=lambda pair: pair[2])
    note = (
        f"{number(mean)} on average; {first} and {second} move together most ({number(closest)}). "
        f"From {sessions(parts.sessions)}, by Ledoit and Wolf's covariance."
    )
    caption = tag("h3", TITLES["correlations"])
    drawn = correlation_map(parts.correlations)
    shown = drawn_again(drawn, "correlations", {"matrix": parts.correlations})
    return tag("div", join([caption, shown, tag("p", note, class_="note")]))


def _attribution(asked: FollowUps) -> Attribution | None:
    return asked.risk.attribution if asked.risk else None

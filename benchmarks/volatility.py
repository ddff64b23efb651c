"""How well volatility is forecast out of sample: QLIKE beside EWMA, GARCH(1,1) and HAR-X, and R2.

`python benchmarks/volatility.py sample` or `... wide` (the stocks of `_wide`; `wide 2` takes every
second). Models are fitted again every 500 sessions on what was known then. HAR-X is a reference
without the news of each stock, as it was before. Realised variance is the sum of squared returns
from trade to trade; t counts every h-th session only. The goals for the average beside what is
measured come last.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from _goals import Goal, print_goals
from _wide import sample_market, wide_market

from forefolio.core.units import Array, Dates
from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import (
    EWMA,
    GARCH,
    GJR,
    HAR,
    HARX,
    LSTM,
    MLP,
    SVR,
    ArchModel,
    ARIMAVolatility,
    Forecaster,
    ForecastPanel,
    HalfLives,
    LearntVolatility,
    RandomForest,
    RangeHAR,
    Truth,
    WalkForward,
    XGBoost,
    model_name,
)
from forefolio.forecast.judging.volatility_record import weigh_by_record
from forefolio.forecast.walk import FoldTask, forecast_folds
from forefolio.market import Market

HORIZONS = (1, 5, 21, 63)
MEMBERS: tuple[Forecaster, ...] = (EWMA(), GARCH(), RangeHAR(), HARX())
OTHERS: tuple[Forecaster, ...] = (
    HARX(news=False),
    HalfLives(),
    GJR(),
    HAR(),
    ARIMAVolatility(),
    ArchModel(),
    *(LearntVolatility(model=one) for one in (XGBoost(), RandomForest(), SVR(), MLP(), LSTM())),
)
REFERENCES = ("EWMA", "GARCH(1,1)", "HAR-X without news")
AVERAGE = "average"
WALK = WalkForward(first=1250, refit=500)
BELOW_HARX = {1: 0.012, 5: 0.014, 21: 0.006}  # goals, by horizon
PLAIN_R2 = {5: 0.36, 21: 0.55, 63: 0.52}
MONTH = 21
SHORT, EVERY = 580, 252  # sessions of a short history, and from one to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One model at one horizon."""

    model: str
    horizon: int
    against: tuple[tuple[float, float], ...]  # QLIKE less a reference's, and its t
    qlike: float  # the loss itself; 0 would be what came
    r2: float  # of log realised variance, a constant bias of the logarithm allowed
    r2_plain: float  # the same, the level included
    bias: float  # mean of realised over forecast variance
    cpu: float  # seconds per fold

    def __str__(self) -> str:
        losses = " ".join(f"{gain:+.4f} ({t:+5.1f})" for gain, t in self.against)
        r2 = f"{self.r2:.3f} {self.r2_plain:6.3f}"
        told = f"{losses}  {self.qlike:.3f}  {r2}  {self.bias:.2f}  {self.cpu:6.2f} s"
        return f"{self.horizon:>3}  {self.model:<20} {told}"


def main(what: str = "sample", every: str = "1") -> None:
    """Print the table of one market."""
    whole = sample_market() if what == "sample" else wide_market()
    market = whole.select(whole.assets[:: int(every)])
    print(f"{what}: {len(market.assets)} assets, {market.sessions[0]} to {market.sessions[-1]}")
    print(
        "  h  model                QLIKE - EWMA (t) - GARCH (t)    - no news (t)    QLIKE     R2  "
        "plain  bias   CPU/fold"
    )
    averages = []
    for horizon in HORIZONS:
        for line in table(market, horizon):
            print(line, flush=True)
        averages.append(line)
    print_goals([goal for average in averages for goal in goals(average, closes=what == "sample")])


def goals(average: Shown, *, closes: bool) -> Iterator[Goal]:
    """What the average should reach at a horizon, and what it does."""
    horizon = average.horizon
    ahead = f"{horizon} ahead"
    if closes:
        what = f"realised over forecast, closes only, {ahead}"
        yield Goal(what=what, measured=average.bias, lowest=0.95, highest=1.05)
        return
    if horizon in BELOW_HARX:
        gain, t = average.against[REFERENCES.index("HAR-X without news")]
        what = f"QLIKE less HAR-X's without news, {ahead}"
        most = -BELOW_HARX[horizon]
        yield Goal(what=what, measured=gain, highest=most, t=t, least_t=3.0)
    if horizon == MONTH:
        yield Goal(what=f"QLIKE, {ahead}", measured=average.qlike, highest=0.30)
    if horizon in PLAIN_R2:
        yield Goal(what=f"plain R2, {ahead}", measured=average.r2_plain, lowest=PLAIN_R2[horizon])


def wide_goals() -> Iterator[Goal]:
    """Print what the average does on the wide set, all of it and in part; the goals are given."""
    bars = wide_market()
    closes = replace(bars, open=None, high=None, low=None, volume=None)
    for what, market in (("ranges", bars), ("closes only", closes)):
        print(f"{what}: {len(market.assets)} assets")
        for horizon in HORIZONS:
            lines = table(market, horizon, OTHERS[:1])
            print(*lines, sep="\n", flush=True)
            yield from goals(lines[-1], closes=market is closes)
    print(f"the first {SHORT} sessions of each {EVERY}")
    yield from short_goals(bars.sessions)


def short_goals(sessions: Dates) -> Iterator[Goal]:
    """On short histories: the average by record beside the members' plain one, as it was before."""
    starts = range(0, len(sessions) - SHORT - EVERY, EVERY)
    markets = [wide_market(start=str(sessions[one]))[: SHORT + EVERY] for one in starts]
    for horizon in BELOW_HARX:
        gains = np.array([_short_gain(market, horizon) for market in markets])
        t = gains.mean() / (gains.std(ddof=1) / np.sqrt(len(gains)))
        print(f"{horizon:>3}  {gains.mean():+.4f} ({t:+5.1f}), {len(gains)} histories", flush=True)
        what = f"QLIKE less the plain average's, {SHORT} sessions, {horizon} ahead"
        yield Goal(what=what, measured=float(gains.mean()), highest=0.0)


def _short_gain(market: Market, horizon: int) -> float:
    """QLIKE by record less that of the plain average, after `SHORT` sessions of history."""
    walk = WalkForward(first=SHORT - EVERY, refit=EVERY)
    panels, _ = _panels(market, horizon, MEMBERS, walk)
    truth = Truth.of(market, horizon, len(market) - walk.first)
    members = list(panels.values())
    plain = np.exp(np.mean([np.log(panel.std) for panel in members], axis=0))
    later = slice(EVERY, None)
    came = truth.variance[later]
    by_record = weigh_by_record(members, truth)[later] ** 2
    usual = plain[later] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = came / by_record - came / usual + np.log(by_record / usual)
    return float(np.mean(loss[np.isfinite(loss)]))


def table(market: Market, horizon: int, others: Sequence[Forecaster] = OTHERS) -> list[Shown]:
    """Every model's line, and last that of the average of `MEMBERS`."""
    panels, cpu = _panels(market, horizon, (*MEMBERS, *others), WALK)
    truth = Truth.of(market, horizon, len(market) - WALK.first)
    stds = {name: panel.std for name, panel in panels.items()}
    members = [panels[model_name(member)] for member in MEMBERS]
    stds[AVERAGE] = weigh_by_record(members, truth)
    return [shown(name, stds, truth, cpu.get(name, 0.0)) for name in stds]


def _panels(
    market: Market, horizon: int, models: Sequence[Forecaster], walk: WalkForward
) -> tuple[dict[str, ForecastPanel], dict[str, float]]:
    """What each model forecast, walked forward, and the CPU seconds a fold took."""
    features = compute(DEFAULT_FEATURES, market)
    folds = walk.folds(len(market))
    panels: dict[str, ForecastPanel] = {}
    cpu: dict[str, float] = {}
    for model in models:
        begun = time.process_time()
        task = FoldTask(
            model=model,
            horizons=(horizon,),
            folds=folds,
            market=market,
            features=features,
            content="",
        )
        done = forecast_folds(task)
        name = model_name(model)
        panels[name], cpu[name] = done.panels[0], (time.process_time() - begun) / len(folds)
        for failure in done.failures:
            print(name, *failure)
    return panels, cpu


def shown(name: str, stds: dict[str, Array], truth: Truth, cpu: float) -> Shown:
    """One model beside the references, where both speak and something happened."""
    variance = stds[name] ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        logs, said = np.log(truth.variance), np.log(variance)
        known = np.isfinite(logs) & np.isfinite(said)
        ratio = truth.variance[known] / variance[known]
    error, total = (logs - said)[known], logs[known] - logs[known].mean()
    return Shown(
        model=name,
        horizon=truth.horizon,
        against=tuple(_gain(variance, stds[ref] ** 2, truth) for ref in REFERENCES),
        qlike=float((ratio - np.log(ratio) - 1).mean()),
        r2=float(1 - error.var() / (total**2).mean()),
        r2_plain=float(1 - (error**2).mean() / (total**2).mean()),
        bias=float(ratio.mean()),
        cpu=cpu,
    )


def _gain(variance: Array, reference: Array, truth: Truth) -> tuple[float, float]:
    """Mean difference of QLIKE, and its t from sessions whose outcomes do not overlap."""
    with np.errstate(divide="ignore", invalid="ignore"):
        came = truth.variance
        loss = came / variance - came / reference + np.log(variance / reference)
    known = np.isfinite(loss)
    spoke = known.any(axis=1)
    daily = np.where(known, loss, 0.0).sum(axis=1)[spoke] / known.sum(axis=1)[spoke]
    apart = daily[:: truth.horizon]
    deviation = apart.std(ddof=1)
    t = daily.mean() / (deviation / np.sqrt(len(apart))) if deviation > 0 else 0.0
    return float(daily.mean()), float(t)


if __name__ == "__main__":
    main(*sys.argv[1:])

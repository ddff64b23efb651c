import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forefolio as ff
from forefolio.core.errors import BadConstraint, BadSettings, BadStudy, UnclearName
from forefolio.features import CrossRank, MarketBeta, PriceMomentum, Reversal, Volatility
from forefolio.optimize import (
    CONSTRAINTS,
    PAST_MEASURES,
    ActiveShare,
    ActiveWeights,
    AnnualReturn,
    Bounds,
    Budget,
    Constraint,
    EfficientFrontier,
    Exposure,
    Forbidden,
    Group,
    Leverage,
    LongOnly,
    LongPositions,
    MaximumNames,
    MinimumNames,
    MinimumPosition,
    MinimumTailLoss,
    MinimumVariance,
    MustHold,
    RiskContribution,
    RiskLimit,
    ShortPositions,
    Soft,
    TrackingError,
    TradeLimit,
    Turnover,
    VolatilityCap,
    WeightedSum,
    parse_constraint,
    parse_constraints,
)
from forefolio.studies.reading import read_study

NAMES = st.one_of(
    st.sampled_from(
        [
            "AAPL",
            "BRK-B",
            "EURUSD=X",
            "^GSPC",
            "0700.HK",
            "600519",
            "会社",
            "TRUE",
            "1E5",
            "NAN",
            "W",
        ]
    ),
    st.text(min_size=1, max_size=6),
)
PHRASES = st.one_of(
    st.sampled_from(["tech", "Health Care", "IT", "beta", "momentum", "in free", "turnover", "w"]),
    st.text(min_size=1, max_size=8),
)
NUMBERS = st.floats(-10, 10)
SHARES = st.floats(0, 1)
SMALL = st.floats(1e-6, 1)
LIMITS = st.tuples(st.none() | NUMBERS, st.none() | NUMBERS).map(
    lambda ab: tuple(sorted(ab)) if None not in ab else ab  # type: ignore[type-var]
)
MULTIPLES = st.floats(-1e6, 1e6).filter(lambda x: x not in (0.0, 1.0))


def several(
    names: st.SearchStrategy[str], numbers: st.SearchStrategy[float], least: int, most: int
) -> st.SearchStrategy[tuple[tuple[str, float], ...]]:
    """Pairs of a name and a number, each name once."""
    named = st.dictionaries(names, numbers, min_size=least, max_size=most)
    return named.map(lambda pairs: tuple(pairs.items()))


BOTH = st.tuples(NUMBERS, NUMBERS).map(sorted)
COUNTED: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    PHRASES.map(lambda sector: {"sector": sector}),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda assets: {"assets": tuple(assets)}),
)
FEATURES = st.one_of(
    st.builds(MarketBeta, window=st.integers(2, 500)),
    st.builds(PriceMomentum, window=st.integers(1, 500)),
    st.just(Volatility()),
    st.just(CrossRank(of=Reversal(window=7))),
)
FIRM: dict[type[Any], st.SearchStrategy[Any]] = {
    Budget: BOTH.map(lambda ab: Budget(lower=ab[0], upper=ab[1])),
    LongOnly: st.just(LongOnly()),
    Bounds: st.builds(
        lambda ab, special: Bounds(
            lower=ab[0], upper=ab[1], overrides=tuple((n, *limits) for n, limits in special)
        ),
        LIMITS,
        st.lists(st.tuples(NAMES, LIMITS), max_size=3),
    ),
    Group: st.builds(
        lambda ab, of, name: Group(name=name, lower=ab[0], upper=ab[1], **of),
        LIMITS,
        st.one_of(
            PHRASES.map(lambda sector: {"sector": sector}),
            st.lists(NAMES, min_size=1, max_size=3).map(lambda assets: {"assets": tuple(assets)}),
        ),
        st.just("") | PHRASES,
    ),
    WeightedSum: st.builds(
        lambda ab, assets, sectors, name: WeightedSum(
            name=name, assets=assets, sectors=sectors, lower=ab[0], upper=ab[1]
        ),
        LIMITS.filter(lambda ab: ab != (None, None)),
        several(NAMES, MULTIPLES, 2, 3),
        several(PHRASES, MULTIPLES, 0, 2),
        st.just("") | PHRASES,
    ),
    LongPositions: st.floats(0.01, 10).map(lambda x: LongPositions(at_most=x)),
    ShortPositions: st.floats(0.01, 10).map(lambda x: ShortPositions(at_most=x)),
    ActiveShare: st.builds(
        lambda x, of: ActiveShare(at_most=x, benchmark=of), SHARES, several(NAMES, NUMBERS, 0, 3)
    ),
    ActiveWeights: st.builds(
        lambda x, of, sector: ActiveWeights(at_most=x, benchmark=of, sector=sector),
        SHARES,
        several(NAMES, NUMBERS, 0, 3),
        st.just("") | PHRASES,
    ),
    TradeLimit: st.builds(
        lambda x, of: TradeLimit(at_most=x, overrides=of), SHARES, several(NAMES, SHARES, 0, 3)
    ),
    Turnover: SHARES.map(lambda x: Turnover(at_most=x)),
    AnnualReturn: st.floats(-0.99, 1).map(lambda x: AnnualReturn(at_least=x)),
    Leverage: st.floats(0.01, 10).map(lambda x: Leverage(gross=x)),
    Exposure: st.builds(lambda to, ab: Exposure(to=to, lower=ab[0], upper=ab[1]), FEATURES, LIMITS),
    VolatilityCap: SMALL.map(lambda x: VolatilityCap(at_most=x)),
    TrackingError: st.builds(
        lambda x, of: TrackingError(at_most=x, benchmark=tuple(of)),
        SMALL,
        st.lists(st.tuples(NAMES, NUMBERS), max_size=3),
    ),
    Forbidden: st.lists(NAMES, min_size=1, max_size=3).map(lambda a: Forbidden(assets=tuple(a))),
    MustHold: st.builds(
        lambda a, x: MustHold(assets=tuple(a), at_least=x),
        st.lists(NAMES, min_size=1, max_size=3),
        SHARES,
    ),
    MaximumNames: st.builds(
        lambda n, of: MaximumNames(at_most=n, **of), st.integers(1, 5000), COUNTED
    ),
    MinimumNames: st.builds(
        lambda n, size, of: MinimumNames(at_least=n, size=size, **of),
        st.integers(1, 5000),
        SMALL,
        COUNTED,
    ),
    RiskContribution: st.builds(
        lambda of, x: RiskContribution(**of, at_most=x), COUNTED, st.floats(0.001, 1.0)
    ),
    MinimumPosition: SMALL.map(lambda x: MinimumPosition(at_least=x)),
}
MIXED = (("A", 0.6), ("B", 0.4))
PAST = [st.builds(kind, window=st.integers(60, 900)) for kind in PAST_MEASURES]
FIRM[RiskLimit] = st.builds(RiskLimit, risk_measure=st.one_of(*PAST), at_most=SMALL)
EVERY: dict[type[Any], st.SearchStrategy[Any]] = {
    **FIRM,
    Soft: st.one_of(*FIRM.values()).map(lambda c: Soft(constraint=c)),
}


@pytest.mark.parametrize(
    "name", ["005930", "2330", "会社", "ÖSTERREICH", "1E5", "NA", "TRUE", "M&M.NS", "NET.L", "W1"]
)
def test_a_ticker_of_any_script_or_digits_is_named_bare_or_quoted(name: str) -> None:
    quoted = f"'{name}'"
    for word in (name, quoted):
        assert parse_constraint(f"exclude {word}") == Forbidden(assets=(name,))
        for both in (f"{word} + AAPL <= 20%", f"sum({word} + AAPL) <= 20%"):
            assert parse_constraint(both) == Group(assets=(name, "AAPL"), upper=0.2)
        mix = TrackingError(at_most=0.04, benchmark=((name, 0.6), ("AAPL", 0.4)))
        assert parse_constraint(f"te(60% {word} + 40% AAPL) <= 4% per year") == mix
        special = Bounds(upper=0.05, overrides=((name, None, 0.1),))
        assert parse_constraint(f"w <= 5%, {word} <= 10%") == special
    for words in (f"0% <= {name} <= 10%", f"{name} in [0, 10%]"):
        assert parse_constraint(words) == Bounds(overrides=((name, 0.0, 0.1),))
    only = Bounds(overrides=((name, None, 0.1),))
    assert parse_constraint(f"{name} <= 10%") == only == parse_constraint(str(only))


@pytest.mark.parametrize("name", ["¼A", "²X", "W1", "NET.L", "0700.HK", "IN-A", "^SPX", "会社"])
def test_a_multiple_of_any_ticker_reads_back(name: str) -> None:
    for assets in (((name, 20.0), ("AAPL", 0.5)), (("AAPL", 4.0), (name, 0.5))):
        constraint = WeightedSum(assets=assets, upper=0.0)
        assert parse_constraint(str(constraint)) == constraint


@pytest.mark.parametrize(
    ("words", "error", "remedy"),
    [
        ("600519 <= A1 <= 300750", BadConstraint, "write a ticker in quotes, one sign"),
        ("300750 <= A1 <= 600519", UnclearName, "A <= '300750'"),
        ("300750 <= A1 + '600519' <= 600519", UnclearName, "two statements"),
        ("0 <= 2 A1 + '600519' <= 300750", UnclearName, "two statements"),
        ("005930 <= A1 <= 000660", BadConstraint, "a ticker in quotes"),
    ],
)
def test_digits_that_are_a_ticker_of_the_market_are_not_taken_for_a_limit(
    words: str, error: type[Exception], remedy: str
) -> None:
    mu = {"600519": 0.1, "300750": 0.08, "A1": 0.05}
    with pytest.raises(error, match=remedy):
        ff.optimize(mu=mu, cov=np.diag([0.04, 0.05, 0.02]), constraints=words)
    assert ff.optimize(mu=mu, cov=np.diag([0.04, 0.05, 0.02]), constraints="A1 <= 300750")


def test_digits_that_may_be_a_limit_are_one() -> None:
    assert parse_constraint("2000 >= names") == MaximumNames(at_most=2000)
    assert parse_constraint("1e-3 <= w") == Bounds(lower=0.001)
    for words in ("5% <= 10%", "5 <= 10%", "0.05 <= 10%", "700 <= 10%"):
        with pytest.raises(BadConstraint):
            parse_constraint(words)


@pytest.mark.parametrize("sector", ["Énergie", "Финансы", "IT services", "保険 insurance"])
def test_a_sector_of_any_script_reads_back(sector: str) -> None:
    group = Group(sector=sector, upper=0.3)
    assert parse_constraint(str(group)) == group


@pytest.mark.parametrize("kind", CONSTRAINTS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_constraint_reads_back_from_its_own_words(
    kind: type[Any], data: st.DataObject
) -> None:
    constraint = data.draw(EVERY[kind])
    assert parse_constraint(str(constraint)) == constraint


@pytest.mark.parametrize(
    ("words", "constraint"),
    [
        ("sum(w) == 1", Budget()),
        ("0.9 <= net <= 1", Budget(lower=0.9)),
        ("sum(w) <= 80%", Budget(lower=0.0, upper=0.8)),
        ("invested >= 80%", Budget(lower=0.8, upper=1.0)),
        ("sum(w) >= 120%", Budget(lower=1.2, upper=1.2)),
        ("net <= -10%", Budget(lower=-0.1, upper=-0.1)),
        ("w >= 0", LongOnly()),
        ("long only", LongOnly()),
        ("0 <= w <= 5%", Bounds(lower=0.0, upper=0.05)),
        ("AAPL <= 10%", Bounds(overrides=(("AAPL", None, 0.1),))),
        ("10% >= AAPL", Bounds(overrides=(("AAPL", None, 0.1),))),
        ("w in [-5%, 5%]", Bounds(lower=-0.05, upper=0.05)),
        ("w <= 5%, A == 2%", Bounds(upper=0.05, overrides=(("A", 0.02, 0.02),))),
        ("tech <= 30%", Group(sector="tech", upper=0.3)),
        ("AAPL + MSFT >= 0.2", Group(assets=("AAPL", "MSFT"), lower=0.2)),
        ("mega: AAPL + MSFT <= 20%", Group(name="mega", assets=("AAPL", "MSFT"), upper=0.2)),
        ("2 AAPL + 3*MSFT <= 40%", WeightedSum(assets=(("AAPL", 2), ("MSFT", 3)), upper=0.4)),
        ("tech <= 2 financials", WeightedSum(sectors=(("tech", 1), ("financials", -2)), upper=0)),
        ("s: 40 A + 75 B >= 60", WeightedSum(name="s", assets=(("A", 40), ("B", 75)), lower=60)),
        ("AAPL - MSFT >= 0", WeightedSum(assets=(("AAPL", 1), ("MSFT", -1)), lower=0)),
        ("0 <= A - B <= 5%", WeightedSum(assets=(("A", 1), ("B", -1)), lower=0, upper=0.05)),
        ("A - B in [0, 5%]", WeightedSum(assets=(("A", 1), ("B", -1)), lower=0, upper=0.05)),
        ("A <= 50% of tech", WeightedSum(assets=(("A", 1),), sectors=(("tech", -0.5),), upper=0)),
        ("5% + A <= B", WeightedSum(assets=(("A", 1), ("B", -1)), upper=-0.05)),
        ("10% >= A - tech", WeightedSum(assets=(("A", 1),), sectors=(("tech", -1),), upper=0.1)),
        ("tech + energy <= 50%", WeightedSum(sectors=(("tech", 1), ("energy", 1)), upper=0.5)),
        ("odd: A == B", WeightedSum(name="odd", assets=(("A", 1), ("B", -1)), lower=0, upper=0)),
        ("A <= B if possible", Soft(constraint=WeightedSum(assets=(("A", 1), ("B", -1)), upper=0))),
        ("long <= 130%", LongPositions(at_most=1.3)),
        ("short <= 30%", ShortPositions(at_most=0.3)),
        ("active share(60% A + 40% B) <= 50%", ActiveShare(at_most=0.5, benchmark=MIXED)),
        ("trade <= 2%, AAPL <= 5%", TradeLimit(at_most=0.02, overrides=(("AAPL", 0.05),))),
        ("turnover<=20%", Turnover(at_most=0.2)),
        ("beta in [0.9, 1.1]", Exposure(lower=0.9, upper=1.1)),
        ("momentum(window=66) >= 0", Exposure(to=PriceMomentum(window=66), lower=0.0)),
        ("names <= 40", MaximumNames(at_most=40)),
        ("names >= 10", MinimumNames(at_least=10)),
        ("3 <= names(IT, A) of 2%", MinimumNames(at_least=3, assets=("IT", "A"), size=0.02)),
        ("names(tech) <= 3", MaximumNames(at_most=3, sector="tech")),
        ('names("IT") >= 2', MinimumNames(at_least=2, sector="IT")),
        ("gross <= 150%", Leverage(gross=1.5)),
        ("volatility <= 12% per year", VolatilityCap(at_most=0.12)),
        ("te(equal weight) <= 4% per year", TrackingError(at_most=0.04)),
        ("te(60% A + 40% B) <= 4% per year", TrackingError(benchmark=MIXED)),
        ("w >= 2% or 0", MinimumPosition(at_least=0.02)),
        ("return >= 8% per year", AnnualReturn(at_least=0.08)),
        ("exclude TSLA, 'odd name'", Forbidden(assets=("TSLA", "odd name"))),
        ("hold AAPL, MSFT >= 1%", MustHold(assets=("AAPL", "MSFT"), at_least=0.01)),
        ("  turnover <= 10%   if possible ", Soft(constraint=Turnover(at_most=0.1))),
    ],
)  # fmt: skip
def test_words_mean_what_they_say(words: str, constraint: Constraint) -> None:
    assert parse_constraint(words) == constraint


def test_a_limit_on_scores_is_no_percentage() -> None:
    assert str(parse_constraint("esg: 40 A + 75 B >= 60")) == "esg: 40 A + 75 B >= 60"
    assert str(parse_constraint("2 A + 3 B <= 40%")) == "2 A + 3 B <= 40%"


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [
        ("tech =< 30%", "=< 30%", 'one of "<="'),
        ("tech 30%", "30%", 'one of "<="'),
        ("tech <= %", "%", "a number or a percentage"),
        ("2 AAPL + w <= 3", "w <= 3", "a ticker, a sector or a number"),
        ("60% SPY + 40% TLT", "SPY + 40% TLT", "<= or >= after a number"),
        ("AAPL - AAPL <= 3", "", "does not cancel out"),
        ("AAPL <= MSFT <= GOOG", "", "a sum between two numbers"),
        ("active share <= 60%", "<= 60%", "\\("),
        ("volatility <= 12%", "", '"per year"'),
        ("turnover >= 3%", "", "one limit, with <="),
        ("turnover <= 300%", "turnover", "less than or equal to 1"),
        ("5% <= w <= 1%", "5%", "lower .* is above upper"),
        ("5% <= w >= 1%", ">= 1%", "<= again"),
        ("w >= 2% or 3", "", "0"),
        ("tech <= 30% please", "please", "the end"),
        ("beta in [1, ", "", "two numbers"),
        ("market_beta(windw=3) <= 1", "market", "no such setting; did you mean 'window'"),
        ("AAPL + <= 3%", "<= 3%", "a ticker"),
        ("te(SPY) <= 4% per year", "SPY", "equal weight, or a weight"),
        ("names == 10", "", "one limit, and the other in a statement"),
        ("names >= 3 of", "", "the weight from which on a position counts"),
        ("names(tech <= 3", "<= 3", "\\)"),
        ("names <= 2.5", "names", "must be a whole number"),
        ("big: w <= 3%", "", "a sector or a sum"),
        ("", "", "w, a ticker, a sector"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_an_example(
    words: str, at: str, expected: str
) -> None:
    with pytest.raises(BadConstraint, match=expected) as caught:
        parse_constraint(words)
    error = caught.value
    assert error.text == words and words[error.at :].startswith(at)
    assert "such as '" in str(error) and "\n" not in str(error)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=20),
        st.from_regex(r"[a-zA-Z<>=%0-9 .,+()\[\]'\":{}]{0,24}", fullmatch=True),
    )
)
def test_any_text_is_read_or_refused(words: str) -> None:
    try:
        constraint = parse_constraint(words)
    except BadConstraint:
        return
    assert parse_constraint(str(constraint)) == constraint


def test_several_at_once() -> None:
    words = "sum(w) == 1; w >= 0  # no shorts\n\n tech <= 30%"
    assert parse_constraints(words) == (Budget(), LongOnly(), Group(sector="tech", upper=0.3))


@pytest.mark.parametrize("kind", [MinimumVariance, MinimumTailLoss, EfficientFrontier])
def test_words_of_an_objective_are_added_to_fully_invested_and_long_only(kind: Any) -> None:
    usual, capped = (Budget(), LongOnly()), Bounds(upper=0.3)
    assert kind(constraints="w <= 30%").constraints == (*usual, capped)
    assert kind(constraints=["w <= 30%"]).constraints == (*usual, capped)
    assert kind(constraints=["-10% <= w <= 30%"]).constraints[0] == Budget()
    assert LongOnly() not in kind(constraints=["-10% <= w <= 30%"]).constraints
    invested = kind(constraints=["60% <= sum(w) <= 80%", "w <= 30%"]).constraints
    assert invested == (LongOnly(), Budget(lower=0.6, upper=0.8), capped)
    assert kind(constraints=(capped,)).constraints == (capped,)  # objects are all that holds
    again = kind.model_validate_json(kind(constraints="w <= 30%").model_dump_json())
    assert again.constraints == (*usual, capped)


def test_a_limit_in_words_does_not_empty_a_strategy() -> None:
    market = ff.simulated_market(seed=1, sessions=400, assets=5)
    capped = ff.Classical.model_validate(
        {"optimizer": {"kind": "minimum_variance", "constraints": ["w <= 30%"]}}
    )
    weights = ff.AllocationStrategy(capped).allocate(market).weights
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() >= 0.0 and weights.max() <= 0.3 + 1e-9


def test_words_are_accepted_wherever_a_constraint_is() -> None:
    limits = (LongOnly(), Budget(), Bounds(upper=0.05), Turnover())
    expected = MinimumVariance(constraints=limits)
    mixed: list[Any] = ["sum(w) == 1", {"kind": "bounds", "upper": 0.05}, "turnover <= 20%"]
    assert MinimumVariance(constraints=mixed) == expected
    assert MinimumVariance.model_validate_json(json.dumps({"constraints": mixed})) == expected
    study = {
        "strategy": {
            "kind": "classical",
            "optimizer": {"kind": "minimum_variance", "constraints": mixed},
        }
    }
    assert read_study(study).strategy.optimizer == expected  # type: ignore[attr-defined]


def test_a_study_says_where_the_words_are_wrong() -> None:
    optimizer = {"kind": "minimum_variance", "constraints": ["sum(w) == 1", "tech =< 30%"]}
    with pytest.raises(BadStudy, match=r"constraints\.1: 'tech =< 30%' at '=< 30%': expected"):
        read_study({"strategy": {"kind": "classical", "optimizer": optimizer}})
    with pytest.raises(BadSettings, match="expected"):
        MinimumVariance(constraints=("tech",))


@pytest.mark.parametrize("name", ['a"b', "it's", "back\\slash", "tab\tbed", "'", '"', "\\\\'"])
def test_names_with_quotes_and_backslashes_read_back(name: str) -> None:
    limit = Bounds(overrides=((name, None, 0.1),))
    assert parse_constraint(str(limit)) == limit


def test_a_double_quote_in_single_quotes_is_itself_and_a_lone_backslash_is_refused() -> None:
    assert parse_constraint("'a\"b' <= 10%") == Bounds(overrides=(('a"b', None, 0.1),))
    with pytest.raises(BadConstraint, match="each backslash is written twice"):
        parse_constraint(r"'a\x' <= 10%")

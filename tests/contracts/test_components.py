"""A component is its own configuration: every one in every catalogue, one suite."""

import importlib
import inspect
import json
import pickle
import pkgutil
import re
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings
from forefolio.features import CATALOGUE, AnyFeature, Feature
from forefolio.forecast import MODELS, TARGETS, AnyForecaster, AnyTarget, Forecaster, Target
from forefolio.optimize import (
    CONSTRAINTS,
    COSTS,
    COVARIANCE_SETS,
    OPTIMIZERS,
    RISK_MEASURES,
    TERMS,
    AnyConstraint,
    AnyCost,
    AnyCovarianceSet,
    AnyOptimizer,
    AnyRiskMeasure,
    AnyTerm,
    Constraint,
    Cost,
    CovarianceSet,
    Optimizer,
    RiskMeasure,
    Term,
)
from forefolio.risk import (
    RETURN_MODELS,
    RISK_MODELS,
    STRESSES,
    TAIL_MODELS,
    AnyReturnModel,
    AnyRiskModel,
    AnyStress,
    AnyTailModel,
    ReturnModel,
    RiskModel,
    Stress,
    TailModel,
)
from forefolio.signals import SIZINGS, AnySizing, Sizing
from forefolio.strategy import STRATEGIES, AnyStrategy, Strategy

REQUIRED: dict[str, dict[str, Any]] = {  # settings that have no default
    "lot": {"ticker": "A", "shares": 1.0, "cost": 1.0},
    "forbidden": {"assets": ("A0",)},
    "group": {"name": "a pair", "assets": ("A0", "A1"), "upper": 0.4},
    "opinion": {"views": ("A0 = 5% per year",)},
    "shock": {"market": -0.2},
    "must_hold": {"assets": ("A0",)},
    "scenario_view": {"legs": (("A0", 1.0),), "level": 0.05},
    "view": {"legs": (("A0", 1.0),), "annual_return": 0.05},
    "weighted_sum": {"assets": (("A0", 1.0), ("A1", -1.0)), "upper": 0.0},
}


@dataclass(frozen=True)
class Family:
    """A protocol, the components that follow it, and how a document names one of them."""

    protocol: Any
    catalogue: tuple[type[Any], ...]
    document: TypeAdapter[Any]


FAMILIES = (
    Family(Feature, CATALOGUE, TypeAdapter(AnyFeature)),
    Family(Target, TARGETS, TypeAdapter(AnyTarget)),
    Family(Forecaster, MODELS, TypeAdapter(AnyForecaster)),
    Family(RiskModel, RISK_MODELS, TypeAdapter(AnyRiskModel)),
    Family(ReturnModel, RETURN_MODELS, TypeAdapter(AnyReturnModel)),
    Family(TailModel, TAIL_MODELS, TypeAdapter(AnyTailModel)),
    Family(Stress, STRESSES, TypeAdapter(AnyStress)),
    Family(Sizing, SIZINGS, TypeAdapter(AnySizing)),
    Family(Cost, COSTS, TypeAdapter(AnyCost)),
    Family(Term, TERMS, TypeAdapter(AnyTerm)),
    Family(RiskMeasure, RISK_MEASURES, TypeAdapter(AnyRiskMeasure)),
    Family(CovarianceSet, COVARIANCE_SETS, TypeAdapter(AnyCovarianceSet)),
    Family(Constraint, CONSTRAINTS, TypeAdapter(AnyConstraint)),
    Family(Optimizer, OPTIMIZERS, TypeAdapter(AnyOptimizer)),
    Family(Strategy, STRATEGIES, TypeAdapter(AnyStrategy)),
)
EACH = pytest.mark.parametrize(
    ("family", "component"),
    [
        pytest.param(family, component, id=f"{family.protocol.__name__}-{component.__name__}")
        for family in FAMILIES
        for component in family.catalogue
    ],
)


def _example(component: type[Any]) -> Any:
    return component(**REQUIRED.get(component.model_fields["kind"].default, {}))


@EACH
def test_it_is_the_same_in_python_in_json_and_in_another_process(
    family: Family, component: type[Any]
) -> None:
    one = _example(component)
    assert isinstance(one, family.protocol)
    text = family.document.dump_json(one)
    for other in (family.document.validate_json(text), pickle.loads(pickle.dumps(one))):
        assert type(other) is component and other == one
        assert hash(other) == hash(one) and other.digest == one.digest
    assert family.document.validate_python(one) is one
    assert family.document.validate_python(json.loads(text)) == one


@EACH
def test_it_cannot_be_changed(family: Family, component: type[Any]) -> None:
    one = _example(component)
    assert family.protocol
    with pytest.raises(BadSettings, match="frozen"):
        one.kind = "other"


@EACH
def test_a_misspelt_setting_is_refused_with_its_path(family: Family, component: type[Any]) -> None:
    body = json.loads(family.document.dump_json(_example(component))) | {"misspelt": 1}
    with pytest.raises(ValidationError, match=r"misspelt\n  there is no such setting"):
        family.document.validate_python(body)
    with pytest.raises(BadSettings, match=f"{component.__name__}: misspelt: there is no such"):
        component(**body)


@EACH
def test_it_says_what_it_is_and_what_its_settings_are(family: Family, component: type[Any]) -> None:
    told = inspect.getdoc(component) or ""
    assert component.__doc__ != Component.__doc__ and re.match(r"[A-Z0-9].*\.", told, re.DOTALL)
    schema = component.model_json_schema()
    assert schema["description"] == told and family.protocol
    for name, setting in schema["properties"].items():
        kinds = "oneOf" in setting.get("anyOf", [{}])[0]  # components, or their names
        speaks = kinds or {"unit", "description", "const", "$ref"} & setting.keys()
        speaks = (
            speaks or {"$ref", "anyOf"} & setting.get("items", {}).keys()
        )  # components, in a list
        assert speaks or f"`{name}`" in told, f"{name} is not documented"


@EACH
def test_its_kind_is_its_name_in_snake_case(family: Family, component: type[Any]) -> None:
    kind = component.model_fields["kind"].default
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", kind)
    assert [c.model_fields["kind"].default for c in family.catalogue].count(kind) == 1


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.protocol.__name__)
def test_no_component_is_forgotten(family: Family) -> None:
    package = sys.modules[family.protocol.__module__.rpartition(".")[0]]
    modules = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    written = {
        value
        for module in modules
        for value in vars(importlib.import_module(module.name)).values()
        if inspect.isclass(value) and issubclass(value, Component) and "kind" in value.model_fields
        if value.__module__ == module.name and not made_of_an_object(value)
        if isinstance(_example(value), family.protocol)
    }
    assert written <= {component for f in FAMILIES for component in f.catalogue}


def made_of_an_object(component: type[Component]) -> bool:
    """Whether it holds a function or an estimator, which no document names but by `register`."""
    return any(one.exclude for one in component.model_fields.values())

"""Requests made of the OpenAPI document, right and wrong ones, with all of schemathesis's checks.

What a schema cannot say (a ticker that is none, a constraint that is no sentence, prices that are
no table) is refused with a documented problem: 422 and its kin are right answers to a request that
fits its schema.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from requests import Request
from schemathesis import GenerationMode
from starlette.testclient import TestClient
from tests.api.conftest import serving

from forefolio.api.studies import ALIASES
from forefolio.studies.catalog import STUDIES

FEW = ("POST /api/portfolios",)
LARGE = {f"/api/{study.path}" for study in STUDIES}
"""Their schemas take most of the time to make documents of."""

DEEP = 2  # components within each other, below which anything will do in a wrong document


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with serving(tmp_path_factory.mktemp("schemathesis")) as client:
        yield client


def shallow(part: Any, components: dict[str, Any], depth: int = DEEP) -> Any:
    """A schema with what it names written out, to so many components within each other.

    Strategies are made of strategies: of whole schemas one would never have walked all ways to
    break a document. `tests/studies/test_catalog.py` breaks the settings of every study.
    """
    if isinstance(part, list):
        return [shallow(one, components, depth) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return shallow(components[name], components, depth - 1) if depth else {}
    short = {k: shallow(v, components, depth) for k, v in part.items() if k != "discriminator"}
    unions = [short[key] for key in ("oneOf", "anyOf") if key in short]
    return {} if any({} in union for union in unions) else short


def shallow_document(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document, with shallow schemas of what studies are asked by."""
    components = document["components"]["schemas"]
    for path in LARGE & document["paths"].keys():
        for operation in document["paths"][path].values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"] = shallow(content["schema"], components)
    return document


def operations(client: TestClient, mode: GenerationMode) -> dict[str, Any]:
    document = client.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(
        shallow_document(document) if mode is GenerationMode.NEGATIVE else document
    )
    refused = schema.config.checks.positive_data_acceptance
    refused.expected_statuses = [*refused.expected_statuses, "400", "413", "415", "422"]
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    return {one.label: one for one in found if one.path.removeprefix("/api/") not in ALIASES}


def body(request: dict[str, Any]) -> dict[str, Any]:
    """The request with the form written out: the checks read once more what was sent."""
    if "files" not in request:
        return request
    form = Request("POST", "http://localhost", files=request.pop("files")).prepare()
    return {**request, "content": form.body, "headers": {**request["headers"], **form.headers}}


def tried(client: TestClient, operation: Any, mode: GenerationMode, examples: int) -> None:
    """Ask so many times, and hold every answer to all checks."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        request = case.as_transport_kwargs(base_url="http://localhost")
        request = {name: part for name, part in request.items() if name != "cookies"}
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        request["headers"] = {"prefer": "respond-async", **request.get("headers", {})}
        case.validate_response(client.request(**body(request)))

    try:
        ask()
    except Unsatisfiable:  # nothing can be wrong with it, or nothing that a client can send
        assert mode is GenerationMode.NEGATIVE


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", FEW)
def test_some_operations_keep_what_they_promise(
    client: TestClient, label: str, mode: GenerationMode
) -> None:
    tried(client, operations(client, mode)[label], mode, 8)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", MODES)
def test_every_operation_keeps_what_it_promises(client: TestClient, mode: GenerationMode) -> None:
    for operation in operations(client, mode).values():
        tried(client, operation, mode, 4 if operation.path in LARGE else 30)
    assert client.get("/health/ready").status_code == 200

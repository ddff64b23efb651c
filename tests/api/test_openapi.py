"""What the service says of itself: complete for programs, offline for people."""

import re

from starlette.testclient import TestClient

from forefolio.api.described import openapi_document


def test_every_operation_documents_its_problems(service: TestClient) -> None:
    document = service.get("/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            needed = {"400", "503", *(["401"] if path.startswith("/api") else [])}
            if "requestBody" in operation:
                needed |= {"403", "408", "413", "415", "422"}
            if "{" in path:
                needed |= {"404", "422"}
            assert needed <= statuses, (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    schema = answer["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, (path, status)
                    assert status not in ("429", "503") or "Retry-After" in answer["headers"]


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(service: TestClient) -> None:
    page = service.get("/api/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert "<script" not in page.text and " style=" not in page.text
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', page.text)) == {
        "/api/docs/style.css",
        "/openapi.json",
    }
    assert "url(" not in service.get("/api/docs/style.css").text
    document = openapi_document(service.app)  # type: ignore[arg-type]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text
        assert path in page.text
    assert "data.minimum_sessions" in page.text and "A ticker with fewer sessions" in page.text

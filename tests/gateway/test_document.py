"""The OpenAPI document is true: whatever schemathesis makes from it gets an answer the document foresees."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.kit.gateway import Running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def api(running: Running) -> schemathesis.BaseSchema:
    """The document as it is served."""
    found: schemathesis.BaseSchema = schemathesis.openapi.from_url(f"{running.url}/openapi.json")
    return found


OPERATIONS = [
    ("POST", "/v1/touchpoints"),
    ("POST", "/v1/hooks/{mapping}"),
    ("POST", "/v1/tokens"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/s/{touchpoint}"),
    ("POST", "/s/{touchpoint}"),
]


def cases(api: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode) -> Any:
    """Requests to an operation, as the document tells of them or just not so."""
    return api[path][method].as_strategy(generation_mode=mode)


# A GET sends nothing, and a form anything: neither can be wrong by the document.
ASKED = [(*one, mode) for mode in GenerationMode for one in OPERATIONS if mode.is_positive or one in OPERATIONS[:3]]


@pytest.mark.parametrize(("method", "path", "mode"), ASKED)
def test_no_request_made_from_the_document_breaks_the_gateway(
    api: schemathesis.BaseSchema, running: Running, method: str, path: str, mode: GenerationMode
) -> None:
    """No server error, and no answer the document does not tell of."""
    headers = {"authorization": f"Bearer {running.key}"}

    @given(case=cases(api, path, method, mode))
    @settings(max_examples=40, deadline=None, suppress_health_check=QUIET, database=None)
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=headers)

    ask()


@pytest.mark.parametrize(("method", "path"), OPERATIONS[:3])
def test_nothing_gets_in_without_a_key(api: schemathesis.BaseSchema, running: Running, method: str, path: str) -> None:
    """Whatever is sent, well-formed or not: no key, a wrong one or a forged token opens nothing."""

    @given(case=st.one_of([cases(api, path, method, mode) for mode in GenerationMode]))
    @settings(max_examples=20, deadline=None, suppress_health_check=QUIET, database=None)
    def ask(case: schemathesis.Case) -> None:
        for key in ("", "Bearer tpk_wrong", "Bearer tpt_e30.AAAA", "Basic eDp5"):
            answer = case.call(headers={"authorization": key} if key else {})
            assert answer.status_code == 401, (key, answer.status_code)

    ask()


def test_every_kind_of_event_has_an_example(running: Running) -> None:
    """A newcomer copies an example; there must be one."""
    found = httpx.get(f"{running.url}/openapi.json").json()
    content = found["paths"]["/v1/touchpoints"]["post"]["requestBody"]["content"]["application/json"]
    kinds = found["components"]["schemas"]["Event"]["discriminator"]["mapping"]
    assert set(content["examples"]) == set(kinds)

"""`/openapi.json` is true: what is generated from it is understood, and nothing comes back that it does not say.

Some two thousand requests by default, in a bounded time: a machine that is slower asks fewer.
"""

import contextlib
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.servers import Server, running
from tests.eventually import PATIENCE_S

SOAK = int(os.environ.get("TRADETERM_SOAK", "1"))
EXAMPLES = 5 * SOAK  # of each route and caller
CHAINS, STEPS = 75 * SOAK, 6  # of requests that lead on to each other, of each caller
ASKING_S = 8.0 * SOAK  # of each caller, for each way of asking
pytestmark = pytest.mark.timeout(300 + 2 * ASKING_S)
LEAST_ASKED = 30  # on a slow machine it takes longer instead
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDS_THE_SIGN_IN = {"/api/v1/auth/logout", "/api/v1/auth/password", "/api/v1/auth/sessions/{id}"}
NO_LIMITS = {"COMMANDS_PER_S": "0", "READ_BYTES_PER_S": "0", "SIGN_IN_FAILURES": "0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environ = {f"TRADETERM_LIMITS__{name}": value for name, value in NO_LIMITS.items()}
    folder = tmp_path_factory.mktemp("openapi")
    Server(folder).add_user("root", "admin")
    with running(folder, "--feed", "none", users=("ann",), **environ) as started:
        yield started


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json", trust_env=False, timeout=60).json()
    return found


def test_every_name_in_a_path_is_a_parameter(document: dict[str, Any]) -> None:
    """A document without them is no document: generators refuse it."""
    for path, operations in document["paths"].items():
        named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for method, operation in operations.items():
            found = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path" and one["required"]}
            assert found == named, (method, path)


def test_metrics_are_described_as_text(document: dict[str, Any]) -> None:
    assert list(document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]


def test_head_is_answered_as_get_is_without_a_body(server: Server, document: dict[str, Any]) -> None:
    """On one connection: a body that came all the same would be taken for the next answer."""
    paths = {path for path, operations in document["paths"].items() if "get" in operations}
    with httpx.Client(
        base_url=server.url, headers=headers_of(server, "ann"), trust_env=False, timeout=PATIENCE_S
    ) as http:
        for path in sorted(paths | {"/docs", "/openapi.json", "/asyncapi.json"}):
            asked = path.replace("{symbol}", "BTC-USD").replace("{id}", "0").replace("{name}", "ann")
            head, got = http.head(asked), http.get(asked)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            for name in ("content-type", "cache-control", "x-content-type-options"):
                assert head.headers[name] == got.headers[name], path


@pytest.mark.slow
@pytest.mark.parametrize("caller", ["ann", "root", None])
def test_nothing_comes_back_that_is_not_described(server: Server, document: dict[str, Any], caller: str | None) -> None:
    """Every route with what its description allows: no 5xx, no other status, form or content type."""
    schema = schemathesis.openapi.from_dict(document)
    headers = headers_of(server, caller)
    asked, until = 0, time.monotonic() + ASKING_S
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if caller is not None and operation.path in ENDS_THE_SIGN_IN:
            continue

        @seed(1)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: "Case[Any]") -> None:
            nonlocal asked
            if time.monotonic() > until and asked > LEAST_ASKED:
                return
            asked += 1
            answer = case.call(base_url=server.url, headers=headers, timeout=PATIENCE_S)
            case.validate_response(answer, checks=CHECKS, headers=headers)

        ask()
    assert asked > LEAST_ASKED
    assert "Traceback" not in server.log


CHAINED = settings(
    max_examples=CHAINS,
    stateful_step_count=STEPS,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.parametrize("caller", ["ann", "root", None])
def test_what_leads_on_from_an_answer_is_described_too(
    server: Server, document: dict[str, Any], caller: str | None
) -> None:
    """An order, a sign-in or an alert of a moment ago, looked at, changed and ended, in any order and more than once."""
    headers, last = headers_of(server, caller), None
    asked, until = 0, time.monotonic() + ASKING_S

    def is_time_up() -> bool:
        return time.monotonic() > until and asked > LEAST_ASKED

    class Chain(schemathesis.openapi.from_dict(document).as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: "Case[Any]") -> dict[str, Any]:
            return {"base_url": server.url, "headers": headers, "timeout": PATIENCE_S}

        def call(self, case: "Case[Any]", **more: Any) -> Any:
            nonlocal asked, last
            if last is None or not is_time_up():
                asked += 1
                last = super().call(case, **more)
            return last  # once the time is up, chains end without a request

        def validate_response(self, response: Any, case: "Case[Any]", **more: Any) -> None:
            if not is_time_up():
                case.validate_response(response, checks=CHECKS, headers=headers)

    for number in count(1):
        # What a server answers depends on what it was asked before, so a chain that is tried again may end in another way;
        # the draws cannot go on from there, and begin anew.
        with contextlib.suppress(FlakyStrategyDefinition):
            run_state_machine_as_test(seed(number)(Chain), settings=CHAINED)
            break
    assert asked > LEAST_ASKED
    assert "Traceback" not in server.log


def headers_of(server: Server, caller: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.sign_in(caller).token}"} if caller else {}


@pytest.mark.slow
def test_client_that_is_generated_from_it_places_an_order(
    server: Server, document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openapi-python-client, from the document alone."""
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"]
    command += ["--output-path", "generated_desk"]
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    client = importlib.import_module("generated_desk.client").AuthenticatedClient(
        base_url=server.url, token=server.sign_in("ann").token, httpx_args={"trust_env": False}
    )
    models = importlib.import_module("generated_desk.models")
    place = importlib.import_module("generated_desk.api.orders.create_api_v1_orders_post")
    body = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": "0.01", "price": "30000.00"}
    with client:
        answer = place.sync_detailed(client=client, body=models.OrderRequest.from_dict(body))
    assert answer.status_code == 201
    # What becomes of it is up to the prices that the requests above have made.
    assert (answer.parsed.client_order_id is not None, answer.parsed.symbol) == (True, "BTC/USD"), answer.content

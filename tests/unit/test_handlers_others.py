"""Reports, profile and the public routes, from the gateway's event to the answer."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from moto import mock_aws

from handlers.contract import openapi
from tests.unit.front_door import ENVIRONMENT, FrontDoor, create_table, items


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        create_table()
        yield FrontDoor()


def test_a_month_sums_up_what_was_spent_and_compares_it(door: FrontDoor) -> None:
    door.create(date="2026-02-10", amount="4.00")
    door.create(date="2026-03-10", amount="1.50")
    door.create(date="2026-03-11", amount="-0.50", category="refunds")
    report = door.call("GET", "/reports/months/2026-03").json
    assert (report["month"], report["count"]) == ("2026-03", 2)
    euros = {"currency": "EUR", "total": "1.00", "count": 2, "previous_total": "4.00", "change": "-3.00"}
    assert report["totals"] == [euros]


def test_a_trend_has_every_month_of_its_span(door: FrontDoor) -> None:
    door.create(date="2026-03-10", amount="1.50")
    rows = door.call("GET", "/reports/trend?from=2026-02&to=2026-04").json["items"]
    assert [(row["month"], row["count"]) for row in rows] == [("2026-02", 0), ("2026-03", 1), ("2026-04", 0)]
    assert rows[1]["totals"] == [{"currency": "EUR", "total": "1.50", "count": 1}]


def test_a_trend_without_bounds_is_the_last_twelve_months(door: FrontDoor) -> None:
    assert len(door.call("GET", "/reports/trend").json["items"]) == 12


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "0000-01", "\x00", "x", "2026-01\n", "٢٠٢٦-01"])
def test_a_malformed_month_is_named(door: FrontDoor, month: str) -> None:
    reply = door.call("GET", "/reports/months/x", pathParameters={"month": month})
    assert (reply.status, reply.pointers) == (422, ["/path/month"])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("from=2026-13", "from"),
        ("from=2026-05&to=2026-04", "to"),
        ("from=1000-01&to=2026-01", "to"),
        ("x=1", "x"),
    ],
)
def test_a_wrong_span_is_named(door: FrontDoor, query: str, name: str) -> None:
    reply = door.call("GET", f"/reports/trend?{query}")
    assert (reply.status, reply.pointers) == (422, [f"/query/{name}"])


def test_a_profile_is_made_when_it_is_first_read_and_only_then(door: FrontDoor) -> None:
    first = door.call("GET", "/profile")
    assert (first.status, first.json["email"]) == (200, door.claims["email"])
    assert (first.json["display_name"], first.json["home_currency"]) == (None, "EUR")
    assert door.call("GET", "/profile").json == first.json
    assert len(items()) == 1


def test_a_profile_changes_by_a_merge_patch(door: FrontDoor) -> None:
    changed = door.call("PATCH", "/profile", {"display_name": "Ada", "time_zone": "Europe/Zurich"})
    assert (changed.status, changed.json["display_name"]) == (200, "Ada")
    cleared = door.call("PATCH", "/profile", {"display_name": None})
    assert (cleared.json["display_name"], cleared.json["time_zone"]) == (None, "Europe/Zurich")
    assert door.call("GET", "/profile").json == cleared.json


def test_every_wrong_part_of_a_profile_is_named(door: FrontDoor) -> None:
    wrong = {"home_currency": "EURO", "locale": "x", "time_zone": "Mars/Base", "email": "a@b.c"}
    reply = door.call("PATCH", "/profile", wrong)
    assert reply.status == 422
    assert sorted(reply.pointers) == ["/email", "/home_currency", "/locale", "/time_zone"]


def test_anyone_may_ask_whether_the_service_is_well(door: FrontDoor) -> None:
    reply = FrontDoor({}).call("GET", "/health")
    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_the_document_served_is_the_one_declared(door: FrontDoor) -> None:
    reply = FrontDoor({}).call("GET", "/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    assert reply.json == json.loads(openapi.text())


def test_the_docs_page_runs_its_own_scripts_and_loads_nothing_from_elsewhere(door: FrontDoor) -> None:
    reply = FrontDoor({}).call("GET", "/docs")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    scripts = re.findall(r"<script>(.*?)</script>", reply.text, re.DOTALL)
    policy = reply.headers["content-security-policy"]
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"<(script|link|img|iframe)[^>]* (src|href)=", reply.text.replace("".join(scripts), ""))
    assert 'url: "openapi.json"' in scripts[1]
    assert len(reply.text) < 6_000_000

"""What the logs hold of a user: nothing. And what they hold of a request: all of its way, by one id."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.api import COFFEE, STOCK, TIMEOUT_SECONDS, Stack, certificates
from tests.e2e.logged import documents, lines
from tests.e2e.receipts import Wallet, send, wait_until
from tests.unit import files

WORDS = ("merchant", "note", "tag", "filename", "display_name", "search", "key", "agent", "path", "member", "form")


@pytest.mark.skipif(STOCK, reason="MiniStack without our patches has several ids for one request")
def test_no_log_holds_anything_of_a_user_after_all_that_a_user_can_do(stack: Stack, home: Path) -> None:
    session = _Session(stack)
    requests = [*session.expenses(), *session.refusals(), *session.receipts(), session.close()]
    session.break_functions()
    ids = [each.headers["x-amzn-requestid"] for each in requests]
    for function, request_id in (("processor", session.asked), ("eraser", ids[-1])):
        wait_until(lambda function=function, of=request_id: bool(_outcomes(stack, function, of)))  # type: ignore[misc]
    logged = [*lines(stack), *(home / "emulator.log").read_text().splitlines()]
    assert sum(each in line for each in ids for line in logged) > len(ids), "the lines of these requests are there"
    held = {what: line for line in logged for what, canary in session.canaries().items() if canary in line}
    assert held == {}


def test_each_log_group_forgets_after_a_time(stack: Stack) -> None:
    groups = stack.client("logs").get_paginator("describe_log_groups").paginate()
    kept = {each["logGroupName"]: each.get("retentionInDays") for page in groups for each in page["logGroups"]}
    ours = {name: days for name, days in kept.items() if name in stack.outputs["log_groups"].values()}
    assert len(ours) == len(stack.outputs["log_groups"])
    assert all(ours.values()), ours


class _Session:
    """A user whose every value is a word that occurs nowhere else."""

    def __init__(self, stack: Stack) -> None:
        self.words = {name: f"{name}-{secrets.token_hex(8)}" for name in WORDS}
        self.stack, self.wallet = stack, Wallet.of(stack)
        self.api, self.user = self.wallet.api, self.wallet.user
        self.links: dict[str, str] = {}
        self.asked = ""

    def canaries(self) -> dict[str, str]:
        """What no line may hold; of a token or a link the part that opens something."""
        user = self.user
        tokens = {"ID token": user.id_token, "access token": user.access_token, "refresh token": user.refresh_token}
        return {**self.words, "e-mail": user.email, "sub": user.sub, **tokens, **self.links}

    def expenses(self) -> list[httpx.Response]:
        """Create, read, list, change and delete an expense, and change the profile."""
        word, key = self.words, {"Idempotency-Key": self.words["key"], "User-Agent": self.words["agent"]}
        fields = {**COFFEE, "merchant": word["merchant"], "note": word["note"], "tags": [word["tag"]]}
        made = self.api.call("POST", "/expenses", json=fields, headers=key)
        expense = made.json()
        return [
            made,
            self.api.call("POST", "/expenses", json=fields, headers=key),
            self.api.call("POST", "/expenses", json={**fields, "note": "other"}, headers=key),
            self.api.call("GET", "/expenses", params={"q": word["search"], "tag": word["tag"]}),
            self.api.patch(expense, note=word["note"]),
            self.api.delete(expense),
            self.api.call("PATCH", "/profile", json={"display_name": word["display_name"]}),
        ]

    def refusals(self) -> list[httpx.Response]:
        """Requests that the gateway, its authorizer and a function refuse."""
        word, stranger = self.words, {"Authorization": f"Bearer {self.user.access_token}"}
        return [
            self.api.call("POST", "/expenses", json={**COFFEE, word["member"]: word["note"]}),
            self.api.call("POST", "/expenses", json={**COFFEE, "amount": word["note"], "currency": word["tag"]}),
            self.api.call("POST", "/expenses", content=f'{{"{word["member"]}"'),
            self.api.call("GET", f"/{word['path']}"),
            self.api.call("GET", f"/expenses/{word['path']}", params={word["member"]: word["search"]}),
            self.api.call("GET", "/expenses", params={"cursor": word["search"]}),
            self.api.call("GET", "/profile", headers=stranger),
        ]

    def receipts(self) -> list[httpx.Response]:
        """Upload one good and one bad file, download the good one, and remove it."""
        expense, photo = self.api.create(merchant=self.words["merchant"]), files.photo(size=(70, 50))
        names = {"filename": f"{self.words['filename']}.jpg"}
        answers = [self.wallet.try_to_ask(expense, data, **names) for data in (photo, b"<html>")]
        self.asked = answers[0].headers["x-amzn-requestid"]
        for asked, data in zip(answers, (photo, b"<html>"), strict=True):
            form = asked.json()["upload"]
            assert send(form, data).status_code == 204
            self.links[f"policy of {len(data)} bytes"] = form["fields"]["policy"]
            send(form, data, **{"x-amz-meta-request-id": self.words["form"]})  # a field that the policy does not have
        good = self.wallet.settled(answers[0].json()["receipt"])
        self.wallet.settled(answers[1].json()["receipt"])
        for name in ("download_url", "thumbnail_url"):
            answer = httpx.get(good[name], timeout=TIMEOUT_SECONDS, verify=certificates())
            assert answer.status_code == 200
            self.links[name] = good[name].partition("X-Amz-Signature=")[2][:64]
        path = f"/expenses/{expense['id']}/receipts/{good['id']}"
        return [*answers, self.api.call("DELETE", path)]

    def close(self) -> httpx.Response:
        """Close the account."""
        return self.api.call("DELETE", "/profile", params={"confirm": "delete"})

    def break_functions(self) -> None:
        """Call the functions of events with records that they cannot process, and whose errors quote them."""
        bad: list[tuple[str, Any]] = [
            ("eraser", {"messageId": "m", "body": json.dumps({"sub": self.user.email})}),
            ("eraser", {"messageId": "m", "body": self.words["note"]}),
            ("processor", {"s3": {"object": {"key": f"users/{self.user.sub}/{self.words['path']}"}}}),
            ("processor", {"s3": {self.words["path"]: self.words["note"]}}),
        ]
        for function, record in bad:
            payload = json.dumps({"Records": [record]})
            name = self.stack.outputs["functions"][function]
            self.stack.client("lambda").invoke(FunctionName=name, Qualifier="live", Payload=payload)


def _outcomes(stack: Stack, function: str, request_id: str) -> list[str]:
    """The outcomes of the records that a request led to."""
    return [line["outcome"] for line in documents(stack, function, request_id) if line.get("message") == "record"]

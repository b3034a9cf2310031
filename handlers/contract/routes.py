"""The HTTP API as data: one row a route. Everything else is derived: OpenAPI, API Gateway, routing in functions."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from handlers.contract.expense import Expense, ExpenseIn, ExpensePage, ExpensePatch
from handlers.contract.model import Input, Output
from handlers.contract.profile import Profile, ProfilePatch
from handlers.contract.query import ClosingQuery, ExpenseQuery, Query, TrendQuery
from handlers.contract.receipt import Receipt, ReceiptIn, ReceiptList, ReceiptQuery, Upload
from handlers.contract.report import MonthReport, TrendReport

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
MAX_BODY = 256 * 1024
"""Bytes of a request body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route. ``path`` is relative to the stage; ``problems`` are the statuses of its refusals.

    ``returns`` is the model of the answer's body; None where there is none or where it is not JSON of ours
    (``media_type`` then tells what it is). ``headers_in`` and ``headers_out`` name those that matter.
    """

    method: str
    path: str
    operation: str
    function: str
    summary: str
    status: int
    returns: type[BaseModel] | None = None
    media_type: str = JSON
    query: type[Query] | None = None
    body: type[Input] | None = None
    body_media_types: tuple[str, ...] = ()
    public: bool = False
    problems: tuple[int, ...] = ()
    headers_in: tuple[str, ...] = ()
    headers_out: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


class Health(Output):
    """That the front door and a function behind it answer."""

    status: str


_BODY = (400, 413, 415)

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/expenses",
        operation="create_expense",
        function="expenses",
        summary="Create an expense",
        body=ExpenseIn,
        body_media_types=(JSON,),
        status=201,
        returns=Expense,
        problems=_BODY,
        headers_in=("Idempotency-Key",),
        headers_out=("ETag", "Location", "Idempotent-Replayed"),
    ),
    Route(
        method="GET",
        path="/expenses",
        operation="list_expenses",
        function="expenses",
        summary="List expenses, newest date first",
        query=ExpenseQuery,
        status=200,
        returns=ExpensePage,
    ),
    Route(
        method="GET",
        path="/expenses/{expense_id}",
        operation="get_expense",
        function="expenses",
        summary="Read one expense",
        status=200,
        returns=Expense,
        headers_in=("If-None-Match",),
        headers_out=("ETag",),
    ),
    Route(
        method="PATCH",
        path="/expenses/{expense_id}",
        operation="update_expense",
        function="expenses",
        summary="Change an expense by a merge patch",
        body=ExpensePatch,
        body_media_types=(JSON, MERGE_PATCH),
        status=200,
        returns=Expense,
        problems=(*_BODY, 412, 428),
        headers_in=("If-Match",),
        headers_out=("ETag",),
    ),
    Route(
        method="DELETE",
        path="/expenses/{expense_id}",
        operation="delete_expense",
        function="expenses",
        summary="Delete an expense; it can be restored",
        status=204,
        problems=(400, 412, 428),
        headers_in=("If-Match",),
    ),
    Route(
        method="POST",
        path="/expenses/{expense_id}/restore",
        operation="restore_expense",
        function="expenses",
        summary="Undo a delete",
        status=200,
        returns=Expense,
        headers_out=("ETag",),
    ),
    Route(
        method="POST",
        path="/expenses/{expense_id}/receipts",
        operation="ask_to_upload",
        function="receipts",
        summary="Ask to upload a receipt",
        body=ReceiptIn,
        body_media_types=(JSON,),
        status=201,
        returns=Upload,
        problems=(*_BODY, 409),
        headers_out=("Location",),
    ),
    Route(
        method="GET",
        path="/expenses/{expense_id}/receipts",
        operation="list_receipts",
        function="receipts",
        summary="List the receipts of an expense",
        status=200,
        returns=ReceiptList,
    ),
    Route(
        method="GET",
        path="/expenses/{expense_id}/receipts/{receipt_id}",
        operation="get_receipt",
        function="receipts",
        summary="Read one receipt, or wait until it is inspected",
        query=ReceiptQuery,
        status=200,
        returns=Receipt,
        headers_out=("Retry-After",),
    ),
    Route(
        method="DELETE",
        path="/expenses/{expense_id}/receipts/{receipt_id}",
        operation="delete_receipt",
        function="receipts",
        summary="Remove a receipt, its file and its thumbnail",
        status=204,
    ),
    Route(
        method="GET",
        path="/reports/months/{month}",
        operation="get_month",
        function="reports",
        summary="Sum up one month",
        status=200,
        returns=MonthReport,
    ),
    Route(
        method="GET",
        path="/reports/trend",
        operation="get_trend",
        function="reports",
        summary="Sum up a span of months, a row each",
        query=TrendQuery,
        status=200,
        returns=TrendReport,
    ),
    Route(
        method="GET",
        path="/profile",
        operation="get_profile",
        function="profile",
        summary="Read your profile",
        status=200,
        returns=Profile,
    ),
    Route(
        method="PATCH",
        path="/profile",
        operation="update_profile",
        function="profile",
        summary="Change your profile by a merge patch",
        body=ProfilePatch,
        body_media_types=(JSON, MERGE_PATCH),
        status=200,
        returns=Profile,
        problems=_BODY,
    ),
    Route(
        method="DELETE",
        path="/profile",
        operation="close_account",
        function="profile",
        summary="Close your account at once, and have all of it erased; needs a login of the last five minutes",
        query=ClosingQuery,
        status=202,
    ),
    Route(
        method="GET",
        path="/health",
        operation="get_health",
        function="public",
        summary="Ask whether the service answers",
        status=200,
        returns=Health,
        public=True,
    ),
    Route(
        method="GET",
        path="/openapi.json",
        operation="get_openapi",
        function="public",
        summary="Read this document",
        status=200,
        public=True,
    ),
    Route(
        method="GET",
        path="/docs",
        operation="get_docs",
        function="public",
        summary="Read and try the API in a browser",
        status=200,
        media_type="text/html",
        public=True,
    ),
)


def routes_of(function: str) -> tuple[Route, ...]:
    """The routes that one function answers."""
    return tuple(route for route in ROUTES if route.function == function)

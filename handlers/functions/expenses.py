"""The function of the expenses' routes."""

from __future__ import annotations

import os

from handlers.contract.expense import Expense, ExpenseIn, ExpensePatch
from handlers.contract.query import ExpenseQuery, Query
from handlers.contract.settings import ExpensesSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.conditions import checked_key, fingerprint, is_cached, versions
from handlers.runtime.request import AnyRequest, PlainRequest, Request, location
from handlers.store.client import dynamodb
from handlers.store.expenses import Expenses
from handlers.store.idempotency import Idempotency
from handlers.store.listing import ExpenseList

SETTINGS = ExpensesSettings.read(os.environ)


def create_expense(request: Request[ExpenseIn, Query]) -> Answer:
    """Create an expense, once for each idempotency key; a repeated request gets the recorded answer."""
    key = checked_key(request.header("Idempotency-Key"))
    once = Idempotency(key, fingerprint(request.route.operation, request.document)) if key else None
    created = _expenses(request).create(request.body, once)
    where = {"Location": location(request, created.expense.id), "ETag": created.expense.etag}
    replayed = {"Idempotent_Replayed": "true"} if created.replayed else {}
    return answer(201, created.expense, **where, **replayed)


def list_expenses(request: Request[None, ExpenseQuery]) -> Answer:
    """One page of the caller's expenses."""
    rows = ExpenseList(dynamodb(), SETTINGS.table_name, request.caller.sub, SETTINGS.cursor_key)
    return answer(200, rows.page(request.query))


def get_expense(request: PlainRequest) -> Answer:
    """One expense, or 304 for a client that has this version."""
    found = _expenses(request).get(request.path["expense_id"])
    if is_cached(request.header("If-None-Match"), found.etag):
        return answer(304, ETag=found.etag)
    return _with_etag(found)


def update_expense(request: Request[ExpensePatch, Query]) -> Answer:
    """Change a version that the caller has read."""
    read = versions(request.header("If-Match"))

    def change(current: Expense) -> ExpenseIn:
        return request.body.applied_to(current)  # after the expense was found, so that a 404 comes first

    return _with_etag(_expenses(request).update(request.path["expense_id"], read, change))


def delete_expense(request: PlainRequest) -> Answer:
    """Delete a version that the caller has read."""
    _expenses(request).delete(request.path["expense_id"], versions(request.header("If-Match")))
    return answer(204)


def restore_expense(request: PlainRequest) -> Answer:
    """Undo a delete."""
    return _with_etag(_expenses(request).restore(request.path["expense_id"]))


def _expenses(request: AnyRequest) -> Expenses:
    return Expenses(dynamodb(), SETTINGS.table_name, request.caller.sub)


def _with_etag(expense: Expense) -> Answer:
    return answer(200, expense, ETag=expense.etag)


handler = serve(
    "expenses",
    SETTINGS,
    {
        "create_expense": create_expense,
        "list_expenses": list_expenses,
        "get_expense": get_expense,
        "update_expense": update_expense,
        "delete_expense": delete_expense,
        "restore_expense": restore_expense,
    },
)

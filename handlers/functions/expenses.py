"""The function of the expenses' routes."""

from __future__ import annotations

import os

from handlers.contract.expense import Expense, parse_expense, patched
from handlers.contract.query import ExpenseQuery
from handlers.contract.settings import ExpensesSettings
from handlers.runtime.answer import Answer, answer
from handlers.runtime.app import serve
from handlers.runtime.conditions import checked_key, fingerprint, is_cached, versions
from handlers.runtime.request import Request, location
from handlers.store.client import dynamodb
from handlers.store.expenses import Expenses
from handlers.store.idempotency import Idempotency
from handlers.store.listing import ExpenseList

SETTINGS = ExpensesSettings.read(os.environ)


def create_expense(request: Request) -> Answer:
    """Make an expense, once for each idempotency key; a replay is answered from the record."""
    key = checked_key(request.header("Idempotency-Key"))
    new = parse_expense(request.document)
    once = Idempotency(key, fingerprint(request.route.operation, request.document)) if key else None
    created = _expenses(request).create(new, once)
    where = {"Location": location(request, created.expense.id), "ETag": created.expense.etag}
    replayed = {"Idempotent_Replayed": "true"} if created.replayed else {}
    return answer(201, created.expense, **where, **replayed)


def list_expenses(request: Request) -> Answer:
    """One page of the caller's expenses."""
    assert isinstance(request.query, ExpenseQuery)
    rows = ExpenseList(dynamodb(), SETTINGS.table_name, request.caller.sub, SETTINGS.cursor_key)
    return answer(200, rows.page(request.query))


def get_expense(request: Request) -> Answer:
    """One expense, or 304 for whoever has this version."""
    found = _expenses(request).get(request.path["expense_id"])
    if is_cached(request.header("If-None-Match"), found.etag):
        return answer(304, ETag=found.etag)
    return _with_etag(found)


def update_expense(request: Request) -> Answer:
    """Change a version the caller has seen."""
    seen = versions(request.header("If-Match"))
    changed = _expenses(request).update(
        request.path["expense_id"], seen, lambda current: patched(current, request.document)
    )
    return _with_etag(changed)


def delete_expense(request: Request) -> Answer:
    """Delete a version the caller has seen."""
    _expenses(request).delete(request.path["expense_id"], versions(request.header("If-Match")))
    return answer(204)


def restore_expense(request: Request) -> Answer:
    """Undo a delete."""
    return _with_etag(_expenses(request).restore(request.path["expense_id"]))


def _expenses(request: Request) -> Expenses:
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

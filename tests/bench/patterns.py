"""Every access pattern of one user, as the handlers make it, but straight through the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.contract.expense import Expense, parse_expense, patched
from handlers.contract.profile import patched_profile
from handlers.contract.query import ExpenseQuery
from handlers.domain.ulid import new_ulid
from handlers.store.expenses import Expenses
from handlers.store.idempotency import Idempotency
from handlers.store.listing import ExpenseList
from handlers.store.profiles import Profiles
from handlers.store.reports import Reports
from tests.e2e.api import COFFEE

CHANGE = {"amount": "5.00"}
MONTH, YEAR_BEFORE = "2026-03", "2025-04"
FILTERED = {"from": f"{MONTH}-01", "to": f"{MONTH}-31", "category": "coffee", "limit": "200"}
MAIL = "bench@example.com"


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """``ready`` prepares one use of ``act``, unmeasured, and names the expense that it is about."""

    what: str
    act: Callable[[str], Any]
    ready: Callable[[], str] = _nothing


class Patterns:
    """Those of ``sub``, by name, in the order of the routes."""

    def __init__(self, client: Any, table: str, sub: str) -> None:
        self.expenses, self.reports = Expenses(client, table, sub), Reports(client, table, sub)
        self.profiles, self.list = Profiles(client, table, sub), ExpenseList(client, table, sub, "key")
        month = ExpenseQuery.model_validate(FILTERED)
        self.all = (
            Pattern("create an expense", lambda _: self._create()),
            Pattern("create, with an idempotency key", lambda _: self._create(Idempotency(new_ulid(), "fingerprint"))),
            Pattern("read one", self.expenses.get, self.made),
            Pattern("change its amount", self._change, self.made),
            Pattern("delete", lambda at: self.expenses.delete(at, frozenset({1})), self.made),
            Pattern("restore", self.expenses.restore, self._deleted),
            Pattern("first page of 50", lambda _: self.list.page(ExpenseQuery())),
            Pattern("a month, filtered by category", lambda _: self.list.page(month)),
            Pattern("month report", lambda _: self.reports.month(MONTH)),
            Pattern("trend of twelve months", lambda _: self.reports.trend(YEAR_BEFORE, MONTH)),
            Pattern("read the profile", lambda _: self.profiles.read(MAIL)),
            Pattern("change the profile", lambda _: self._rename()),
        )
        self.by_name = {pattern.what: pattern for pattern in self.all}

    def made(self) -> str:
        """A new expense, of version 1."""
        return self._create().id

    def _create(self, once: Idempotency | None = None) -> Expense:
        return self.expenses.create(parse_expense(COFFEE), once).expense

    def _change(self, expense_id: str) -> Expense:
        return self.expenses.update(expense_id, frozenset({1}), lambda now: patched(now, CHANGE))

    def _deleted(self) -> str:
        made = self.made()
        self.expenses.delete(made, frozenset({1}))
        return made

    def _rename(self) -> object:
        return self.profiles.update(MAIL, lambda now: patched_profile(now, {"display_name": "Ann"}))

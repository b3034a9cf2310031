"""Load demo data through the store that serves all users. A second load changes nothing.

A row is written only where its id is missing: edited and deleted rows stay as they are, and the days since the last
load are added. Roll-ups that do not equal their rows, as after a load that died, are recomputed.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.deployment import Deployment
from checks.roll_ups import audit_partition
from handlers.contract.names import SORT_KEY
from handlers.store import keys
from handlers.store.account.profiles import Profiles
from handlers.store.errors import Busy
from handlers.store.expenses.bulk import write_many
from handlers.store.expenses.recompute import recompute
from handlers.store.table.partition import Partition
from seed.demo import DEMO_EMAIL, DEMO_PASSWORD, password_of, people
from seed.generate import generate
from stack.errors import StackError, explain
from stack.users import Users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    import boto3

    from handlers.contract.expense import Expense
    from handlers.store.table.attributes import Item
    from seed.demo import Person

__all__ = ["DEMO_EMAIL", "DEMO_PASSWORD", "LoadReport", "load", "load_demo"]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """The counts of a load. ``rows_present`` were there already."""

    users: int
    rows_written: int
    rows_present: int
    seconds: float


def load_demo(
    session: boto3.Session,
    endpoint_url: str | None,
    outputs: Mapping[str, Any],
    *,
    months: int = 12,
    users: int = 1,
    scale: int = 1,
    say: Callable[[str], None],
) -> LoadReport:
    """Give each of ``users`` demo users ``months`` whole months of spending, and this one up to yesterday.

    Raises:
        StackError: an argument is out of range, no password was chosen for AWS, or AWS refused.
    """
    start = time.monotonic()
    deployment = Deployment(session, endpoint_url, outputs)
    persons, password = people(users, scale), password_of(deployment)
    client, accounts = deployment.dynamodb(), Users(deployment.cognito(), deployment.user_pool)
    written = present = 0
    for person in persons:
        expenses = _spending(person, months)
        sub = accounts.ensure(person.email, password).sub
        new = _loaded(Partition(client, deployment.table, sub), person, expenses)
        say(_progress(person.email, new, len(expenses)))
        written, present = written + new, present + len(expenses) - new
    return LoadReport(len(persons), written, present, time.monotonic() - start)


def load(partition: Partition, person: Person, expenses: Sequence[Expense]) -> int:
    """Write the ``expenses`` that the user never had, and return their number.

    Raises:
        Busy: DynamoDB kept refusing some of them, or another writer kept changing a month.
    """
    items = list(partition.between(keys.EXPENSE, keys.MONTH + keys.AFTER))
    known = {item[SORT_KEY]["S"] for item in items}
    if not items:
        Profiles(partition).update(person.email, lambda _: person.profile)
    by_month = _by_month(expense for expense in expenses if keys.expense(expense.id) not in known)
    for rows in by_month.values():  # each month with its roll-ups before the next begins
        write_many(partition, rows)
    recompute(partition, _broken_months(partition.sub, items) - by_month.keys())
    return sum(map(len, by_month.values()))


def _loaded(partition: Partition, person: Person, expenses: Sequence[Expense]) -> int:
    attempt = f"Cannot load the spending of {person.email} into table {partition.table}"
    try:
        with explain(attempt):
            return load(partition, person, expenses)
    except Busy as error:
        raise StackError(f"{attempt}: DynamoDB stayed busy. Seed again: it goes on from here.") from error


def _spending(person: Person, months: int) -> list[Expense]:
    try:
        return [row.expense for row in generate(person.persona, months, yesterday(), person.seed)]
    except ValueError as error:
        raise StackError(f"{error} Pass another number with --months.") from error


def yesterday() -> dt.date:
    """The last day to generate, in UTC: a row of today could have a time of creation that is still to come."""
    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)


def _by_month(expenses: Iterable[Expense]) -> dict[str, list[Expense]]:
    months: dict[str, list[Expense]] = {}
    for expense in expenses:
        months.setdefault(keys.month_of(expense.date), []).append(expense)
    return months


def _broken_months(sub: str, items: Sequence[Item]) -> set[str]:
    return {keys.parse_roll_up(mismatch.roll_up).month for mismatch in audit_partition(sub, items)}


def _progress(email: str, new: int, all_rows: int) -> str:
    if not new:
        return f"demo data: all {all_rows:,} expenses of {email} are there already; nothing written"
    return f"demo data: {new:,} expenses written for {email}, {all_rows - new:,} were there already"

"""The table in moto, as the topology makes it, and expenses to put into it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import moto

from handlers.contract.expense import Expense, ExpenseIn
from handlers.contract.names import BY_DATE, PARTITION_KEY, SORT_KEY
from handlers.contract.parsing import parse
from handlers.store.attributes import decode
from handlers.store.expenses import Expenses
from handlers.store.listing import ExpenseList
from handlers.store.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

ANN, BOB = "0a1b2c3d-ann", "4e5f6a7b-bob"
CURSOR_KEY = "a key for cursors"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and what the store offers on it."""

    client: DynamoDBClient
    name: str

    def expenses(self, sub: str = ANN) -> Expenses:
        return Expenses(self.client, self.name, sub)

    def list(self, sub: str = ANN) -> ExpenseList:
        return ExpenseList(self.client, self.name, sub, CURSOR_KEY)

    def reports(self, sub: str = ANN) -> Reports:
        return Reports(self.client, self.name, sub)

    def items(self) -> dict[str, dict[str, Any]]:
        """Every item by its sort key, as plain values."""
        found = (decode(item) for item in self.client.scan(TableName=self.name)["Items"])
        return {item[SORT_KEY]: item for item in found}


@cache
def _client() -> DynamoDBClient:
    """One client for all tests: making one costs more than most tests."""
    return boto3.client("dynamodb", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@contextmanager
def dynamodb() -> Iterator[DynamoDBClient]:
    """A DynamoDB without a table."""
    with moto.mock_aws():
        yield _client()


@contextmanager
def dynamodb_table() -> Iterator[Table]:
    """A new empty table in a DynamoDB of its own."""
    with dynamodb() as client:
        yield make_table(client, "data")


def make_table(client: DynamoDBClient, name: str) -> Table:
    """A new empty table."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"} for each in (PARTITION_KEY, SORT_KEY, BY_DATE)
        ],
        KeySchema=_schema(SORT_KEY),
        LocalSecondaryIndexes=[
            {
                "IndexName": BY_DATE,
                "KeySchema": _schema(BY_DATE),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return Table(client, name)


def _schema(sort_key: str) -> Any:
    return [{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}, {"AttributeName": sort_key, "KeyType": "RANGE"}]


def spent(amount: str = "12.34", **fields: Any) -> ExpenseIn:
    """An expense as a client sends it."""
    given = {"date": "2026-03-14", "currency": "EUR", "category": "groceries", "merchant": "Corner Shop"}
    return parse(ExpenseIn, {**given, "amount": amount, **fields})


def kept(expense_id: str, amount: str = "12.34", **fields: Any) -> Expense:
    """An expense as it is kept."""
    moment = "2026-03-14T10:00:00.000Z"
    own = {"id": expense_id, "version": 1, "receipt_count": 0, "created_at": moment, "updated_at": moment}
    new = spent(amount, **fields)
    return Expense.model_validate({**{name: getattr(new, name) for name in ExpenseIn.model_fields}, **own})

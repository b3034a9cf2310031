"""A receipt changes its status only as the table of transitions says, whatever another event did meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest

from handlers.domain.receipt_status import BEGIN, FINISH, REJECT, SHARE, StoredStatus, Transition, removal
from handlers.store.errors import Conflict
from handlers.store.receipts.items import StoredReceipt, receipt_item
from handlers.store.receipts.transitions import change_status
from tests.unit.receipts import Place, place
from tests.unit.table import ANN

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSITIONS = {"begin": BEGIN, "share": SHARE, "finish": FINISH, "reject": REJECT, "remove": removal("ready")}
FOLLOWS = {
    "begin": {"pending", "processing"},
    "share": {"processing"},
    "finish": {"processing"},
    "reject": {"processing"},
    "remove": {"ready"},
}


@pytest.fixture
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def kept(here: Place, status: StoredStatus, stored_as: str | None = None) -> StoredReceipt:
    """A receipt in the table with this status and file."""
    receipt = replace(here.ask(here.expense()), status=status, stored_as=stored_as)
    here.table.client.put_item(TableName=here.table.name, Item=receipt_item(ANN, receipt))
    return receipt


def changes(here: Place, read: StoredReceipt, transition: Transition) -> bool:
    try:
        here.table.partition().transact([change_status(here.table.partition(), read, transition, Conflict)])
    except Conflict:
        return False
    return True


@pytest.mark.parametrize("status", get_args(StoredStatus))
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_status_changes_only_into_one_that_may_follow_it(here: Place, name: str, status: StoredStatus) -> None:
    receipt, transition = kept(here, status), TRANSITIONS[name]
    assert changes(here, receipt, transition) == (status in FOLLOWS[name])
    assert here.find(receipt).status == (transition.ends if status in FOLLOWS[name] else status)


def test_only_a_ready_receipt_stays_for_ever(here: Place) -> None:
    for transition in (BEGIN, SHARE, REJECT):
        receipt = kept(here, "processing")
        changes(here, receipt, transition)
        assert here.find(receipt).expires_at is not None
    receipt = kept(here, "processing")
    changes(here, receipt, FINISH)
    assert here.find(receipt).expires_at is None


def test_a_receipt_whose_file_another_event_stored_is_neither_finished_nor_rejected(here: Place) -> None:
    receipt = kept(here, "processing", stored_as="another")
    assert not changes(here, replace(receipt, stored_as="mine"), FINISH)
    assert not changes(here, receipt, REJECT)
    assert changes(here, receipt, FINISH)

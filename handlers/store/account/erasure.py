"""The erasure of one user: the login, every row, every version of every object.

Each step lists what is left, so each may fail, be repeated, or run twice at the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from handlers.store import keys
from handlers.store.table.batch import MAX_REQUESTS, write_batch
from handlers.store.table.partition import Partition

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

    from handlers.store.receipts.objects import Objects


class OutOfTime(Exception):  # noqa: N818 (a signal, not a failure)
    """There is more to erase than this run has time for."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """The user of one partition; the eraser calls ``time_is_up`` before each batch."""

    partition: Partition
    objects: Objects
    cognito: CognitoIdentityProviderClient
    pool: str
    time_is_up: Callable[[], bool]

    def erase(self) -> None:
        """Erase everything that exists now; first the login, so that no further token is issued.

        Raises:
            OutOfTime, Busy
        """
        self._erase_login()
        self._erase_rows()
        for prefix in keys.objects(self.partition.sub):
            self.objects.erase_under(prefix, self._check_time)

    def _erase_login(self) -> None:
        try:
            self.cognito.admin_delete_user(UserPoolId=self.pool, Username=self.partition.sub)
        except self.cognito.exceptions.UserNotFoundException:
            return

    def _erase_rows(self) -> None:
        found = self.partition.primary_keys()
        while batch := list(islice(found, MAX_REQUESTS)):
            self._check_time()
            deletes = [{"DeleteRequest": {"Key": key}} for key in batch]
            write_batch(self.partition.client, self.partition.table, deletes)

    def _check_time(self) -> None:
        if self.time_is_up():
            raise OutOfTime

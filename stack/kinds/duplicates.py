"""Choose one of several resources with the same name and owner tag, where AWS does not keep names unique.

Duplicates come from two runs at once, or from a create call that was repeated because its answer was lost. The resource
that is finished or holds data is kept; without one, the oldest, so that every run chooses the same. The others are
unfinished *and* empty, so nobody uses them: they appear as a property that is declared empty, and are removed as drift.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from stack.errors import StackError

T = TypeVar("T")


def age(created: datetime | None, identity: str) -> tuple[float, str]:
    """The sort key for "oldest first", the same in every run; not every target reports a creation time."""
    return created.timestamp() if created else 0.0, identity


def keep_one(
    found: Sequence[T], used: Callable[[T], bool], age: Callable[[T], tuple[float, str]], description: str
) -> tuple[T, tuple[T, ...]]:
    """Return the one to keep of ``found`` (at least one), and its duplicates, none of which is ``used``.

    Raises:
        StackError: more than one is used; the message begins with ``description``, which names them all.
    """
    if len(found) == 1:
        return found[0], ()
    oldest_first = sorted(found, key=age)
    in_use = [each for each in oldest_first if used(each)]
    if len(in_use) > 1:
        raise StackError(f"{description}, and more than one is finished or in use. Delete all but one, apply again.")
    kept = (in_use or oldest_first)[0]
    return kept, tuple(each for each in oldest_first if each is not kept)

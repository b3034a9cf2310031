"""Which one it is, where AWS does not keep names unique and two carry our name and tag.

Two come of two runs at once, or of a create that was repeated because its answer was lost. The one that was finished
or holds something is kept; else the oldest, which every run that looks finds. The others are unfinished *and*
empty: nobody can be using them, so they are shown as a property that is declared empty, and removed like any drift.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from stack.errors import StackError

T = TypeVar("T")


def age(created: datetime | None, identity: str) -> tuple[float, str]:
    """Sorts the oldest first, the same way for everybody who looks; not every target tells when one was made."""
    return created.timestamp() if created else 0.0, identity


def only_one(
    found: Sequence[T], used: Callable[[T], bool], age: Callable[[T], tuple[float, str]], what: str
) -> tuple[T, tuple[T, ...]]:
    """Return the one to keep of ``found`` (at least one), and its twins, which are not ``used``.

    Raises:
        StackError: more than one is used; ``what`` begins the sentence and names them all.
    """
    if len(found) == 1:
        return found[0], ()
    oldest_first = sorted(found, key=age)
    in_use = [each for each in oldest_first if used(each)]
    if len(in_use) > 1:
        raise StackError(f"{what}, and more than one is finished or in use: delete all but one by hand, apply again")
    kept = (in_use or oldest_first)[0]
    return kept, tuple(each for each in oldest_first if each is not kept)

"""ULIDs: 48 bits of milliseconds and 80 random bits, in 26 characters that sort by time.

See https://github.com/ulid/spec.
"""

from __future__ import annotations

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
CHANCE_BITS = 80


def ulid(milliseconds: int, chance: int | None = None) -> str:
    """A ULID of a moment, in milliseconds since 1970; ``chance`` is its lower 80 bits, by default random.

    Raises:
        ValueError: a part does not fit its bits.
    """
    drawn = secrets.randbits(CHANCE_BITS) if chance is None else chance
    if not 0 <= milliseconds < 1 << 48 or not 0 <= drawn < 1 << CHANCE_BITS:
        raise ValueError(
            f"Cannot make a ULID of {milliseconds} ms and {drawn}: it has 48 bits of milliseconds and 80 random bits."
        )
    number = milliseconds << CHANCE_BITS | drawn
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def new_ulid() -> str:
    """A ULID of the current time."""
    return ulid(time.time_ns() // 1_000_000)

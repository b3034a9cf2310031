"""Every member of one of AWS's answers, and the reason why it is or is not compared.

A member that no property declares has AWS's default in our stacks. Another value is a change by hand: the property
``undeclared`` of the kind shows it, and is declared empty. An absent member has its default, on AWS as on an emulator.
``tests/unit/test_described.py`` walks the answers in botocore's model, and fails for a member that no list names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EMPTY = ()
"""The default of a member that is absent, empty, 0 or false until someone sets it."""
ABSENT = (None,)
"""The default of a member that is absent until someone sets it, and of which 0 is a setting."""


@dataclass(frozen=True, slots=True)
class Described:
    """The members of the answer of ``operation``; nested ones are dotted, and names are separated by spaces.

    ``at`` is the structure in the answer that has them; a list stands for its items. A property has each of
    ``compared``.
    ``defaults`` has the values that AWS gives a member (the first is the one to write), or ``EMPTY`` or ``ABSENT``.
    ``identity`` are names, ids, times, sizes and states. ``ignored`` has other members with the reason.
    """

    operation: str
    at: str = ""
    compared: str = ""
    defaults: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    identity: str = ""
    ignored: Mapping[str, str] = field(default_factory=dict)

    @property
    def members(self) -> list[str]:
        """All members that are in a list, as often as they are."""
        ignored = [name for names in self.ignored for name in names.split()]
        return [*self.compared.split(), *self.defaults, *self.identity.split(), *ignored]

    def undeclared(self, answer: Any) -> dict[str, str]:
        """The members in ``defaults`` with another value, as text."""
        found = {path: _member(answer, path) for path in self.defaults}
        return {path: _text(value) for path, value in found.items() if not self._is_default(path, value)}

    def _is_default(self, path: str, value: Any) -> bool:
        defaults = self.defaults[path]
        return value in defaults or (defaults != ABSENT and is_empty(value))


def is_empty(value: Any) -> bool:
    """Whether a value is absent, 0, false or without content, as emulators write an absent one."""
    if isinstance(value, Mapping):
        return all(is_empty(each) for each in value.values())
    return not value


def _member(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = (answer or {}).get(name)
    return answer


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)

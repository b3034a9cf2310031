"""A PDF may show something, and do nothing (ISO 32000-2, 12.6 and 7.11): no scripts, no programs, no files inside.

One kind of file inside is no danger, and the commonest invoice of European businesses: an invoice in XML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from handlers.inspection.pdf.objects import Item, Objects
from handlers.inspection.pdf.syntax import Dictionary, dictionaries
from handlers.inspection.pdf.xml import is_invoice, is_still

ACTIVE_ACTIONS = frozenset(
    {
        b"JavaScript",
        b"Launch",
        b"GoToE",
        b"ImportData",
        b"SubmitForm",
        b"Movie",
        b"Rendition",
        b"RichMediaExecute",
    }
)
"""Values of ``/S``. A plain link (``/URI``, ``/GoToR``) is a person's choice."""
LEAVING_ACTIONS = frozenset({b"URI", b"GoToR", b"Thread"})
"""Values of ``/S`` that leave the document: no action of these may start by itself."""
ACTIVE_TYPES = frozenset({b"RichMedia", b"Movie", b"Screen", b"3D"})
"""Values of ``/Type`` and ``/Subtype``."""


def is_active(objects: Objects) -> bool:
    """Whether any object could do something.

    Raises:
        Unacceptable: a part that decides this cannot be understood.
    """
    rules: dict[bytes, Callable[[Objects, Item], bool]] = {
        b"S": lambda _, found: isinstance(found.value, bytes) and found.value in ACTIVE_ACTIONS,
        b"Type": lambda _, found: isinstance(found.value, bytes) and found.value in ACTIVE_TYPES,
        b"Subtype": lambda _, found: isinstance(found.value, bytes) and found.value in ACTIVE_TYPES,
        b"OpenAction": lambda objects, found: isinstance(found.value, Dictionary) and _leaves(objects, [found.value]),
        b"AA": lambda objects, found: isinstance(found.value, Dictionary) and _leaves(objects, found.value),
        b"EF": _has_other_file,
        b"XFA": _is_program,
    }
    for item in objects:
        if _is_other_file(item):
            return True
        for dictionary in dictionaries(item.value):
            for key in rules.keys() & {each for each in dictionary if isinstance(each, bytes)}:
                if any(rules[key](objects, found) for each in dictionary.after(key) for found in objects.find(each)):
                    return True
    return False


def _leaves(objects: Objects, actions: Iterable[Any]) -> bool:
    """Whether an action that starts by itself, or one that follows it, leaves the document."""
    left, seen = list(actions), set[int]()
    while left:
        for item in objects.find(left.pop()):
            if not isinstance(item.value, list) or id(item.value) in seen:
                continue
            seen.add(id(item.value))
            if not isinstance(item.value, Dictionary):
                left += item.value
            elif any(isinstance(name, bytes) and name in LEAVING_ACTIONS for name in objects.values(item.value, b"S")):
                return True
            else:
                left += item.value.after(b"Next")
    return False


def _is_other_file(item: Item) -> bool:
    """A file inside that says it is one."""
    typed = isinstance(item.value, Dictionary) and b"EmbeddedFile" in item.value.after(b"Type")
    return typed and item.content is not None and not is_invoice(item.content())


def _has_other_file(objects: Objects, found: Item) -> bool:
    """A file specification with a file. As a permission, ``/EF`` is an array of names (12.8.2.3)."""
    if not isinstance(found.value, Dictionary):
        return False
    files = [item for each in found.value for item in objects.find(each) if item.content]
    return any(not is_invoice(item.content()) for item in files if item.content)


def _is_program(objects: Objects, form: Item) -> bool:
    """A form of XFA with a script or a submission. It is a stream, or an array of names and streams, in one XML."""
    listed = form.value if isinstance(form.value, list) and not isinstance(form.value, Dictionary) else []
    packets = [[form], *(objects.find(each) for each in listed)]
    found = [[item.content for item in each if item.content] for each in packets]
    if any(len(each) > 1 for each in found):
        return True  # of several revisions, a viewer may put together any
    streams = [content for each in found for content in each]
    return bool(streams) and not is_still(b"".join(content() for content in streams))

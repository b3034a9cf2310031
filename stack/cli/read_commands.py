"""The verbs that inspect a stack, and ``invoke``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from stack.cli.codes import DIFFERENT, FAILED, OK
from stack.cli.context import Context
from stack.cli.outputs import FIELDS
from stack.cli.printing import say
from stack.cli.screen import is_rich, show_table, waiting
from stack.errors import StackError
from stack.kinds.alias import ALIAS


def outputs(context: Context) -> int:
    """Print addresses, names and ids."""
    with waiting("Reading the stack"):
        document = context.document(*FIELDS)
    if context.options.json:
        print(json.dumps(document, indent=2))
    else:
        show_table(_rows(document), columns=("output", "value"))
    return OK


def verify(context: Context) -> int:
    """Compare roll-ups with rows and receipts with files, and count the dead letters."""
    from checks.verify import verify as compare

    target = context.target
    document = context.document("table_name", "receipts_bucket", "dead_letters_url")
    mismatches = compare(target.session, target.endpoint_url, document, say=say)
    for mismatch in mismatches:
        print(mismatch)
    return DIFFERENT if mismatches else OK


def invoke(context: Context) -> int:
    """Call the live version of a function and print its answer."""
    name, event = context.options.function, context.options.event
    assert name
    assert event
    try:
        payload = event.read_bytes()
        json.loads(payload)
    except (OSError, ValueError) as error:
        raise StackError(f"Cannot read the event in {event}: {error}. Pass a file with a JSON document.") from error
    functions = context.document("functions")["functions"]
    _check("invoke", name, functions)
    answer = context.target.client("lambda").invoke(FunctionName=functions[name], Qualifier=ALIAS, Payload=payload)
    print(answer["Payload"].read().decode())
    return FAILED if "FunctionError" in answer else OK


def _check(attempt: str, name: str, known: Mapping[str, str]) -> None:
    if name not in known:
        known_names = ", ".join(known)
        raise StackError(
            f"Cannot {attempt} {name}: the stack has no function of that name. Choose one of {known_names}."
        )


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One row for each output; on a terminal one for each name within an output, too."""
    for key, value in document.items():
        if not isinstance(value, Mapping):
            yield key, ", ".join(value) if isinstance(value, list) else "-" if value is None else str(value)
        elif is_rich(sys.stdout):
            yield from ((f"{key}.{name}", str(each)) for name, each in value.items())
        else:
            yield key, ", ".join(f"{name}={each}" for name, each in value.items())

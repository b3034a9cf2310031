"""The process that decodes what a stranger sent. It has a limit on time and memory, and no credentials.

Arguments: the declared type. Standard input: the file. Standard output: ``ready``, once the decoders are loaded;
then a line of JSON, the facts or a reason; then the thumbnail.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from dataclasses import asdict
from typing import cast

from handlers.contract.receipt import ContentType
from handlers.inspection.inspect import inspect, load
from handlers.inspection.verdict import MEMORY, SECONDS, Facts, Unacceptable


def main() -> None:
    """Answer one file."""
    declared = cast("ContentType", sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a decoder prints is no part of the answer
    load(declared)
    for limit, value in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # not every system has each
            resource.setrlimit(limit, (value, value))
    out.write(b"ready\n")
    out.flush()
    try:
        facts = inspect(sys.stdin.buffer.read(), declared)
        answer = {key: value for key, value in asdict(facts).items() if key != "thumbnail"}
    except Unacceptable as verdict:
        facts, answer = Facts(), {"reason": verdict.reason}
    except MemoryError:
        facts, answer = Facts(), {"reason": "too_complex"}
    out.write(json.dumps(answer).encode() + b"\n" + (facts.thumbnail or b""))
    out.flush()
    os._exit(0)  # nothing is left to tidy up, and libraries that a hostile file has confused may hang in it


if __name__ == "__main__":
    main()

"""Receipts: from upload to ready, what an inspection takes, and each route against its floor."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from handlers.contract.receipt import ContentType
from tests.bench.request_bench import bare_lambda
from tests.bench.table import Line, interleaved, spread, timed
from tests.e2e.api import Stack
from tests.e2e.receipts import Wallet, path_of, send
from tests.unit import files

UPLOADS, INSPECTIONS, TIMES = 9, 5, 100
INSPECT = """
import json, pathlib, resource, sys, time
from handlers.inspection.child import inspect_apart
data, start = pathlib.Path(sys.argv[1]).read_bytes(), time.perf_counter()
facts = inspect_apart(data, sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
print(json.dumps([(time.perf_counter() - start) * 1000, peak]))
"""


def measure(stack: Stack) -> Iterator[Line]:
    """Medians in milliseconds; memory in MB."""
    photo, document = files.noise(4032, 3024, quality=34), files.scanned_document(10)
    scans: tuple[tuple[str, bytes, ContentType], ...] = (
        (f"a photo of 12 megapixels, {len(photo) / 1e6:.1f} MB", photo, "image/jpeg"),
        (f"a PDF of 10 pages, {len(document) / 1e6:.1f} MB", document, "application/pdf"),
    )
    wallet = Wallet.of(stack)
    for name, data, content_type in scans:
        yield _upload(wallet, name, data, content_type)
    largest: tuple[tuple[str, bytes, ContentType], ...] = (
        ("200 megapixels, JPEG", files.encoded(files.picture(16_320, 12_240), "JPEG"), "image/jpeg"),
        ("100 megapixels, PNG", files.encoded(files.picture(11_540, 8_660), "PNG"), "image/png"),
        ("60 megapixels, WebP", files.encoded(files.picture(8_940, 6_700), "WEBP"), "image/webp"),
        ("100 megapixels, HEIC", files.encoded(files.picture(11_540, 8_660), "HEIF"), "image/heic"),
    )
    for name, data, content_type in (*scans, *largest):
        yield from _inspection(name, data, content_type)
    yield from _routes(stack, wallet)


def _upload(wallet: Wallet, name: str, data: bytes, content_type: str) -> Line:
    """From the first byte of the form to the answer that it is ready; each time other bytes."""
    taken = []
    for number in range(UPLOADS):
        unlike = data + b"\n%%" * (number + 1) if content_type == "application/pdf" else data + bytes(number + 1)
        asked = wallet.ask(wallet.api.create(), unlike, content_type)

        def ready(asked: Any = asked, unlike: bytes = unlike) -> None:
            assert send(asked["upload"], unlike).status_code == 204
            assert wallet.settled(asked["receipt"])["status"] == "ready"

        taken.append(timed(ready) * 1000)
    first, *warm = taken
    return Line(f"upload to ready: {name}", statistics.median(warm), "ms", f"{spread(warm)}, cold {first:.0f}")


def _inspection(name: str, data: bytes, content_type: str) -> Iterator[Line]:
    """The process that decodes: its time with its start, and its peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(data)
        runs = []
        for _ in range(INSPECTIONS):
            command = [sys.executable, "-c", INSPECT, str(file), content_type]
            runs.append(json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout))
    peak = max(run[1] for run in runs)
    yield Line(f"inspection: {name}", statistics.median(run[0] for run in runs), "ms", f"at most {peak:.0f} MB")


def _routes(stack: Stack, wallet: Wallet) -> Iterator[Line]:
    """The routes, and a bare Lambda that reads one item."""
    expense = wallet.api.create()
    data = files.photo(size=(64, 48))
    ten = [wallet.uploaded(expense, data) for _ in range(10)]
    others = iter([wallet.api.create() for _ in range(TIMES + 1)])
    bare, http = bare_lambda(stack), httpx.Client(timeout=30)
    floor = "floor: bare Lambda, one get"
    kinds: dict[str, Callable[[], object]] = {
        floor: lambda: http.get(f"{bare}/expenses"),
        "POST …/receipts": lambda: wallet.ask(next(others), data),
        "GET …/receipts, ten of them": lambda: wallet.api.get(f"/expenses/{expense['id']}/receipts"),
        "GET …/receipts/{id}": lambda: wallet.api.get(path_of(ten[0])),
    }
    for call in kinds.values():
        call()
    medians: dict[str, float] = {}
    for name, taken in zip(kinds, interleaved(list(kinds.values()), TIMES), strict=True):
        medians[name] = statistics.median(taken)
        ratio = "" if name == floor else f", {medians[name] / medians[floor]:.2f} of the floor"
        yield Line(name, medians[name], "ms", spread(taken) + ratio)

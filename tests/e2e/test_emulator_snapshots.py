"""The state of the emulator: after a clean stop, after a kill at any moment, and without our patches."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from stack.local import EmulatorError, Running, emulator_status, emulator_stop, snapshot
from tests.e2e.emulated import TABLE, client, make_function, make_table, start, zipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.environ.get("STACK_STOCK") == "1", reason="asked to run without our patches")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    emulator_stop(tmp_path / "home")


def kill(running: Running) -> None:
    os.kill(running.pid, signal.SIGKILL)
    while emulator_status(running.home):
        time.sleep(0.01)


def put(running: Running, key: str) -> None:
    client(running, "dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": key}})


def keys(running: Running) -> list[str]:
    return sorted(item["pk"]["S"] for item in client(running, "dynamodb").scan(TableName=TABLE)["Items"])


def taken_by(home: Path) -> int:
    """The number of the last snapshot; 0 before the first."""
    status = emulator_status(home)
    assert status
    return status.snapshot or 0


def test_a_clean_stop_keeps_everything(home: Path) -> None:
    first = start(home)
    make_table(first)
    put(first, "kept")
    assert emulator_stop(home)

    assert keys(start(home)) == ["kept"]


def test_a_kill_loses_only_what_came_after_the_last_snapshot(home: Path) -> None:
    first = start(home)
    make_table(first)
    put(first, "before")
    snapshot(home)
    put(first, "after")
    kill(first)

    assert keys(start(home)) == ["before"]


def test_snapshots_are_taken_while_it_runs_and_only_when_something_was_asked_of_it(home: Path) -> None:
    running = start(home, snapshot_seconds=0.2)
    make_table(running)
    deadline = time.monotonic() + 60
    while not taken_by(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.6)  # one more may follow a request that was under way during the first
    taken = taken_by(home)
    time.sleep(0.6)

    assert taken
    assert taken_by(home) == taken


def test_a_signal_asks_for_a_snapshot_too(home: Path) -> None:
    running = start(home)
    make_table(running)
    os.kill(running.pid, signal.SIGUSR1)
    deadline = time.monotonic() + 60
    while not ((status := emulator_status(home)) and status.snapshot) and time.monotonic() < deadline:
        time.sleep(0.02)
    kill(running)

    assert keys(start(home)) == []


def test_no_snapshot_shows_half_of_a_transaction(home: Path) -> None:
    running = start(home)
    dynamodb = make_table(running)
    done = threading.Event()

    def move_both_counters() -> None:
        own = client(running, "dynamodb")
        for number in range(100_000):
            if done.is_set():
                return
            own.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": TABLE, "Item": {"pk": {"S": side}, "n": {"N": str(number)}}}}
                    for side in ("rows", "total")
                ]
            )

    put(running, "rows")  # the two counters lie apart, with much to copy between them
    filling = {f"attribute{number}": {"S": "x"} for number in range(100)}
    for group in range(20):
        items = [{"PutRequest": {"Item": {"pk": {"S": f"{group}-{item}"}, **filling}}} for item in range(25)]
        dynamodb.batch_write_item(RequestItems={TABLE: items})
    put(running, "total")
    writer = threading.Thread(target=move_both_counters)
    writer.start()
    for _ in range(5):
        time.sleep(0.05)
        snapshot(home)
    done.set()
    writer.join()
    kill(running)

    again = client(start(home), "dynamodb")
    rows, total = (again.get_item(TableName=TABLE, Key={"pk": {"S": side}})["Item"] for side in ("rows", "total"))
    assert int(rows["n"]["N"]) > 0
    assert rows["n"] == total["n"]


def test_a_snapshot_that_was_cut_off_is_not_taken_for_one(home: Path) -> None:
    first = start(home)
    make_table(first)
    put(first, "whole")
    number = snapshot(home)
    kill(first)
    torn = home / "state" / f"snapshot-{number + 1:08d}.partial"
    torn.mkdir()
    (torn / "dynamodb.json").write_text('{"__ministack_format__": 2, "payl')

    assert keys(start(home)) == ["whole"]
    assert not torn.exists()


def test_a_bucket_made_after_the_last_snapshot_does_not_come_back(home: Path) -> None:
    first = start(home)
    for name in ("known", "unknown"):
        client(first, "s3").create_bucket(Bucket=name)
        client(first, "s3").put_object(Bucket=name, Key="a", Body=b"1")
        if name == "known":
            snapshot(home)
    kill(first)

    s3 = client(start(home), "s3")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["known"]
    assert s3.get_object(Bucket="known", Key="a")["Body"].read() == b"1"


def test_code_replaced_after_the_last_snapshot_does_not_take_the_old_code_with_it(home: Path) -> None:
    first = start(home)
    make_function(first, "f", "def handler(event, context):\n    return 'old'\n")
    snapshot(home)
    new = zipped({"app.py": "def handler(event, context):\n    return 'new'\n"})
    client(first, "lambda").update_function_code(FunctionName="f", ZipFile=new)
    kill(first)

    assert client(start(home), "lambda").invoke(FunctionName="f")["Payload"].read() == b'"old"'


def test_stock_runs_on_the_same_data_and_leaves_its_own_behind(home: Path) -> None:
    patched = start(home)
    make_table(patched)
    put(patched, "patched")
    emulator_stop(home)

    stock = start(home, stock=True)
    assert stock.stock
    assert stock.patches == ()
    put(stock, "stock")
    with pytest.raises(EmulatorError, match="runs stock"):
        snapshot(home)
    emulator_stop(home)

    again = start(home)
    assert set(again.patches) >= {"snapshots", "end mark"}
    assert keys(again) == ["patched", "stock"]

"""Reading log groups: in the order of time, nothing twice, nothing left out, and never more than a page at once."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError

from stack.errors import CallFailed
from stack.logs.following import OVERLAP_MILLISECONDS, Seen, follow
from tests.unit.logs import BEGAN, Logs


class Enough(Exception):  # noqa: N818
    """Nobody looks any longer."""


def test_the_events_of_all_groups_are_merged_by_time() -> None:
    logs = Logs()
    for at, group in ((1, "api"), (2, "reports"), (3, "api"), (3, "reports"), (5, "api"), (4, "reports")):
        logs.put(group, at, f"{group} {at}")
    read = [(each.source, each.at) for each in logs.groups("api", "reports").read(2)]
    assert read == [("reports", 2), ("api", 3), ("reports", 3), ("reports", 4), ("api", 5)]


def test_a_read_ends_with_the_time_that_was_asked_for() -> None:
    logs = Logs()
    for at in range(10):
        logs.put("api", at, str(at))
    assert [each.message for each in logs.groups().read(3, 5)] == ["3", "4", "5"]


@pytest.mark.parametrize("several", [1, 3, 7])
def test_an_answer_that_was_cut_is_continued_without_a_repeated_or_a_lost_event(
    several: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``several`` events have the same time, and some of them the same text."""
    monkeypatch.setattr("stack.logs.reading.MOST_EVENTS", 10)
    logs = Logs(cut=10)
    for number in range(100):
        logs.put("api", number // several, f"line {number // 2}")
    assert [each.message for each in logs.groups().read(0)] == [f"line {number // 2}" for number in range(100)]


def test_an_answer_with_tokens_is_read_to_its_end_by_one_call() -> None:
    logs = Logs(page=10)
    for number in range(95):
        logs.put("api", number, str(number))
    assert len(list(logs.groups().read(0))) == 95
    assert len(logs.calls) == 1


def test_a_millisecond_with_more_events_than_an_answer_holds_does_not_end_the_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stack.logs.reading.MOST_EVENTS", 10)
    logs = Logs(cut=10)
    for number in range(25):
        logs.put("api", 5, str(number))
    logs.put("api", 6, "later")
    read = [each.message for each in logs.groups().read(0)]
    assert (len(read), read[-1]) == (11, "later")


def test_a_gigabyte_is_read_page_by_page() -> None:
    """A page is read only when its events are asked for."""
    pages = itertools.count()

    class Endless(Logs):
        def paginate(self, **_: object) -> object:  # type: ignore[override]
            for page in pages:
                yield {"events": [{"timestamp": page, "logStreamName": "one", "message": "x" * 1000}] * 1000}

    read = Endless().groups("api", "reports").read(0)
    assert len(list(itertools.islice(read, 10_000))) == 10_000
    assert next(pages) < 15


def test_a_refused_read_names_the_log_group() -> None:
    class Denied(Logs):
        def paginate(self, **_: object) -> object:  # type: ignore[override]
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "FilterLogEvents")

    with pytest.raises(CallFailed, match=r"Cannot read the log group api: FilterLogEvents answered AccessDenied"):
        list(Denied().groups("api").read(0))


def printed_by(logs: Logs, *rounds: list[tuple[int, str]]) -> list[str]:
    """The messages that a follower prints, while the events of a round come in after each of its reads."""
    printed = list[str]()
    coming = iter(rounds)

    def pause() -> None:
        try:
            new = next(coming)
        except StopIteration:
            raise Enough from None
        for at, message in new:
            logs.put("api", at, message)

    with contextlib.suppress(Enough):
        printed.extend(each.message for each in follow(logs.groups("api"), 0, pause=pause))
    return printed


def test_a_follower_prints_each_event_once() -> None:
    logs = Logs()
    logs.put("api", BEGAN, "first")
    both = [(BEGAN + 2, "third"), (BEGAN + 2, "fourth")]
    assert printed_by(logs, [(BEGAN + 1, "second")], [], both, []) == ["first", "second", "third", "fourth"]


def test_a_follower_prints_the_same_line_as_often_as_it_was_written() -> None:
    logs = Logs()
    logs.put("api", BEGAN, "same")
    logs.put("api", BEGAN, "same")
    assert printed_by(logs, [], [(BEGAN, "same")], []) == ["same"] * 3


def test_a_follower_prints_an_event_that_becomes_readable_late() -> None:
    logs = Logs()
    logs.put("api", BEGAN, "young")
    late = BEGAN - OVERLAP_MILLISECONDS
    assert printed_by(logs, [(late, "late")], [(late, "late again")]) == ["young", "late", "late again"]


def test_a_follower_does_not_ask_the_clock_of_this_machine() -> None:
    """The events are an hour ahead of each other, as after a clock that jumped."""
    hour = 3_600_000
    logs = Logs()
    logs.put("api", BEGAN + hour, "ahead")
    assert printed_by(logs, [(BEGAN + 2 * hour, "further")], [(BEGAN + 2 * hour - 5, "back")]) == [
        "ahead",
        "further",
        "back",
    ]


def test_a_clock_that_is_set_back_neither_hides_nor_repeats_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    hour, moment = 3_600_000, BEGAN
    logs = Logs()
    logs.put("api", BEGAN - hour + 10, "an hour ago")
    logs.put("api", BEGAN, "before")
    monkeypatch.setattr("stack.logs.following.time.monotonic", lambda: 0.0)

    def put_back() -> None:
        nonlocal moment
        moment -= hour

    def write(text: str) -> Callable[[], None]:
        return lambda: logs.put("api", moment + len(text), text)

    steps: Iterator[Callable[[], None]] = iter([put_back, write("after"), write("again after"), lambda: None])

    def pause() -> None:
        step = next(steps, None)
        if step is None:
            raise Enough
        step()

    printed = list[str]()
    with contextlib.suppress(Enough):
        events = follow(logs.groups("api"), BEGAN - 5, pause=pause, now=lambda: moment / 1000)
        printed.extend(each.message for each in events)
    assert printed == ["before", "after", "again after"]


def test_a_follower_reads_and_remembers_only_what_may_still_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stack.logs.following.TRIM_EVERY", 100)
    logs = Logs()
    for number in range(10_000):
        logs.put("api", number * 1000, "x")
    seen = Seen(0)
    most = 0
    for _ in seen.new(logs.groups("api").group("api", 0)):
        most = max(most, len(seen._given))
    kept = OVERLAP_MILLISECONDS // 1000 + 1
    assert most <= kept + 100
    assert (seen.start, len(seen._given)) == (9_999_000 - OVERLAP_MILLISECONDS, kept)

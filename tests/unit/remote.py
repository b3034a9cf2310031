"""An AWS in memory, with one kind of resource: what it holds, what was written, when and how to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stack.engine.kind import Kind
from stack.engine.model import Desired, Live, Ref
from stack.engine.stamps import read_stamp


class Crash(Exception):  # noqa: N818
    """The process dies at a write."""


@dataclass(frozen=True, slots=True)
class BoxProps:
    colour: str
    size: int = 1
    inside: tuple[str | Ref, ...] = ()


@dataclass(slots=True)
class Box:
    props: BoxProps
    tags: dict[str, str]


@dataclass(slots=True)
class Remote:
    """``crash_at`` counts writes from 1; ``lost`` says whether the write is done before ``crash``.

    ``exists`` is what a second create answers; ``meanwhile`` hears of each write before it is done.
    """

    boxes: dict[str, Box] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    crash_at: int = 0
    lost: bool = False
    crash: Exception | None = None
    exists: Exception | None = None
    meanwhile: Callable[[str], None] | None = None

    def write(self, what: str, do: Callable[[], object]) -> None:
        self.writes.append(what)
        if self.meanwhile:
            self.meanwhile(what)
        dies = len(self.writes) == self.crash_at
        if dies and not self.lost:
            raise self.crash or Crash(what)
        do()
        if dies:
            raise self.crash or Crash(what)


class Boxes(Kind[BoxProps]):
    name = "box"
    service = "boxes"
    name_pattern = r".+"
    immutable = frozenset({"size"})

    def __init__(self, remote: Remote) -> None:
        self.remote = remote

    def read(self, name: str) -> Live[BoxProps] | None:
        box = self.remote.boxes.get(name)
        if not box:
            return None
        owner, applied = read_stamp(box.tags)
        return Live(name, box.props, {"arn": f"arn:{name}"}, owner, applied)

    def create(self, desired: Desired[BoxProps], tags: Mapping[str, str]) -> None:
        def make() -> None:
            self.remote.boxes[desired.name] = Box(BoxProps("unpainted", desired.props.size), dict(tags))

        if desired.name in self.remote.boxes and self.remote.exists:
            raise self.remote.exists
        assert desired.name not in self.remote.boxes, "created twice"
        self.remote.write(f"create {desired.name}", make)
        self._paint(desired)

    def update(self, live: Live[BoxProps], desired: Desired[BoxProps], changed: frozenset[str]) -> None:
        del live, changed
        self._paint(desired)

    def delete(self, live: Live[BoxProps]) -> None:
        self.remote.write(f"delete {live.name}", lambda: self.remote.boxes.pop(live.name, None))

    def stamp(self, live: Live[BoxProps], tags: Mapping[str, str]) -> None:
        self.remote.write(f"stamp {live.name}", lambda: self.remote.boxes[live.name].tags.update(tags))

    def names(self) -> Iterable[str]:
        return list(self.remote.boxes)

    def _paint(self, desired: Desired[BoxProps]) -> None:
        def paint() -> None:
            self.remote.boxes[desired.name].props = desired.props

        self.remote.write(f"paint {desired.name}", paint)


class Vaults(Boxes):
    """Boxes that hold data."""

    name = "vault"
    holds_data = True

    def contents(self, live: Live[BoxProps]) -> str:
        return f"{live.props.size} coins"

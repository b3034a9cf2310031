"""The base of every kind: a kind of the engine with a target, whose clients it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stack.engine.kind import Kind
from stack.engine.model import P

if TYPE_CHECKING:
    from stack.kinds.described import Described
    from stack.target.target import Target


class AwsKind(Kind[P]):
    """A kind of AWS resource on ``target``. ``described`` has the members of every answer that ``read`` takes apart."""

    described: ClassVar[tuple[Described, ...]] = ()

    def __init__(self, target: Target) -> None:
        self.target = target

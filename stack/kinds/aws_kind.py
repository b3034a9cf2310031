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

    @property
    def first_pause(self) -> float:
        """Seconds between the first two polls. An emulator is ready at once; Lambda takes 15 requests a second.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
        """
        return 0.02 if self.target.is_emulator else 0.5

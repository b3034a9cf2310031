"""Properties compared, fingerprinted and filled in, whatever the order in which a target tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from stack.engine.compare import ABSENT, compare, dependencies, digest, is_known, resolve
from stack.engine.model import Desired, Difference, Ref, Unknown
from stack.kinds.policy import Statement
from stack.topology.grants import allow

READ = allow("Read", ("s3:GetObject",), ("arn:aws:s3:::a/*",))
WRITE = allow("Write", ("s3:PutObject",), ("arn:aws:s3:::a/*",))


@dataclass(frozen=True)
class Thing:
    policy: tuple[Statement, ...] = ()
    tags: Mapping[str, str | Ref] = field(default_factory=dict)


def test_the_order_of_statements_and_of_keys_is_no_difference() -> None:
    one = Thing((READ, WRITE), {"a": "1", "b": "2"})
    two = Thing((WRITE, READ), {"b": "2", "a": "1"})
    assert compare(one, two) == ()
    assert digest(one) == digest(two)


def test_a_difference_names_its_path_and_both_values() -> None:
    wider = allow("Read", ("s3:GetObject", "s3:DeleteObject"), ("arn:aws:s3:::a/*",))
    (found,) = compare(Thing((wider,)), Thing((READ,)))
    assert found == Difference("policy.Read.actions", ("s3:DeleteObject", "s3:GetObject"), ("s3:GetObject",))
    assert found.field == "policy"


def test_what_is_on_one_side_only_is_absent_on_the_other() -> None:
    assert compare(Thing(tags={"a": "1"}), Thing()) == (Difference("tags.a", "1", ABSENT),)


def test_a_reference_is_filled_in_with_its_suffix() -> None:
    desired = Desired("thing.a", "a", Thing(tags={"k": Ref("thing.b", "arn", "/x")}))
    assert resolve(desired, {"thing.b": {"arn": "arn:b"}}).props.tags == {"k": "arn:b/x"}
    assert dependencies(desired) == {"thing.b"}


def test_what_is_not_known_yet_equals_nothing_and_has_no_fingerprint() -> None:
    unknown = resolve(Desired("thing.a", "a", Thing(tags={"k": Ref("thing.b", "arn")})), {}).props
    assert unknown.tags == {"k": Unknown(Ref("thing.b", "arn"))}
    assert not is_known(unknown)
    assert compare(Thing(tags={"k": "arn:b"}), unknown)
    with pytest.raises(ValueError, match="not known yet"):
        digest(unknown)

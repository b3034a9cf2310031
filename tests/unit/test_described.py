"""Nothing in AWS's answers is overlooked: each member is compared, or has a reason not to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import StructureShape

from stack.kinds import KINDS
from stack.kinds.bucket.answers import DESCRIBED, NOT_READ
from stack.kinds.described import ABSENT, EMPTY, Described

SESSION = botocore.session.get_session()
ACCESS = {"GetPublicAccessBlock"}
ANSWERS = [
    pytest.param(kind.service, each, id=f"{kind.name}-{each.operation}{each.at and '-' + each.at}")
    for kind in KINDS
    for each in kind.described
]


def of_items(shape: Any) -> Any:
    return of_items(shape.member) if shape.type_name == "list" else shape


def members(service: str, described: Described) -> dict[str, Any]:
    """The members of the described structure; of a map of attributes those that the model or its text names."""
    model = SESSION.get_service_model(service)
    shape: Any = model.operation_model(described.operation).output_shape
    for name in filter(None, described.at.split(".")):
        shape = of_items(shape.members[name])
        shape = shape.value if shape.type_name == "map" and isinstance(shape.value, StructureShape) else shape
    if isinstance(shape, StructureShape):
        return dict(shape.members)
    if names := set(shape.key.enum) - {"All"}:
        return dict.fromkeys(names, shape.value)
    documented = re.findall(r"<li>\s*<p>\s*<code>(\w+)</code>", shape.documentation)
    assert documented
    return dict.fromkeys(documented, shape.value)


def overlooked(found: dict[str, Any], listed: set[str], at: str = "") -> Iterator[str]:
    """The members in no list. A structure is listed as a whole, or every member of it."""
    for name, shape in found.items():
        path, inner = at + name, of_items(shape)
        if path in listed:
            continue
        if isinstance(inner, StructureShape) and any(each.startswith(f"{path}.") for each in listed):
            yield from overlooked(dict(inner.members), listed, f"{path}.")
        else:
            yield path


def exists(found: dict[str, Any], path: str) -> bool:
    name, _, rest = path.partition(".")
    if name not in found or not rest:
        return name in found
    inner = of_items(found[name])
    return isinstance(inner, StructureShape) and exists(dict(inner.members), rest)


@pytest.mark.parametrize(("service", "described"), ANSWERS)
def test_each_member_of_an_answer_is_compared_or_has_a_reason_not_to_be(service: str, described: Described) -> None:
    found = members(service, described)
    assert sorted(overlooked(found, set(described.members))) == []
    assert [each for each in described.members if not exists(found, each)] == [], "AWS has no such member"
    assert [each for each, times in Counter(described.members).items() if times > 1] == []
    assert all(described.ignored.values())


def test_each_setting_of_a_bucket_is_read_or_has_a_reason_not_to_be() -> None:
    """S3 has a call for each setting: ``GetBucketCors`` and its like."""
    model = SESSION.get_service_model("s3")
    settings = {each for each in model.operation_names if each.startswith("GetBucket") or each in ACCESS}
    left_out = [name for names in NOT_READ for name in names.split()]
    assert sorted([*left_out, *{each.operation for each in DESCRIBED}]) == sorted(settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_each_kind_describes_its_answers(kind: Any) -> None:
    assert kind.described


VPC = Described("GetFunction", "Configuration", defaults={"Vpc": EMPTY, "Tracing.Mode": ("PassThrough", "Off")})


@pytest.mark.parametrize(
    "answer", [{}, {"Vpc": None}, {"Vpc": {"Ids": [], "Id": ""}}, {"Tracing": {}}, {"Tracing": {"Mode": "Off"}}]
)
def test_an_absent_empty_or_default_member_is_no_difference(answer: dict[str, Any]) -> None:
    assert VPC.undeclared(answer) == {}


def test_zero_is_a_value_of_a_member_that_is_absent_by_default() -> None:
    """Reserved concurrency of 0 stops a function."""
    stopped = Described("GetFunction", defaults={"Concurrency.Reserved": ABSENT})
    assert stopped.undeclared({"Concurrency": {"Reserved": 0}}) == {"Concurrency.Reserved": "0"}
    assert stopped.undeclared({}) == stopped.undeclared({"Concurrency": {}}) == {}


def test_another_value_is_shown_by_the_name_of_its_member() -> None:
    answer = {"Vpc": {"Ids": ["a"]}, "Tracing": {"Mode": "Active"}, "Other": 1}
    assert VPC.undeclared(answer) == {"Vpc": '{"Ids": ["a"]}', "Tracing.Mode": "Active"}

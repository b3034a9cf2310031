"""A question about a metric without dimensions is about the series that has none, as on AWS.

Stock MiniStack answers with all series of the name together, so that Lambda's metrics of all functions would be counted
once for the account, once by function and once by alias.
"""

from __future__ import annotations

from typing import Any

from measurements import PATCH
from ministack.services import cloudwatch
from pinned import require, require_parameters


class Asked(dict[str, str]):
    """The dimensions of a question: true even if there are none, which MiniStack would read as all."""

    def __bool__(self) -> bool:
        return True


def apply() -> None:
    """Let GetMetricData and GetMetricStatistics take no dimensions for what they are."""
    require_parameters(cloudwatch._dims_from_list, ("dimensions",), PATCH)
    for asks in (cloudwatch._get_metric_data, cloudwatch._get_metric_statistics):
        names = asks.__code__.co_names
        require({"_dims_from_list", "_dims_key"} <= set(names), PATCH, f"{asks.__name__} makes a key of its dimensions")
    stock = cloudwatch._dims_from_list

    def asked(dimensions: list[dict[str, Any]]) -> Asked:
        return Asked(stock(dimensions))

    cloudwatch._dims_from_list = asked

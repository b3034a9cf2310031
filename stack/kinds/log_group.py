"""CloudWatch log groups: one for each function and one for the API, each with its own retention."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stack.engine.kind import Grant
from stack.engine.limits import Limit
from stack.engine.model import Desired, Live
from stack.engine.stamps import read_stamp
from stack.errors import absent_is_done
from stack.kinds.aws_kind import AwsKind
from stack.kinds.described import EMPTY, Described

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PREFIXES = ("/aws/lambda/", "/aws/apigateway/")
RETENTION_DAYS = frozenset(
    (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
)
GROUPS = Described(
    "DescribeLogGroups",
    "logGroups",
    compared="retentionInDays",
    defaults={
        "kmsKeyId": EMPTY,
        "deletionProtectionEnabled": EMPTY,
        "bearerTokenAuthenticationEnabled": EMPTY,
        "dataProtectionStatus": ("DELETED", "DISABLED", "ARCHIVED"),
    },
    identity="logGroupName creationTime arn logGroupArn storedBytes",
    ignored={
        "logGroupClass": "cannot be changed after the creation",
        "metricFilterCount": "a metric filter counts events and changes none",
        "inheritedProperties retentionPolicyName": "belong to the account, not to the group",
    },
)
LOG_GROUPS = tuple(f"arn:aws:logs:{{region}}:{{account}}:log-group:{prefix}{{stack}}-*" for prefix in sorted(PREFIXES))


@dataclass(frozen=True, slots=True)
class LogGroupProps:
    """``retention_days`` is None where CloudWatch keeps the log for ever.

    ``undeclared`` is declared empty: settings that others made are drift.
    """

    retention_days: int | None
    undeclared: Mapping[str, str] = field(default_factory=dict)


class LogGroup(AwsKind[LogGroupProps]):
    name = "log_group"
    service = "logs"
    name_pattern = r"[A-Za-z0-9_/.#-]{1,512}"
    limits = (Limit("retention_days", f"is one of {sorted(RETENTION_DAYS)}", lambda each: each in RETENTION_DAYS),)
    described = (GROUPS,)
    grants = (
        Grant(
            "Logs",
            "logs",
            "CreateLogGroup DeleteDataProtectionPolicy DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey"
            " ListTagsForResource PutBearerTokenAuthentication PutLogGroupDeletionProtection PutRetentionPolicy"
            " TagResource",
            LOG_GROUPS,
        ),
        Grant("ListLogs", "logs", "DescribeLogGroups"),
    )

    def read(self, name: str) -> Live[LogGroupProps] | None:
        pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        found = next((group for page in pages for group in page["logGroups"] if group["logGroupName"] == name), None)
        if not found:
            return None
        tags = self._logs.list_tags_for_resource(resourceArn=self._arn(name))["tags"]
        owner, applied = read_stamp(tags)
        props = LogGroupProps(found.get("retentionInDays"), GROUPS.undeclared(found))
        return Live(name, props, {"arn": self._arn(name), "name": name}, owner, applied)

    def create(self, desired: Desired[LogGroupProps], tags: Mapping[str, str]) -> None:
        self._logs.create_log_group(logGroupName=desired.name, tags=dict(tags))
        self._retain(desired)

    def update(self, live: Live[LogGroupProps], desired: Desired[LogGroupProps], changed: frozenset[str]) -> None:
        if "retention_days" in changed:
            self._retain(desired)
        self._reset(live)

    def delete(self, live: Live[LogGroupProps]) -> None:
        with absent_is_done("ResourceNotFoundException"):
            if "deletionProtectionEnabled" in live.props.undeclared:
                self._reset(live)
            self._logs.delete_log_group(logGroupName=live.name)

    def stamp(self, live: Live[LogGroupProps], tags: Mapping[str, str]) -> None:
        self._logs.tag_resource(resourceArn=self._arn(live.name), tags=dict(tags))

    def names(self) -> Iterable[str]:
        pages = self._logs.get_paginator("describe_log_groups")
        for prefix in PREFIXES:
            for page in pages.paginate(logGroupNamePrefix=prefix + self.target.named("")):
                yield from (group["logGroupName"] for group in page["logGroups"])

    @property
    def _logs(self) -> CloudWatchLogsClient:
        client: CloudWatchLogsClient = self.target.client("logs")
        return client

    def _arn(self, name: str) -> str:
        return self.target.arn("logs", f"log-group:{name}")

    def _reset(self, live: Live[LogGroupProps]) -> None:
        """Take back the settings of others, each by a call of its own."""
        name, logs = live.name, self._logs
        calls: Mapping[str, Callable[[], object]] = {
            "kmsKeyId": lambda: logs.disassociate_kms_key(logGroupName=name),
            "dataProtectionStatus": lambda: logs.delete_data_protection_policy(logGroupIdentifier=name),
            "deletionProtectionEnabled": lambda: logs.put_log_group_deletion_protection(
                logGroupIdentifier=name, deletionProtectionEnabled=False
            ),
            "bearerTokenAuthenticationEnabled": lambda: logs.put_bearer_token_authentication(
                logGroupIdentifier=name, bearerTokenAuthenticationEnabled=False
            ),
        }
        for member in live.props.undeclared:
            calls[member]()

    def _retain(self, desired: Desired[LogGroupProps]) -> None:
        if desired.props.retention_days is None:
            self._logs.delete_retention_policy(logGroupName=desired.name)
        else:
            self._logs.put_retention_policy(logGroupName=desired.name, retentionInDays=desired.props.retention_days)

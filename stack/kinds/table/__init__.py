"""DynamoDB tables, on demand, with local indexes, time to live, point-in-time recovery and deletion protection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stack.engine.kind import Grant, Settling
from stack.engine.limits import at_most
from stack.engine.model import Desired, Live
from stack.engine.stamps import as_list, from_list, read_stamp
from stack.errors import StackError, absent_is_done, absent_is_none, code, retry_on, wait_until
from stack.kinds.aws_kind import AwsKind
from stack.kinds.table.answers import BACKUPS, RECOVERY_DAYS, TABLE, TIME_TO_LIVE, resets
from stack.kinds.together import together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TOO_OFTEN = "modified multiple times"
TABLES = ("arn:aws:dynamodb:{region}:{account}:table/{stack}-*",)


@dataclass(frozen=True, slots=True)
class LocalIndex:
    """A local secondary index. It projects all attributes; its keys are strings."""

    name: str
    sort_key: str


@dataclass(frozen=True, slots=True)
class TableProps:
    """The keys are strings. ``ttl_attribute`` is None where items have no time to live.

    ``undeclared`` is declared empty: settings that others made are drift.
    """

    partition_key: str
    sort_key: str
    local_indexes: tuple[LocalIndex, ...]
    ttl_attribute: str | None
    point_in_time_recovery: bool
    deletion_protection: bool
    billing: str = "PAY_PER_REQUEST"
    undeclared: Mapping[str, str] = field(default_factory=dict)


class Table(AwsKind[TableProps]):
    name = "table"
    service = "dynamodb"
    settling = Settling(
        300,
        "continuous backups, which DynamoDB enables only after a new table is active; and a deletion",
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html",
    )
    name_pattern = r"[A-Za-z0-9_.-]{3,255}"
    described = (TABLE, TIME_TO_LIVE, BACKUPS)
    limits = (
        at_most("partition_key", 255),
        at_most("sort_key", 255),
        at_most("local_indexes", 5, "indexes"),
    )
    grants = (
        Grant(
            "Tables",
            "dynamodb",
            "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource Scan"
            " TagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
            TABLES,
        ),
        Grant("ListTables", "dynamodb", "ListTables"),
        Grant("TableTags", "dynamodb", "ListTagsOfResource TagResource", emulator_only=True),
    )
    immutable = frozenset({"partition_key", "sort_key", "local_indexes"})
    holds_data = True

    @absent_is_none("ResourceNotFoundException")
    def read(self, name: str) -> Live[TableProps] | None:
        table = self._described(name)
        if not table or table["TableStatus"] == "DELETING":
            return None
        ttl, backups, tags = together(
            lambda: self._dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            lambda: self._dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"],
            lambda: self._tags(table["TableArn"]),
        )
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        keys = _keys(table["KeySchema"])
        props = TableProps(
            partition_key=keys["HASH"],
            sort_key=keys.get("RANGE", ""),
            local_indexes=tuple(
                LocalIndex(index["IndexName"], _keys(index["KeySchema"])["RANGE"])
                for index in sorted(table.get("LocalSecondaryIndexes", []), key=lambda each: each["IndexName"])
            ),
            ttl_attribute=ttl.get("AttributeName") if ttl.get("TimeToLiveStatus", "").startswith("ENABL") else None,
            point_in_time_recovery=recovery == "ENABLED",
            deletion_protection=table.get("DeletionProtectionEnabled", False),
            billing=table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            undeclared={**TABLE.undeclared(table), **(BACKUPS.undeclared(backups) if recovery == "ENABLED" else {})},
        )
        owner, applied = read_stamp(from_list(tags))
        return Live(name, props, _outputs(table), owner, applied)

    def outputs(self, name: str) -> Mapping[str, str] | None:
        table = self._described(name)
        return _outputs(table) if table else None

    def create(self, desired: Desired[TableProps], tags: Mapping[str, str]) -> None:
        props = desired.props
        attributes = {props.partition_key, props.sort_key, *(index.sort_key for index in props.local_indexes)}
        self._dynamodb.create_table(
            TableName=desired.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)],
            KeySchema=_schema(props.partition_key, props.sort_key),
            LocalSecondaryIndexes=[
                {
                    "IndexName": index.name,
                    "KeySchema": _schema(props.partition_key, index.sort_key),
                    "Projection": {"ProjectionType": "ALL"},
                }
                for index in props.local_indexes
            ],
            DeletionProtectionEnabled=props.deletion_protection,
            Tags=as_list(tags),
        )
        self._wait_active(desired.name)
        self._set_ttl(desired.name, None, props.ttl_attribute)
        if props.point_in_time_recovery:
            self._set_recovery(desired)

    def update(self, live: Live[TableProps], desired: Desired[TableProps], changed: frozenset[str]) -> None:
        if "ttl_attribute" in changed:
            self._set_ttl(live.name, live.props.ttl_attribute, desired.props.ttl_attribute)
        if "point_in_time_recovery" in changed or RECOVERY_DAYS in live.props.undeclared:
            self._set_recovery(desired)
        if "billing" in changed:
            self._dynamodb.update_table(TableName=live.name, BillingMode="PAY_PER_REQUEST")
            self._wait_active(live.name)
        if "deletion_protection" in changed:
            protect = desired.props.deletion_protection
            self._dynamodb.update_table(TableName=live.name, DeletionProtectionEnabled=protect)
            self._wait_active(live.name)
        for update in resets(live.props.undeclared):
            self._dynamodb.update_table(TableName=live.name, **update)
            self._wait_active(live.name)
        if copies := [name for name in ("Replicas", "VectorIndexes") if name in live.props.undeclared]:
            raise StackError(
                f"Cannot take back {' and '.join(copies)} of table {live.name}: the deployer has no rights for them. "
                "Delete them in DynamoDB and apply again."
            )

    def delete(self, live: Live[TableProps]) -> None:
        if live.props.deletion_protection:
            with absent_is_done("ResourceNotFoundException"):
                self._dynamodb.update_table(TableName=live.name, DeletionProtectionEnabled=False)
        with absent_is_done("ResourceNotFoundException"):
            self._dynamodb.delete_table(TableName=live.name)
        wait_until(
            lambda: self._status(live.name) is None,
            f"table {live.name} to be gone",
            seconds=self.settling.seconds,
            first_pause=self.first_pause,
        )

    def stamp(self, live: Live[TableProps], tags: Mapping[str, str]) -> None:
        """Write the tags that the table does not have: moto lists a tag as often as it was written."""
        has = from_list(self._tags(live.outputs["arn"]))
        new = {name: value for name, value in tags.items() if has.get(name) != value}
        if new:
            self._dynamodb.tag_resource(ResourceArn=live.outputs["arn"], Tags=as_list(new))

    def names(self) -> Iterable[str]:
        prefix = self.target.named("")
        for page in self._dynamodb.get_paginator("list_tables").paginate():
            yield from (name for name in page["TableNames"] if name.startswith(prefix))

    def contents(self, live: Live[TableProps]) -> str:
        """Count the items by a scan: ``ItemCount`` of DescribeTable is up to six hours old."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=live.name, Select="COUNT")
        return f"{sum(page['Count'] for page in pages):,} items"

    @property
    def _dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self.target.client("dynamodb")
        return client

    @absent_is_none("ResourceNotFoundException")
    def _described(self, name: str) -> Any:
        return self._dynamodb.describe_table(TableName=name)["Table"]

    def _tags(self, arn: str) -> list[Any]:
        """All tags. DynamoDB lists them in pages, so that the owner tags may be on a later one."""
        pages = self._dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        return [tag for page in pages for tag in page.get("Tags", [])]

    def _status(self, name: str) -> str | None:
        table = self._described(name)
        return table and str(table["TableStatus"])

    def _wait_active(self, name: str) -> None:
        wait_until(
            lambda: self._status(name) == "ACTIVE",
            f"table {name} to be active",
            seconds=self.settling.seconds,
            first_pause=self.first_pause,
        )

    def _set_ttl(self, name: str, old: str | None, new: str | None) -> None:
        """Disable time to live for one attribute and enable it for another.

        Raises:
            StackError: DynamoDB takes one change an hour. The first one counts, and an apply after that hour does the
                second. Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
        """
        for enabled, attribute in ((False, old), (True, new)):
            specification: Any = {"Enabled": enabled, "AttributeName": attribute}
            try:
                if attribute:
                    self._dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
            except ClientError as error:
                if code(error) != "ValidationException" or TOO_OFTEN not in str(error):
                    raise
                raise StackError(
                    f"Cannot set the TTL attribute of table {name} to {new}: DynamoDB takes one change an hour. "
                    "Apply again in an hour."
                ) from error

    def _set_recovery(self, desired: Desired[TableProps]) -> None:
        """Turn point-in-time recovery on or off, as soon as DynamoDB has enabled continuous backups.

        An omitted period is 35 days again.
        """
        wanted = desired.props.point_in_time_recovery
        retry_on(
            frozenset({"ContinuousBackupsUnavailableException"}),
            "",
            lambda: self._dynamodb.update_continuous_backups(
                TableName=desired.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": wanted}
            ),
            seconds=self.settling.seconds,
        )


def _schema(partition_key: str, sort_key: str) -> list[Any]:
    return [
        {"AttributeName": partition_key, "KeyType": "HASH"},
        {"AttributeName": sort_key, "KeyType": "RANGE"},
    ]


def _outputs(table: Any) -> dict[str, str]:
    arn = table["TableArn"]
    return {"arn": arn, "name": table["TableName"], "id": table.get("TableId", arn)}


def _keys(schema: Iterable[Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}

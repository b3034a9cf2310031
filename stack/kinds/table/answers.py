"""The answers of DynamoDB about a table, member by member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from stack.kinds.described import EMPTY, Described

RECOVERY_DAYS = "PointInTimeRecoveryDescription.RecoveryPeriodInDays"
TABLE = Described(
    "DescribeTable",
    "Table",
    compared="KeySchema BillingModeSummary.BillingMode DeletionProtectionEnabled LocalSecondaryIndexes.IndexName"
    " LocalSecondaryIndexes.KeySchema",
    defaults={
        "StreamSpecification": EMPTY,
        "SSEDescription": ({"Status": "DISABLED"},),
        "TableClassSummary.TableClass": ("STANDARD",),
        "OnDemandThroughput": ({"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1},),
        "GlobalSecondaryIndexes": EMPTY,
        "VectorIndexes": EMPTY,
        "Replicas": EMPTY,
    },
    identity="TableName TableStatus CreationDateTime TableSizeBytes ItemCount TableArn TableId RestoreSummary"
    " ArchivalSummary LatestStreamLabel LatestStreamArn TableClassSummary.LastUpdateDateTime"
    " BillingModeSummary.LastUpdateToPayPerRequestDateTime LocalSecondaryIndexes.IndexSizeBytes"
    " LocalSecondaryIndexes.ItemCount LocalSecondaryIndexes.IndexArn",
    ignored={
        "AttributeDefinitions": "follow from the keys",
        "LocalSecondaryIndexes.Projection": "cannot be changed after the creation",
        "ProvisionedThroughput": "is 0 in a table on demand, and a table with another billing is drift",
        "WarmThroughput": "DynamoDB raises it with use, and nobody can lower it",
        "GlobalTableVersion GlobalTableWitnesses GlobalTableSettingsReplicationMode MultiRegionConsistency"
        " DisassociationProtectionEnabled": "describe replicas, which are drift themselves",
    },
)
TIME_TO_LIVE = Described("DescribeTimeToLive", "TimeToLiveDescription", compared="TimeToLiveStatus AttributeName")
BACKUPS = Described(
    "DescribeContinuousBackups",
    "ContinuousBackupsDescription",
    compared="PointInTimeRecoveryDescription.PointInTimeRecoveryStatus",
    defaults={RECOVERY_DAYS: (35,)},
    identity="PointInTimeRecoveryDescription.EarliestRestorableDateTime"
    " PointInTimeRecoveryDescription.LatestRestorableDateTime",
    ignored={"ContinuousBackupsStatus": "is always on"},
)


def resets(undeclared: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The arguments of UpdateTable that take back the settings of others; DynamoDB takes one of them in a call."""
    resets: dict[str, dict[str, Any]] = {
        "StreamSpecification": {"StreamSpecification": {"StreamEnabled": False}},
        "SSEDescription": {"SSESpecification": {"Enabled": False}},
        "TableClassSummary.TableClass": {"TableClass": "STANDARD"},
        "OnDemandThroughput": {"OnDemandThroughput": {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}},
    }
    yield from (resets[member] for member in undeclared if member in resets)
    for index in json.loads(undeclared.get("GlobalSecondaryIndexes", "[]")):
        yield {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": index["IndexName"]}}]}

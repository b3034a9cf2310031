"""The answers of Lambda about a function, its alias and its events, member by member."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stack.kinds.described import ABSENT, EMPTY, Described

CONFIGURATION = Described(
    "GetFunction",
    "Configuration",
    compared="Runtime Role Handler Description Timeout MemorySize CodeSha256 Environment.Variables Layers.Arn"
    " Architectures LoggingConfig.LogGroup",
    defaults={
        "VpcConfig": EMPTY,
        "DeadLetterConfig": EMPTY,
        "KMSKeyArn": EMPTY,
        "TracingConfig.Mode": ("PassThrough",),
        "FileSystemConfigs": EMPTY,
        "EphemeralStorage.Size": (512,),
        "SnapStart.ApplyOn": ("None",),
        "LoggingConfig.LogFormat": ("Text",),
        "LoggingConfig.ApplicationLogLevel": EMPTY,
        "LoggingConfig.SystemLogLevel": EMPTY,
        "RuntimeConfig": EMPTY,
        "AcceleratorConfig": EMPTY,
    },
    identity="FunctionName FunctionArn CodeSize LastModified Version MasterArn RevisionId ConfigSha256 State"
    " StateReason StateReasonCode LastUpdateStatus LastUpdateStatusReason LastUpdateStatusReasonCode Environment.Error"
    " SnapStart.OptimizationStatus Layers.CodeSize Layers.SigningProfileVersionArn Layers.SigningJobArn"
    " SigningProfileVersionArn SigningJobArn",
    ignored={
        "PackageType ImageConfigResponse": "an image cannot take the place of a zip",
        "TenancyConfig CapacityProviderConfig DurableConfig": "cannot be set after the creation",
        "RuntimeVersionConfig": "Lambda moves it with each patch of the runtime",
    },
)
FUNCTION = Described(
    "GetFunction",
    compared="Configuration",
    defaults={"Concurrency.ReservedConcurrentExecutions": ABSENT},
    identity="Code Tags TagsError",
)
ALIASES = Described(
    "GetAlias",
    compared="FunctionVersion RoutingConfig",
    identity="AliasArn Name RevisionId",
    ignored={"Description": "a text for people"},
)
FAILURES = Described(
    "GetFunctionEventInvokeConfig",
    compared="MaximumRetryAttempts DestinationConfig.OnFailure",
    identity="LastModified FunctionArn",
    ignored={"MaximumEventAgeInSeconds DestinationConfig.OnSuccess": "every write keeps them as they are"},
)
MAPPINGS = Described(
    "ListEventSourceMappings",
    "EventSourceMappings",
    compared="BatchSize EventSourceArn State FunctionResponseTypes",
    defaults={
        "MaximumBatchingWindowInSeconds": EMPTY,
        "FilterCriteria": EMPTY,
        "KMSKeyArn": EMPTY,
        "MetricsConfig": EMPTY,
        "LoggingConfig": EMPTY,
        "ScalingConfig": EMPTY,
        "ProvisionedPollerConfig": EMPTY,
    },
    identity="UUID FunctionArn LastModified LastProcessingResult StateTransitionReason EventSourceMappingArn"
    " FilterCriteriaError",
    ignored={
        "StartingPosition StartingPositionTimestamp ParallelizationFactor DestinationConfig Topics Queues"
        " SourceAccessConfigurations SelfManagedEventSource MaximumRecordAgeInSeconds BisectBatchOnFunctionError"
        " MaximumRetryAttempts TumblingWindowInSeconds AmazonManagedKafkaEventSourceConfig"
        " SelfManagedKafkaEventSourceConfig DocumentDBEventSourceConfig": "belong to streams, Kafka and DocumentDB",
    },
)
CONFIGURATION_RESETS: dict[str, Any] = {
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "DeadLetterConfig": {"TargetArn": ""},
    "KMSKeyArn": "",
    "TracingConfig": {"Mode": "PassThrough"},
    "FileSystemConfigs": [],
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None"},
    "RuntimeConfig": {},
    "AcceleratorConfig": {},
}
"""Arguments of UpdateFunctionConfiguration, which keeps an omitted one; every change sends the LoggingConfig."""
MAPPING_RESETS: dict[str, Any] = {
    "MaximumBatchingWindowInSeconds": 0,
    "FilterCriteria": {},
    "KMSKeyArn": "",
    "MetricsConfig": {"Metrics": []},
    "LoggingConfig": {},
    "ScalingConfig": {},
    "ProvisionedPollerConfig": {},
}
"""Arguments of UpdateEventSourceMapping, which keeps an omitted one."""


def resets(undeclared: Iterable[str], arguments: dict[str, Any]) -> dict[str, Any]:
    """The ``arguments`` that take back the ``undeclared`` members."""
    names = {member.partition(".")[0] for member in undeclared}
    return {name: value for name, value in arguments.items() if name in names}

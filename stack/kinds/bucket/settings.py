"""The settings of a bucket: a read function and a write function each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stack.errors import absent_is_none
from stack.kinds.bucket.answers import ENCRYPTION, LIFECYCLE
from stack.kinds.bucket.notifications import read_notifications, write_notifications
from stack.kinds.bucket.props import TLS_ONLY, BucketProps, CorsRule, LifecycleRule, bucket_arn

if TYPE_CHECKING:
    from stack.target.target import Target

BLOCKED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class Setting:
    """``read`` returns the value of one property of the named bucket; ``write`` writes the declared value."""

    read: Callable[[Target, str], Any]
    write: Callable[[Target, str, BucketProps], None]


def _read_versioning(target: Target, name: str) -> bool:
    return bool(target.client("s3").get_bucket_versioning(Bucket=name).get("Status") == "Enabled")


def _write_versioning(target: Target, name: str, props: BucketProps) -> None:
    status = "Enabled" if props.versioned else "Suspended"
    target.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})


@absent_is_none("ServerSideEncryptionConfigurationNotFoundError")
def _encryption(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]


def _read_encryption(target: Target, name: str) -> str:
    """The algorithm; with another key or a bucket key, which are never declared, these as well."""
    rule = (_encryption(target, name) or [{}])[0]
    algorithm = str(rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm", ""))
    undeclared = ENCRYPTION.undeclared(rule)
    return f"{algorithm} with {json.dumps(undeclared, sort_keys=True)}" if undeclared else algorithm


def _write_encryption(target: Target, name: str, props: BucketProps) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": props.encryption}}
    target.client("s3").put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})


@absent_is_none("NoSuchPublicAccessBlockConfiguration")
def _access(target: Target, name: str) -> Any:
    return target.client("s3").get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]


def _read_access(target: Target, name: str) -> bool:
    blocked = _access(target, name) or {}
    return all(blocked.get(each) for each in BLOCKED)


def _write_access(target: Target, name: str, props: BucketProps) -> None:
    blocked = dict.fromkeys(BLOCKED, props.private)
    target.client("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)


@absent_is_none("OwnershipControlsNotFoundError")
def _ownership(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]


def _read_ownership(target: Target, name: str) -> str:
    return ", ".join(rule["ObjectOwnership"] for rule in _ownership(target, name) or ())


def _write_ownership(target: Target, name: str, props: BucketProps) -> None:
    rules = [{"ObjectOwnership": props.ownership}]
    target.client("s3").put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": rules})


@absent_is_none("NoSuchBucketPolicy")
def _policy(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_policy(Bucket=name)["Policy"]


def _read_policy(target: Target, name: str) -> str:
    found = json.loads(_policy(target, name) or "{}")
    return json.dumps(found, sort_keys=True) if found and found != _tls_policy(name) else TLS_ONLY if found else ""


def _write_policy(target: Target, name: str, props: BucketProps) -> None:
    if props.policy:
        target.client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_policy(name), sort_keys=True))
    else:
        target.client("s3").delete_bucket_policy(Bucket=name)


def _tls_policy(name: str) -> Mapping[str, Any]:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn(name), f"{bucket_arn(name)}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@absent_is_none("NoSuchCORSConfiguration")
def _cors(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_cors(Bucket=name)["CORSRules"]


def _read_cors(target: Target, name: str) -> tuple[CorsRule, ...]:
    rules = (
        CorsRule(
            origin=", ".join(sorted(rule["AllowedOrigins"])),
            methods=tuple(sorted(rule["AllowedMethods"])),
            headers=tuple(sorted(rule.get("AllowedHeaders", []))),
            exposes=tuple(sorted(rule.get("ExposeHeaders", []))),
            max_age=rule.get("MaxAgeSeconds", 0),
        )
        for rule in _cors(target, name) or ()
    )
    return tuple(sorted(rules, key=lambda rule: rule.origin))


def _write_cors(target: Target, name: str, props: BucketProps) -> None:
    rules = [
        {
            "AllowedOrigins": [rule.origin],
            "AllowedMethods": list(rule.methods),
            "AllowedHeaders": list(rule.headers),
            "ExposeHeaders": list(rule.exposes),
            "MaxAgeSeconds": rule.max_age,
        }
        for rule in props.cors
    ]
    if rules:
        target.client("s3").put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    else:
        target.client("s3").delete_bucket_cors(Bucket=name)


@absent_is_none("NoSuchLifecycleConfiguration")
def _lifecycle(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_lifecycle_configuration(Bucket=name)["Rules"]


def _read_lifecycle(target: Target, name: str) -> tuple[LifecycleRule, ...]:
    rules = (
        LifecycleRule(
            name=rule.get("ID", ""),
            prefix=_prefix(rule),
            expire_days=rule.get("Expiration", {}).get("Days", 0),
            old_version_days=rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0),
            unfinished_upload_days=rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 0),
            undeclared=LIFECYCLE.undeclared(rule),
        )
        for rule in _lifecycle(target, name) or ()
        if rule["Status"] == "Enabled"
    )
    return tuple(sorted(rules, key=lambda rule: rule.name))


def _prefix(rule: Any) -> str:
    """The prefix; with any other condition the whole filter, which is never declared."""
    condition = rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}
    return str(condition["Prefix"] if condition.keys() == {"Prefix"} else json.dumps(condition, sort_keys=True))


def _write_lifecycle(target: Target, name: str, props: BucketProps) -> None:
    rules = [_rule(rule) for rule in props.lifecycle]
    if rules:
        target.client("s3").put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    else:
        target.client("s3").delete_bucket_lifecycle(Bucket=name)


def _rule(rule: LifecycleRule) -> dict[str, Any]:
    made: dict[str, Any] = {"ID": rule.name, "Status": "Enabled", "Filter": {"Prefix": rule.prefix}}
    if rule.expire_days:
        made["Expiration"] = {"Days": rule.expire_days}
    if rule.old_version_days:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule.old_version_days}
    if rule.unfinished_upload_days:
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule.unfinished_upload_days}
    return made


@absent_is_none("ReplicationConfigurationNotFoundError")
def _replication(target: Target, name: str) -> Any:
    return target.client("s3").get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"]


def _read_copies(target: Target, name: str) -> dict[str, str]:
    return {rule["Destination"]["Bucket"]: rule["Status"] for rule in _replication(target, name) or ()}


def _write_copies(target: Target, name: str, props: BucketProps) -> None:
    del props  # a replication is never declared
    target.client("s3").delete_bucket_replication(Bucket=name)


SETTINGS = {
    "copies": Setting(_read_copies, _write_copies),
    "cors": Setting(_read_cors, _write_cors),
    "encryption": Setting(_read_encryption, _write_encryption),
    "lifecycle": Setting(_read_lifecycle, _write_lifecycle),
    "notifies": Setting(read_notifications, write_notifications),
    "ownership": Setting(_read_ownership, _write_ownership),
    "policy": Setting(_read_policy, _write_policy),
    "private": Setting(_read_access, _write_access),
    "versioned": Setting(_read_versioning, _write_versioning),
}

"""The answers of S3 about a bucket, member by member. S3 has a read call for each setting."""

from __future__ import annotations

from stack.kinds.described import EMPTY, Described

VERSIONING = Described(
    "GetBucketVersioning",
    compared="Status",
    ignored={"MFADelete": "only the root user with a device can change it, and it only refuses"},
)
ENCRYPTION = Described(
    "GetBucketEncryption",
    "ServerSideEncryptionConfiguration.Rules",
    compared="ApplyServerSideEncryptionByDefault.SSEAlgorithm",
    defaults={"ApplyServerSideEncryptionByDefault.KMSMasterKeyID": EMPTY, "BucketKeyEnabled": EMPTY},
    ignored={"BlockedEncryptionTypes": "S3 blocks keys of clients (SSE-C) in new buckets, and nothing uses them"},
)
ACCESS = Described(
    "GetPublicAccessBlock",
    "PublicAccessBlockConfiguration",
    compared="BlockPublicAcls IgnorePublicAcls BlockPublicPolicy RestrictPublicBuckets",
)
OWNERSHIP = Described("GetBucketOwnershipControls", "OwnershipControls", compared="Rules")
POLICY = Described("GetBucketPolicy", compared="Policy")
CORS = Described(
    "GetBucketCors",
    "CORSRules",
    compared="AllowedHeaders AllowedMethods AllowedOrigins ExposeHeaders MaxAgeSeconds",
    identity="ID",
)
LIFECYCLE = Described(
    "GetBucketLifecycleConfiguration",
    "Rules",
    compared="ID Prefix Filter Status Expiration.Days NoncurrentVersionExpiration.NoncurrentDays"
    " AbortIncompleteMultipartUpload",
    defaults={
        "Expiration.Date": EMPTY,
        "Expiration.ExpiredObjectDeleteMarker": EMPTY,
        "Transitions": EMPTY,
        "NoncurrentVersionTransitions": EMPTY,
        "NoncurrentVersionExpiration.NewerNoncurrentVersions": EMPTY,
    },
)
LIFECYCLES = Described(
    "GetBucketLifecycleConfiguration",
    compared="Rules",
    ignored={"TransitionDefaultMinimumObjectSize": "bounds transitions, and a rule with one is drift"},
)
NOTIFICATIONS = Described(
    "GetBucketNotificationConfiguration",
    compared="TopicConfigurations.TopicArn TopicConfigurations.Events TopicConfigurations.Filter"
    " QueueConfigurations.QueueArn QueueConfigurations.Events QueueConfigurations.Filter"
    " LambdaFunctionConfigurations.LambdaFunctionArn LambdaFunctionConfigurations.Events"
    " LambdaFunctionConfigurations.Filter EventBridgeConfiguration",
    identity="TopicConfigurations.Id QueueConfigurations.Id LambdaFunctionConfigurations.Id",
)
REPLICATION = Described("GetBucketReplication", "ReplicationConfiguration", compared="Rules", identity="Role")
DESCRIBED = (
    VERSIONING,
    ENCRYPTION,
    ACCESS,
    OWNERSHIP,
    POLICY,
    CORS,
    LIFECYCLE,
    LIFECYCLES,
    NOTIFICATIONS,
    REPLICATION,
)
NOT_READ = {
    "GetBucketTagging": "the tags are the owner and the stamp",
    "GetBucketLocation": "cannot be changed after the creation",
    "GetBucketLifecycle GetBucketNotification": "older forms of calls that are read",
    "GetBucketAcl GetBucketPolicyStatus GetBucketWebsite": "open nothing: ACLs are off, and public access is blocked",
    "GetBucketAccelerateConfiguration GetBucketRequestPayment": "change the cost and the route, and no object",
    "GetBucketAnalyticsConfiguration GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration"
    " GetBucketLogging GetBucketMetadataConfiguration GetBucketMetadataTableConfiguration GetBucketMetricsConfiguration"
    " GetBucketAbac": "observe the bucket, and change no object",
}
"""The other read calls of S3 for a setting, with the reason why a plan does without each."""

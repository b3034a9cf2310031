"""Names on which the functions and the topology must agree: each is written here and nowhere else."""

from __future__ import annotations

STAGE = "v1"
"""The stage of the REST API: the last part of the API's URL."""
ALIAS = "live"
"""The alias of each Lambda function that API Gateway, S3 and SQS invoke."""

PARTITION_KEY, SORT_KEY = "pk", "sk"
"""Attributes of the table's primary key."""
BY_DATE = "by_date"
"""The attribute that sorts expenses by date, and the local secondary index on it."""
EXPIRES_AT = "expires_at"
"""The time-to-live attribute, in seconds since 1970: DynamoDB removes the item after it."""

UPLOADS = "users/"
"""Prefix of the objects that clients upload; nothing has inspected them yet."""
INSPECTED = "receipts/"
"""Prefix of the objects that passed their inspection."""
THUMBNAILS = "thumbnails/"
"""Prefix of the thumbnails."""

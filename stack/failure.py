"""The base of every failure that is meant for the person at the terminal.

In a module without imports, so that the health check of a container can use it without loading the AWS SDK.
"""

from __future__ import annotations


class StackError(Exception):
    """A failure whose message is meant for the person at the terminal: "Cannot X Y: cause. Do Z."."""

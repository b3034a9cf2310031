"""Call one Lambda handler in a process of its own: the call on standard input, the answer on standard output."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time


class Context:
    """What a handler may ask of Lambda about its call."""

    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
    memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
    log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def __init__(self, request_id: str, arn: str) -> None:
        self.aws_request_id, self.invoked_function_arn = request_id, arn
        self.deadline = time.time() + float(os.environ["AWS_LAMBDA_FUNCTION_TIMEOUT"])

    def get_remaining_time_in_millis(self) -> int:
        return int((self.deadline - time.time()) * 1000)


def main(handler: str) -> int:
    """Print what the handler returns, or what it raised; 1 in the latter case."""
    call, answer = json.load(sys.stdin), sys.stdout
    sys.stdout = sys.stderr  # what a handler prints is its log
    module, _, function = handler.rpartition(".")
    try:
        handle = getattr(importlib.import_module(module.replace("/", ".")), function)
        text = json.dumps(handle(json.loads(call["event"]), Context(call["id"], call["arn"])))
    except Exception as error:  # noqa: BLE001 (Lambda reports whatever a handler raises)
        answer.write(json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}))
        return 1
    answer.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

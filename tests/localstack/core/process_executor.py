"""Run Lambda functions of LocalStack's open core in a child process each, without containers.

LocalStack finds this by its entry point and takes it with ``LAMBDA_RUNTIME_EXECUTOR=process``. Layers lie under the
code, as in Lambda. The handlers' interpreter is named by ``HANDLERS_PYTHON``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

CALL_HANDLER = Path(__file__).with_name("call_handler.py")
HOST = "127.0.0.1"


class ProcessExecutor(RuntimeExecutor):
    """One execution environment: it keeps nothing between two calls but its variables."""

    def start(self, env_vars: dict[str, str]) -> None:
        self.variables = {key: str(value) for key, value in env_vars.items()}

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        config = self.function_version.config
        call = {"id": payload["invoke-id"], "arn": payload["invoked-function-arn"], "event": payload["payload"]}
        layers = [layer.code.get_unzipped_code_location() / "python" for layer in config.layers]
        path = [str(config.code.get_unzipped_code_location()), *map(str, layers)]
        inherited = {"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "PYTHONPATH": os.pathsep.join(path)}
        answer = subprocess.run(
            [os.environ.get("HANDLERS_PYTHON", sys.executable), str(CALL_HANDLER), config.handler],
            input=json.dumps(call),
            env={**self.variables, **inherited},
            cwd=path[0],
            capture_output=True,
            text=True,
            timeout=config.timeout + 5,
            check=False,
        )
        failed = answer.returncode != 0
        result = answer.stdout or json.dumps({"errorType": "Runtime.ExitError", "errorMessage": answer.stderr[-2000:]})
        return InvocationResult(payload["invoke-id"], result.encode(), is_error=failed, logs=answer.stderr)

    def stop(self) -> None:
        """Nothing runs between two calls."""

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return ""

    def get_logs(self) -> str:
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()
        for layer in function_version.config.layers:
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Nothing: other versions run the same code, and all files go with the process."""


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *_: object, **__: object) -> type[RuntimeExecutor]:
        return ProcessExecutor

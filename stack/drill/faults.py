"""The failures that a drill causes. Those that outlive a killed drill are drift, or messages in a queue."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack import clock
from stack.kinds.alias import ALIAS
from stack.topology.watching.metrics import Metric

if TYPE_CHECKING:
    from stack.target.target import Target

MARK = {"drill": True}
"""The body of a message that a drill sends: no function understands it."""
HIDDEN_SECONDS = 5
LOOKS = 20
"""Receives of ten messages until a drill's own one must have come."""


class Fault:
    """A failure. ``how`` continues "the drill"."""

    how: str

    def begin(self) -> None:
        """Cause it."""

    def again(self) -> None:
        """Do what has to be repeated until the alarm fires."""

    def end(self) -> None:
        """Repair it. Works a second time, and also in a process that did not cause it."""

    def calm(self) -> None:
        """Do what has to be repeated until the alarm recovers."""


@dataclass
class Repeated(Fault):
    """Something that fails by itself and leaves nothing to repair."""

    how: str
    act: Callable[[], Any]

    def again(self) -> None:
        self.act()


@dataclass
class Lowered(Fault):
    """A threshold so low that ordinary values reach it, and a call that makes such a value."""

    target: Target
    alarm: str
    threshold: float
    how: str
    act: Callable[[], Any]
    _before: dict[str, Any] | None = None

    def begin(self) -> None:
        cloudwatch = self.target.client("cloudwatch")
        (found,) = cloudwatch.describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"]
        taken = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        before = {key: value for key, value in found.items() if key in taken and value not in (None, [], "")}
        if before.get("ExtendedStatistic"):
            before.pop("Statistic", None)  # an emulator shows both
        self._before = before
        cloudwatch.put_metric_alarm(**{**before, "Threshold": self.threshold})

    def again(self) -> None:
        self.act()

    def end(self) -> None:
        if self._before:
            self.target.client("cloudwatch").put_metric_alarm(**self._before)


@dataclass
class Throttled(Fault):
    """A function without concurrency, and calls that Lambda refuses."""

    target: Target
    key: str
    how: str = "reserves no concurrency for the function public, and calls it"

    def begin(self) -> None:
        self._lambda.put_function_concurrency(FunctionName=self._name, ReservedConcurrentExecutions=0)

    def again(self) -> None:
        try:
            self._lambda.invoke(FunctionName=self._name, Payload=b"{}")
        except self._lambda.exceptions.TooManyRequestsException:
            return

    def end(self) -> None:
        self._lambda.delete_function_concurrency(FunctionName=self._name)

    @property
    def _name(self) -> str:
        return self.target.named(self.key)

    @property
    def _lambda(self) -> Any:
        return self.target.client("lambda")


@dataclass
class BrokenDeployment(Fault):
    """A version of a function that does not start, behind the alias that the API calls."""

    target: Target
    key: str
    url: str
    how: str = "deploys a version of the function public that does not start, and calls GET /health"
    _before: tuple[str, str] | None = None
    _version: str = ""

    def begin(self) -> None:
        client, name = self.target.client("lambda"), self.target.named(self.key)
        handler = client.get_function_configuration(FunctionName=name)["Handler"]
        live = client.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
        self._before = (handler, live)
        self._configure("drill.handler_that_does_not_exist")
        self._version = client.publish_version(FunctionName=name)["Version"]
        client.get_waiter("function_active_v2").wait(FunctionName=name, Qualifier=self._version)
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=self._version)

    def again(self) -> None:
        get(self.target, f"{self.url}/health")

    def end(self) -> None:
        if not self._before:
            return
        client, name = self.target.client("lambda"), self.target.named(self.key)
        handler, live = self._before
        client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=live)
        self._configure(handler)
        if self._version:
            client.delete_function(FunctionName=name, Qualifier=self._version)
            self._version = ""

    def calm(self) -> None:
        self.again()

    def _configure(self, handler: str) -> None:
        client, name = self.target.client("lambda"), self.target.named(self.key)
        client.update_function_configuration(FunctionName=name, Handler=handler)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)


@dataclass
class Message(Fault):
    """A message that no function understands."""

    target: Target
    queue: str
    how: str = "puts a message into the queue of dead letters"

    def begin(self) -> None:
        self._sqs.send_message(QueueUrl=self._url, MessageBody=json.dumps(MARK))

    def end(self) -> None:
        """Delete the drill's messages; others become visible again at once."""
        for _ in range(LOOKS):
            received = self._sqs.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS
            )
            messages = received.get("Messages", [])
            own = [each for each in messages if each["Body"] == json.dumps(MARK)]
            for each in own:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
            for each in messages:
                if each not in own:
                    self._sqs.change_message_visibility(
                        QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
                    )
            if own or not messages:
                return

    @property
    def _url(self) -> str:
        return str(self._sqs.get_queue_url(QueueName=self.target.named(self.queue))["QueueUrl"])

    @property
    def _sqs(self) -> Any:
        return self.target.client("sqs")


@dataclass
class Unpolled(Fault):
    """A queue that Lambda does not poll, with a message that gets older."""

    target: Target
    message: Message
    lowered: Lowered
    key: str
    how: str = "disables the trigger of the eraser, sends it a message, and lowers the threshold to a second"
    _mappings: list[str] = field(default_factory=list)

    def begin(self) -> None:
        client = self.target.client("lambda")
        found = client.list_event_source_mappings(FunctionName=f"{self.target.named(self.key)}:{ALIAS}")
        self._mappings = [each["UUID"] for each in found["EventSourceMappings"]]
        self._enable(on=False)
        self.message.begin()
        self.lowered.begin()

    def end(self) -> None:
        """Delete the message before Lambda polls again."""
        self.message.end()
        self.lowered.end()
        self._enable(on=True)

    def _enable(self, *, on: bool) -> None:
        client, wanted = self.target.client("lambda"), "Enabled" if on else "Disabled"
        for mapping in self._mappings:
            client.update_event_source_mapping(UUID=mapping, Enabled=on)
            while client.get_event_source_mapping(UUID=mapping)["State"] != wanted:
                clock.sleep(1)


@dataclass
class Published(Fault):
    """A value of a metric that this project publishes, as if its cause had happened."""

    target: Target
    metric: Metric
    value: float
    how: str
    rest: float | None = None
    """The value of the next check, which finds nothing."""

    def begin(self) -> None:
        self._put(self.value)

    def calm(self) -> None:
        if self.rest is not None:
            self._put(self.rest)

    def _put(self, value: float) -> None:
        dimensions = [{"Name": name, "Value": each} for name, each in self.metric.dimensions.items()]
        datum = {"MetricName": self.metric.name, "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        self.target.client("cloudwatch").put_metric_data(Namespace=self.metric.namespace, MetricData=[datum])


def call(target: Target, key: str, event: Mapping[str, Any]) -> Callable[[], None]:
    """A call of the live version of a function; a failure of the function is no failure of the call."""

    def invoke() -> None:
        name, payload = target.named(key), json.dumps(event).encode()
        target.client("lambda").invoke(FunctionName=name, Qualifier=ALIAS, Payload=payload)["Payload"].read()

    return invoke


def get(target: Target, url: str) -> int:
    """The status of a GET request without a token; 0 without an answer."""
    proxies = [urllib.request.ProxyHandler({})] if target.is_emulator else []
    try:
        with urllib.request.build_opener(*proxies).open(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0

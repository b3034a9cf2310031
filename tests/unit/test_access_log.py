"""The format of the gateway's access log: JSON whatever is absent, of variables that API Gateway has, about nobody."""

from __future__ import annotations

import json
import re

from stack.topology.api.rest_api import ACCESS_LOG, log_format

DOCUMENTED = frozenset(
    """
    accountId apiId authorize.error authorize.latency authorize.status authorizer.error
    authorizer.integrationLatency authorizer.integrationStatus authorizer.latency authorizer.principalId
    authorizer.requestId authorizer.status authenticate.error authenticate.latency authenticate.status
    awsEndpointRequestId customDomain.basePathMatched deploymentId domainName domainPrefix endpointType
    error.message error.messageString error.responseType error.validationErrorString extendedRequestId
    httpMethod identity.accountId identity.apiKey identity.apiKeyId identity.caller
    identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId
    identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp identity.user identity.userAgent
    identity.userArn integration.error integration.integrationStatus integration.latency integration.requestId
    integration.status integrationLatency integrationStatus isCanaryRequest path protocol requestId requestTime
    requestTimeEpoch resourceId resourcePath responseLatency responseLength stage status waf.error waf.latency
    waf.status wafResponseCode webaclArn xrayTraceId
    """.split()  # noqa: SIM905 (a list would have 70 lines)
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html"""
OF_THE_USER = re.compile(r"identity|authorizer|\bpath$|domain|message|validationErrorString|integration\.error")
NEEDED = {"requestId", "time", "method", "route", "status", "latency"}
VARIABLE = re.compile(r"\$context\.([A-Za-z.]+)")


def test_api_gateway_has_every_variable_of_the_access_log() -> None:
    assert {VARIABLE.fullmatch(each)[1] for each in ACCESS_LOG.values()} <= DOCUMENTED  # type: ignore[index]


def test_a_line_is_json_also_where_nothing_is_known() -> None:
    line = json.loads(VARIABLE.sub("-", log_format()))
    assert line.keys() == ACCESS_LOG.keys() >= NEEDED
    assert set(line.values()) == {"-"}


def test_a_line_has_one_row_and_the_id_that_api_gateway_requires() -> None:
    assert "\n" not in log_format()
    assert "$context.requestId" in log_format()


def test_no_variable_tells_who_called_or_quotes_a_request() -> None:
    assert not [each for each in ACCESS_LOG.values() if OF_THE_USER.search(each)]

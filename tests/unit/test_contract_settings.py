"""What the topology writes into a function's environment is what the function reads from it."""

from __future__ import annotations

import pytest

from handlers.contract.settings import (
    Environment,
    EraserSettings,
    ExpensesSettings,
    ProfileSettings,
    PublicSettings,
    ReportsSettings,
)

VALUES = {
    "cors_origin": "http://localhost:5173",
    "table_name": "data",
    "user_pool_client_id": "client",
    "cursor_key": "k",
    "erasures_url": "http://localhost:4566/000000000000/erasures",
    "bucket_name": "receipts",
    "user_pool_id": "pool",
    "settle_seconds": "60",
}
CLASSES: list[type[Environment]] = [ExpensesSettings, ReportsSettings, ProfileSettings, PublicSettings, EraserSettings]


def values_of(settings: type[Environment]) -> dict[str, str]:
    return {name: value for name, value in VALUES.items() if name in settings.__dataclass_fields__}


@pytest.mark.parametrize("settings", CLASSES)
def test_settings_survive_the_way_through_the_environment(settings: type[Environment]) -> None:
    values = values_of(settings)
    environment = settings.environment(**values)
    assert all(name.isupper() for name in environment)
    found = settings.read({**environment, "AWS_REGION": "us-east-1"})
    assert {name: getattr(found, name) for name in values} == values


def test_a_placeholder_goes_through_untouched() -> None:
    later = object()
    assert PublicSettings.environment(cors_origin=later) == {"CORS_ORIGIN": later}


def test_a_missing_or_a_superfluous_value_is_refused_where_it_is_declared() -> None:
    with pytest.raises(TypeError, match="PublicSettings takes"):
        PublicSettings.environment()
    with pytest.raises(TypeError, match="cursor_key"):
        PublicSettings.environment(cors_origin="*", cursor_key="k")


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(KeyError, match="TABLE_NAME"):
        ReportsSettings.read({"CORS_ORIGIN": "*", "USER_POOL_CLIENT_ID": "c"})


def test_only_the_function_that_signs_cursors_gets_the_key() -> None:
    assert [each for each in CLASSES if "cursor_key" in each.__dataclass_fields__] == [ExpensesSettings]

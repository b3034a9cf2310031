"""The table of time zones against the database that the ``tzdata`` package ships."""

from __future__ import annotations

from importlib.resources import files

from handlers.contract.time_zones import TIME_ZONES

NOT_A_PLACE = {"Factory", "localtime"}


def test_the_table_has_every_name_of_the_database_and_no_other() -> None:
    shipped = set((files("tzdata") / "zones").read_text().split())
    assert shipped - NOT_A_PLACE == TIME_ZONES

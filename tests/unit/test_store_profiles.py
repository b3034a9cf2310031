"""Profiles: there from the first look on, and changed by two at once without loss."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from handlers.contract.parsing import parse
from handlers.contract.profile import Profile, ProfileIn, ProfilePatch
from handlers.store import profiles
from handlers.store.errors import Busy
from handlers.store.profiles import Profiles
from tests.unit.table import ANN, BOB, Table, dynamodb_table

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL = "ann@example.com"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr(profiles, "pause", lambda attempt: None)
    with dynamodb_table() as made:
        yield made


def profile_of(table: Table, sub: str = ANN) -> Profiles:
    return Profiles(table.client, table.name, sub)


def test_the_first_look_makes_a_profile_and_the_second_finds_it(table: Table) -> None:
    first = profile_of(table).read(MAIL)
    assert (first.display_name, first.home_currency, first.time_zone) == (None, "EUR", "UTC")
    assert profile_of(table).read(MAIL) == first


def test_the_email_is_that_of_the_token_and_not_kept(table: Table) -> None:
    profile_of(table).read(MAIL)
    assert profile_of(table).read("new@example.com").email == "new@example.com"
    assert "@" not in str(table.items())


def test_a_change_is_kept_and_can_be_undone(table: Table) -> None:
    wanted = {"display_name": "Ann", "home_currency": "CHF", "locale": "de-CH", "time_zone": "Europe/Zurich"}
    changed = profile_of(table).update(MAIL, parse(ProfilePatch, wanted).applied_to)
    assert changed.model_dump(include=set(wanted)) == wanted
    assert profile_of(table).read(MAIL) == changed
    cleared = profile_of(table).update(MAIL, parse(ProfilePatch, {"display_name": None}).applied_to)
    assert cleared.display_name is None
    assert profile_of(table).read(MAIL) == cleared


def test_of_two_changes_at_once_neither_is_lost(table: Table) -> None:
    turns = itertools.count()

    def change(current: Profile) -> ProfileIn:
        if next(turns) == 0:
            profile_of(table).update(MAIL, parse(ProfilePatch, {"display_name": "Ann"}).applied_to)
        return parse(ProfilePatch, {"locale": "de"}).applied_to(current)

    profile_of(table).update(MAIL, change)
    both = profile_of(table).read(MAIL)
    assert (both.display_name, both.locale) == ("Ann", "de")


def test_whoever_is_overtaken_every_time_is_told_to_come_back(table: Table) -> None:
    names = itertools.count()

    def overtaken(current: Profile) -> ProfileIn:
        name = {"display_name": f"{next(names)}"}
        profile_of(table).update(MAIL, parse(ProfilePatch, name).applied_to)
        return parse(ProfilePatch, {"locale": "de"}).applied_to(current)

    with pytest.raises(Busy):
        profile_of(table).update(MAIL, overtaken)


def test_profiles_are_each_users_own(table: Table) -> None:
    profile_of(table, ANN).update(MAIL, parse(ProfilePatch, {"display_name": "Ann"}).applied_to)
    assert profile_of(table, BOB).read("bob@example.com").display_name is None

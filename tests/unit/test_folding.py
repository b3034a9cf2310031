"""The search finds a text however a person types it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.folding import folded

SAME = [
    ("İstanbul", "istanbul"),
    ("ISPARTA", "ısparta"),
    ("Café Zoë & Søn", "cafe zoe & son"),
    ("Łódź", "lodz"),
    ("Straße", "STRASSE"),
    ("Æble", "aeble"),
    ("ΟΔΟΣ", "οδός"),
    ("Tiệm Phở", "tiem pho"),
    ("Ёлка", "елка"),
    ("Farmers\u2019 Market", "farmers' market"),
    ("L\u00b4Or\u02bbeal`s", "l'or'eal's"),
    ("\u201eAdler\u201c \u00abAigle\u00bb \u2033x", '"adler" "aigle" "x'),
    ("Coca\u2011Cola \u2013 Zero", "coca-cola - zero"),
    ("10\u00a0EUR\u202fTrinkgeld", "10 eur trinkgeld"),
    ("ＡＢＣ　１２３", "abc 123"),
    ("ｶﾞｽ", "ガス"),
    ("ŉ", "'n"),
    ("ﬁn ²", "fin 2"),
    ("一\t行\n二  行", "一 行 二 行"),
    ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
    ("❤\ufe0f", "❤"),
    ("شَارِع", "شارع"),
    ("שָׁלוֹם", "שלום"),
]
OTHER = [
    ("दिन", "दन"),
    ("कया", "क्या"),
    ("กุ้ง", "ก้ง"),
    ("カス", "ガス"),
    ("각", "가"),
    ("Shop", "Ship"),
]


@pytest.mark.parametrize(("typed", "stored"), SAME)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_text_is_found_as_people_type_it(typed: str, stored: str, form: str) -> None:
    assert folded(unicodedata.normalize(form, typed)) == folded(stored)  # type: ignore[arg-type]


@pytest.mark.parametrize(("typed", "stored"), OTHER)
def test_another_vowel_or_letter_is_another_word(typed: str, stored: str) -> None:
    assert folded(typed) not in folded(stored)
    assert folded(stored) not in folded(typed)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_a_folded_text_stays_as_it_is_and_forgets_its_form(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text)) == folded(text)


@given(st.text(st.characters(categories=["Lu", "Ll"]), max_size=12))
def test_a_folded_text_forgets_its_case(text: str) -> None:
    assert folded(text.casefold()) == folded(text)

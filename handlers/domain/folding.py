"""Text as a search compares it: without case, accents, width, kinds of quotes and dashes, and invisible characters.

Two texts match if they are equal after folding, as in the compatibility caseless matching of Unicode (The Unicode
Standard, 3.13, D146), here also without accents.
"""

from __future__ import annotations

import functools
import unicodedata

_KEYBOARD = str.maketrans(
    dict.fromkeys("‘’‚‛‹›`´ʹʻʼ′", "'")
    | dict.fromkeys("“”„‟«»″〝〞〟", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
"""Quotes and dashes that people type for each other; letters that Unicode does not take apart, as others write them."""
_OVERLAY, _HEBREW_TO_SYRIAC, _AROUND_A_LETTER = 1, range(10, 37), 200
"""Combining classes of accents and vowel points (Unicode Standard Annex 44, table 15)."""
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def folded(text: str) -> str:
    """The text for a search; empty if it has nothing but accents or invisible characters.

    The result is in NFC, so that a Korean syllable is found only as a whole. White space of any kind is one space.
    """
    plain = unicodedata.normalize("NFC", text).translate(_KEYBOARD)  # before NFKD, which would take ´ and ″ apart
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
        kept = "".join(each for each in decomposed if not _is_dropped(each))
        plain = unicodedata.normalize("NFC", kept.translate(_KEYBOARD))
    return " ".join(plain.casefold().split())


@functools.lru_cache(4096)
def _is_dropped(character: str) -> bool:
    """Whether it is invisible, or an accent.

    A mark of another class is a part of its word: vowels of Indic scripts have class 0, nukta, voiced kana and virama
    have 7 to 9, vowels of Thai, Lao and Tibetan 84 to 132.
    """
    place = unicodedata.combining(character)
    if place:
        return place == _OVERLAY or place in _HEBREW_TO_SYRIAC or place >= _AROUND_A_LETTER
    return ord(character) in _VARIATION_SELECTORS or unicodedata.category(character) == "Cf"

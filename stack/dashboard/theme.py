"""Colours and type, as one style sheet for light and one for dark. Every text keeps a contrast of 4.5 to 1."""

from __future__ import annotations

from dataclasses import dataclass

FONT = "Inter, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """``lines`` are told apart also by people who do not see all colours."""

    page: str
    card: str
    edge: str
    grid: str
    text: str
    faint: str
    good: str
    bad: str
    unknown: str
    lines: tuple[str, ...]


LIGHT = Theme(
    page="#f4f5f7", card="#ffffff", edge="#dfe3e8", grid="#eceff2", text="#16202c", faint="#5b6875",
    good="#1a7f4b", bad="#c62828", unknown="#6b7785",
    lines=("#2563c9", "#0b8a6b", "#b3600a", "#8a3fb5", "#c2336b", "#4d6b12", "#0f7f9c"),
)  # fmt: skip
DARK = Theme(
    page="#0f141a", card="#171e26", edge="#2a333d", grid="#232c36", text="#e8edf2", faint="#9aa7b4",
    good="#3fbf7f", bad="#ff6b6b", unknown="#93a0ad",
    lines=("#6ea8ff", "#3ecfa5", "#f0a04b", "#c792ea", "#ff86ab", "#a9cf54", "#4cc5e5"),
)  # fmt: skip
MEANINGS = {"#d62728": "bad", "#ff7f0e": "warn"}
"""The classes of the two colours that the body names."""


def style(theme: Theme) -> str:
    """The rules for everything that is drawn. The attributes stand in classes, so that a page has both themes."""
    lines = "".join(f".s{at}{{stroke:{color}}}.f{at}{{fill:{color}}}" for at, color in enumerate(theme.lines))
    return (
        f".page{{fill:{theme.page}}}.card{{fill:{theme.card};stroke:{theme.edge}}}.grid{{stroke:{theme.grid}}}"
        f".axis{{stroke:{theme.edge}}}.title{{fill:{theme.text};font-weight:600}}.text{{fill:{theme.text}}}"
        f".faint{{fill:{theme.faint}}}.limit{{stroke:{theme.bad}}}.sbad{{stroke:{theme.bad}}}.fbad{{fill:{theme.bad}}}"
        f".swarn{{stroke:{theme.lines[2]}}}.fwarn{{fill:{theme.lines[2]}}}.fgood{{fill:{theme.good}}}"
        f".funknown{{fill:{theme.unknown}}}{lines}"
    )

"""A candidate's picture drawn by the program, for demos and tests: a neutral bust.

Flat shapes in the greys of the terminal, no likeness of anyone; hair, collar, glasses and
face vary with the seed so that people in one room can be told apart.
"""

from __future__ import annotations

import hashlib

_GROUND = "#DCE4EC"
_TONES = (  # face and coat, neck, hair
    ("#8995A5", "#6C7B8A", "#5F6D7C"),
    ("#94A0AF", "#77869A", "#4E5B69"),
    ("#7F8C9C", "#667485", "#3F4A57"),
    ("#9AA5B1", "#7D8A98", "#6E7A87"),
)
_SHORT_HAIR = (
    "M74 144C68 92 92 58 135 58s67 34 61 86c-5-20-11-34-22-44-24 7-54 7-78 0-11 10-17 24-22 44z",
    "M73 148C66 88 96 56 140 58c42 3 62 36 56 88-4-22-10-36-20-46-30 2-58-2-76-14-12 14"
    "-20 36-27 62z",
    "M76 128C74 84 98 60 135 60s61 24 59 68c-6-10-12-18-20-22-26-10-52-10-78 0-8 4-14 12-20 22z",
    "M78 118c4-22 14-36 26-44-2 10-2 16 0 22 10-14 26-22 44-22 20 0 36 14 44 44-8-8-18-12-30-12"
    "-34-6-62-2-84 12z",
)
_LONG_HAIR = (
    "M66 214C56 104 84 54 135 54s79 50 69 160h-22c6-40 2-84-10-110-26 12-60 12-80 2"
    "-10 28-12 70-4 108z",
    "M68 190C58 98 88 54 136 54s77 46 66 136c-8 6-18 6-24 0 6-36 4-66-6-88-34 4-62-2-78-16"
    "-8 26-10 64-2 104-6 6-16 6-24 0z",
    "M72 150C66 92 90 60 135 60s69 32 63 90c-6-20-14-38-26-50-24 8-50 8-74 0-12 12-20 30-26 50z"
    "M112 52a23 21 0 1 1 46 0 23 21 0 0 1-46 0z",
)
_COLLARS = (
    "M101 258l34 49 34-49 6 2-40 62-40-62z",
    "M97 256c10 30 66 30 76 0l8 3c-10 46-82 46-92 0z",
    "M101 257l34 26-22 30-22-50zM169 257l-34 26 22 30 22-50z",
)


def portrait(seed: str, sex: str) -> bytes:
    """An ``image/svg+xml`` bust, 270 × 360; the same seed gives the same bytes."""
    draw = hashlib.sha256(f"portrait\n{seed}\n{sex}".encode()).digest()
    skin, neck, hair = _TONES[draw[0] % len(_TONES)]
    styles = _LONG_HAIR if sex == "F" else _SHORT_HAIR
    style = styles[draw[1] % len(styles)]
    collar = _COLLARS[draw[2] % len(_COLLARS)]
    half_width = 57 + draw[3] % 6
    glasses = draw[4] % 4 == 0
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 270 360" width="270" height="360">'
        f'<path fill="{_GROUND}" d="M0 0h270v360H0z"/>'
        f'<path fill="{skin}" d="M15 360c0-56 34-92 90-104h60c56 12 90 48 90 104z"/>'
        f'<path fill="{_GROUND}" d="{collar}"/>'
        f'<path fill="{neck}" d="M108 200h54v52c0 20-54 20-54 0z"/>'
        f'<ellipse fill="{skin}" cx="135" cy="158" rx="{half_width}" ry="72"/>'
        f'<ellipse fill="{skin}" cx="135" cy="128" rx="62" ry="56"/>'
        f'<path fill="{hair}" d="{style}"/>'
        f"{_glasses(hair) if glasses else ''}"
        "</svg>"
    ).encode()


def _glasses(colour: str) -> str:
    return (
        f'<g fill="none" stroke="{colour}" stroke-width="4">'
        '<rect x="88" y="146" width="40" height="28" rx="10"/>'
        '<rect x="142" y="146" width="40" height="28" rx="10"/><path d="M128 156h14"/></g>'
    )

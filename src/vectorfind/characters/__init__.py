"""A face of one's own: picked from the image test, kept in a file, moved by keyframes."""

from vectorfind.characters.candidates import Candidate, list_candidates, read_candidate
from vectorfind.characters.character import (
    Character,
    make_character,
    measure_ranges,
    pick_character,
)
from vectorfind.characters.files import load_character, save_character
from vectorfind.characters.motion import PRESETS

__all__ = [
    "PRESETS",
    "Candidate",
    "Character",
    "list_candidates",
    "load_character",
    "make_character",
    "measure_ranges",
    "pick_character",
    "read_candidate",
    "save_character",
]

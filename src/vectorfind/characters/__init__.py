"""A face of one's own: picked from the image test, kept in a file, moved by keyframes."""

from vectorfind.characters.candidates import (
    Candidate,
    list_candidates,
    read_candidate,
    read_candidates,
    steered_in,
)
from vectorfind.characters.character import (
    Character,
    make_character,
    measure_ranges,
    pick_character,
    pick_random,
)
from vectorfind.characters.files import keep_character, load_character, save_character
from vectorfind.characters.motion import PRESETS

__all__ = [
    "PRESETS",
    "Candidate",
    "Character",
    "keep_character",
    "list_candidates",
    "load_character",
    "make_character",
    "measure_ranges",
    "pick_character",
    "pick_random",
    "read_candidate",
    "read_candidates",
    "save_character",
    "steered_in",
]

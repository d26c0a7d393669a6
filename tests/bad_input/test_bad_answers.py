"""What a judge from outside answers: refused with the file, and what its program is to do."""

import pytest
from helpers.refusals import refusal

from vectorfind.judges.outside import ask_program, read_all_answers, read_answers
from vectorfind.vocabulary import PUBLISHED_NAMES

GOOD = "image_id,eyes,pose\n4,0.5,\n5,,\n"
REFUSED = {
    "answers-other-column": (GOOD.replace("pose", "yaw"), "'yaw' is none of .*; let the program"),
    "answers-no-column": ("image_id,hair_color\n4,1\n5,1\n", "no column of the steered .* eyes, m"),
    "answers-unknown-id": (GOOD + "6,1,1\n", "1 image ids are of no image .*, 6 first; let the"),
    "answers-no-line": (GOOD.replace("5,,\n", ""), "1 images .* no line, 5 first; .*empty cells"),
    "answers-no-number": (GOOD.replace("0.5", "wide"), "line 2, column 'eyes': wide is not a num"),
    "answers-infinite": (GOOD.replace("0.5", "inf"), "line 2, .*inf is not a finite number"),
}
COMMANDS = {
    "answers-command-fails": (
        "true &&\n false",
        r"`true && false` \(compare\.outside\.command\) failed with exit code 1.*try it by hand",
    ),
    "answers-no-file": ("true", r"`true` .*ended well and wrote no such file; it must write"),
}
CASES = REFUSED | COMMANDS | {"answers-columns-differ": None}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_answers_are_refused(tmp_path, content, words):
    path = tmp_path / "answers.csv"
    path.write_text(content)
    refusal(lambda path: read_answers(path, [4, 5], PUBLISHED_NAMES), path, words)


@pytest.mark.parametrize(("command", "words"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_gives_no_answers_is_refused(tmp_path, command, words):
    path = tmp_path / "answers.csv"
    refusal(lambda path: ask_program(command, tmp_path / "0000.zip", path), path, words)


def test_answers_of_other_columns_than_before_are_refused(tmp_path):
    paths = [tmp_path / "0.csv", tmp_path / "1.csv"]
    paths[0].write_text("image_id,eyes\n0,1\n")
    paths[1].write_text("image_id,pose\n1,1\n")
    words = r"measures pose, but .*0\.csv eyes; .* delete both and run again"
    refusal(lambda path: read_all_answers(paths, [[0], [1]], PUBLISHED_NAMES), paths[1], words)

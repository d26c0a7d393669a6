"""Tables of other programs: read rightly, or refused with file, line and column."""

from functools import partial

import pytest
from helpers.refusals import refusal

from vectorfind.data.tables import read_table

GOOD = "image_id,gender\n4,1\n2,0\n"
READ = {
    "table-semicolon": GOOD.replace(",", ";"),
    "table-tab": GOOD.replace(",", "\t"),
    "table-sep-line": "sep=;\r\n" + GOOD.replace(",", ";"),
    "table-bom": "\ufeff" + GOOD,
    "table-utf16": GOOD.encode("utf-16"),
    "table-mac-lines": GOOD.replace("\n", "\r"),
    "table-windows-lines": GOOD.replace("\n", "\r\n"),
    "table-trailing-commas": GOOD.replace("\n", ",\n"),
    "table-blanks": GOOD.replace(",", " , "),
    "table-quoted": '"image_id","gender"\n"4","1"\n"2","0"\n',
    "table-blank-lines": "\n\n" + GOOD.replace("\n", "\n\n") + ",\n",
    "table-float-ids": "image_id,gender\n4.0,1.0\n2.0,0.0\n",
    "table-other-digits": "image_id,gender\n\u0664,1\n\u0662,0\n",
}
REFUSED = {
    "table-latin1": ("image_id,größe\n0,1\n".encode("latin-1"), "no text in UTF-8.*save it as CSV"),
    "table-nul": (b"image_id,gender\n0,1\0\n", "NUL characters"),
    "table-xlsx": (b"PK\x03\x04rest", "is a spreadsheet or an archive; save the table"),
    "table-empty": ("", "no CSV with a header"),
    "table-header-only": ("image_id\n", "no score column"),
    "table-no-header": ("0,1\n1,0\n", "column 'image_id' is missing"),
    "table-other-case": ("Image_ID,gender\n0,1\n", "column 'image_id' is missing"),
    "table-nameless-index": (",image_id,gender\n0,0,1\n", "no name; give it one"),
    "table-double-column": ("image_id,gender,gender\n0,1,0\n", "two columns are named 'gender'"),
    "table-double-id": ("image_id,gender\n7,1\n7,1\n", "line 2, column 'image_id': 7 occurs twice"),
    "table-negative-id": ("image_id,gender\n-1,1\n", "line 2, column 'image_id': -1 is below 0"),
    "table-huge-id": ("image_id,gender\n99999999999999999999,1\n", "line 2, .*is not a number"),
    "table-name-as-id": ("image_id,gender\nimg3.png,1\n", "line 2, .*img3.png is not a number"),
    "table-empty-cell": ("image_id,gender\n0,1\n1,\n", "line 3, column 'gender': .*empty"),
    "table-not-available": ("image_id,gender\n0,n/a\n", "line 2, .*empty or missing"),
    "table-short-line": ("image_id,gender\n0\n", "line 2, column 'gender': .*empty"),
    "table-long-line": ("image_id,gender\n0,1,1,1\n", "more values than the header"),
    "table-true": ("image_id,gender\n0,True\n1,False\n", "line 2, .*True is not a number"),
    "table-percent": ("image_id,gender\n0,50%\n", "line 2, .*50% is not a number"),
    "table-out-of-range": ("sep=;\nimage_id;gender\n0;1\n\n1;2\n", "line 5, .*2 is neither 0 nor"),
    "table-open-quote": ('image_id,gender\n"0,1\n', "no CSV with a header .*EOF inside string"),
    "table-web-page": ("<!doctype html>\n<p>Not found</p>\n", "'image_id' is missing"),
}
SCORES = {
    "scores-decimal-comma": ("image_id;eyes\n0;1,5\n", "line 2, column 'eyes': 1,5 is not a n"),
    "scores-thousands": ('image_id,eyes\n0,"1,234.5"\n', "line 2, .*1,234.5 is not a number"),
    "scores-infinite": ("image_id,eyes\n0,inf\n", "line 2, .*inf is not a finite number"),
    "scores-nan": ("image_id,eyes\n0,nan\n", "line 2, .*empty or missing"),
    "scores-too-large": ("image_id,eyes\n0,1e400\n", "line 2, .*not a finite number"),
}
CASES = READ | REFUSED | SCORES | {"table-wrong-column": None, "table-missing": None}


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("content", READ.values(), ids=READ)
def test_a_table_of_another_program_is_read(tmp_path, content):
    table = read_table(write(tmp_path / "labels.csv", content), "labels")
    assert table.to_dict("list") == {"image_id": [4, 2], "gender": [1, 0]}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_bad_labels_are_refused(tmp_path, content, words):
    path = write(tmp_path / "labels.csv", content)
    refusal(partial(read_table, kind="labels"), path, words)


@pytest.mark.parametrize(("content", "words"), SCORES.values(), ids=SCORES)
def test_bad_scores_are_refused(tmp_path, content, words):
    path = write(tmp_path / "scores.csv", content)
    refusal(partial(read_table, kind="raw_properties"), path, words)


def test_an_absent_table_or_column_is_named(tmp_path):
    read = partial(read_table, kind="labels", columns=["gender"])
    refusal(read, tmp_path / "labels.csv", "no such file")
    refusal(read, write(tmp_path / "a.csv", "image_id,Gender\n0,1\n"), "gender is missing among")

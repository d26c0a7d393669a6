"""What people read when a run stops."""

import os

from vectorfind.workflow.last_words import MARK, last_words


def test_the_last_message_of_each_log_of_this_run(tmp_path):
    (tmp_path / "rule").mkdir()
    old, new, other, fine = (tmp_path / "rule" / f"{name}.log" for name in "abcd")
    old.write_text(f"{MARK}of an earlier run\n")
    os.utime(old, (1000, 1000))
    dated = "2026-11-26 17:35:54,536 peak memory 289 MiB\n"
    new.write_text(f"\n{MARK}first try\n{dated}\n{MARK}labels.csv: no labels;\n  label\n{dated}")
    other.write_text(f"{MARK}labels.csv: no labels;\n  label\n")
    fine.write_text(dated)
    assert last_words(tmp_path, since=2000) == ["labels.csv: no labels;\n  label"]


def test_a_run_without_logs_has_none(tmp_path):
    assert last_words(tmp_path / "absent", since=0) == []

"""What a failing job leaves in its log; each job is a process of its own, as in the workflow."""

import os
import subprocess
import sys
import time

import pytest

from vectorfind.workflow.job import date_outputs

JOB = """
import logging, os, sys
from vectorfind.errors import InputError
from vectorfind.workflow.job import start_job_log
start_job_log(sys.argv[1])
{body}
"""


@pytest.fixture
def job(tmp_path):
    def _job(body):
        log = tmp_path / "job.log"
        command = [sys.executable, "-c", JOB.format(body=body), str(log)]
        ran = subprocess.run(command, capture_output=True, text=True)
        return ran, log.read_text()

    return _job


def test_everything_a_job_says_is_in_its_log(job):
    ran, log = job(
        "print('from print', flush=True)\n"
        "logging.info('from logging')\n"
        "os.system('echo from a child')\n"
        "print('to stderr', file=sys.stderr)"
    )
    assert ran.returncode == 0 and ran.stdout == ran.stderr == ""
    for text in ("from print", "from logging", "from a child", "to stderr"):
        assert text in log


def test_bad_input_is_one_message_without_traceback(job):
    ran, log = job("raise InputError('labels.csv: column gender is missing; add it.')")
    assert ran.returncode == 1
    assert log.strip() == ("VectorFind cannot go on: labels.csv: column gender is missing; add it.")


def test_any_other_error_keeps_its_traceback(job):
    ran, log = job("def broken():\n    return {}['no such key']\nbroken()")
    assert ran.returncode == 1
    assert "Traceback" in log and "in broken" in log and "KeyError: 'no such key'" in log


def test_a_second_try_is_appended(job):
    job("print('first try')")
    _, log = job("print('second try')")
    assert "first try" in log and "second try" in log


def test_outputs_are_never_older_than_inputs(tmp_path):
    future, output, newer, absent = (tmp_path / name for name in "abcd")
    for path in (future, output, newer):
        path.touch()
    later = time.time_ns() + 3600 * 10**9
    os.utime(future, ns=(later, later))
    os.utime(newer, ns=(2 * later, 2 * later))
    date_outputs([str(future), str(absent)], [str(output), str(newer), str(absent)])
    assert output.stat().st_mtime_ns == future.stat().st_mtime_ns == later
    assert newer.stat().st_mtime_ns == 2 * later and not absent.exists()

"""What a failing job leaves in its log; each job is a process of its own, as in the workflow."""

import subprocess
import sys

import pytest

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

"""The labelling page in a headless Chromium: its pace, kills of its command, and its requests.

Needs selenium, Chromium and its chromedriver.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.data.archives import write_archive

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from helpers.browsing import Served, hosts_asked, press, start_browser, until

DONE = "parseInt(document.querySelector('.bar b')?.textContent)"
FACES = "document.querySelectorAll('.face').length"
DRAWN = "[...document.querySelectorAll('.face img')].every(image => image.complete)"


def main() -> None:
    """Label images of noise, and print what was wanted and measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_page")
    parser.add_argument("--side", type=int, default=1024, help="of the images")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    browser = start_browser("--lang=en")
    if browser is None:
        raise SystemExit("no Chromium with its chromedriver here")
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(browser, Path(folder), options)
    finally:
        browser.quit()


def _measure(browser: Any, folder: Path, options: argparse.Namespace) -> None:
    write_archive(folder / "results/original/images/0000.zip", _faces(options))
    page = Served(folder, "label", "results/original", "--output", "labels.csv")
    try:
        _open(browser, page, 24)
        seconds = [_save_grid(browser) for _ in range(5)]
        print(
            f"a grid of 24 at {options.side}: {median(seconds):.2f} s (at most {max(seconds):.2f})"
        )
        _open(browser, page, 1)
        print(f"one at a time: {_labels_per_second(browser, 10):.1f} labels/s by keyboard")
        lost, answers = _kill(browser, page, folder, options.kills)
        print(f"{options.kills} kills: {lost} of {answers} acknowledged answers lost")
        print(f"hosts asked: {', '.join(sorted(hosts_asked(browser)))}")
    finally:
        page.kill()


def _faces(options: argparse.Namespace) -> np.ndarray:
    """Return smooth noise, which PNG and JPEG compress about as well as faces."""
    small = np.random.default_rng(1).integers(0, 256, (options.images, 16, 16, 3), dtype=np.uint8)
    return small.repeat(options.side // 16, 1).repeat(options.side // 16, 2)


def _open(browser: Any, page: Served, per_page: int) -> None:
    browser.get(page.url)
    until(browser, f"{FACES} > 0 && {DRAWN}", 60)
    choice = f"document.querySelector('input[type=radio][value=\"{per_page}\"]')"
    browser.execute_script(f"{choice}.click()")
    until(browser, f"{FACES} === {per_page} && {DRAWN}")
    time.sleep(1)


def _save_grid(browser: Any) -> float:
    before, start = browser.execute_script(f"return {DONE}"), time.perf_counter()
    press(browser, "Enter", "Enter")
    until(browser, f"{DONE} > {before} && {DRAWN}")
    seconds = time.perf_counter() - start
    # A person looks at a page for longer; the next one is made meanwhile.
    time.sleep(2)
    return seconds


def _labels_per_second(browser: Any, seconds: float) -> float:
    """Press keys as fast as the page takes them; presses before the next image do nothing."""
    before, start = browser.execute_script(f"return {DONE}"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        press(browser, "Digit1", "1")
    taken = time.perf_counter() - start
    return (browser.execute_script(f"return {DONE}") - before) / taken


def _kill(browser: Any, page: Served, folder: Path, kills: int) -> tuple[int, int]:
    """Kill the command at random moments of labelling; return answers lost and shown as saved."""
    rng, lost, answers = np.random.default_rng(7), 0, 0
    table = folder / "labels.csv"
    for _ in range(kills):
        table.unlink(missing_ok=True)
        _open(browser, page, 1)
        end = time.monotonic() + rng.uniform(0.2, 2)
        while time.monotonic() < end:
            press(browser, "Digit1", "1")
        page.kill()
        acknowledged = browser.execute_script(f"return {DONE}")
        written = set(pd.read_csv(table).image_id) if table.exists() else set()
        lost += len(set(range(acknowledged)) - written)
        answers += acknowledged
        page.start()
    return lost, answers


if __name__ == "__main__":
    main()

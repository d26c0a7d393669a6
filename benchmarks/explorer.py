"""The explorer in a headless Chromium: seconds from a slider's release to the picture.

Needs selenium, Chromium and its chromedriver.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from helpers.browsing import FACE, Served, slide, start_browser, until

MODES = ("offsets", "scores")
REST = 1.0
"""Seconds between moves, in which the scores of the last picture are measured."""


def main() -> None:
    """Move the sliders of a bundle's explorer, and print how long the picture takes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explorer")
    parser.add_argument("--bundle", type=Path, default=Path("results/vectorfind_v8.pt"))
    parser.add_argument("--moves", type=int, default=30)
    options = parser.parse_args()
    browser = start_browser("--lang=en")
    if browser is None:
        raise SystemExit("no Chromium with its chromedriver here")
    page = Served(Path.cwd(), "explore", str(options.bundle))
    try:
        browser.get(page.url)
        until(browser, f"{FACE} && document.querySelector('#scores table')", 120)
        for mode in MODES:
            seconds = _moves(browser, mode, options.moves)
            last = quantiles(seconds, n=20)[-1]
            print(f"{mode}: median {median(seconds) * 1000:.0f} ms, 95 % {last * 1000:.0f} ms")
    finally:
        page.kill()
        browser.quit()


def _moves(browser: Any, mode: str, count: int) -> list[float]:
    browser.execute_script(f"document.querySelector('input[type=radio][value={mode}]').click()")
    until(browser, "new Promise(resolve => setTimeout(() => resolve(true), 2000))")
    rng, seconds = np.random.default_rng(0), []
    for place in np.arange(count) % 3:
        low, high = browser.execute_script(
            "const slider = document.querySelectorAll('input[type=range]')[arguments[0]];"
            "return [Number(slider.min), Number(slider.max)]",
            int(place),
        )
        value = round(float(rng.uniform(low, high)) * 0.8, 2)
        seconds.append(slide(browser, int(place), value))
        time.sleep(REST)
    return seconds


if __name__ == "__main__":
    main()

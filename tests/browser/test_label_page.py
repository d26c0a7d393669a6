"""Labelling in a real browser, by keyboard: what is acknowledged is on the disk."""

import json
import time
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from vectorfind.data.archives import write_archive

IMAGES = 40


@pytest.fixture
def folder(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, 32, 32, 3), dtype=np.uint8)
    write_archive(tmp_path / "results/original/images/0000.zip", images)
    return tmp_path


@pytest.fixture
def page(folder, served):
    return served(folder, "label", "results/original", "--output", "labels.csv")


def until(browser, condition, seconds=20):
    """Wait until a piece of JavaScript is true, and return its value."""
    end = time.monotonic() + seconds
    while not (value := browser.execute_script(f"return {condition}")):
        assert time.monotonic() < end, f"never: {condition}"
        time.sleep(0.05)
    return value


def opened(browser, page, images=24):
    browser.get(page.url)
    until(browser, f"document.querySelectorAll('.face').length === {images}", 60)


def press(browser, code, key):
    """Press a physical key, whatever its letter is."""
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "code": code, "key": key}
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", event)


def done(browser):
    return browser.execute_script("return document.querySelector('.bar b').textContent")


def click(browser, image):
    browser.execute_script(
        "document.querySelector(`.face[data-id='${arguments[0]}']`).click()", image
    )


def changed(browser):
    return browser.execute_script(
        "return [...document.querySelectorAll('.face.changed')].map(f => +f.dataset.id)"
    )


def table(folder):
    return pd.read_csv(folder / "labels.csv").set_index("image_id")


def test_thirty_images_by_keyboard_with_a_kill_in_the_middle(browser, page, folder):
    opened(browser, page)
    for image in (1, 3):
        click(browser, image)
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '24 of {IMAGES}'")
    page.kill()
    assert len(table(folder)) == 24
    page.start()
    opened(browser, page, 16)
    for image in (24, 30):
        click(browser, image)
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelector('.finished')")
    labels = table(folder).gender
    assert len(labels) == IMAGES and labels[labels == 0].index.tolist() == [1, 3, 24, 30]
    press(browser, "KeyN", "n")
    until(browser, "document.querySelectorAll('.face').length === 24")
    assert done(browser) == f"0 of {IMAGES}"


def test_undo_under_a_hangul_keyboard_brings_the_clicks_back(browser, page, folder):
    opened(browser, page)
    click(browser, 5)
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '24 of {IMAGES}'")
    press(browser, "KeyU", "ㅕ")
    until(browser, f"document.querySelector('.bar b').textContent === '0 of {IMAGES}'")
    assert changed(browser) == [5]


def test_clicks_survive_a_reload(browser, page):
    opened(browser, page)
    click(browser, 7)
    browser.refresh()
    until(browser, "document.querySelectorAll('.face').length === 24", 60)
    assert changed(browser) == [7]


def test_a_stale_tab_changes_nothing(browser, page, folder):
    opened(browser, page)
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    opened(browser, page)
    click(browser, 2)
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '24 of {IMAGES}'")
    browser.close()
    browser.switch_to.window(first)
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '24 of {IMAGES}'")
    labels = table(folder).gender
    assert labels[labels == 0].index.tolist() == [2]


def test_no_request_leaves_the_machine(browser, page):
    browser.get_log("performance")
    opened(browser, page)
    time.sleep(1)
    hosts = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith(("data:", "blob:", "chrome")):
                hosts.add(urlsplit(url).hostname)
    assert hosts == {"127.0.0.1"}


def test_it_fits_a_phone(browser, page):
    browser.set_window_size(390, 844)
    try:
        opened(browser, page)
        widths = "document.documentElement.scrollWidth, window.innerWidth"
        scrolled, shown = browser.execute_script(f"return [{widths}]")
        assert scrolled <= shown
    finally:
        browser.set_window_size(1000, 900)

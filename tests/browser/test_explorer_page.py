"""The explorer in a real browser: open a case, move a slider, pick, play, save."""

import time

import pytest
from helpers.browsing import until
from helpers.small_bundle import CASES, make_results
from selenium.webdriver.common.keys import Keys

from vectorfind.characters import load_character

FACE = "document.querySelector('#face img')?.src"


@pytest.fixture
def folder(tmp_path):
    make_results(tmp_path / "results")
    return tmp_path


@pytest.fixture
def page(folder, served, browser):
    started = served(folder, "explore")
    browser.get(started.url)
    until(browser, FACE, 60)
    return started


def picture(browser):
    return browser.execute_script(f"return {FACE}")


def changed(browser, before):
    until(browser, f"{FACE} && {FACE} !== {before!r}")
    return picture(browser)


def slide(browser, place, value):
    """Move a slider as a drag does, and return the seconds until another picture is there."""
    before = picture(browser)
    start = time.perf_counter()
    browser.execute_script(
        "const slider = document.querySelectorAll('input[type=range]')[arguments[0]];"
        "slider.value = arguments[1];"
        "slider.dispatchEvent(new Event('input', {bubbles: true}));"
        "slider.dispatchEvent(new Event('pointerup', {bubbles: true}));",
        place,
        value,
    )
    changed(browser, before)
    return time.perf_counter() - start


def button(browser, text):
    browser.execute_script(
        "[...document.querySelectorAll('button')].find(b => b.textContent.trim() === arguments[0])"
        ".click()",
        text,
    )


def test_a_case_is_opened_moved_picked_and_played(browser, page, folder):
    cells = "document.querySelectorAll('.thumbnail-item')"
    assert until(browser, f"{cells}.length") == CASES
    before = picture(browser)
    browser.execute_script(f"{cells}[3].click()")
    changed(browser, before)
    command = "document.querySelector('.cm-content').textContent"
    until(browser, f"{command}.includes('vectorfind pick 3 --name')")
    slide(browser, 1, 2)
    until(browser, f"{command}.includes('--mouth=2')")
    assert browser.execute_script("return document.querySelector('#face a').download") == (
        "face-case-3.png"
    )
    box = browser.find_element(
        "css selector", "input[placeholder=aurora], textarea[placeholder=aurora]"
    )
    box.send_keys("nova")
    button(browser, "Pick")
    until(browser, "document.body.textContent.includes('nova.safetensors is written')")
    face = load_character(
        folder / "characters/nova.safetensors", folder / "results/vectorfind_v8.pt"
    )
    assert face.facts["case"] == 3
    button(browser, "Play")
    until(browser, "document.querySelector('img[alt=blink]')", 60)


def test_a_seed_that_is_none_is_told(browser, page):
    box = browser.find_element("css selector", "label textarea")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("-3", Keys.ENTER)
    until(browser, "document.body.textContent.includes('give a whole number from 0 on')")

"""The explorer in a real browser: open a case, move a slider, pick, play, save."""

import pytest
from helpers.browsing import FACE, hosts_asked, slide, until
from helpers.small_bundle import CASES, make_results
from selenium.webdriver.common.keys import Keys

from vectorfind.characters import load_character


@pytest.fixture
def folder(tmp_path):
    make_results(tmp_path / "results")
    return tmp_path


@pytest.fixture
def page(folder, served, browser):
    started = served(folder, "explore")
    hosts_asked(browser)
    browser.get(started.url)
    until(browser, FACE, 60)
    return started


def picture(browser):
    return browser.execute_script(f"return {FACE}")


def changed(browser, before):
    until(browser, f"{FACE} && {FACE} !== {before!r}")
    return picture(browser)


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
    until(browser, "document.querySelector('#scores').textContent.includes('+2.00')")
    saved = "[...document.querySelectorAll('#face a')].map(link => link.download)"
    assert browser.execute_script(f"return {saved}") == [
        "before-picture.png",
        "picture.png",
        "w.npy",
    ]
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
    button(browser, "Draw the grid")
    until(browser, "document.querySelector('#grid img')", 60)
    assert hosts_asked(browser) == {"127.0.0.1"}


def test_a_favourite_is_there_after_a_restart(browser, page):
    slide(browser, 1, 1.5)
    button(browser, "Keep as a favourite")
    until(
        browser, "[...document.querySelectorAll('input')].some(i => i.value.includes('mouth +1.5'))"
    )
    page.kill()
    page.start()
    browser.get(page.url)
    until(browser, FACE, 60)
    box = browser.find_element("css selector", "input[aria-label=Favourites]")
    box.click()
    until(
        browser, "[...document.querySelectorAll('li')].some(li => li.textContent.includes('+1.5'))"
    )
    before = picture(browser)
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    changed(browser, before)
    command = "document.querySelector('.cm-content').textContent"
    until(browser, f"{command}.includes('--mouth=1.5')")


def test_it_speaks_korean(folder, served, korean_browser):
    korean_browser.get(served(folder, "explore").url)
    until(korean_browser, "document.body.textContent.includes('무작위 얼굴')", 60)
    until(korean_browser, "document.body.textContent.includes('그룹')")
    assert "explorer." not in korean_browser.execute_script("return document.body.innerText")


def test_a_seed_that_is_none_is_told(browser, page):
    box = browser.find_element("css selector", "label textarea")
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("-3", Keys.ENTER)
    until(browser, "document.body.textContent.includes('give a whole number from 0 on')")

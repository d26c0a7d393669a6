"""Labelling in a real browser, by keyboard: what is acknowledged is on the disk."""

import time

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.browsing import hosts_asked, press, until

from vectorfind.apps.review import score_folds
from vectorfind.data.archives import open_archive, write_archive
from vectorfind.scoring import AttributeEnsemble, save_ensemble
from vectorfind.vocabulary import PUBLISHED

IMAGES = 40


@pytest.fixture
def folder(tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, 32, 32, 3), dtype=np.uint8)
    write_archive(tmp_path / "results/original/images/0000.zip", images)
    return tmp_path


@pytest.fixture
def page(folder, served):
    return served(folder, "label", "results/original", "--output", "labels.csv")


def opened(browser, page, images=24):
    browser.get(page.url)
    until(browser, f"document.querySelectorAll('.face').length === {images}", 60)


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
    until(browser, "document.querySelector('.counts').textContent === 'man 2 · woman 22'")
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


def at_once(browser, count):
    browser.execute_script(
        f"document.querySelector('input[type=radio][value=\"{count}\"]').click()"
    )
    until(browser, f"document.querySelectorAll('.face').length === {count}")


def text(browser, selector):
    return browser.execute_script(f"return document.querySelector('{selector}')?.textContent")


def test_an_image_is_skipped_then_gone_to_and_corrected_by_keys(browser, page, folder):
    opened(browser, page)
    at_once(browser, 1)
    press(browser, "KeyS", "s")
    until(browser, "document.querySelector('.face').dataset.id === '1'")
    press(browser, "Digit0", "0")
    until(browser, "document.querySelector('.face').dataset.id === '2'")
    press(browser, "KeyG", "g")
    until(browser, "document.activeElement.matches('.jump input')")
    browser.switch_to.active_element.send_keys("1\n")
    until(browser, "document.querySelector('.face').dataset.seen === '0'")
    assert "Now: man" in text(browser, ".hint")
    press(browser, "Digit1", "1")
    until(browser, "document.querySelector('.face').dataset.id === '2'")
    assert table(folder).gender.to_dict() == {1: 1}
    press(browser, "Enter", "Enter")
    time.sleep(0.5)
    assert table(folder).gender.to_dict() == {1: 1}


def test_one_face_of_a_grid_is_left_for_later(browser, page, folder):
    opened(browser, page)
    face = "document.querySelector(`.face[data-id='${arguments[0]}']`)"
    right_click = "new MouseEvent('contextmenu', {bubbles: true, cancelable: true})"
    browser.execute_script(f"{face}.dispatchEvent({right_click})", 3)
    browser.execute_script(f"{face}.focus()", 6)
    press(browser, "KeyL", "l")
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '22 of {IMAGES}'")
    assert set(range(24)) - set(table(folder).index) == {3, 6}
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelector('.finished')")
    assert len(table(folder)) == IMAGES


def test_dark_faces_are_shown_brighter_until_told_otherwise(browser, page):
    opened(browser, page)
    press(browser, "KeyB", "b")
    style = "return getComputedStyle(document.querySelector('.face img')).filter"
    assert browser.execute_script(style).startswith("brightness")
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelectorAll('.face').length === 16")
    assert browser.execute_script(style).startswith("brightness")
    browser.execute_script("document.querySelector('.act.brighten').click()")
    assert browser.execute_script(style) == "none"


def test_suggestions_are_marked_flipped_and_confirmed(browser, folder, served):
    labels = pd.DataFrame({"image_id": range(3), "gender": [0, 1, 0]})
    labels.to_csv(folder / "model.csv", index=False)
    words = ("label", "results/original", "--output", "labels.csv", "--prefill", "model.csv")
    opened(browser, served(folder, *words))
    marked = "[...document.querySelectorAll('.face.suggested')].map(f => +f.dataset.id)"
    assert browser.execute_script(f"return {marked}") == [0, 1, 2]
    assert changed(browser) == [0, 2]
    click(browser, 2)
    assert browser.execute_script(f"return {marked}") == [0, 1]
    press(browser, "Enter", "Enter")
    until(browser, f"document.querySelector('.bar b').textContent === '24 of {IMAGES}'")
    labels = table(folder).gender
    assert labels[labels == 0].index.tolist() == [0]


def test_the_end_says_what_to_run(browser, folder, served):
    words = ("label", "results/original", "--output", "labels.csv", "--attributes", "gender")
    opened(browser, served(folder, *words))
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelectorAll('.face').length === 16")
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelectorAll('.finished').length === 2")
    assert "labels.csv" in text(browser, ".finished")
    assert "run snakemake again" in text(browser, ".finished + .finished")


def test_the_review_shows_what_the_cnn_contradicts_and_corrects_it(browser, folder, served):
    torch.manual_seed(0)
    weights = folder / "results/original/attribute_cnn/gender.safetensors"
    view = PUBLISHED.attributes["gender"].view
    save_ensemble(weights, AttributeEnsemble("gender", (32, 32), 1, view))
    images = open_archive(folder / "results/original/images/0000.zip")
    says = score_folds(weights, images)[:, 0] > 0.5
    wrong = [5, 9]
    gender = np.where(np.isin(np.arange(IMAGES), wrong), ~says, says).astype(int)
    labels = pd.DataFrame({"image_id": range(IMAGES), "gender": gender})
    labels.to_csv(folder / "labels.csv", index=False)
    words = ("label", "results/original", "--output", "labels.csv", "--attributes", "gender")
    browser.get(served(folder, *words).url)
    until(browser, "document.querySelector('.finished')", 60)
    browser.execute_script("document.querySelector('input[type=checkbox]').click()")
    shown = "[...document.querySelectorAll('.face')].map(f => +f.dataset.id)"
    until(browser, f"{shown}.length === 2", 60)
    assert sorted(browser.execute_script(f"return {shown}")) == wrong
    click(browser, 9)
    press(browser, "Enter", "Enter")
    until(browser, "document.querySelector('.finished')")
    assert "disagrees with" in text(browser, ".finished")
    corrected = table(folder).gender
    assert corrected[9] == says[9]
    assert corrected.drop(9).tolist() == labels.gender.drop(9).tolist()


def test_the_page_speaks_korean(korean_browser, page):
    opened(korean_browser, page)
    assert done(korean_browser) == f"{IMAGES}장 중 0장"
    assert "나머지 이미지의 답은 여성입니다" in text(korean_browser, ".hint")
    body = text(korean_browser, "body")
    for word in ("질문", "성별", "한 번에 볼 이미지 수", "건너뛰기", "되돌리기"):
        assert word in body
    assert "Undo" not in text(korean_browser, ".keys")


def test_no_request_leaves_the_machine(browser, page):
    hosts_asked(browser)
    opened(browser, page)
    time.sleep(1)
    assert hosts_asked(browser) == {"127.0.0.1"}


def test_it_fits_a_phone(browser, page):
    browser.set_window_size(390, 844)
    try:
        opened(browser, page)
        widths = "document.documentElement.scrollWidth, window.innerWidth"
        scrolled, shown = browser.execute_script(f"return [{widths}]")
        assert scrolled <= shown
    finally:
        browser.set_window_size(1000, 900)

"""The folder of an exported character in a real browser."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from helpers.browsing import hosts_asked, until
from helpers.small_bundle import make_results

from vectorfind.bundle import load_bundle
from vectorfind.characters import pick_character, read_candidate
from vectorfind.characters.web import save_web

PIXELS = (
    "const canvas = document.querySelector('canvas');"
    "return [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
)


@pytest.fixture(scope="module")
def aurora(tmp_path_factory):
    results = tmp_path_factory.mktemp("exported")
    face = load_bundle(make_results(results / "results"))
    return pick_character(face, read_candidate(results / "results/image_test", 2), "aurora")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def page(aurora, tmp_path, browser):
    save_web(tmp_path / "web", aurora)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "web"))
    Thread(target=server.serve_forever, daemon=True).start()
    hosts_asked(browser)
    browser.get(f"http://127.0.0.1:{server.server_port}/")
    browser.execute_async_script("character.ready.then(arguments[0])")
    yield browser
    server.shutdown()
    server.server_close()


def shown(browser):
    pixels = np.array(browser.execute_script(PIXELS), float)
    side = round((len(pixels) / 4) ** 0.5)
    return pixels.reshape(side, side, 4)[..., :3]


def far(one, other):
    return np.abs(one - other).mean()


def test_it_shows_expressions_and_plays_motions(aurora, page):
    browser = page
    assert far(shown(browser), aurora.render()) < 0.5 * far(shown(browser), aurora.render(eyes=2))
    browser.execute_script(
        "const [slider] = document.querySelectorAll('input');"
        "slider.value = 2; slider.dispatchEvent(new Event('input'));"
    )
    assert far(shown(browser), aurora.render(eyes=2)) < 0.5 * far(shown(browser), aurora.render())
    buttons = browser.find_elements("css selector", "button")
    assert [button.text for button in buttons] == ["neutral", "talk", "blink", "nod", "look aside"]
    browser.execute_script("character.play('look_aside')")
    until(browser, "character.offsets.pose > 1")
    until(browser, "character.offsets.pose === 0")
    assert hosts_asked(browser) == {"127.0.0.1"}

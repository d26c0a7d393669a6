import pytest
from helpers.browsing import Served, start_browser


def started(*words):
    pytest.importorskip("selenium.webdriver")
    browser = start_browser(*words)
    if browser is None:
        pytest.skip("no Chromium with its chromedriver here: apt install chromium chromium-driver")
    return browser


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, 1000 x 900, whose address bar knows no machine but this one."""
    browser = started("--lang=en")
    yield browser
    browser.quit()


@pytest.fixture
def korean_browser():
    """The same, of somebody who reads Korean."""
    browser = started("--lang=ko", "--accept-lang=ko")
    yield browser
    browser.quit()


@pytest.fixture
def served():
    """Return what starts a page's command; all are killed at the end."""
    started = []

    def start(folder, *words):
        started.append(Served(folder, *words))
        return started[-1]

    yield start
    for page in started:
        page.kill()

"""A real browser, and the pages' own command in a process that can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium, 1000 x 900, whose address bar knows no machine but this one."""
    webdriver = pytest.importorskip("selenium.webdriver")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if found is None or driver is None:
        pytest.skip("no Chromium with its chromedriver here: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = found
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--window-size=1000,900",
        "--disable-dev-shm-usage",
        "--no-proxy-server",
    ):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    started.set_script_timeout(30)
    yield started
    started.quit()


class Served:
    """A page's command, as typed, on a port of its own."""

    def __init__(self, folder: Path, *words: str):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder, self._words = folder, words
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start the command and wait for its page."""
        own = ["--port", str(self.port), "--no-browser"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vectorfind", *self._words, *own],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "no_proxy": "127.0.0.1"},
        )
        end = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.3)

    def kill(self) -> None:
        """Kill it, -9."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def served():
    """Return what starts a page's command; all are killed at the end."""
    started = []

    def start(folder: Path, *words: str) -> Served:
        started.append(Served(folder, *words))
        return started[-1]

    yield start
    for page in started:
        page.kill()

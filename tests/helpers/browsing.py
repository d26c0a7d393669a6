"""A real browser, and the pages' own command in a process that can be killed."""

import json
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
from typing import Any
from urllib.parse import urlsplit

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def start_browser(*words: str) -> Any:
    """Start a headless Chromium, 1000 x 900, whose address bar knows no machine but this one.

    Args:
        *words: further options of its command line.

    Returns:
        Selenium's driver; None where there is no Chromium with its chromedriver.
    """
    from selenium import webdriver

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if found is None or driver is None:
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = found
    for word in (
        "--headless=new",
        "--no-sandbox",
        "--window-size=1000,900",
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        *words,
    ):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    started.set_script_timeout(30)
    return started


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


def press(browser: Any, code: str, key: str) -> None:
    """Press a physical key, whatever its letter is."""
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "code": code, "key": key}
        browser.execute_cdp_cmd("Input.dispatchKeyEvent", event)


def until(browser: Any, condition: str, seconds: float = 20) -> Any:
    """Wait until a piece of JavaScript is true, and return its value."""
    end = time.monotonic() + seconds
    while not (value := browser.execute_script(f"return {condition}")):
        assert time.monotonic() < end, f"never: {condition}"
        time.sleep(0.02)
    return value


def hosts_asked(browser: Any) -> set[str]:
    """Return the hosts that the browser asked since the last call."""
    hosts = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith(("data:", "blob:", "chrome")):
                hosts.add(urlsplit(url).hostname)
    return hosts


FACE = "document.querySelector('#face .pair a:nth-of-type(2) img')?.src"
"""The explorer's picture, as JavaScript."""


def slide(browser: Any, place: int, value: float) -> float:
    """Move one of the explorer's sliders as a drag does; return the seconds until a new picture."""
    before = browser.execute_script(f"return {FACE}")
    start = time.perf_counter()
    browser.execute_script(
        "const slider = document.querySelectorAll('input[type=range]')[arguments[0]];"
        "slider.value = arguments[1];"
        "slider.dispatchEvent(new Event('input', {bubbles: true}));"
        "slider.dispatchEvent(new Event('pointerup', {bubbles: true}));",
        place,
        value,
    )
    until(browser, f"{FACE} && {FACE} !== {before!r}")
    return time.perf_counter() - start

"""The report in a real browser: no broken picture, no request, no sideways scrolling."""

import json

import pytest
from helpers.report_results import config_of, make_report_results

from vectorfind.report.page import write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder, config = tmp_path_factory.mktemp("report"), config_of({"start_from": "finetune_v8"})
    make_report_results(folder / "results", config)
    write_page(folder / "report.html", config, folder / "results", folder / "characters")
    return folder / "report.html"


@pytest.mark.parametrize("width", [1200, 390])
def test_every_picture_is_there_and_nothing_is_fetched(path, width, browser):
    browser.get_log("performance")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())
    pictures = browser.execute_script(
        "return [...document.images].map(image => image.complete && image.naturalWidth)"
    )
    assert len(pictures) > 20 and all(pictures)
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    hosts = {
        message["params"]["request"]["url"].partition(":")[0]
        for message in asked
        if message["method"] == "Network.requestWillBeSent"
    }
    assert hosts <= {"file", "data"}
    page = "document.documentElement"
    assert browser.execute_script(f"return {page}.scrollWidth === {page}.clientWidth")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

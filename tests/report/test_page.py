"""The report's page: what it has for which chain, its numbers, and that it stands alone."""

import base64
import io
import re
from html.parser import HTMLParser

import pytest
import yaml
from helpers.places import REPOSITORY
from helpers.report_results import FACES, HELD_OUT, IMAGES, KEPT, config_of, make_report_results
from PIL import Image

from vectorfind.report.costs import costs
from vectorfind.report.directions import directions
from vectorfind.report.numbers import percent
from vectorfind.report.page import gather, render, write_page
from vectorfind.report.parts import Figure

STAGES = ["original", "finetune_v1", "finetune_v8"]
AFTER = ["directions", "image-test", "character", "costs"]


class Page(HTMLParser):
    """The elements of a page with their attributes, and its words."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(folder, config):
    write_page(folder / "report.html", config, folder / "results", folder / "characters")
    return Page((folder / "report.html").read_text())


def sections_of(page):
    return [section["id"] for section in page.all("section")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    run = make_report_results(folder / "results", config_of())
    sections = gather(run, folder / "characters")
    return sections, Page(render(run, sections))


def test_sections_follow_the_chain(whole):
    _, page = whole
    assert sections_of(page) == ["overview", *STAGES, "population", *AFTER, "settings"]
    links = [link["href"] for link in page.all("a")]
    assert links == [f"#{key}" for key in sections_of(page)]


def test_nothing_is_asked_of_any_host_and_every_picture_decodes(whole):
    _, page = whole
    for name, attributes in page.elements:
        for key in ("src", "href", "srcset"):
            value = attributes.get(key, "#")
            assert value.startswith(("data:", "#")), (name, value[:60])
    assert not {"script", "link", "iframe"} & {name for name, _ in page.elements}
    assert page.all("img")
    for picture in page.all("img"):
        content = base64.b64decode(picture["src"].partition("base64,")[2])
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            shown = int(picture["width"]), int(picture["height"])
            assert image.width / image.height == pytest.approx(shown[0] / shown[1], rel=0.02)
        assert len(picture["alt"]) > 10


def test_every_picture_has_an_alt_text_of_its_own_within_a_figure(whole):
    sections, _ = whole
    for section in sections:
        for part in section.parts:
            assert part.caption.endswith(".")
            if isinstance(part, Figure):
                words = [picture.alt for picture in part.pictures]
                assert words and len(set(words)) == len(words), part.title


def test_captions_have_the_numbers_of_the_run(whole):
    _, page = whole
    assert f"{IMAGES} images generated, the first 40 labelled (demo), {KEPT} kept" in page.words
    assert f"{percent(KEPT / IMAGES)} (18.1 to 33.4)" in page.words
    assert "gender ≥ 0.7 and quality ≥ 0.9" in page.words
    assert f"Scores of {HELD_OUT} images" in page.words
    assert "eyes 1.000 (1.000 to 1.000; published 0.866)" in page.words
    assert "step 100, whose weights are kept" in page.words
    assert "640 samples in 16 groups, 40 to 40" in page.words
    assert "pose 0.875 (0.875 to 0.875; published 0.990)" in page.words
    assert f"Over {FACES} faces" in page.words


def test_memory_is_the_larger_of_benchmark_and_log(whole):
    _, page = whole
    assert "2 h 1 min" in page.words and "The largest held 800 MiB" in page.words
    assert re.search(r"sample_w\s*1\s*1 min 0 s\s*0\.8 %\s*1 min 0 s\s*444", page.words)


@pytest.mark.parametrize("start", ["finetune_v1", "finetune_v8"])
def test_stages_that_were_not_run_are_left_out(start, tmp_path):
    config = config_of({"start_from": start})
    make_report_results(tmp_path / "results", config)
    page = page_of(tmp_path, config)
    here = STAGES[STAGES.index(start) :]
    population = ["population"] if start == "finetune_v1" else []
    assert sections_of(page) == ["overview", *here, *population, *AFTER, "settings"]
    assert ("ROC curves" in page.words) == (start == "finetune_v1")
    assert f"{HELD_OUT} images of FineTune-v{start[-1]}" in page.words


@pytest.mark.parametrize("example", ["brow_height", "older_with_glasses"])
def test_any_vocabulary_is_shown(example, tmp_path):
    path = REPOSITORY / f"config/examples/{example}.yaml"
    config = config_of(yaml.safe_load(path.read_text()), {"labels": {"source": "file"}})
    run = make_report_results(tmp_path / "results", config)
    page = page_of(tmp_path, config)
    alts = [picture["alt"] for picture in page.all("img")]
    for name in run.names.steered:
        assert f"Map of w: lowest and highest fifth of {name}." in alts
    assert f"Accuracy of the {len(run.names.steered) * len(run.names.groups)} SVMs" in page.words
    assert "labelled (file)" in page.words


def test_without_benchmarks_or_groups_the_rest_is_there(tmp_path):
    ungrouped = {
        name: {"group": False}
        for name in ("hair_color", "hair_length", "background_mean", "hairstyle")
    }
    config = config_of({"vocabulary": {"properties": ungrouped}})
    run = make_report_results(tmp_path / "results", config)
    for path in run.path("benchmarks").rglob("*.tsv"):
        path.unlink()
    assert costs(run) is None
    section = directions(run)
    assert "No property splits them" in section.text
    assert "640 samples in 1 groups" in section.parts[0].caption

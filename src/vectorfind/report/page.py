"""The page: all sections of a run, rendered into one file that asks no other for anything."""

from collections.abc import Iterator
from pathlib import Path

import jinja2
import matplotlib
import yaml

from vectorfind.config import Config
from vectorfind.files import atomic_path
from vectorfind.report.characters import characters
from vectorfind.report.classifiers import classifier_parts
from vectorfind.report.costs import costs
from vectorfind.report.directions import directions
from vectorfind.report.image_test import image_test
from vectorfind.report.images import image_parts
from vectorfind.report.overview import cards, overview
from vectorfind.report.parts import STYLE, Figure, Section
from vectorfind.report.population import population
from vectorfind.report.properties import property_parts_of
from vectorfind.report.run import Run, title_of
from vectorfind.report.trainings import training_parts


def write_page(
    path: str | Path, config: Config, results: str | Path, characters_in: str | Path
) -> None:
    """Write the page of a finished run, atomically.

    Args:
        path: HTML to write.
        config: the run's.
        results: the folder of its results.
        characters_in: the folder of characters that were picked; it need not be there.

    Raises:
        InputError: a file of the results is damaged.
    """
    run = Run(Path(results), config)
    text = render(run, gather(run, Path(characters_in)))
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")


def gather(run: Run, characters_in: Path) -> list[Section]:
    """Return the sections that a run has, in the order of the chain."""
    with matplotlib.rc_context(STYLE):
        return list(_sections(run, characters_in))


def _sections(run: Run, characters_in: Path) -> Iterator[Section]:
    yield overview(run)
    for stage in run.stages:
        yield _stage(run, stage)
    made = [population(run), directions(run), image_test(run), characters(run, characters_in)]
    yield from filter(None, [*made, costs(run)])


def _stage(run: Run, stage: str) -> Section:
    section = Section(stage, title_of(stage))
    if stage in run.trained:
        section.parts += training_parts(run, stage)
    section.parts += image_parts(run, stage)
    if stage in run.labelled:
        section.parts += classifier_parts(run, stage)
    if run.learned(stage):
        section.parts += property_parts_of(run, stage)
    return section


def render(run: Run, sections: list[Section]) -> str:
    """Return the page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vectorfind.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.tests["figure"] = lambda part: isinstance(part, Figure)
    settings = yaml.safe_dump(run.config.model_dump(mode="json"), sort_keys=False)
    return environment.get_template("template.html").render(
        cards=cards(run), sections=sections, settings=settings
    )

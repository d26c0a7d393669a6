"""How much memory the job of each rule declares: what was measured, with some room.

`python -m benchmarks.memory` compares it with what a finished run used (docs/performance.md). All
constants are MiB and from there.
"""

from collections.abc import Callable
from math import ceil
from pathlib import Path

from vectorfind.config import Config
from vectorfind.directions.methods import METHODS, Method
from vectorfind.hub import local_path
from vectorfind.vocabulary import STAGES, View
from vectorfind.workflow.plan import stages
from vectorfind.workflow.sizes import Sizes, imported_sizes

ROOM = 1.3
"""Declared memory over what is expected."""
SNAKEMAKE = 2 * 140
"""Two processes of Snakemake run beside a job on a cluster."""
CUDA = 3000
"""What CUDA takes of the host's memory; assumed, not measured."""
TABLES, TORCH, SCORING, TRAINING, PARSING = 120, 310, 370, 470, 480
"""A job that reads tables, and what it has imported for networks, scorers, trainings, parsers."""
DRAWING_PLOTS, SHEET = 380, 64
"""The report's plots, one at a time, and the page that holds them; faces on a sheet."""
DOWNLOAD = 200
"""The hub's client, which writes as it reads."""
SCORED, TRAINED = 256, 30
"""Images scored at once; MiB of a step of a small network."""
DRAWN_AT_ONCE, POINTS_AT_ONCE = 50 * 64**2, 1024
"""Pixels drawn for a judge at once; points whose Jacobians are computed together."""
DRAWN, SAMPLED, PLAYED, PLAYED_FAST = 1.15, 1.85, 10.2, 13.0
"""Times an image's activations: drawn, drawn and scored, and in a step of fine-tuning by recipe."""
KEPT_HEIGHT = 64
"""Pixels of height of the views that trainings keep (`vectorfind.scoring.views`)."""
PARSER = 323.0
"""Weights of the published parser, and of any that is not there yet."""
PARSED = 0.6
"""Times the parser's weights, for an image."""
PROGRAM = 300
"""A program of the user's that measures images: MediaPipe's face mesh takes 170."""
ZERO_SHOT = 1500
"""Weights of the vision-language model, computed from its parameters."""


def memory_of(
    rule: str, config: Config, gpu: int, method: str | None = None, sizes: Sizes | None = None
) -> int:
    """Return the MiB that the job of a rule declares.

    Args:
        rule: its name.
        config: that it runs with.
        gpu: 0 on a machine without one.
        method: that finds the directions in question; by default the configuration's.
        sizes: of the generator; by default the imported one's.

    Raises:
        KeyError: no such rule is known here.
    """
    finder = METHODS[method or config.directions.method]
    needed = RULES[rule](_Job(config, gpu, sizes or imported_sizes(), finder))
    return ceil((SNAKEMAKE + needed) * ROOM)


class _Job:
    """What jobs hold, in MiB, by the configuration and the checkpoint's sizes."""

    def __init__(self, config: Config, gpu: int, sizes: Sizes, method: Method):
        self.config, self.gpu, self.sizes, self.method = config, gpu, sizes, method
        self.cuda = CUDA if gpu else 0
        self.at_once = max(1, DRAWN_AT_ONCE // sizes.resolution**2)
        self.image = 3 * sizes.resolution**2 / 2**20
        self.samples = _numbers((config.sampling.kept or config.sampling.samples) * sizes.w_dim)
        self.parser = _file(Path(local_path(config.parser.model), "model.safetensors"), PARSER)
        self.checkpoint = _file(Path(local_path(config.checkpoint)), sizes.weights)

    def drawing(self, images: int, passes: float = DRAWN) -> float:
        """Return what drawing takes: the networks, and images drawn at once."""
        return self.cuda + 2 * self.sizes.weights + self._played(images, passes)

    def _played(self, images: int, passes: float) -> float:
        return 0 if self.gpu else _numbers(images * self.sizes.activations) * passes

    def scoring(self) -> float:
        """Return what the images take that are scored at once, as bytes and as numbers."""
        return self.cuda + 17 * SCORED * self.image

    def parsing(self, images: int) -> float:
        """Return what the parser takes for images parsed at once."""
        return self.cuda + self.parser * (2 + (0 if self.gpu else PARSED * images))

    def judging(self, points: int) -> float:
        """Return what drawing, editing and judging new faces takes, `points` edited at once."""
        parsed = self.parsing(min(self.at_once, self.config.parser.batch_size)) - self.cuda
        return PARSING + self.drawing(self.at_once) + parsed + self.edited(points)

    def edited(self, points: int) -> float:
        """Return what the Jacobians of points take that are edited together."""
        each = 0.14 + 0.0003 * self.sizes.w_dim
        return min(points, POINTS_AT_ONCE) * each if self.method.bends else 0

    def kept(self, images: int, views: list[View]) -> float:
        """Return what a training keeps of its images."""
        return images * sum(_bytes(view, self.sizes.resolution) for view in views) / 2**20

    def property_cnn(self) -> float:
        """Return what training a part of the scorer takes, on the largest population."""
        config = self.config
        views = {row.input.view for row in config.vocabulary.properties.values()}
        largest = sorted(views, key=lambda view: _bytes(view, self.sizes.resolution))
        images = max(config.population(stage).images for stage in stages(config))
        return (
            self.cuda
            + TRAINING
            + TRAINED
            + self.kept(images, largest[-config.property_cnn.per_job :])
        )

    def attribute_cnn(self) -> float:
        """Return what training an attribute's folds takes, on the largest of the labelled sets."""
        labelled = max(getattr(self.config.populations, stage).labelled for stage in STAGES)
        views = [row.view for row in self.config.vocabulary.attributes.values()]
        largest = max(views, key=lambda view: _bytes(view, self.sizes.resolution))
        return self.cuda + TRAINING + 2 * TRAINED + self.kept(labelled, [largest])

    def labelling(self) -> float:
        """Return what labelling takes: a model's weights where one labels."""
        zero_shot = self.config.labels.source == "zero_shot"
        return SCORING + (self.cuda + 2 * ZERO_SHOT if zero_shot else TRAINED)

    def finetuning(self, section: str, stage: str) -> float:
        """Return what a fine-tuning takes: a step, and the reals, which are mapped from a file."""
        settings = getattr(self.config.finetune, section)
        images, gpus = self.config.population(stage).images, self.config.finetune.gpus
        passes = PLAYED_FAST if settings.reuse_fakes else PLAYED
        step = TRAINING + self.cuda + self._played(settings.batch_size, passes)
        features = _numbers(images * 16 * self.sizes.w_dim) if settings.reuse_fakes else 0
        return (step + features) * max(1, gpus) + images * self.image

    def finding(self) -> float:
        """Return what finding directions takes: samples, drawing, and edits that are tried."""
        if not self.method.draws:
            return self.svms()
        if not self.method.keeps:
            return self.svms() + self.drawing(self.at_once)
        tries = self.config.directions.tries
        tried = self.edited(tries) + 6 * _numbers(tries * self.sizes.w_dim)
        return self.judging(0) + 3.5 * self.samples + tried

    def svms(self) -> float:
        """Return what SVMs take: the samples, mapped from a file, and a group's."""
        return SCORING + 1.5 * self.samples


def _file(path: Path, otherwise: float) -> float:
    """Return the MiB of a file, or what it is taken for while it is not there."""
    return path.stat().st_size / 2**20 if path.is_file() else otherwise


def _numbers(count: float) -> float:
    """Return the MiB of so many float32."""
    return 4 * count / 2**20


def _bytes(view: View, resolution: int) -> float:
    """Return the bytes that a training keeps of an image."""
    top, bottom, *_ = view.windows[0]
    height = (bottom - top) * resolution
    width = sum(right - left for *_, left, right in view.windows) * resolution
    return 3 * height * width / max(1, height / max(view.max_height, KEPT_HEIGHT)) ** 2


def _judged(job: _Job) -> float:
    return job.judging(job.config.image_test.most_edits)


RULES: dict[str, Callable[[_Job], float]] = {
    "write_config": lambda job: TABLES,
    "download_file": lambda job: DOWNLOAD,
    "download_model": lambda job: DOWNLOAD,
    "import_checkpoint": lambda job: TORCH + 3 * job.checkpoint,
    "generate_images": lambda job: SCORING + job.drawing(job.config.populations.batch_size),
    "label_images": _Job.labelling,
    "train_attribute_cnn": _Job.attribute_cnn,
    "score_attributes": lambda job: SCORING + job.scoring(),
    "filter_images": lambda job: TABLES,
    "measure_properties": lambda job: PARSING + job.parsing(job.config.parser.batch_size),
    "normalise_properties": lambda job: TABLES,
    "train_property_cnn": _Job.property_cnn,
    "merge_scorer": lambda job: TORCH,
    "score_properties": lambda job: SCORING + job.scoring(),
    "finetune_v1": lambda job: job.finetuning("v1", "original"),
    "finetune_v8": lambda job: job.finetuning("v8", "finetune_v1"),
    "measure_pass_share": lambda job: (
        SCORING + job.drawing(job.config.populations.batch_size) + job.scoring() - job.cuda
    ),
    "compare_pass_shares": lambda job: TABLES,
    "cut_groups": lambda job: TABLES,
    "sample_w": lambda job: SCORING + job.drawing(job.config.sampling.batch_size, SAMPLED),
    "group_samples": lambda job: TABLES + 1.1 * job.samples,
    "train_svms": _Job.svms,
    "find_directions": _Job.finding,
    "bundle": lambda job: TORCH + 3 * job.sizes.weights,
    "judge_edits": _judged,
    "summarise_image_test": lambda job: TABLES,
    "picture_generated": lambda job: TABLES,
    "picture_filtered": lambda job: TABLES,
    "picture_steered": _judged,
    "report_page": lambda job: DRAWING_PLOTS + job.samples + 2 * SHEET * job.image,
    "compare_faces": _judged,
    "compare_outside_images": lambda job: (
        SCORING + job.drawing(job.at_once) + job.edited(job.config.image_test.most_edits)
    ),
    "compare_outside_answers": lambda job: TORCH + PROGRAM,
    "compare_outside": lambda job: TORCH,
    "compare_closed_loop": lambda job: job.judging(2 * job.config.compare.closed_loop_faces),
    "compare_methods": lambda job: TABLES,
    "compare_pictures": _judged,
    "compare_strengths": _judged,
    "compare_layers": _judged,
    "compare_strength_figures": lambda job: SCORING + TABLES,
    # The demo's own making, which no configuration changes; not measured anew.
    "demo_world": lambda job: 24_000,
}
RULES |= {
    "compare_finders": RULES["find_directions"],
    "compare_bundles": RULES["bundle"],
    "compare_again": RULES["compare_faces"],
    "compare_summaries": RULES["summarise_image_test"],
    "train_second_scorer": RULES["train_property_cnn"],
    "merge_second_scorer": RULES["merge_scorer"],
    "train_second_attribute_cnn": RULES["train_attribute_cnn"],
}

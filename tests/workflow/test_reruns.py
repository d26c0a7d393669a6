"""What runs again: every key of the configuration and every module of the package, asserted.

`reruns.yaml` holds the expected sets: the rules that a change concerns itself. What follows from
them, Snakemake runs as well; `write_config` writes every change down and is left out.
"""

from collections import defaultdict
from typing import Any

import pytest
import yaml
from helpers.places import REPOSITORY, TESTS
from helpers.planning import changed_rules, planned

from vectorfind.config import lay_over, resolve_config
from vectorfind.config.docs import ANY_NAME, Key, config_keys
from vectorfind.workflow.code_inputs import PACKAGE, is_infrastructure

EXPECTED = yaml.safe_load((TESTS / "workflow/reruns.yaml").read_text())
ROW = {"properties": "mouth", "attributes": "glass"}
"""The row that stands for any name."""
OTHERS: dict[str, Any] = {
    "device": "mps",
    "compare.retest_faces": 100,
    "compare.outside.faces": 100,
    "compare.strength_faces": 200,
    "labels.original": "config/README.md",
    "labels.finetune_v1": "config/README.md",
    "fused_scale": True,
    "parser.left_is": "person",
    "labels.annotator": "resources/demo/parser/model.safetensors",
    "finetune.v1.label_start": "silent",
    "finetune.v8.label_start": "silent",
    "finetune.v1.generator_labels": "random",
    "finetune.v8.generator_labels": "random",
    "vocabulary.attributes.NAME.rare": 0,
    "vocabulary.properties.NAME.scores": "config/examples/brow_height.yaml",
    "start_from": "finetune_v1",
    "checkpoint": "resources/demo/annotator.safetensors",
    "discriminator_checkpoint": "resources/demo/stylegan.pth",
    "labels.source": "zero_shot",
    "populations.original.filter": {"gender": {"min": 0.8}},
    "populations.finetune_v1.filter": {"gender": {"min": 0.8}},
    "populations.finetune_v8.filter": {"gender": {"min": 0.8}},
    "populations.finetune_v8.labelled": 10,
    "finetune.v1.recipe": "published",
    "finetune.v8.recipe": "published",
    "finetune.v1.generator_parts": ["mapping", "synthesis.layer0"],
    "finetune.v8.generator_parts": ["mapping"],
    "finetune.v1.precision": "bfloat16",
    "finetune.v8.precision": "bfloat16",
    "finetune.v1.betas": [0.1, 0.9],
    "finetune.v8.betas": [0.1, 0.9],
    "directions.unit": "auto",
    "directions.method": "svm",
    "compare.methods": ["svm", "surrogate"],
    "vocabulary.properties.NAME.measure": "config/examples/brow_height.py:brow_height",
    "vocabulary.properties.NAME.windows": [[0.5, 0.9, 0.3, 0.7]],
    "vocabulary.attributes.NAME.windows": [[0.2, 0.5, 0.2, 0.8]],
    "vocabulary.properties.NAME.mirror": "negated",
    "vocabulary.properties.NAME.offsets": [-1.0, 0.0, 1.0],
    "vocabulary.attributes.NAME.prompts": ["plain", "with glasses"],
    "vocabulary.attributes.NAME.words": ["without", "with"],
}
"""Other values of keys of which `another` finds none."""
TOGETHER: dict[str, dict[str, Any]] = {
    "labels.original": {"labels.source": "file"},
    "labels.finetune_v1": {"labels.source": "file"},
    "labels.zero_shot_model": {"labels.source": "zero_shot"},
    "labels.zero_shot_revision": {"labels.source": "zero_shot"},
    "vocabulary.attributes.NAME.prompts": {"labels.source": "zero_shot"},
    "compare.identity.model": {"compare.identity.revision": "0" * 40},
    "compare.outside.name": {"compare.outside.command": "true"},
    "compare.outside.faces": {"compare.outside.command": "true"},
}
"""What must be set for a key to mean anything."""


def another(key: Key, value: Any) -> Any:
    """Return a value of a key that it does not have."""
    if key.name in OTHERS:
        return OTHERS[key.name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value - 1 if value > 1 else value + 1
    if isinstance(value, float):
        return 0.9 * value if value else 0.1
    if value is None:
        return 3 if key.type.startswith("integer") else 0.5 if "number" in key.type else "other.csv"
    return f"{value}x" if isinstance(value, str) else OTHERS[key.name]


def nested(name: str, value: Any) -> dict[str, Any]:
    """Return a configuration of one key; a fast recipe would hide what `recipe` decides."""
    rooms = name.split(".")
    if ANY_NAME in rooms:
        rooms[2] = ROW[rooms[1]]
    for room in reversed(rooms):
        value = {room: value}
    return value


def value_of(values: dict[str, Any], name: str) -> Any:
    """Return what a configuration has for a key."""
    found = values
    for room in name.split("."):
        found = found[ROW[name.split(".")[1]] if room == ANY_NAME else room]
    return found


@pytest.fixture(scope="module", autouse=True)
def _in_the_repository():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        yield


@pytest.fixture(scope="module")
def plans():
    """The plans made so far, by configuration."""
    made: dict[str, dict] = {}

    def plan(values: dict[str, Any]) -> dict:
        if repr(values) not in made:
            made[repr(values)] = planned(values)
        return made[repr(values)]

    return plan


def base_for(name: str) -> dict[str, Any]:
    """Return what a key's change is compared with; the demo's fast recipe sets keys of its own."""
    values: dict[str, Any] = {}
    if name.startswith("finetune.v") and not name.endswith("recipe"):
        values = nested(f"{name.rpartition('.')[0]}.recipe", "published")
    for other, value in TOGETHER.get(name, {}).items():
        values = lay_over(values, nested(other, value))
    return values


def rules_of(key: Key, plans) -> list[str]:
    """Return the rules that another value of a key concerns."""
    base = base_for(key.name)
    demo = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    now = value_of(resolve_config(lay_over(demo, base)).model_dump(mode="json"), key.name)
    values = lay_over(base, nested(key.name, another(key, now)))
    if key.name.endswith(".scores"):
        values = lay_over(values, nested("vocabulary.properties.NAME.measure", None))
    return sorted(changed_rules(plans(base), plans(values)) - {"write_config", "all"})


@pytest.mark.parametrize("key", config_keys(), ids=lambda key: key.name)
def test_a_key_concerns_just_the_rules_whose_numbers_it_decides(key, plans):
    assert rules_of(key, plans) == EXPECTED["keys"][key.name]


def test_every_key_is_expected():
    assert list(EXPECTED["keys"]) == [key.name for key in config_keys()]


def test_an_edited_module_concerns_just_the_rules_that_compute_with_it(plans):
    found = defaultdict(set)
    for (rule, _), (_, inputs, _) in plans({}).items():
        for path in inputs:
            if path.endswith(".py"):
                found[path.removeprefix("src/vectorfind/")].add(rule)
    assert {name: sorted(rules) for name, rules in sorted(found.items())} == EXPECTED["modules"]


def test_every_module_is_expected_or_known_to_decide_nothing():
    modules = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    idle = modules - set(EXPECTED["modules"]) - set(EXPECTED["idle_modules"])
    left = {name for name in idle if not is_infrastructure(PACKAGE / name)}
    assert {name for name in left if not name.endswith("__init__.py")} == set()
    assert set(EXPECTED["modules"]) | set(EXPECTED["idle_modules"]) <= modules


def test_how_it_is_computed_concerns_nothing(plans):
    values = {"populations": {"batch_size": 7}, "parser": {"batch_size": 3}, "device": "cpu"}
    assert changed_rules(plans({}), plans(values)) - {"write_config"} == set()


def test_as_many_kept_samples_as_there_are_concern_nothing(plans):
    values = {"sampling": {"kept": 12000}}
    assert changed_rules(plans({}), plans(values)) - {"write_config"} == set()


def test_more_samples_of_which_as_large_a_share_is_kept_leave_shards_alone(plans):
    before = plans({"sampling": {"kept": 1200}})
    after = plans({"sampling": {"samples": 24000, "kept": 2400}})
    drawn = {job: plan for job, plan in before.items() if job[0] == "sample_w"}
    assert len(drawn) == 2
    assert all(after[job] == plan for job, plan in drawn.items())
    assert sum(job[0] == "sample_w" for job in after) == 4


def test_sums_need_the_groups_before_sampling_and_reach_every_finder(plans):
    plan = plans({"sampling": {"kept": 1200}})
    sums, cutoffs = "results/samples/sums.npy", "results/directions/cutoffs.json"
    reading = {rule for (rule, _), (_, inputs, _) in plan.items() if sums in inputs}
    assert reading == {"find_directions", "compare_finders"}
    assert sums in plan["group_samples", ()][2]
    assert cutoffs in plan["sample_w", (("shard", "0000"),)][1]

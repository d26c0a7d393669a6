import json
import re
from fractions import Fraction

import pytest
import yaml
from helpers.places import REPOSITORY
from snakemake.utils import update_config

from vectorfind.config import Config, docs, lay_over, resolve_config, stage_seed, write_config
from vectorfind.config.docs import ANY_NAME, check_config_file, config_keys, read_config_file
from vectorfind.config.full import CONFIGS
from vectorfind.errors import InputError

CONFIG = REPOSITORY / "config"
LABELS = Config().vocabulary.labels


def demo():
    return read_config_file(CONFIG / "config.yaml")


@pytest.mark.parametrize("name", CONFIGS)
def test_a_full_configuration_over_the_demo_is_the_published_system(name):
    values = demo()
    # Snakemake reads config.yaml first, whatever --configfile says.
    update_config(values, read_config_file(CONFIG / name))
    found, published = resolve_config(values).model_dump(), Config().model_dump()
    assert found == published | CONFIGS[name].values


def test_lay_over_does_what_snakemake_does():
    filters = {"gender": None, "age": {"min": 0.5}}
    over = {"seed": 7, "populations": {"original": {"images": 5, "filter": filters}}}
    over["labels"] = None
    expected = demo()
    update_config(expected, over)
    assert lay_over(demo(), over) == expected


@pytest.mark.parametrize("name", ["config.yaml", *CONFIGS])
def test_committed_configurations_are_valid_and_name_the_schema(name):
    text = (CONFIG / name).read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    resolve_config(yaml.safe_load(text), name)


def test_part_of_a_section_keeps_the_published_rest():
    config = resolve_config(
        {
            "finetune": {"v8": {"steps": 5}},
            "populations": {"finetune_v1": {"images": 3000, "filter": {"age": {"max": 0.5}}}},
        }
    )
    published = Config()
    assert config.finetune.v8 == published.finetune.v8.model_copy(update={"steps": 5})
    assert config.finetune.v8.batch_size == 8 and config.finetune.v8.style_mixing == 0
    population = config.populations.finetune_v1
    assert population.exclude_labelled and population.filter["gender"].min == 0.92
    assert population.filter["age"].max == 0.5


def test_published_numbers():
    config = Config()
    assert config.sampling.samples == 240_000 and config.image_test.faces == 2_000
    population = config.populations.finetune_v1
    assert (population.images, population.labelled) == (15_000, 2_000)
    assert population.filter["age"].max == 0.008 and population.filter["glass"].max == 0.01
    assert "synthesis.output0" in config.finetune.v8.generator_parts
    rows, steered = config.vocabulary.properties, config.vocabulary.steered
    assert {n: rows[n].pass_at for n in steered} == {"eyes": 0.92, "mouth": 0.88, "pose": 0.88}
    assert config.attributes_of("original") == ("gender", "quality")
    assert config.attributes_of("finetune_v1") == ("gender", "quality", "age", "glass")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"sampels": 3}, r"sampels: unknown key"),
        ({"sampling": {"sample": 3}}, r"sampling\.sample: unknown key"),
        ({"finetune": {"v8": {"step": 3}}}, r"finetune\.v8\.step: unknown key"),
        (
            {"populations": {"original": {"filter": {"hair": {}}}}},
            r"populations\.original\.filter: hair is none of the attributes gender",
        ),
        (
            {"populations": {"original": {"filter": {"gender": None, "quality": None}}}},
            r"populations\.original\.filter: names no attribute",
        ),
        (
            {"vocabulary": {"properties": {"smile": {"steered": True}}}},
            r"vocabulary\.properties\.smile.*either `measure` or `scores`",
        ),
        (
            {"vocabulary": {"properties": {"smile": {"measure": "eyes", "wide": 1}}}},
            r"vocabulary\.properties\.smile\.wide: unknown key",
        ),
        (
            {"vocabulary": {"properties": {"label": {"measure": "eyes"}}}},
            r"vocabulary: .*'label' has a meaning already",
        ),
        (
            {"vocabulary": {"properties": {"gender": {"measure": "eyes"}}}},
            r"vocabulary: .*'gender' is a property and an attribute",
        ),
        (
            {"vocabulary": {"properties": {"eyes": None, "mouth": None, "pose": None}}},
            r"vocabulary: .*no property is `steered`",
        ),
        (
            {"vocabulary": {"properties": {name: {"group": True} for name in ("eyes", "mouth")}}},
            r"vocabulary: .*6 properties `group`, 5 at most",
        ),
        ({"compare": {"outside": {"command": " "}}}, r"compare\.outside\.command: .*pattern"),
        ({"compare": {"outside": {"name": "a\nb"}}}, r"compare\.outside\.name: .*pattern"),
        ({"compare": {"outside": {"faces": 0}}}, r"compare\.outside\.faces: .*greater than or"),
        (
            {"vocabulary": {"properties": {"eyes": {"offsets": [1.0]}}}},
            r"vocabulary\.properties\.eyes\.offsets",
        ),
        (
            {"vocabulary": {"properties": {"smile": {"measure": "smiles"}}}},
            r"vocabulary: .*smile\.measure: 'smiles' is none of eyes, .*file\.py:function",
        ),
        (
            {"vocabulary": {"properties": {"class": {"measure": "eyes"}}}},
            r"vocabulary: .*'class' has a meaning already",
        ),
        (
            {"vocabulary": {"properties": {"Smile": {"measure": "eyes"}}}},
            r"vocabulary: .*'Smile' cannot be a name: lower-case",
        ),
        (
            {"vocabulary": {"properties": {"eyes": {"windows": [[0.5, 0.5, 0, 1]]}}}},
            r"vocabulary\.properties\.eyes\.windows.*top, bottom, left, right",
        ),
        (
            {"vocabulary": {"properties": {"eyes": {"offsets": [1, 1]}}}},
            r"vocabulary\.properties\.eyes\.offsets: .*must differ",
        ),
        (
            {"vocabulary": {"properties": {"eyes": {"offsets": [1, float("nan")]}}}},
            r"vocabulary\.properties\.eyes\.offsets.*finite",
        ),
        (
            {"vocabulary": {"properties": {"mouth": {"least": 2}}}},
            r"vocabulary\.properties\.mouth: .*`least` 2\.0 must be below `most` 1\.0",
        ),
        (
            {"vocabulary": {"properties": {name: {"label": False} for name in LABELS}}},
            r"no property is a `label`",
        ),
        (
            {
                "labels": {"source": "zero_shot"},
                "vocabulary": {"attributes": {"beard": {}}},
                "populations": {"finetune_v1": {"filter": {"beard": {}}}},
            },
            r"vocabulary\.attributes\.beard\.prompts: .*needs both",
        ),
        (
            {"populations": {"finetune_v1": {"filter": {"age": {"min": 0.9}}}}},
            r"populations\.finetune_v1\.filter\.age: .*`min` 0\.9 is above `max` 0\.008",
        ),
        ({"populations": {"original": None}}, r"populations\.original: "),
        ({"populations": {"original": {"filter": ["age"]}}}, r"populations\.original\.filter: "),
        ({"finetune": {"v1": None}}, r"finetune\.v1: "),
        ({"image_test": {"most_edits": 3}}, r"image_test\.most_edits: .*equal to 20"),
        ({"finetune": {"gpus": 3}}, r"finetune: .*v1\.batch_size: 16 .* `finetune\.gpus: 3`"),
        ({"sampling": {"samples": 0}}, r"sampling\.samples: .*greater than or equal to 1"),
        ({"sampling": {"samples": "many"}}, r"sampling\.samples: .*integer"),
        ({"sampling": 3}, r"sampling: "),
        ({"directions": {"unit": -1}}, r"directions\.unit: .*'auto', or .*greater than 0"),
        ({"directions": {"method": "magic"}}, r"directions\.method: .*'svm'"),
        ({"start_from": "v8"}, r"start_from: .*finetune_v8"),
        ({"device": "gpu"}, r"device: "),
        ({"populations": {"original": {"images": 5}}}, r"2000 labelled images are more than"),
        (
            {"sampling": {"samples": 600, "kept": 601}},
            r"sampling: .*`kept` 601 is more than the 600 `samples`",
        ),
    ],
)
def test_a_bad_key_is_named(values, says):
    with pytest.raises(InputError, match=rf"(?s)mine\.yaml has 1 problem.*{says}"):
        resolve_config(values, "mine.yaml")


@pytest.mark.parametrize(("kept", "share"), [(None, 1), (600, 1), (60, Fraction(1, 10))])
def test_all_samples_are_kept_by_default(kept, share):
    assert resolve_config({"sampling": {"samples": 600, "kept": kept}}).sampling.kept_share == share


def test_all_problems_come_in_one_message():
    with pytest.raises(InputError, match=r"(?s)2 problem.*seed.*extra: unknown key"):
        resolve_config({"seed": -1, "extra": 1})


def test_resolved_config_survives_the_disk(tmp_path):
    config = resolve_config({"seed": 9, "directions": {"unit": "auto"}})
    write_config(tmp_path / "config.yaml", config)
    assert resolve_config(read_config_file(tmp_path / "config.yaml")) == config


def test_stage_seeds_are_stable_and_differ():
    assert stage_seed(1, "original") == stage_seed(1, "original") == 3_875_180_322
    names = ["original", "finetune_v1", "svm eyes", "svm mouth", "original gender"]
    seeds = {stage_seed(seed, name) for seed in (1, 2, 11) for name in names}
    assert len(seeds) == 15 and all(0 <= seed < 2**32 for seed in seeds)


def test_documents_match_the_model():
    again = "run `python -m vectorfind.config.docs`"
    assert (CONFIG / "README.md").read_text() == docs.render_readme(demo()), again
    assert (CONFIG / "schema.json").read_text() == docs.render_schema(), again
    for name in CONFIGS:
        assert (CONFIG / name).read_text() == docs.render_full(name), again


def test_every_key_is_described_once():
    keys = config_keys()
    names = [key.name for key in keys]
    assert len(names) == len(set(names)) > 60
    assert all(key.description.endswith(".") and key.type for key in keys)
    defaults = Config().model_dump(mode="json")
    for key in keys:
        if ANY_NAME in key.name:
            continue
        value = defaults
        for part in key.name.split("."):
            value = value[part]
        assert key.default == value
    by_name = {key.name: key for key in keys}
    assert by_name["directions.class_share"].limits == "> 0, <= 0.5"
    assert by_name["finetune.v8.batch_size"].default == 8
    assert by_name["labels.source"].type == "`file` or `zero_shot` or `demo`"


def test_tables_are_whole():
    rows = [row for row in docs.render_readme(demo()).splitlines() if row.startswith("|")]
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_schema_refuses_unknown_keys_in_every_section():
    schema = json.loads((CONFIG / "schema.json").read_text())
    sections = [schema, *schema["$defs"].values()]
    assert all(not part["additionalProperties"] for part in sections if "properties" in part)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed: [1", "cannot be read as YAML"),
        ("", "holds no"),
        ("- 1\n", "holds no"),
        ("sede: 1\n", "sede: unknown key"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, text, says):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match=rf"(?s)mine\.yaml.*{says}"):
        check_config_file(tmp_path / "mine.yaml")


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml: no such file"):
        check_config_file(tmp_path / "none.yaml")


def test_a_small_file_is_laid_over_the_demo(tmp_path):
    (tmp_path / "mine.yaml").write_text("sampling: {samples: 100}\n")
    config = check_config_file(tmp_path / "mine.yaml", CONFIG / "config.yaml")
    assert config.sampling.samples == 100
    assert config.sampling.shard_size == demo()["sampling"]["shard_size"]


def test_rows_are_laid_over_the_published_ones_and_null_takes_one_out():
    rows = {"brows": {"measure": "own.py:brows", "steered": True}, "eyes": {"pass_at": 0.5}}
    config = resolve_config({"vocabulary": {"properties": {**rows, "hairstyle": None}}})
    vocabulary = config.vocabulary
    assert list(vocabulary.properties)[-2:] == ["background_std", "brows"]
    assert vocabulary.steered == ("eyes", "mouth", "pose", "brows")
    assert vocabulary.properties["eyes"].pass_at == 0.5
    assert vocabulary.properties["eyes"].view == Config().vocabulary.properties["eyes"].view
    assert vocabulary.grouping == ("hair_color", "hair_length", "background_mean")


def test_null_takes_an_attribute_out_of_a_filter_and_its_labels():
    config = resolve_config({"populations": {"finetune_v1": {"filter": {"gender": None}}}})
    assert config.attributes_of("finetune_v1") == ("quality", "age", "glass")


@pytest.mark.parametrize("path", sorted((CONFIG / "examples").glob("*.yaml")), ids=lambda p: p.stem)
def test_examples_are_valid(path):
    check_config_file(path, CONFIG / "config.yaml")

"""What rules declare: every rule has an entry, and a finished run used no more than that."""

import re
import subprocess
import sys

import pytest
from helpers.networks import facts_of, small_networks
from helpers.places import REPOSITORY

from vectorfind.config import resolve_config
from vectorfind.directions import surrogate_edit
from vectorfind.files import write_json
from vectorfind.scoring import attribute_cnn, views
from vectorfind.stylegan import build_generator, save_networks
from vectorfind.workflow import memory
from vectorfind.workflow.memory import RULES, memory_of
from vectorfind.workflow.sizes import PUBLISHED, Sizes, imported_sizes

DEMO = Sizes(64, 244_736, 64, 5.8)


def declared(rule, gpu=0, **keys):
    return memory_of(rule, resolve_config(keys), gpu, sizes=DEMO)


def test_what_is_declared_without_torch_is_what_is_computed_with_it():
    assert memory.POINTS_AT_ONCE == surrogate_edit.POINTS_AT_ONCE
    assert memory.KEPT_HEIGHT == views.KEPT_HEIGHT
    assert memory.SCORED == attribute_cnn.BATCH


def test_sizes_are_those_of_the_imported_checkpoint(tmp_path):
    networks, path = small_networks(), tmp_path / "networks.pth"
    save_networks(path, networks)
    write_json(tmp_path / "facts.json", facts_of(path))
    sizes, synthesis = imported_sizes(tmp_path / "facts.json"), networks.generator.synthesis
    layers = [layer for layer in synthesis.modules() if hasattr(layer, "apply_noise")]
    assert (sizes.resolution, sizes.w_dim) == (16, 12)
    assert sizes.activations == sum(
        layer.apply_noise.noise.numel() * layer.apply_noise.weight.numel() for layer in layers
    )
    held = [weight for net in networks.present.values() for weight in net.parameters()]
    assert sizes.weights == sum(weight.numel() for weight in held) * 4 / 2**20


def test_the_published_sizes_are_those_of_the_published_generator():
    generator = build_generator(256, 512, 512, 16384, 512)
    assert PUBLISHED[:3] == (generator.resolution, generator.activations, generator.w_dim)


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_before_an_import_they_are_the_published_ones(tmp_path, text):
    if text:
        (tmp_path / "facts.json").write_text(text)
    assert imported_sizes(tmp_path / "facts.json") == PUBLISHED


def test_more_of_what_is_held_is_declared():
    many = {"populations": {"finetune_v8": {"images": 500_000}}}
    assert declared("train_property_cnn", **many) > declared("train_property_cnn") + 500
    batch = {"finetune": {"v1": {"batch_size": 64}}}
    samples = {"sampling": {"samples": 10_000_000}}
    assert declared("train_svms", **samples) > declared("train_svms") + 3000
    assert declared("train_svms", sampling={"samples": 10_000_000, "kept": 12_000}) < 1000
    assert declared("finetune_v1", **batch) > declared("finetune_v1") + 500
    for rule in ("score_properties", "measure_properties", "label_images", "judge_edits"):
        assert declared(rule, **many) == declared(rule)


def test_what_is_computed_on_a_gpu_is_not_in_the_hosts_memory():
    at_once = {"sampling": {"batch_size": 4000}}
    assert declared("sample_w", **at_once) > declared("sample_w") + 1000
    assert declared("sample_w", 1, **at_once) == declared("sample_w", 1)


def test_every_rule_that_computes_declares_its_own_memory():
    texts = [path.read_text() for path in (REPOSITORY / "rules").glob("*.smk")]
    blocks = [
        block for text in texts for block in re.split(r"^(?=(?:use )?rule )", text, flags=re.M)
    ]
    found = {}
    for block in blocks:
        if name := re.match(r"rule (\w+):|use rule \w+ as (\w+) with:", block):
            found[name[1] or name[2]] = re.findall(r"mem_mb=(.*),\n", block)
    assert set(found) - {"compare_directions"} == set(RULES)
    for name, words in found.items():
        assert all(word == f'memory("{name}")' for word in words), name


@pytest.mark.e2e
def test_no_rule_used_more_than_it_declares_nor_less_than_half(finished):
    command = [sys.executable, "-m", "benchmarks.memory", str(finished)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| find_directions |" in done.stdout

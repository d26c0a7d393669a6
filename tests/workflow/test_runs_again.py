"""What a second run does: nothing, or what a change asks for."""

import os
import shutil

import pytest
import yaml
from helpers.places import REPOSITORY
from helpers.running import SMALL, make_project, planned_rules, run_snakemake


@pytest.mark.e2e
def test_a_second_run_has_nothing_to_do(finished):
    output = run_snakemake(finished, "--configfile", "small.yaml", "--cores", "2")
    assert "Nothing to be done" in output


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("key", "value", "reruns", "keeps"),
    [
        ("directions", {"svm_c": 2.0}, {"train_svms", "bundle"}, {"finetune_v8", "sample_w"}),
        ("finetune", {"v8": {"r1_gamma": 5.0}}, {"finetune_v8", "bundle"}, {"finetune_v1"}),
        ("device", "mps", {"write_config", "all"}, {"finetune_v1", "bundle", "generate_images"}),
    ],
)
def test_one_key_reruns_what_depends_on_it(finished, tmp_path, key, value, reruns, keeps):
    changed = tmp_path / "changed.yaml"
    changed.write_text(yaml.safe_dump({key: value}))
    output = run_snakemake(finished, "-n", "--configfile", "small.yaml", str(changed))
    rules = planned_rules(output)
    known = set(run_snakemake(finished, "--list-rules", "--configfile", "small.yaml").split())
    assert keeps | reruns <= known, "no such rule"
    assert reruns <= rules and not rules & keeps


@pytest.mark.e2e
def test_a_moved_folder_has_nothing_to_do(moved):
    assert "Nothing to be done" in run_snakemake(moved, "-n", "--configfile", "small.yaml")


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("module", "reruns", "keeps"),
    [
        ("directions/linear_svc.py", {"train_svms", "bundle"}, {"sample_w", "finetune_v8"}),
        ("directions/kept.py", {"find_directions", "judge_edits"}, {"train_svms", "sample_w"}),
        ("evaluation/summary.py", {"summarise_image_test"}, {"judge_edits", "bundle"}),
        ("data/filters.py", {"filter_images", "finetune_v1"}, {"import_checkpoint"}),
        ("labels/hand_labels.py", {"label_images", "finetune_v1"}, {"import_checkpoint"}),
        ("errors.py", set(), {"bundle", "finetune_v1", "picture_steered"}),
    ],
)
def test_an_edited_module_reruns_what_it_decides(moved, module, reruns, keeps):
    path = moved / "src/vectorfind" / module
    before, when = path.read_text(), path.stat()
    path.write_text(before + "# edited\n")
    rules = planned_rules(run_snakemake(moved, "-n", "--configfile", "small.yaml"))
    path.write_text(before)
    os.utime(path, ns=(when.st_atime_ns, when.st_mtime_ns))
    assert reruns <= rules and not keeps & rules


@pytest.mark.e2e
def test_a_checkpoint_that_is_gone_after_its_import_plans_nothing(tmp_path):
    project, made = make_project(tmp_path, SMALL), "results/import/networks.pth"
    shutil.copy2(REPOSITORY / "resources/demo/stylegan.pth", project / "mine.pth")
    words = (made, "--configfile", "small.yaml", "--config", "checkpoint=mine.pth")
    run_snakemake(project, *words, "--cores", "1")
    (project / "mine.pth").rename(project / "moved.pth")
    assert "Nothing to be done" in run_snakemake(project, "-n", *words)
    words = (*words[:-1], "checkpoint=moved.pth")
    assert "Nothing to be done" in run_snakemake(project, "-n", *words), "the same content"
    (project / "moved.pth").write_bytes(b"another")
    assert "import_checkpoint" in planned_rules(run_snakemake(project, "-n", *words))

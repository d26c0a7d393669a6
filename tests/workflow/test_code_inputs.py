import pytest
from helpers.places import REPOSITORY

from vectorfind.workflow.code_inputs import (
    INFRASTRUCTURE,
    PACKAGE,
    is_infrastructure,
    modules_behind,
)

SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))


def behind(script):
    found = modules_behind(REPOSITORY / "scripts" / script)
    return {str(path.relative_to(PACKAGE)) for path in found}


def test_what_a_script_leads_to_is_found_however_far():
    assert {"directions/svm.py", "directions/linear_svc.py"} <= behind("train_svms.py")
    assert "stylegan/unpickling.py" in behind("finetune.py")
    assert {"directions/surrogate.py", "directions/kept.py"} <= behind("judge_edits.py")


def test_a_name_of_a_package_leads_to_its_own_module_alone():
    sampled = behind("sample_w.py")
    assert {"stylegan/sampling.py", "stylegan/layers.py"} <= sampled
    assert not {"stylegan/conditional.py", "finetuning/losses.py", "directions/svm.py"} & sampled
    assert behind("cut_groups.py") == {"data/tables.py", "samples/groups.py"}


def test_infrastructure_exists_and_reruns_nothing():
    for name in INFRASTRUCTURE:
        assert (PACKAGE / name).is_dir() if name.endswith("/") else (PACKAGE / name).is_file()
    for script in SCRIPTS:
        assert not any(is_infrastructure(PACKAGE / name) for name in behind(script.name))


@pytest.mark.parametrize("path", sorted((REPOSITORY / "rules").glob("*.smk")), ids=lambda p: p.stem)
def test_every_rule_with_inputs_declares_its_code(path):
    blocks = path.read_text().split("\nrule ")[1:]
    for block in blocks:
        has_script = "    script:\n" in block and "    input:\n" in block
        assert not has_script or "code=code_of" in block, block.splitlines()[0]

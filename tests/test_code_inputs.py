import pytest
from conftest import REPOSITORY

from vectorfind.code_inputs import INFRASTRUCTURE, PACKAGE, modules_behind

SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))
NO_RULES = ("apps", "chain.py", "cli.py", "config_docs.py")
"""What no rule's numbers depend on, apart from INFRASTRUCTURE: pages, commands, plans."""


def behind(script):
    found = modules_behind(REPOSITORY / "scripts" / script)
    return {str(path.relative_to(PACKAGE)) for path in found}


def test_what_a_script_leads_to_is_found_however_far():
    assert {"directions/svm.py", "directions/linear_svc.py", "names.py"} <= behind("train_svms.py")
    assert "stylegan/unpickling.py" in behind("finetune.py")
    assert {"directions/surrogate.py", "directions/kept.py"} <= behind("test_faces.py")


def test_a_name_of_a_package_leads_to_its_own_module_alone():
    sampled = behind("sample_w.py")
    assert {"stylegan/sampling.py", "stylegan/layers.py"} <= sampled
    assert not {"stylegan/conditional.py", "stylegan/losses.py", "directions/svm.py"} & sampled
    assert behind("cut_groups.py") == {"data/tables.py", "directions/groups.py", "names.py"}


def test_infrastructure_exists_and_reruns_nothing():
    assert all((PACKAGE / name).is_file() for name in INFRASTRUCTURE)
    assert not any(behind(script.name) & set(INFRASTRUCTURE) for script in SCRIPTS)


def test_every_module_decides_something_or_is_known_not_to():
    decided = set().union(*(behind(script.name) for script in SCRIPTS))
    modules = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")}
    idle = {name for name in modules - decided - set(INFRASTRUCTURE) if "__init__" not in name}
    assert all(name.startswith(NO_RULES) for name in idle)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "rules").glob("*.smk")), ids=lambda p: p.stem)
def test_every_rule_with_inputs_declares_its_code(path):
    blocks = path.read_text().split("\nrule ")[1:]
    for block in blocks:
        has_script = "    script:\n" in block and "    input:\n" in block
        assert not has_script or "code=code_of(" in block, block.splitlines()[0]

import pytest
from helpers.published import PROPERTIES

from vectorfind.config import Config, resolve_config
from vectorfind.errors import InputError
from vectorfind.workflow.plan import (
    check_measures,
    check_pinned,
    gpus_per_job,
    if_there,
    labelled_stages,
    property_parts,
    scorer_stage,
    shard_names,
    shard_range,
    stages,
    with_paths_beside,
)


@pytest.mark.parametrize(
    ("start_from", "expected", "labelled", "hairstyle", "others"),
    [
        (
            "original",
            ("original", "finetune_v1", "finetune_v8"),
            ("original", "finetune_v1"),
            "finetune_v1",
            "original",
        ),
        (
            "finetune_v1",
            ("finetune_v1", "finetune_v8"),
            ("finetune_v1",),
            "finetune_v1",
            "finetune_v1",
        ),
        ("finetune_v8", ("finetune_v8",), (), "finetune_v8", "finetune_v8"),
    ],
)
def test_stages_from_every_start(start_from, expected, labelled, hairstyle, others):
    config = Config(start_from=start_from)
    assert stages(config) == expected
    assert labelled_stages(config) == labelled
    for name in PROPERTIES:
        wanted = hairstyle if name == "hairstyle" else others
        assert scorer_stage(config, name) == wanted


@pytest.mark.parametrize(
    ("per_job", "parts"),
    [(1, ["eyes", "mouth", "pose"]), (2, ["eyes+mouth", "pose"]), (8, ["eyes+mouth+pose"])],
)
def test_properties_are_trained_in_parts(per_job, parts):
    config = Config(property_cnn={"per_job": per_job})
    assert property_parts(config, ["eyes", "mouth", "pose"]) == parts


@pytest.mark.parametrize(
    ("total", "size", "sizes"),
    [(1, 10, [1]), (10, 10, [10]), (11, 10, [10, 1]), (25, 10, [10, 10, 5]), (0, 10, [])],
)
def test_shards_cover_everything_once(total, size, sizes):
    names = shard_names(total, size)
    ranges = [shard_range(name, total, size) for name in names]
    assert [count for _, count in ranges] == sizes
    assert [start for start, _ in ranges] == [size * index for index in range(len(sizes))]
    assert all(len(name) == 4 for name in names)


def test_more_samples_keep_the_shards_that_are_full():
    before = {name: shard_range(name, 25, 10) for name in shard_names(25, 10)}
    after = {name: shard_range(name, 40, 10) for name in shard_names(40, 10)}
    assert [name for name in before if after[name] != before[name]] == ["0002"]


@pytest.mark.parametrize(
    ("device", "driver", "gpus"),
    [("cpu", "/usr/bin/nvidia-smi", 0), ("cuda", None, 1), ("cuda:1", None, 1), ("mps", None, 1)],
)
def test_named_devices_decide_alone(monkeypatch, device, driver, gpus):
    monkeypatch.setattr("shutil.which", lambda name: driver)
    assert gpus_per_job(Config(device=device)) == gpus


@pytest.mark.parametrize(
    ("system", "machine", "driver", "gpus"),
    [
        ("Linux", "x86_64", None, 0),
        ("Linux", "x86_64", "/usr/bin/nvidia-smi", 1),
        ("Darwin", "arm64", None, 1),
        ("Darwin", "x86_64", None, 0),
        ("Linux", "aarch64", None, 0),
    ],
)
def test_auto_looks_for_a_driver_or_apple_silicon(monkeypatch, system, machine, driver, gpus):
    monkeypatch.setattr("shutil.which", lambda name: driver)
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert gpus_per_job(Config(device="auto")) == gpus


def test_a_file_counts_as_input_only_when_it_is_there(tmp_path):
    path = tmp_path / "labels.csv"
    assert if_there(str(path)) == []
    path.touch()
    assert if_there(str(path)) == [str(path)]


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("none.py:smile", "there is no Python file .*none.py; correct the path"),
        ("mine.py:smiel", "mine.py has no function 'smiel'; correct the name"),
        ("mine.py:here", "mine.py has no function 'here'"),
        ("broken.py:smile", r"broken.py cannot be read as Python \(.*line 1"),
        ("binary.py:smile", "binary.py cannot be read as Python"),
    ],
)
def test_measures_are_looked_for_before_anything_runs(tmp_path, measure, says):
    (tmp_path / "mine.py").write_text("def smile(parse_map, image):\n    return 1\n\nhere = 2\n")
    (tmp_path / "broken.py").write_text("def smile(:\n")
    (tmp_path / "binary.py").write_bytes(b"\x00\xff")
    rows = {"smile": {"measure": f"{tmp_path}/{measure}"}, "eyes": {"label": False}}
    config = resolve_config({"vocabulary": {"properties": rows}})
    with pytest.raises(InputError, match=rf"vocabulary\.properties\.smile\.measure: .*{says}"):
        check_measures(config)
    rows["smile"]["measure"] = f"{tmp_path}/mine.py:smile"
    check_measures(resolve_config({"vocabulary": {"properties": rows}}))


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"parser": {"revision": None}}, "parser.revision"),
        ({"compare": {"identity": {"model": "some/network"}}}, "compare.identity.revision"),
        (
            {"labels": {"source": "zero_shot", "zero_shot_revision": None}},
            "labels.zero_shot_revision",
        ),
    ],
)
def test_a_model_of_the_hub_needs_its_revision(values, key):
    with pytest.raises(InputError, match=rf"^{key}: .*commits/main"):
        check_pinned(resolve_config(values))


def test_a_folder_needs_no_revision(tmp_path):
    check_pinned(resolve_config({"parser": {"model": str(tmp_path), "revision": None}}))
    check_pinned(resolve_config({}))


def test_paths_that_are_not_here_are_those_beside_the_snakefile(tmp_path, monkeypatch):
    beside, here = tmp_path / "clone", tmp_path / "here"
    for path in (beside / "labels/original.csv", beside / "mine/look.py", here / "mine/net.pth"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(here)
    rows = {"smile": {"measure": "mine/look.py:smile"}, "eyes": {"measure": "eyes"}}
    values = {"checkpoint": "mine/net.pth", "vocabulary": {"properties": rows}}
    found = resolve_config(with_paths_beside(values, beside))
    assert found.checkpoint == "mine/net.pth"
    assert found.labels.original == str(beside / "labels/original.csv")
    assert found.labels.finetune_v1 == "labels/finetune_v1.csv"
    assert found.vocabulary.properties["smile"].measure == f"{beside}/mine/look.py:smile"
    assert with_paths_beside(values, here) == values


def test_a_command_is_no_path(tmp_path):
    (tmp_path / "measure").touch()
    for command in ("./measure", f"./measure --model {'x' * 300}/{'y' * 5000}"):
        values = {"compare": {"outside": {"command": command}}}
        assert with_paths_beside(values, tmp_path) == values

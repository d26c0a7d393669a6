"""Files that would run code when they are unpickled: under every name we read, none does."""

import builtins
import io
import json
import os
import pickle
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.networks import facts_of

from vectorfind.bundle import load_bundle
from vectorfind.config.docs import read_config_file
from vectorfind.data.archives import read_archive
from vectorfind.data.latents import read_latents
from vectorfind.data.tables import read_table
from vectorfind.directions.directions import read_directions
from vectorfind.directions.svm_files import read_svm
from vectorfind.errors import InputError
from vectorfind.evaluation.results import read_results
from vectorfind.faces.parser import load_parser
from vectorfind.files import read_json
from vectorfind.judges.identity import load_embedder
from vectorfind.labels.annotator import load_annotator
from vectorfind.samples.files import read_samples
from vectorfind.samples.vectors import read_vectors
from vectorfind.scoring import load_ensemble, load_scorer

READERS = {
    "code-pth": (facts_of, "faces.pth"),
    "code-pt": (load_bundle, "bundle.pt"),
    "code-pkl": (facts_of, "network.pkl"),
    "code-latents-npz": (read_latents, "latents.npz"),
    "code-samples-npz": (read_samples, "samples.npz"),
    "code-vectors-npz": (read_vectors, "vectors.npz"),
    "code-directions-npz": (read_directions, "directions.npz"),
    "code-results-npz": (read_results, "results.npz"),
    "code-npy": (read_samples, "scores.npy"),
    "code-zip": (read_archive, "0000.zip"),
    "code-csv": (partial(read_table, kind="labels"), "labels.csv"),
    "code-skops": (read_svm, "svm.skops"),
    "code-scorer-safetensors": (load_scorer, "scorer.safetensors"),
    "code-cnn-safetensors": (load_ensemble, "cnn.safetensors"),
    "code-annotator-safetensors": (load_annotator, "annotator.safetensors"),
    "code-yaml": (read_config_file, "config.yaml"),
    "code-json": (read_json, "facts.json"),
    "code-onnx": (load_embedder, "arcface.onnx"),
}
CASES = READERS | {"code-parser-folder": None, "code-parser-script": None}


class Attack:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def saved(write, *arguments, **options):
    memory = io.BytesIO()
    write(*[memory if part is None else part for part in arguments], **options)
    return memory.getvalue()


def zip_with(name, content):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        file.writestr(name, content)
    return memory.getvalue()


def skops_of(function):
    node = {"__class__": function, "__module__": "os", "__loader__": "FunctionNode", "__id__": 1}
    return zip_with("schema.json", json.dumps(node | {"content": "system", "protocol": 2}))


def attacks(sentinel):
    """Return files by the way they would make the sentinel."""
    command = f"touch {sentinel}"
    system, code = (
        Attack(os.system, command),
        Attack(builtins.eval, f"open({str(sentinel)!r}, 'w')"),
    )
    objects = np.array([system, None], dtype=object)
    names = ("w", "z", "image_id", "scores", "steered", "judges", "eyes", "groups")
    return {
        "torch": saved(torch.save, {"generator": system}, None),
        "torch legacy": saved(torch.save, code, None, _use_new_zipfile_serialization=False),
        "pickle": pickle.dumps(system),
        "old pickle": pickle.dumps(code, protocol=0),
        "pandas": saved(pd.DataFrame({"image_id": objects}).to_pickle, None),
        "npy": saved(np.save, None, objects, allow_pickle=True),
        "npz": saved(np.savez, None, **dict.fromkeys(names, objects)),
        "pickle in a zip": zip_with("archive/data.pkl", pickle.dumps(code)),
        "skops": skops_of("system"),
        "yaml": f'!!python/object/apply:os.system ["{command}"]\n'.encode(),
    }


def test_the_attacks_would_work(tmp_path):
    sentinel = tmp_path / "ran"
    for name in ("pickle", "old pickle"):
        pickle.loads(attacks(sentinel)[name])
        assert sentinel.exists()
        sentinel.unlink()
    for name in ("torch", "torch legacy"):
        torch.load(io.BytesIO(attacks(sentinel)[name]), weights_only=False)
        assert sentinel.exists()
        sentinel.unlink()
    np.load(io.BytesIO(attacks(sentinel)["npy"]), allow_pickle=True)
    assert sentinel.exists()


@pytest.mark.parametrize(("read", "name"), READERS.values(), ids=READERS)
def test_no_reader_runs_code(tmp_path, read, name):
    sentinel = tmp_path / "ran"
    for content in attacks(sentinel).values():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            read(tmp_path / name)
        assert not sentinel.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
def test_a_parser_s_weights_run_no_code(tmp_path, name):
    folder, sentinel = tmp_path / "parser", tmp_path / "ran"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "segformer"}')
    for content in attacks(sentinel).values():
        (folder / name).write_bytes(content)
        with pytest.raises(InputError, match="parser"):
            load_parser(folder)
        assert not sentinel.exists()


def test_a_parser_s_own_script_is_not_run(tmp_path):
    folder, sentinel = tmp_path / "parser", tmp_path / "ran"
    folder.mkdir()
    names = {"AutoConfig": "own.Config", "AutoModelForSemanticSegmentation": "own.Model"}
    (folder / "config.json").write_text(json.dumps({"model_type": "own", "auto_map": names}))
    Path(folder, "own.py").write_text(f"open({str(sentinel)!r}, 'w')\n")
    with pytest.raises(InputError, match="parser"):
        load_parser(folder)
    assert not sentinel.exists()

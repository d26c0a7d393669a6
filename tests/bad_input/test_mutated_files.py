"""Any bytes, and valid files with changed bytes: a right read or one InputError, nothing else."""

import io
import zipfile
from functools import partial

import numpy as np
import torch
from helpers.networks import facts_of, small_networks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vectorfind.data.archives import read_archive
from vectorfind.data.tables import read_table
from vectorfind.errors import InputError
from vectorfind.stylegan.unpickling import read_torch_file

bounded = partial(
    settings,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
CELLS = st.one_of(
    st.integers(-2, 2**70).map(str),
    st.floats().map(repr),
    st.sampled_from(["", "NaN", "TRUE", "1,5", "50%", "'1'", '"', "image_id", "sep=;"]),
    st.text(max_size=6),
)
TABLES = st.builds(
    lambda rows, separator, end: end.join(separator.join(row) for row in rows),
    st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@st.composite
def mutated(draw, valid):
    """A valid file with some bytes changed, and perhaps cut or repeated."""
    content = bytearray(valid)
    for _ in range(draw(st.integers(0, 4))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content)


def archive_bytes():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for number, kind in enumerate(("PNG", "JPEG", "PNG")):
            picture = io.BytesIO()
            Image.fromarray(pixels).save(picture, kind)
            file.writestr(f"img{number}.{kind}", picture.getvalue())
    return memory.getvalue()


def states_bytes(**options):
    memory = io.BytesIO()
    torch.save(
        {"generator": dict(list(small_networks().generator.state_dict().items())[:3])},
        memory,
        **options,
    )
    return memory.getvalue()


ARCHIVE, ZIPPED = archive_bytes(), states_bytes()
LEGACY = states_bytes(_use_new_zipfile_serialization=False)


def read_or_refuse(path, content, read):
    path.write_bytes(content)
    try:
        return read(path)
    except InputError as error:
        assert str(error).startswith(str(path))
        return None


@bounded(max_examples=150)
@given(st.one_of(TABLES.map(lambda text: text.encode("utf-8", "replace")), st.binary(max_size=60)))
def test_tables(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "mutated.csv"
    body = b"image_id,gender\n" + content
    for table in (content, body):
        found = read_or_refuse(path, table, partial(read_table, kind="labels"))
        if found is not None:
            assert found.image_id.is_unique and (found.image_id >= 0).all()
            assert found.drop(columns="image_id").isin([0, 1]).all(axis=None)


@bounded(max_examples=200)
@given(st.one_of(mutated(ARCHIVE), st.binary(max_size=100)))
def test_archives(tmp_path_factory, content):
    found = read_or_refuse(tmp_path_factory.getbasetemp() / "mutated.zip", content, read_archive)
    if found is not None:
        assert len(found[0]) == len(found[1]) and found[1].dtype == np.uint8
        assert len(set(found[0].tolist())) == len(found[0])


@bounded(max_examples=200)
@given(st.one_of(mutated(ZIPPED), mutated(LEGACY), st.binary(max_size=100)))
def test_checkpoints(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "mutated.pth"
    read_or_refuse(path, content, read_torch_file)
    # Too few tensors for a network: never read, whatever the bytes are.
    assert read_or_refuse(path, content, facts_of) is None

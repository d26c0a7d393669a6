"""A character as an ONNX model: offsets in, pictures out, without Python or PyTorch."""

import json
import warnings
from pathlib import Path
from typing import Any

import torch
from onnxscript import opset18
from torch import Tensor, nn

from vectorfind.characters.character import Character
from vectorfind.files import atomic_path
from vectorfind.images import to_uint8

INPUT, OUTPUT = "offsets", "image"
METADATA = "vectorfind"
op: Any = opset18  # its operators take lists as constants, which their types do not say
INT32 = 6
"""As ONNX numbers its types."""


class Expressions(nn.Module):
    """The generator and the edit of one face: offsets float32 [S] to uint8 [H, W, 3]."""

    def __init__(self, character: Character):
        super().__init__()
        self.synthesis = character.face.generator.synthesis
        self.edit = character.face.directions.edit
        self.w, self.group = character.w, torch.tensor([character.group])

    def forward(self, offsets: Tensor) -> Tensor:
        """Draw the face at offsets."""
        return to_uint8(self.synthesis(self.edit(self.w, self.group, offsets[None, None])[0]))[0]


def save_onnx(path: str | Path, character: Character) -> None:
    """Write a character as a model that onnxruntime and others run, atomically.

    Input `offsets`, float32 [S], in the order of the steered properties; output `image`, uint8
    [H, W, 3] RGB. A pixel differs from `Character.render`'s by 1 at most. The model's metadata
    have its name, its properties and what each reaches, as JSON.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of the exporter, on its own parts
        program = torch.onnx.export(
            Expressions(character),
            (torch.zeros(len(character.ranges)),),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamo=True,
            verbose=False,
            optimize=False,
            custom_translation_table={torch.ops.aten._linalg_solve_ex.default: _solve},
        )
    assert program is not None
    facts = {"name": character.name, "steered": list(character.ranges), "reach": character.reach}
    program.model.metadata_props[METADATA] = json.dumps(facts)
    with atomic_path(path) as partial:
        program.save(partial)


def _solve(matrix: Any, right: Any, **_: Any) -> tuple[Any, ...]:
    """Solve symmetric positive systems [N, P, P] for [N, P] by elimination: ONNX has no solver."""
    size = matrix.shape[-1]
    rows = op.Concat(matrix, op.Unsqueeze(right, [-1]), axis=-1)
    for place in range(size):
        unit = op.Constant(value_floats=[float(row == place) for row in range(size)])
        row = op.Slice(rows, [place], [place + 1], [1])
        column = op.Slice(rows, [place], [place + 1], [2])
        row = op.Div(row, op.Slice(row, [place], [place + 1], [2]))
        rows = op.Sub(rows, op.Mul(op.Sub(column, op.Unsqueeze(unit, [1])), row))
    found = op.Squeeze(op.Slice(rows, [size], [size + 1], [2]), [2])
    # Nothing asks for the other results: a factorisation, its pivots and whether it failed.
    failed = op.Cast(op.ReduceMax(found, [1], keepdims=0), to=INT32)
    return found, matrix, op.Cast(found, to=INT32), failed

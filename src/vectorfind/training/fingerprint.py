"""Digests of what decides a training's numbers."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from torch import Tensor


def digest_tensors(*tensors: Tensor) -> str:
    """Return the SHA-256 of the tensors' shapes and values."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(f"{tuple(tensor.shape)}".encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()))
    return digest.hexdigest()


def digest_code(package: str) -> str:
    """Return the SHA-256 of the modules of a package, such as `vectorfind.scoring`."""
    digest = hashlib.sha256()
    for path in sorted(Path(find_spec(package).origin).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

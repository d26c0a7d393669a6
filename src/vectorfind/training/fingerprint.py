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
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).data)
    return digest.hexdigest()


def digest_code(*packages: str) -> str:
    """Return the SHA-256 of the modules of packages, such as `vectorfind.scoring`."""
    digest, folders = hashlib.sha256(), [_folder_of(name) for name in packages]
    for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _folder_of(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"there is no package {package}")
    return Path(found.origin).parent

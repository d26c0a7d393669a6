"""StyleGAN v1 in PyTorch under other names: InterFaceGAN, HiGAN, lernapparat, huangzh13.

Renaming and reordering only: weights that are scaled at run time stay as they are stored.
"""

import re

from torch import Tensor

EPILOGUE = [
    (r"\.epilogue\.", "."),
    (r"style_mod\.dense\.", "style."),
    (r"\.(linear|fc|conv)\.weight$", ".weight"),
    (r"\.wscale\.bias$", ".bias"),
    (r"\.first_layer$", ".const"),
]
"""Regular expressions and what replaces them, for InterFaceGAN's and HiGAN's names."""
UNUSED = re.compile(r"truncation\.truncation$|intermediate\.kernel$")
DENSE = re.compile(r"g_mapping\.(?:map\.)?(dense\d+\..+)")
BLOCK = re.compile(r"g_synthesis\.(?:blocks\.)?(init_block|\d+x\d+|\d+)\.(.+)")
LAYER = [
    (r"(const|bias)$", 0, r"\1"),
    (r"conv0_up\.(weight|bias)$", 0, r"\1"),
    (r"conv1?\.(weight|bias)$", 1, r"\1"),
    (r"epi1\.top_epi\.noise\.(weight|noise)$", 0, r"apply_noise.\1"),
    (r"epi2\.top_epi\.noise\.(weight|noise)$", 1, r"apply_noise.\1"),
    (r"epi1\.style_mod\.lin\.(weight|bias)$", 0, r"style.\1"),
    (r"epi2\.style_mod\.lin\.(weight|bias)$", 1, r"style.\1"),
]
"""In a block of lernapparat: name, first or second layer of the resolution, GenForce's name."""


def layout_of(state: dict[str, Tensor]) -> str | None:
    """Name the layout of a generator's state dict, None where it is none of these."""
    if "g_synthesis.init_block.const" in state:
        return "huangzh13"
    if "g_synthesis.blocks.4x4.const" in state:
        return "lernapparat"
    if "synthesis.layer0.first_layer" in state:
        return "interfacegan"
    return "higan" if "synthesis.layer0.epilogue.bias" in state else None


def rename(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return a state that `layout_of` knows with GenForce's names."""
    if layout_of(state) in ("interfacegan", "higan"):
        return _from_epilogues(state)
    last = max(_block(key) for key in state)
    return {_from_blocks(key, last): value for key, value in state.items() if _is_used(key)}


def _is_used(key: str) -> bool:
    return UNUSED.search(key) is None


def _from_epilogues(state: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for key, value in state.items():
        if re.fullmatch(r"synthesis\.layer\d+\.weight", key) and value.ndim == 4:
            value = value.permute(3, 2, 0, 1)  # the fused layers are stored as TensorFlow's
        name = key
        for pattern, replacement in EPILOGUE:
            name = re.sub(pattern, replacement, name)
        if _is_used(key):
            renamed[name] = value
    return renamed


def _block(key: str) -> int:
    """Return the number of the resolution, 0 for 4x4, that a key belongs to; -1 for none."""
    found = BLOCK.fullmatch(key)
    if found is None:
        return -1
    name = found[1]
    if name == "init_block":
        return 0
    return int(name.split("x")[0]).bit_length() - 3 if "x" in name else int(name) + 1


def _from_blocks(key: str, last: int) -> str:
    """Return GenForce's name of one of lernapparat's or huangzh13's; unknown ones stay."""
    key = key.replace("truncation.avg_latent", "truncation.w_avg")
    key = key.replace("g_synthesis.torgb.", f"synthesis.output{last}.")
    key = re.sub(r"^g_synthesis\.to_rgb\.(\d+)\.", r"synthesis.output\1.", key)
    if dense := DENSE.fullmatch(key):
        return f"mapping.{dense[1]}"
    if block := BLOCK.fullmatch(key):
        for pattern, second, name in LAYER:
            if found := re.fullmatch(pattern, block[2]):
                return f"synthesis.layer{2 * _block(key) + second}.{found.expand(name)}"
    return key

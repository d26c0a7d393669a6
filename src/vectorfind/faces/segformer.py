"""SegFormer for semantic segmentation (Xie et al. 2021, arXiv 2105.15203) in plain torch.

Built from a config.json in Hugging Face format, with that format's names of tensors; transformers'
own takes 2.5 CPU seconds to import. Maps are [N,H,W,C] between layers: tokens to the linear ones
and channels-last pictures to the convolutions, without a copy in between.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

MODEL_TYPE = "segformer"
DEFAULTS: dict[str, Any] = {
    "num_channels": 3,
    "num_encoder_blocks": 4,
    "decoder_hidden_size": 256,
    "hidden_act": "gelu",
    "depths": [2, 2, 2, 2],
    "sr_ratios": [8, 4, 2, 1],
    "hidden_sizes": [32, 64, 160, 256],
    "patch_sizes": [7, 3, 3, 3],
    "strides": [4, 2, 2, 2],
    "num_attention_heads": [1, 2, 5, 8],
    "mlp_ratios": [4, 4, 4, 4],
}
"""Of the keys that inference needs, what is taken where config.json leaves them out.

`layer_norm_eps` is none of them: transformers does not read it, every norm has 1e-5. Nor is
`reshape_last_stage`: the decoder gets a map either way.
"""
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "gelu": nn.GELU,
    "gelu_new": partial(nn.GELU, approximate="tanh"),
    "gelu_pytorch_tanh": partial(nn.GELU, approximate="tanh"),
    "relu": nn.ReLU,
    "silu": nn.SiLU,
}


class Segmented(NamedTuple):
    """What transformers' segmentation models return, as far as it is used here."""

    logits: Tensor


class Stage(NamedTuple):
    """One stage of the encoder; `ratio` is the side of the patches that attention looks at."""

    depth: int
    ratio: int
    width: int
    patch: int
    stride: int
    heads: int
    expansion: int


class Segformer(nn.Module):
    """Mix Transformer encoder and all-MLP decoder, for inference."""

    def __init__(self, config: Mapping[str, Any], labels: int):
        """Build the network that a config.json describes, for so many classes.

        Raises:
            ValueError: the values do not fit together.
        """
        super().__init__()
        config = {**DEFAULTS, **config}
        if config["hidden_act"] not in list(ACTIVATIONS):
            raise ValueError(f"hidden_act is {config['hidden_act']!r}, not {'/'.join(ACTIVATIONS)}")
        stages, activation = _stages(config), ACTIVATIONS[config["hidden_act"]]
        self.channels = _count(config, "num_channels")
        self.segformer = _named(encoder=_Encoder(self.channels, stages, activation))
        self.decode_head = _Decoder(stages, _count(config, "decoder_hidden_size"), labels)

    def forward(self, pixel_values: Tensor) -> Segmented:
        """Map pixels [N,C,H,W] to logits [N,labels,h,w]; h and w are H and W over the stride."""
        return Segmented(self.decode_head(self.segformer(pixel_values)))


def _stages(config: Mapping[str, Any]) -> list[Stage]:
    keys = [key for key, default in DEFAULTS.items() if isinstance(default, list)]
    count = _count(config, "num_encoder_blocks")
    for key in keys:
        found = config[key]
        if not isinstance(found, list) or len(found) != count or not all(map(_positive, found)):
            raise ValueError(f"{key} is {found!r}, not {count} positive whole numbers")
    stages = [Stage(*row) for row in zip(*(config[key] for key in keys), strict=True)]
    for stage in stages:
        if stage.width % stage.heads:
            raise ValueError(f"hidden_sizes has {stage.width}, no multiple of {stage.heads} heads")
    return stages


def _count(config: Mapping[str, Any], key: str) -> int:
    if not _positive(config[key]):
        raise ValueError(f"{key} is {config[key]!r}, not a positive whole number")
    return int(config[key])


def _positive(value: object) -> bool:
    return type(value) is int and value > 0


def _named(**layers: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))


class _Convolution(nn.Conv2d):
    """A convolution of maps [N,H,W,C]."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class _Linear(nn.Linear):
    """A linear layer of maps [N,H,W,C]."""

    def forward(self, x: Tensor) -> Tensor:
        return _linear(x, self.weight, self.bias)


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if x.device.type != "cpu":
        return F.linear(x, weight, bias)
    # For so few channels twice as fast as a product of matrices.
    planes = F.conv2d(x.permute(0, 3, 1, 2), weight[..., None, None], bias)
    return planes.permute(0, 2, 3, 1)


class _Encoder(nn.Module):
    """Mix Transformer (section 3.1): every stage shrinks the map and refines it in blocks."""

    def __init__(self, channels: int, stages: list[Stage], activation: Callable[[], nn.Module]):
        super().__init__()
        inputs = [channels, *(stage.width for stage in stages[:-1])]
        self.patch_embeddings = nn.ModuleList(map(_embedding, inputs, stages))
        self.block = nn.ModuleList(
            nn.Sequential(*(_Block(stage, activation()) for _ in range(stage.depth)))
            for stage in stages
        )
        self.layer_norm = nn.ModuleList(nn.LayerNorm(stage.width) for stage in stages)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        maps, x = [], pixels.permute(0, 2, 3, 1)
        for embed, refine, norm in zip(
            self.patch_embeddings, self.block, self.layer_norm, strict=True
        ):
            x = norm(refine(embed(x)))
            maps.append(x)
        return maps


def _embedding(inputs: int, stage: Stage) -> nn.Module:
    """Overlapping patches."""
    convolution = _Convolution(inputs, stage.width, stage.patch, stage.stride, stage.patch // 2)
    return _named(proj=convolution, layer_norm=nn.LayerNorm(stage.width))


class _Block(nn.Module):
    """Attention and Mix-FFN (eq. 3), whose depthwise convolution tells where a token is."""

    def __init__(self, stage: Stage, activation: nn.Module):
        super().__init__()
        width, hidden = stage.width, stage.width * stage.expansion
        self.layer_norm_1, self.layer_norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = _named(self=_Attention(stage), output=_named(dense=_Linear(width, width)))
        self.mlp = _named(
            dense1=_Linear(width, hidden),
            dwconv=_named(dwconv=_Convolution(hidden, hidden, 3, padding=1, groups=hidden)),
            activation=activation,
            dense2=_Linear(hidden, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(self.layer_norm_1(x)).add_(x)
        return self.mlp(self.layer_norm_2(x)).add_(x)


class _Attention(nn.Module):
    """Efficient self-attention (eq. 1 and 2): keys and values are of patches."""

    def __init__(self, stage: Stage):
        super().__init__()
        width, self.heads, self.ratio = stage.width, stage.heads, stage.ratio
        self.query, self.key, self.value = (_Linear(width, width) for _ in range(3))
        if self.ratio > 1:
            self.sr = _Convolution(width, width, self.ratio, self.ratio)
            self.layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.layer_norm(self.sr(x)) if self.ratio > 1 else x
        projected = self.query(x), self.key(patches), self.value(patches)
        by_head = (
            each.flatten(1, 2).unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in projected
        )
        return F.scaled_dot_product_attention(*by_head).transpose(1, 2).reshape(x.shape)


class _Decoder(nn.Module):
    """All-MLP decoder (eq. 4): project, enlarge, join, fuse, classify.

    Fusing is linear and enlarging does not mix channels, so each stage is fused at its own size
    and the enlarged maps are added: of SegFormer-B5's decoder a twentieth of the multiplications.
    """

    def __init__(self, stages: list[Stage], width: int, labels: int):
        super().__init__()
        self.linear_c = nn.ModuleList(_named(proj=_Linear(stage.width, width)) for stage in stages)
        self.linear_fuse = nn.Conv2d(width * len(stages), width, 1, bias=False)
        self.batch_norm = nn.BatchNorm2d(width)
        self.classifier = nn.Conv2d(width, labels, 1)

    def forward(self, maps: list[Tensor]) -> Tensor:
        # The joined map begins with the last stage.
        parts = self.linear_fuse.weight.flatten(1).chunk(len(maps), dim=1)[::-1]
        whole, *others = map(_fused, maps, parts, self.linear_c)
        for other in others:
            whole.add_(F.interpolate(other, whole.shape[-2:], mode="bilinear"))
        return self.classifier(self.batch_norm(whole).relu_())


def _fused(x: Tensor, part: Tensor, projection: nn.Module) -> Tensor:
    """Project a stage's map [N,h,w,C] and fuse it with its part of the weights; [N,D,h,w]."""
    weight, bias = map(projection.get_parameter, ("proj.weight", "proj.bias"))
    return _linear(x, part @ weight, part @ bias).permute(0, 3, 1, 2)

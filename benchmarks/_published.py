"""The published networks (system.md 3 to 5), the naive side of the benchmarks.

The generator computes operation by operation what ours computes, on the same weights. The CNNs
have the published shapes: 3x3 convolutions without padding, LeakyReLU, Dropout2d 0.05; `P` is a
2x2 max-pool. They need images of 256x256: at 64x64 their windows are too small for so many
unpadded convolutions.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.scoring.views import crop, input_size
from vectorfind.stylegan.generator import Synthesis
from vectorfind.stylegan.layers import EPSILON, SLOPE, ConstantLayer, StyledLayer, UpConvLayer
from vectorfind.vocabulary import PUBLISHED, View

ATTRIBUTE_VIEWS = {name: row.view for name, row in PUBLISHED.attributes.items()}
PROPERTY_VIEWS = {name: row.view for name, row in PUBLISHED.properties.items()}
RESOLUTION = 256

TRUNKS = {
    "eyes": "32 64 P 64 P 128 P",
    "mouth": "32 64 P 64 P 128 P",
    "pose": "32 64 P 64 P 128 128",
    "hair_color": "32 64 P 64 P 128 P 128 P 128 P",
    "hair_length": "32 64 P 64 P 128 P 128 P 128",
    "background_mean": "32 64 P 64 P 128 P 128 P 128",
    "hairstyle": "32 64 P 64 P 96 P 128 128",
}
"""Per regressor; the one of background_mean has background_std as its second output."""

# system.md 3 gives six convolutions of 32..256 channels and "max-pools": as many as fit.
ATTRIBUTE_TRUNKS = {
    "gender": "32 64 P 64 P 128 P 128 P 256 P",
    "quality": "32 64 P 64 P 128 P 128 256",
    "age": "32 64 P 64 P 128 P 128 P 256",
    "glass": "32 64 P 64 P 128 128 256",
}


class PublishedSynthesis(nn.Module):
    """Draws as GenForce does, from the weights of ours: `w` [N, w_dim] to [N, 3, H, W].

    Pixels are repeated before a convolution unless the layer is fused; noise, bias, activation,
    instance norm and style are an operation each.
    """

    def __init__(self, synthesis: Synthesis):
        super().__init__()
        self.synthesis = synthesis

    def forward(self, w: Tensor) -> Tensor:
        """Draw at full resolution, with fixed noise."""
        x = w
        for index in range(self.synthesis.num_layers):
            layer = getattr(self.synthesis, f"layer{index}")
            x = _restyle(layer, _convolve(layer, x), w)
        return getattr(self.synthesis, f"output{self.synthesis.num_blocks - 1}")(x)


def _convolve(layer: StyledLayer, x: Tensor) -> Tensor:
    if isinstance(layer, ConstantLayer):
        return layer.const.repeat(len(x), 1, 1, 1)
    if not isinstance(layer, UpConvLayer):
        return F.conv2d(x, layer.kernel(), padding=1)
    if layer.fused:
        x = F.conv_transpose2d(x, layer.kernel(), stride=2, padding=1)
    else:
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.conv2d(x, layer.weight * layer.weight_scale, padding=1)
    return F.conv2d(x, layer.blur.kernel, padding=1, groups=x.shape[1])


def _restyle(layer: StyledLayer, x: Tensor, w: Tensor) -> Tensor:
    x = x + layer.apply_noise.noise * layer.apply_noise.weight.view(1, -1, 1, 1)
    x = F.leaky_relu(x + layer.bias.view(1, -1, 1, 1), SLOPE)
    x = x - x.mean(dim=(2, 3), keepdim=True)
    x = x / torch.sqrt((x**2).mean(dim=(2, 3), keepdim=True) + EPSILON)
    scale, shift = layer.style(w)[:, :, None, None].chunk(2, dim=1)
    return x * (scale + 1) + shift


class PublishedRegressor(nn.Module):
    """One property's published network on its view [N,3,h,w] of 256x256 images; returns [N,P]."""

    def __init__(self, name: str):
        super().__init__()
        self.name, self.windows = name, len(PROPERTY_VIEWS[name].windows)
        self.outputs = 2 if name == "background_mean" else 1
        units, dropout = (512, 0.25) if name == "hairstyle" else (256, 0.45)
        window = PROPERTY_VIEWS[name]._replace(windows=PROPERTY_VIEWS[name].windows[:1])
        self.trunks = nn.ModuleList(trunk(TRUNKS[name]) for _ in range(self.windows))
        features = self.windows * feature_count(self.trunks[0], window)
        self.head = dense_head(features, units, dropout, self.outputs)

    def forward(self, view: Tensor) -> Tensor:
        """Score a view, its windows joined along the width."""
        parts = view.chunk(self.windows, dim=-1)
        features = [trunk(part) for trunk, part in zip(self.trunks, parts, strict=True)]
        return self.head(torch.cat(features, dim=1))


class PublishedScorer(nn.Module):
    """The published merged property CNN: float [N,3,256,256] in -1..1 to [N,8]."""

    def __init__(self):
        super().__init__()
        self.regressors = nn.ModuleDict({name: PublishedRegressor(name) for name in TRUNKS})

    def forward(self, images: Tensor) -> Tensor:
        """Score images."""
        scores = [net(crop(images, PROPERTY_VIEWS[name])) for name, net in self.regressors.items()]
        return torch.cat(scores, dim=1)


class PublishedAttributeCnn(nn.Module):
    """The published attribute CNN of one fold: float [N,3,256,256] in 0..1 to [N]."""

    def __init__(self, attribute: str):
        super().__init__()
        self.view = ATTRIBUTE_VIEWS[attribute]
        self.trunk = trunk(ATTRIBUTE_TRUNKS[attribute])
        self.head = dense_head(feature_count(self.trunk, self.view), 512, 0.45, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return probabilities."""
        return torch.sigmoid(self.head(self.trunk(crop(images, self.view))))[:, 0]


def trunk(layers: str) -> nn.Sequential:
    """Build the convolutions of a shape such as `32 64 P 128`."""
    modules: list[nn.Module] = []
    channels = 3
    for layer in layers.split():
        if layer == "P":
            modules.append(nn.MaxPool2d(2))
        else:
            convolution = nn.Conv2d(channels, int(layer), 3)
            modules += [convolution, nn.LeakyReLU(), nn.Dropout2d(0.05)]
            channels = int(layer)
    return nn.Sequential(*modules, nn.Flatten())


def dense_head(features: int, units: int, dropout: float, outputs: int) -> nn.Sequential:
    """Build the dense layers behind a trunk."""
    return nn.Sequential(
        nn.Linear(features, units), nn.Tanh(), nn.Dropout(dropout), nn.Linear(units, outputs)
    )


def feature_count(layers: nn.Module, view: View) -> int:
    """Count what a trunk makes of one window of a 256x256 image."""
    size = input_size(view._replace(max_height=RESOLUTION), RESOLUTION, RESOLUTION)
    with torch.no_grad():
        return layers(torch.zeros(1, 3, *size)).shape[1]

"""The one small network behind every score."""

from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 32, 64, 96, 128)
"""Channels after each convolution; every one but the first of a small view halves the size."""

SMALL = 16
"""A view below this height or width keeps its size in the first convolution."""

LEAST = 6
"""Below this height or width nothing more is halved."""

HIDDEN = 64
"""Units of the dense layer."""


class ViewNetwork(nn.Module):
    """Maps a view of any size [N,3,h,w] to one number per image [N].

    The view is first brought to `size` by area averaging. Strided convolutions with batch
    normalisation follow, then a dense layer over all positions, since the scores are about where
    things are. Nothing depends on tensor values, and all of it is differentiable.
    """

    def __init__(self, size: tuple[int, int], dropout: float = 0.0):
        super().__init__()
        self.size = tuple(size)
        height, width = self.size
        layers: list[nn.Module] = []
        channels = 3
        for index, outputs in enumerate(WIDTHS):
            if index and min(height, width) < LEAST:
                break
            stride = 1 if index == 0 and min(height, width) < SMALL else 2
            layers += _convolution(channels, outputs, stride)
            height, width, channels = -(-height // stride), -(-width // stride), outputs
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * height * width, HIDDEN),
            nn.LeakyReLU(0.1),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, view: Tensor) -> Tensor:
        """Score float [N,3,h,w]; returns [N]."""
        if view.shape[-2:] != self.size:
            view = functional.interpolate(view, self.size, mode="area")
        return self.head(self.features(view))[:, 0]


def _convolution(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1),
    ]

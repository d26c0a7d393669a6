"""Where a network computes, and how its kernels lie in memory."""

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def place(network: Network, device: torch.device, layout: torch.memory_format) -> Network:
    """Move a network to a device, its kernels [O, I, H, W] in a layout; returns it."""
    # torch's own signature of Module.to lacks memory_format.
    return network.to(device, memory_format=layout)  # type: ignore[call-overload]

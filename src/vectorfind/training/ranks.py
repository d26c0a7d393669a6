"""Several processes that train as one: each plays its share of every batch.

A training that draws, compares and descends through `Ranks` gives the same numbers, but for the
order of sums, on any number of devices. The processes talk through Lightning Fabric.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.workflow.devices import keep_freed_memory


class Ranks:
    """The processes of one training as seen from one of them; this class: a process alone.

    Attributes:
        rank: which process this is, from 0.
        count: how many there are.
    """

    rank, count = 0, 1

    def share(self, batch_size: int) -> int:
        """Return how many items of a batch are this process'.

        Raises:
            ValueError: the batch cannot be shared evenly.
        """
        if batch_size % self.count:
            raise ValueError(f"{batch_size} items cannot be shared evenly by {self.count} devices")
        return batch_size // self.count

    def own(self, whole: Any) -> Any:
        """Return this process' part of what has an entry per item of the whole batch."""
        share = self.share(len(whole))
        return whole[self.rank * share : (self.rank + 1) * share]

    def randn(self, share: int, *shape: int, **options: Any) -> Tensor:
        """Draw as `torch.randn` for the whole batch, alike in all processes; return the own part.

        `options` are those of `torch.randn`. Returns [share, *shape].
        """
        return self.own(torch.randn(share * self.count, *shape, **options))

    def gather(self, own: Tensor) -> Tensor:
        """Join all parts [n, ...] to the whole [n * count, ...]; differentiable, also twice.

        The gradient at a part is that of the sum of all processes' results.
        """
        return own

    def mean(self, own: Tensor) -> Tensor:
        """Return the mean over all processes."""
        return own

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by its mean over all processes."""

    def broadcast(self, value: Any = None) -> Any:
        """Return the value that the first process gave."""
        return value


ALONE = Ranks()


class _FabricRanks(Ranks):
    def __init__(self, rank: int, devices: Sequence[torch.device], port: int):
        from lightning_fabric import Fabric
        from lightning_fabric.plugins.environments.lightning import LightningEnvironment

        class Started(LightningEnvironment):
            """Processes that were started by `joined`, not by Fabric."""

            creates_processes_externally = True
            main_address, main_port = "127.0.0.1", port

            def local_rank(self) -> int:
                return rank

            def node_rank(self) -> int:
                return 0

        self.rank, self.count = rank, len(devices)
        cuda = devices[0].type == "cuda"
        self._fabric = Fabric(
            accelerator=devices[0].type,
            devices=[device.index for device in devices] if cuda else self.count,
            strategy="ddp",
            plugins=[Started()],
        )
        self._fabric.launch()

    def gather(self, own: Tensor) -> Tensor:
        parts = cast(Tensor, self._fabric.all_gather(own, sync_grads=own.requires_grad))
        return parts.flatten(0, 1)

    def mean(self, own: Tensor) -> Tensor:
        return cast(Tensor, self._fabric.all_reduce(own, reduce_op="mean"))

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        # One message: each takes about as long as a small convolution.
        whole = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = whole.split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def broadcast(self, value: Any = None) -> Any:
        return self._fabric.broadcast(value)


@contextmanager
def joined(
    devices: Sequence[torch.device], follow: Callable[[torch.device, Ranks], None]
) -> Iterator[Ranks]:
    """Start a process for every device but the first; yield the ranks as this process sees them.

    The others run `follow(device, ranks)`, which must return once the block has ended: it waits
    for the broadcasts of this process. They are killed when the block fails, or this process does;
    they leave Ctrl-C to it. `follow` must pickle, and a script guard its main part by
    `if __name__ == "__main__"`, since `multiprocessing` imports it in each of them.

    Raises:
        InputError: Lightning Fabric is not installed.
    """
    if len(devices) == 1:
        yield ALONE
        return
    try:
        from lightning_fabric.plugins.environments.lightning import find_free_network_port
    except ImportError:
        raise InputError(
            "fine-tuning on several GPUs needs lightning-fabric: `pip install lightning-fabric`, "
            "or set `finetune.gpus: 1`."
        ) from None
    port, context = find_free_network_port(), multiprocessing.get_context("spawn")
    shared = (devices, port, torch.get_num_threads(), follow)
    others = [
        context.Process(target=_run, args=(rank, *shared), daemon=True)
        for rank in range(1, len(devices))
    ]
    for process in others:
        process.start()
    try:
        yield _FabricRanks(0, devices, port)
        for process in others:
            process.join()
    finally:
        for process in others:
            process.kill()
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _run(
    rank: int,
    devices: Sequence[torch.device],
    port: int,
    threads: int,
    follow: Callable[[torch.device, Ranks], None],
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    if devices[rank].type == "cpu":
        keep_freed_memory()
    follow(devices[rank], _FabricRanks(rank, devices, port))


def _die_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)

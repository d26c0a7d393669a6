"""The threads of a job: no pool of its process takes more than its rule declares."""

import os
import sys

VARIABLES = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
    *("OPENCV_FOR_THREADS_NUM", "RAYON_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS"),
)
"""Read by libraries when they start: of BLAS, torch, OpenCV, tokenizers and torch's compiler."""


def bind_threads(count: int) -> None:
    """Bind every pool of this process to `count` threads.

    Libraries that are imported already are told; others, and processes that this one starts, read
    the variables. Images are encoded by as many threads as OpenCV may use.
    """
    os.environ.update(dict.fromkeys(VARIABLES, str(count)))
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(count)
    if (opencv := sys.modules.get("cv2")) is not None:
        opencv.setNumThreads(count)
    if (pools := sys.modules.get("threadpoolctl")) is not None:
        pools.threadpool_limits(count)

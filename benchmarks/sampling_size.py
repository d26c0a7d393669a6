"""Cost of sampling against the number of samples: CPU milliseconds of each, and peak memory.

Both should be flat. Prints a line of JSON for every size, as one job of the workflow would run it:
from `COMPILE_FROM` on it is compiled, whose time is included.
"""

import json
import time

from benchmarks._harness import MIB, arguments, describe, forget_peak, peak_bytes, wait
from benchmarks._networks import batch_size, our_scorer, random_generator
from vectorfind.samples.draw import sample_scores
from vectorfind.stylegan import draw_latents
from vectorfind.workflow.devices import keep_freed_memory

SAMPLES = (1_000, 4_000, 16_000, 64_000)


def main() -> None:
    """Sample 1k to 64k, after a warm-up."""
    options = arguments("sampling_size", rounds=None, most=SAMPLES[-1])
    device, batch = options.device, batch_size(options.size, options.device)
    clock = time.perf_counter
    if device.type == "cpu":
        keep_freed_memory()
        clock = time.process_time
    generator, scorer = random_generator(options.size, device), our_scorer(options.size, device)
    for count in (batch, *(count for count in SAMPLES if count <= options.most)):
        z, _ = draw_latents(0, 0, count, generator.z_dim, 0)
        forget_peak(device)
        wait(device)
        start = clock()
        sample_scores(generator, scorer, z, None, batch, device=device)
        wait(device)
        row = {"name": "sampling_size", "size": options.size, "device": describe(device)}
        row |= {"samples": count, "ms_per_sample": round(1e3 * (clock() - start) / count, 3)}
        if count in SAMPLES:
            print(json.dumps(row | {"peak_mib": round(peak_bytes(device) / MIB)}), flush=True)


if __name__ == "__main__":
    main()

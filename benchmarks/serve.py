"""The picture server under load: pictures per second and latencies of many clients at once."""

import argparse
import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np


def main() -> None:
    """Start `vectorfind serve` on a character and ask it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve")
    parser.add_argument("character", type=Path)
    parser.add_argument("--bundle", type=Path, default=Path("results/vectorfind_v8.pt"))
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "vectorfind", "serve", str(options.character)]
    server = subprocess.Popen([*words, "--bundle", str(options.bundle), "--port", str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        latencies = asyncio.run(_ask(url, options.clients, options.seconds))
    finally:
        server.terminate()
    milliseconds = 1000 * np.array(latencies)
    print(
        f"{options.clients} clients, {options.seconds:.0f} s: "
        f"{len(latencies) / options.seconds:.1f} pictures/s, latency median "
        f"{np.median(milliseconds):.0f} ms, p95 {np.percentile(milliseconds, 95):.0f} ms"
    )


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/character", trust_env=False).raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


async def _ask(url: str, clients: int, seconds: float) -> list[float]:
    latencies: list[float] = []
    end = time.monotonic() + seconds

    async def one(number: int) -> None:
        rng = np.random.default_rng(number)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as asking:
            while time.monotonic() < end:
                question = {"mouth": round(float(rng.uniform(-1.8, 1.8)), 3)}
                start = time.perf_counter()
                answer = await asking.get(f"{url}/picture", params=question)
                answer.raise_for_status()
                latencies.append(time.perf_counter() - start)

    await asyncio.gather(*(one(number) for number in range(clients)))
    return latencies


if __name__ == "__main__":
    main()

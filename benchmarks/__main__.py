"""Run every benchmark in a process of its own and collect their last lines: `make bench`."""

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks._harness import SIZES
from benchmarks._table import markdown

NAMES = (
    "generation",
    "sampling",
    "property_cnn",
    "attribute_cnn",
    "parsing",
    "properties",
    "svm",
    "image_test",
    "finetune",
)


def main() -> None:
    """Run them one after the other, so that none slows another down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--size", choices=[*SIZES, "all"], default="all")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--rounds", type=int, help="how often each side is timed")
    parser.add_argument("--jobs", type=int, default=1, help="CPU cores that both sides may use")
    parser.add_argument("--timeout", type=int, help="seconds after which a benchmark is given up")
    parser.add_argument("--output", type=Path, default=Path("work/benchmarks.json"))
    options = parser.parse_args()
    sizes = list(SIZES) if options.size == "all" else [options.size]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    for size in sizes:
        for name in options.names:
            if row := run(name, size, options):
                rows.append(row)
                # After each, so that a run that is cut off leaves what it has.
                options.output.write_text(json.dumps(rows, indent=1) + "\n")
    print(markdown(rows))


def run(name: str, size: str, options: argparse.Namespace) -> dict | None:
    """Run one benchmark, showing what it prints; None where it fails."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--size", size]
    command += ["--device", options.device, "--jobs", str(options.jobs)]
    if options.rounds:
        command += ["--rounds", str(options.rounds)]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, timeout=options.timeout
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{name}, size {size}: gave up ({error})", file=sys.stderr, flush=True)
        return None
    print(done.stdout, flush=True)
    last = done.stdout.strip().splitlines()[-1]
    arguments = " ".join(command[1:])
    return json.loads(last) | {"date": f"{date.today()}", "command": f"python {arguments}"}


if __name__ == "__main__":
    main()

#!/usr/bin/env bash
# The GPU's figures of docs/performance.md: bash benchmarks/gpu.sh FOLDER [SECONDS]
# Appends each benchmark's line of JSON to FOLDER/gpu.jsonl; `python -m benchmarks.publish` shows
# them. Ends after SECONDS (560), whatever is done by then; what was never measured comes first.
set -u
folder=$1
SECONDS=0
limit=${2:-560}
export PYTHONPATH=src${PYTHONPATH:+:$PYTHONPATH} PYTHONUNBUFFERED=1

bench() {
    local left=$((limit - SECONDS)) most=$1
    shift
    ((left > 10)) || return
    echo "== $SECONDS s: $*"
    timeout $((left < most ? left : most)) python3 -m "benchmarks.$@" --device cuda 2>>"$folder/errors.txt" \
        | tee -a "$folder/log.txt" | tee >(grep '^{' >>"$folder/gpu.jsonl")
}

bench 150 finetune --size 256 --rounds 3 --batch 8
bench 160 sampling --size 256 --rounds 3
bench 70 generation --size 256 --rounds 3
bench 70 image_test --size 256 --rounds 3
bench 120 finetune --size 256 --rounds 3 --batch 16
bench 40 property_cnn --size 256 --rounds 3
bench 120 property_cnn_accuracy --images 1200 --epochs 15 --properties eyes mouth
tail -c 3000 "$folder/errors.txt"

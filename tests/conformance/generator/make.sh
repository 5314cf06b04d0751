#!/bin/bash
# Asks the real scheduler and kubelet, and writes their answers to ../placing.jsonl.gz, or to OUT. The same seeds give
# the same bytes; other ones, with SEED=NUMBER, say whether the model agrees on what it has not been tested on.
set -euo pipefail
cd "$(dirname "$0")"
OUT=${OUT:-../placing.jsonl.gz} SEED=${SEED:-0} BIN=${BIN:-$(mktemp -d)}
for program in scheduler kubelet volumes preemption; do nice go build -p 2 -o "$BIN/$program" "./cmd/$program"; done
export PATH="$BIN:$PATH"
{
  scheduler -family general  -n 150 -seed $((SEED + 31000000))
  scheduler -family soft     -n 120 -seed $((SEED + 32000000))
  scheduler -family own      -n 90  -seed $((SEED + 33000000))
  scheduler -family empty    -n 40  -seed $((SEED + 34000000))
  scheduler -family rollout  -n 40  -seed $((SEED + 35000000))
  scheduler -family sequence -n 50  -seed $((SEED + 36000000))
  scheduler -family requests -n 80  -seed $((SEED + 37000000))
  scheduler -family profiles -n 160 -seed $((SEED + 38000000))
  scheduler -family own      -n 60  -seed $((SEED + 39000000)) | kubelet
  volumes    -n 150 -seed $((SEED + 41000000))
  preemption -n 150 -seed $((SEED + 42000000))
} | gzip -9n > "$OUT"

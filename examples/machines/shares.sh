#!/usr/bin/env bash
# Predicts a folder in shares, one a core of this machine, and merges them: shares.sh PHOTOS MODEL OUT [SHARES]
# Given again after any end, it goes on where it was.
set -u
photos=$1 model=$2 out=$3 shares=${4:-$(getconf _NPROCESSORS_ONLN)}
mkdir -p "$out.shares"
for i in $(seq "$shares"); do
  polytag-eval predict "$photos" --model "$model" --format csv --scores --resume \
    --shard "$i/$shares" --out "$out.shares/$i-of-$shares.csv" --workers 1 &
done
bad=0
for job in $(jobs -p); do
  wait "$job"
  # 3: photographs cannot be used; they are named above, and the lines of all others are there.
  case $? in 0 | 3) ;; *) bad=1 ;; esac
done
[ "$bad" = 0 ] || { echo "A share did not end: give the same command again." >&2; exit 1; }
polytag-eval merge "$out.shares"/*-of-"$shares".csv --out "$out"

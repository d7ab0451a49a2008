#!/usr/bin/env bash
# Predicts a folder in shares, one per core of this machine, and merges them: shares.sh PHOTOS MODEL OUT [SHARES]
# If it stops, run it again: it continues where it stopped.
set -u
[ $# -ge 3 ] || { echo "Usage: shares.sh PHOTOS MODEL OUT [SHARES]" >&2; exit 2; }
photos=$1 model=$2 out=$3 shares=${4:-$(getconf _NPROCESSORS_ONLN)}
mkdir -p "$out.shares" || exit
# Passes a signal on: the shares save what they have. It ends a wait early: the last wait is for all of them.
bad=0
trap 'bad=1; kill -TERM $(jobs -p) 2>/dev/null' INT TERM
for i in $(seq "$shares"); do
  [ "$bad" = 0 ] || break
  polytag-eval predict "$photos" --model "$model" --format csv --scores --resume \
    --shard "$i/$shares" --out "$out.shares/$i-of-$shares.csv" --workers 1 &
done
for job in $(jobs -p); do
  wait "$job"
  # 3: some photographs cannot be read; they are named above, and all others are written.
  case $? in 0 | 3) ;; *) bad=1 ;; esac
done
[ "$bad" = 0 ] || { wait; echo "A share did not finish: run the same command again." >&2; exit 1; }
polytag-eval merge "$out.shares"/*-of-"$shares".csv --out "$out"

#!/usr/bin/env bash
# The trials of a grid as an array of Slurm: one trial an element, as many at once as there are nodes.
#   sbatch examples/machines/slurm-sweep.sh
# An element that is stopped, preempted or started twice goes on from its checkpoint. Afterwards the same command without
# --trial does what is missing, and writes trials.json, trials.csv and best.yaml:
#   polytag-train sweep --config polytag.yaml --grid grid.yaml --out runs/sweep
#SBATCH --job-name=polytag-sweep
#SBATCH --array=1-12
#SBATCH --cpus-per-task=2
#SBATCH --mem=6G
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
set -u
polytag-train sweep --config polytag.yaml --grid grid.yaml --out runs/sweep \
  --trial "$SLURM_ARRAY_TASK_ID/12" --parallel 1 &
# The shell hands on the signal, and waits until the trial is saved.
trap 'kill -TERM $!; wait $!' TERM
wait $!
status=$?
# 130: saved, and not done; 7 and 9: the disk, or a process that died.
case $status in 130 | 7 | 9) scontrol requeue "$SLURM_JOB_ID" ;; esac
exit "$status"

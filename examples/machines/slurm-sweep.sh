#!/usr/bin/env bash
# Runs the trials of a grid as a Slurm array: one trial per element, as many at once as there are nodes.
#   sbatch examples/machines/slurm-sweep.sh
# An element that is stopped, preempted or started twice continues from its checkpoint. Then run the same command without
# --trial: it runs missing trials, and writes trials.json, trials.csv and best.yaml:
#   polytag-train sweep --config polytag.yaml --grid grid.yaml --out runs/sweep
#SBATCH --job-name=polytag-sweep
#SBATCH --array=1-12
#SBATCH --cpus-per-task=2
#SBATCH --mem=6G
#SBATCH --requeue
#SBATCH --signal=B:TERM@120
set -u
# Passes the signal on. It ends a wait early: wait again until the trial is saved.
job=
trap 'again=1; kill -TERM "$job"' TERM
polytag-train sweep --config polytag.yaml --grid grid.yaml --out runs/sweep \
  --trial "$SLURM_ARRAY_TASK_ID/12" --parallel 1 &
job=$! again=1
while [ "$again" ]; do again= && wait "$job"; status=$?; done
# 130: saved but not finished; 7 and 9: the disk, or a process that died.
case $status in 130 | 7 | 9) scontrol requeue "$SLURM_JOB_ID" ;; esac
exit "$status"

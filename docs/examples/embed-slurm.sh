#!/bin/sh
# Embeds a collection on a cluster that runs Slurm: an array of jobs, one share each, and a job
# that puts their tables together when all are done. A share that was interrupted goes on where
# it was when its job is queued again.
#
#   docs/examples/embed-slurm.sh /data/photographs 64 /data/E.npy
#
# The folder and the store of models (likeness models pull, once) must be seen by all nodes
# under the same names.
set -eu

case ${1:-} in
--share) # what each job does
    exec likeness embed "$2" --shard "$SLURM_ARRAY_TASK_ID/$3" --threads "${SLURM_CPUS_PER_TASK:-1}" \
        -o "${4%.npy}.$SLURM_ARRAY_TASK_ID.npy" -q
    ;;
--join)
    of=$2 output=$3
    set --
    for i in $(seq "$of"); do
        set -- "$@" "${output%.npy}.$i.npy"
    done
    exec likeness embed --join "$@" -o "$output"
    ;;
esac

[ $# -eq 3 ] || { echo "usage: $0 FOLDER SHARES E.npy" >&2; exit 2; }
jobs=$(sbatch --parsable --array="1-$2" --cpus-per-task=4 --requeue --wrap="$0 --share '$1' $2 '$3'")
sbatch --dependency="afterok:$jobs" --wrap="$0 --join $2 '$3'"

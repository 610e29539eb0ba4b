#!/bin/sh
# Embeds a collection by several processes with GNU parallel: on this machine, or with
# --sshloginfile on those that it names. With --resume-failed what was done is not done again.
#
#   docs/examples/embed-parallel.sh /data/photographs 64 /data/E.npy --sshloginfile nodes
set -eu

[ $# -ge 3 ] || { echo "usage: $0 FOLDER SHARES E.npy [OPTION-OF-PARALLEL...]" >&2; exit 2; }
folder=$1 shares=$2 output=$3
shift 3
seq "$shares" | parallel --joblog "${output%.npy}.log" --resume-failed "$@" \
    likeness embed "$folder" --shard "{}/$shares" -o "${output%.npy}.{}.npy" -q
set --
for i in $(seq "$shares"); do
    set -- "$@" "${output%.npy}.$i.npy"
done
likeness embed --join "$@" -o "$output"

#!/bin/sh
# Two processes that train together do what one does.
. "$(dirname "$0")/lib.sh"
if ! command -v mpirun >/dev/null || ! ldd "$LIKENESS" | grep -q libmpi; then
    echo 'SKIPPED: no mpirun, or built without MPI'
    exit 77
fi
group_="mpirun --allow-run-as-root --oversubscribe -n 2"
# Open MPI unloads plug-ins that still hold memory, so no suppression can name
# them. The runs of one process below look for leaks, these do not.
group_="env ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 $group_"
# A rate so low that rounding is not blown up from step to step.
train_="train people --width 0.0625 --size 75 --people 8 --photos 2 --epochs 2 --seed 5
    --miner all --optimizer sgd --rate 0.0005 --threads 1"

expect 0 likeness synth --people 12 --photos 4 --size 80 -q -o people
expect 0 likeness $train_ -o one
expect 0 $group_ "$LIKENESS" $train_ -o two
out_has '^6 steps done'
[ "$(grep -c 'steps done' out)" -eq 1 ] || wrong 'both processes speak'

# The losses agree to float32 rounding, step by step.
losses() { sed -n 's/.*"type":"step".*"loss":\([^,]*\),.*/\1/p' "$1/log.jsonl"; }
same_losses() {
    losses "$1" >first.txt
    losses "$2" >second.txt
    [ "$(wc -l <first.txt)" -eq 6 ] && [ "$(wc -l <second.txt)" -eq 6 ] || wrong 'not six steps'
    paste first.txt second.txt | awk -v names="$1 and $2" '
        { d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d }
        END { print names ": largest difference of a loss " most; exit !(most < 1e-5) }' ||
        wrong "the losses of $1 and $2 differ"
}
same_losses one two

# A run that two processes began, one ends.
expect 0 $group_ "$LIKENESS" $train_ --steps 3 -o half
expect 0 likeness train --resume --steps 100 --threads 1 -o half
same_losses one half

# With statistics of their own the processes learn something else, but it is the same
# each time, and a run of them can be taken up. Where both have the same photographs
# before them, their statistics are the whole batch's.
expect 0 $group_ "$LIKENESS" $train_ --local-statistics -o local
[ "$(grep -c 'steps done' out)" -eq 1 ] || wrong 'both processes speak'
expect 0 $group_ "$LIKENESS" $train_ --local-statistics -o again
[ "$(losses local | grep -c '^[0-9][0-9.e-]*$')" -eq 6 ] || wrong 'not six steps with finite losses'
[ "$(losses local)" = "$(losses again)" ] || wrong 'local statistics give other losses each time'
cmp -s local/last.safetensors again/last.safetensors || wrong 'local statistics give other weights each time'
echo "$(losses one | head -n 1) $(losses local | head -n 1)" |
    awk '{ d = $1 - $2; exit !(d > 1e-3 || d < -1e-3) }' ||
    wrong '--local-statistics changes no more than rounding does'
expect 0 $group_ "$LIKENESS" $train_ --local-statistics --steps 3 -o parted
expect 0 $group_ "$LIKENESS" train --resume --steps 100 --threads 1 --local-statistics -o parted
[ "$(losses local)" = "$(losses parted)" ] || wrong 'a resumed run with local statistics differs'
for person in $(seq 8); do
    mkdir -p alike/$person
    cp people/p0001/001.jpg people/p0001/002.jpg alike/$person/
done
alike_="train alike --width 0.0625 --size 75 --people 8 --photos 2 --steps 1 --augment none
    --validation 0 --miner all --margin 1 --threads 1"
expect 0 likeness $alike_ -o alike-one
expect 0 $group_ "$LIKENESS" $alike_ --local-statistics -o alike-two
near "$(losses alike-one)" "$(losses alike-two)" 1e-5

# What one process cannot do ends both, in good time.
expect_not_zero() { timeout 60 "$@" >out 2>err; [ $? -ne 0 ] && [ $? -ne 124 ] || wrong "$*"; }
expect_not_zero $group_ "$LIKENESS" $train_ -o two
grep -q 'two: holds a run already' err || wrong 'the reason is not said'
expect_not_zero $group_ "$LIKENESS" train people --people 3 --photos 3 --width 0.0625 --size 75 -o odd
grep -q 'likeness: ' err || wrong 'the reason is not said'
finish

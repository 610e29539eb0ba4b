#!/bin/sh
# Signals in every kind of command: it dies of them, soon, and leaves nothing unfinished.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
cp "$INPUTS"/vectors.npy .
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"

# waits COMMAND...: until it succeeds.
waits() {
    turns=0
    until "$@" 2>/dev/null; do
        turns=$((turns + 1))
        [ $turns -lt 4000 ] || {
            wrong "$last: waited in vain for: $*"
            break
        }
        sleep 0.002
    done
}
begun() { find . -name '*.npy?*' | grep -q npy; }
begun_or_over() { begun || ! kill -0 "$pid"; }
# SIGNAL: the program has set itself up to. The shell that is to become it may catch SIGINT,
# but not SIGPIPE, which the program does last.
catches() {
    mask=$(sed -n 's/^SigCgt:[^0-9a-f]*0*//p' "/proc/$pid/status")
    [ $((0x${mask:-0} >> ($1 - 1) & 0x${mask:-0} >> 12 & 1)) -eq 1 ]
}
died() { # STATUS
    wait "$pid" 2>/dev/null
    got=$? checks=$((checks + 1))
    [ $got -eq "$1" ] || wrong "$last: exit status $got, expected $1"
}

# ---- in the middle of a large file (more than once, should the file be whole too soon)
rows=2500
{ # [rows, 16] float32 between 0.007 and 0.7, behind a header of 128 bytes
    printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($rows, 16), }"
    head -c $((rows * 64)) /dev/urandom | tr '\000-\377' '[\074*64][\075*64][\076*64][\077*64]'
} >big.numbers
for signal in INT:130 TERM:143 HUP:129; do
    tries=0 got=0
    last="distances after SIG${signal%:*}"
    while [ $got -eq 0 ] && [ $tries -lt 10 ]; do
        tries=$((tries + 1))
        rm -f D.npy
        "$LIKENESS" distances big.numbers -o D.npy >out 2>err &
        pid=$!
        waits begun_or_over
        kill -"${signal%:*}" $pid 2>/dev/null
        wait $pid 2>/dev/null
        got=$?
    done
    checks=$((checks + 1))
    [ $got -eq "${signal#*:}" ] || wrong "$last: exit status $got"
    # it may have been whole a moment before
    [ ! -e D.npy ] || [ "$(stat -c %s D.npy)" -eq $((rows * rows * 8 + 128)) ] || wrong "$last: D.npy is not whole"
    begun && wrong "$last: left $(ls -A)"
done

# ---- in a call that takes for ever: opening a pipe that nobody reads
mkfifo P.npy found.txt
for signal in INT:2:130 TERM:15:143 HUP:1:129; do
    number=${signal#*:}
    for command in 'pca vectors.npy -o P.npy' "detect photos $find_ -o found.txt"; do
        last="$command, SIG${signal%%:*}"
        # shellcheck disable=SC2086 # words
        "$LIKENESS" $command >out 2>err &
        pid=$!
        waits catches "${number%:*}"
        kill -"${signal%%:*}" $pid
        died "${number#*:}"
        silent err
    done
done

# ---- nohup means it
last='pca under nohup'
(
    trap '' HUP
    exec "$LIKENESS" pca vectors.npy -o P.npy
) >out 2>err &
pid=$!
waits catches 15
kill -HUP $pid
sleep 0.1
kill -0 $pid 2>/dev/null || wrong "$last: SIGHUP has ended it"
kill -TERM $pid
died 143
no_leftovers .
finish

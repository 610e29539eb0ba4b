#!/bin/sh
# Kills an `embed` of 20,000 small photographs at random moments; each time the same
# command goes on, and in the end the table is that of an undisturbed run to the byte.
# usage: tests/long/embed_resume.sh [PHOTOGRAPHS [KILLS [BUILD]]]     (SEED=N for other moments)
photographs=${1:-20000}
kills=${2:-20}
build=$(cd "${3:-build}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
seed=${SEED:-$$}

"$LIKENESS" synth --people 5 --photos 4 --size 75 --seed 3 -q -o few
find few -name '*.jpg' | sort >files
awk -v n="$photographs" '{ file[NR] = $0 } END {
    for (i = 0; i < n; i++) printf "%s many/p%03d/%05d.jpg\n", file[i % NR + 1], i / 100, i }' files >links
cut -d' ' -f2 links | xargs dirname | sort -u | xargs mkdir -p
while read -r from to; do ln "$from" "$to"; done <links
command="embed many --no-detect --weights $INPUTS/network.safetensors --size 75 -q -o E.npy"

begun=$(date +%s%N)
# shellcheck disable=SC2086 # words
expect 0 likeness $command
took=$((($(date +%s%N) - begun) / 1000)) # microseconds
mkdir whole
mv E.npy E.csv E.json whole/

killed=0 went_on=0 made=0 reached=0
while [ $made -lt "$kills" ]; do
    made=$((made + 1))
    case $((made % 3)) in 0) signal=INT ;; 1) signal=KILL ;; 2) signal=TERM ;; esac
    [ -e E.npy ] && rm -r E.npy E.csv E.json # it was whole before the kill: begin again
    # shellcheck disable=SC2086
    "$LIKENESS" $command >out 2>err </dev/null &
    victim=$!
    sleep "$(awk -v s="$seed" -v i=$made -v t="$took" 'BEGIN { srand(s * 7919 + i); rand(); printf "%.4f", rand() * t * 0.4e-6 }')"
    kill -$signal $victim 2>/dev/null
    wait $victim 2>/dev/null
    got=$? checks=$((checks + 1))
    case $got in 130 | 137 | 143) killed=$((killed + 1)) ;; 0) ;; *) wrong "kill $made: exit status $got" ;; esac
    before=$reached
    reached=$(wc -l 2>/dev/null <.E.npy.lk-work/list || echo 0)
    [ "$reached" -ge "$before" ] || [ "$got" -eq 0 ] || [ -e E.npy ] || [ "$before" -gt "$photographs" ] ||
        wrong "kill $made: $before lines of work were there, now $reached"
    [ "$reached" -gt 1 ] && went_on=$((went_on + 1))
    if [ -e E.npy ]; then
        last="the table before kill $made"
        for ending in npy csv json; do cmp E.$ending whole/E.$ending || wrong "$last: E.$ending differs"; done
    fi
done
rm -f E.npy E.csv E.json
# shellcheck disable=SC2086
expect 0 likeness $command
for ending in npy csv json; do
    checks=$((checks + 1))
    cmp E.$ending whole/E.$ending || wrong "E.$ending differs from the undisturbed one"
done
[ -z "$(find . -maxdepth 1 -name '.*lk-*')" ] || wrong "left $(find . -maxdepth 1 -name '.*lk-*')"
echo "$photographs photographs, $made kills, $killed before the end, $went_on left work to go on with (SEED=$seed)"
finish

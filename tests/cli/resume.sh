#!/bin/sh
# An `embed` that was interrupted keeps what it has done, and the same command goes on:
# to the same bytes, whatever the moment.
. "$(dirname "$0")/lib.sh"
net_="--weights $INPUTS/network.safetensors"
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
mkdir -p many/a many/b
for i in $(seq 10 69); do
    cp "$INPUTS/photos/anna/$((i % 2 + 1)).png" many/a/$i.png
    cp "$INPUTS/photos/bert/$((i % 2 + 1)).png" many/b/$i.png
done
cp "$INPUTS/dot.png" many/a/20.png
cp "$INPUTS/bad/text.jpg" many/b/15.jpg
photographs=121
quick="embed many --no-detect $net_ --size 75 --batch 8 --threads 1"
slow="embed many $find_ $net_ --size 75 --batch 7 --threads 1 --keep-all --min-face-size 40"

# kill_after LINES SIGNAL COMMAND...: starts it and sends the signal as soon as the work
# holds so many lines; $died is its exit status.
kill_after() {
    lines=$1 signal=$2
    shift 2
    last="$* killed by SIG$signal after $lines"
    "$LIKENESS" "$@" >out 2>err </dev/null &
    pid=$!
    turns=0
    while [ "$(wc -l 2>/dev/null <.E.npy.lk-work/list || echo 0)" -lt "$lines" ] && kill -0 $pid 2>/dev/null && [ $turns -lt 4000 ]; do
        turns=$((turns + 1))
        sleep 0.005
    done
    kill -"$signal" $pid 2>/dev/null
    wait $pid 2>/dev/null
    died=$?
    checks=$((checks + 1))
}
clean() { rm -rf E.npy E.csv E.json .E.npy.lk-work; }
# same_as FOLDER: the table is that of the undisturbed run, and the work is gone.
same_as() {
    checks=$((checks + 1))
    for ending in npy csv json; do
        cmp -s E.$ending "$1/E.$ending" || wrong "$last: E.$ending differs from the undisturbed one"
    done
    [ -z "$(find . -maxdepth 1 -name '.*lk-*')" ] || wrong "$last: left $(find . -maxdepth 1 -name '.*lk-*')"
}
# whole NAME COMMAND...: undisturbed, into that folder.
whole() {
    name=$1
    shift
    expect 1 likeness "$@" -o E.npy
    mkdir "$name"
    mv out "$name/"
    mv E.* "$name/"
}
# shellcheck disable=SC2086 # words
{
    whole quick $quick
    whole slow $slow

    # ---- killed at several moments
    for moment in 2:KILL:137 2:INT:130 34:KILL:137 34:TERM:143; do
        signal=${moment#*:}
        clean
        kill_after "${moment%%:*}" "${signal%:*}" $quick -o E.npy
        [ $died -eq "${moment##*:}" ] || [ $died -eq 1 ] || wrong "$last: exit status $died"
        [ $died -eq 1 ] || absent E.npy E.csv E.json
        [ $died -eq 137 ] || [ $died -eq 1 ] ||
            err_has "^likeness: [0-9]+ of $photographs photographs are done and kept: the same command goes on from there$"
        expect 1 likeness $quick -o E.npy
        [ $died -eq 1 ] || err_has "^likeness: going on after [1-9][0-9]* of $photographs photographs"
        same_as quick
    done

    # ---- several faces a photograph, batches of another size than photographs; killed again and again
    clean
    kill_after 30 KILL $slow -o E.npy
    kill_after 40 INT $slow -o E.npy
    expect 1 likeness $slow -o E.npy
    same_as slow

    # ---- with JSON: every line, also of what was done before
    clean
    expect 1 likeness $slow --json
    one_object_a_line
    mv out wanted
    kill_after 40 KILL $slow -o E.npy --json
    expect 1 likeness $slow -o E.npy --json
    cmp -s out wanted || wrong "$last: not the lines of an undisturbed run"
    same_as slow
}

# begun: work of which some is done, kept aside as begun/
clean
# shellcheck disable=SC2086
kill_after 34 KILL $quick -o E.npy
absent E.npy
mkdir begun
cp -rp .E.npy.lk-work begun/
again() {
    clean
    cp -rp begun/.E.npy.lk-work .
    expect 1 likeness "$@" -o E.npy
}
# cut FILE BYTES: what a kill at another moment leaves
# shellcheck disable=SC2086
for cut in 'list 100' 'list -1' 'list 0' 'rows -1' 'rows 20000'; do
    clean
    cp -rp begun/.E.npy.lk-work .
    file=.E.npy.lk-work/${cut% *}
    truncate -s "${cut#* }" $file
    expect 1 likeness $quick -o E.npy
    last="$last after cutting $cut"
    same_as quick
done
# shellcheck disable=SC2086
{
    again $quick
    err_has '^likeness: going on after'
    same_as quick

    # ---- other work
    again $quick --force
    grep -q 'going on' err && wrong "$last: goes on"
    same_as quick
    again embed many --no-detect $net_ --size 80 --batch 8 --threads 1
    err_has '^likeness: warning: E\.npy: what was begun has another size \(75, now 80\): all is done anew$'
    again embed many --no-detect $net_ --size 75 --batch 9 --threads 1
    err_has 'another batch \(8, now 9\)'
    again embed many --no-detect --weights "$INPUTS/network.pt" --size 75 --batch 8 --threads 1
    err_has 'another weights'

    # ---- another photograph: what comes before it counts
    touch -d '2001-02-03' many/a/27.png
    again $quick
    err_has '^likeness: warning: many/a/27\.png: is new or has changed: only what was done before it counts$'
    err_has "^likeness: going on after 1[0-9] of $photographs photographs"
    same_as quick
    cp "$INPUTS/photos/bert/3.jpg" many/a/10.png
    again $quick
    grep -q 'going on' err && wrong "$last: goes on"
    cmp -s E.npy quick/E.npy && wrong "$last: has the old photograph"
}

# ---- no room for more: what is there stays, and is gone on with
clean
# shellcheck disable=SC2086
(ulimit -f 300 && exec "$LIKENESS" $quick -o E.npy) >out 2>err
got=$? last='embed with too little room'
[ $got -eq 4 ] || wrong "$last: exit status $got"
err_has '^likeness: \.E\.npy\.lk-work: cannot write: File too large$'
err_has "^likeness: [1-9][0-9]* of $photographs photographs are done and kept"
absent E.npy
# shellcheck disable=SC2086
expect 1 likeness $quick -o E.npy
err_has '^likeness: going on after [1-9]'
cmp -s E.npy quick/E.npy && wrong "$last: the changed photograph is the old one"
cp E.npy changed.npy
clean
# shellcheck disable=SC2086
expect 1 likeness $quick -o E.npy
cmp -s E.npy changed.npy || wrong "$last: not what an undisturbed run writes"

# ---- a folder or link in the work's place
clean
ln -s /nonexistent .E.npy.lk-work
# shellcheck disable=SC2086
expect 4 likeness $quick -o E.npy
absent E.npy
rm -rf .E.npy.lk-work

# ---- -o or --json
expect 2 likeness embed many --no-detect
err_has 'ending in \.npy: -o E\.npy, or take --json'
finish

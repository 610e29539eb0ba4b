#!/bin/sh
# Kills every command that writes at random moments, by SIGKILL, SIGINT, SIGTERM and
# SIGHUP in turn. Nothing is lost: each output is the old file or the new one, whole.
# A signal that can be caught leaves no temporary file; after the next run there is
# none in any case, and the outputs are what an undisturbed run writes.
# usage: tests/long/kills.sh [COUNT [BUILD]]     (SEED=N for other moments)
count=${1:-1000}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
. "$here/../cli/writers.sh"
seed=${SEED:-$$}
# same NAME FILE WANTED: pages and their numbers differ in date and time, but are whole.
same() {
    case $2 in
    *.html) tail -c 8 "$2" | grep -q '</html>' ;;
    */page/lesson.json | */log.jsonl) tail -c 2 "$2" | grep -q '}' ;;
    *) cmp -s "$2" "$3" ;;
    esac
}

# Each output is as it was, or as it is to be.
check_outputs() {
    case $1 in
    train | experiment) return ;;
    synth) check_album "$1.work/album" && return ;;
    esac
    for file in $(cd "$1.work" && find . -type f ! -name '.*.lk-part*' ! -name '*.lk-lock' ! -path '*.lk-work/*'); do
        checks=$((checks + 1))
        cmp -s "$1.work/$file" "$1.old/$file" || same "$1" "$1.work/$file" "$1.whole/$file" || wrong "$what: $1.work/$file is neither old nor new"
    done
}
# With a truth.csv an album is the old one or the new one; without, it says so.
check_album() {
    checks=$((checks + 1))
    if [ ! -e "$1/truth.csv" ]; then
        [ -e "$1/.unfinished-album" ] || wrong "$what: an unfinished album does not say so"
    elif cmp -s "$1/truth.csv" in/album/truth.csv; then
        [ -e "$1/.unfinished-album" ] || diff -r -x .lk-lock -x '.*.lk-part*' "$1" in/album >/dev/null || wrong "$what: the old album is not whole"
    else
        diff -r -x .unfinished-album -x .lk-lock -x '.*.lk-part*' "$1" synth.whole/album >/dev/null || wrong "$what: the new album is not whole"
    fi
}

# Goes on after the kill, and compares with what was never disturbed.
finish_run() {
    checks=$((checks + 1))
    if [ "$1" = train ] && [ -e train.work/run/checkpoint.safetensors ]; then
        (cd train.work && "$LIKENESS" train --resume --threads 1 -o run >../out 2>../err </dev/null) ||
            wrong "$what: the run cannot be resumed"
    else
        run "$1" || wrong "$what: the next run fails"
    fi
    rest=$(parts "$1.work")$(find "$1.work" -name '*.lk-work')
    [ -z "$rest" ] || wrong "$what: left after the next run: $rest"
    for file in $(cd "$1.whole" && find . -type f ! -name checkpoint.safetensors ! -name setting.json); do
        checks=$((checks + 1))
        same "$1" "$1.work/$file" "$1.whole/$file" || wrong "$what: $file is another after the next run"
    done
}

# kill_once NAME SIGNAL SECONDS
kill_once() {
    what="$1 after SIG$2 at $3 s"
    prepare "$1"
    (cd "$1.work" && set -f && exec "$LIKENESS" $(command_of "$1") >../out 2>../err </dev/null) &
    victim=$!
    sleep "$3"
    kill -"$2" $victim 2>/dev/null
    wait $victim 2>/dev/null
    got=$?
    case $2 in KILL) died=137 ;; INT) died=130 ;; TERM) died=143 ;; HUP) died=129 ;; esac
    [ $got -eq $died ] && killed=$((killed + 1))
    [ $got -eq $died ] || [ $got -eq 0 ] || wrong "$what: exit status $got"
    [ "$2" = KILL ] || [ -z "$(parts "$1.work")" ] || wrong "$what: left $(parts "$1.work")"
    [ "$2" = KILL ] && [ -n "$(parts "$1.work")" ] && left=$((left + 1))
    check_outputs "$1"
    finish_run "$1"
}

# random I WHICH: a number from 0 to 1 that the seed makes.
random() { awk -v s="$seed" -v i="$1" 'BEGIN { srand(s * 7919 + i); rand(); print rand() }'; }

[ "$count" -lt 100 ] || commands="$commands experiment"
killed=0 left=0 made=0
# shellcheck disable=SC2086
set -- $commands
for name; do
    begun=$(date +%s%N)
    run_whole "$name"
    eval "took_$name=$((($(date +%s%N) - begun) / 1000))" # microseconds
done
while [ $made -lt "$count" ]; do
    for name; do
        [ $made -lt "$count" ] || break
        case $(((made + made / $#) % 4)) in 0) signal=KILL ;; 1) signal=INT ;; 2) signal=TERM ;; 3) signal=HUP ;; esac
        made=$((made + 1))
        eval "took=\$took_$name"
        kill_once "$name" $signal "$(awk -v r="$(random $made)" -v t="$took" 'BEGIN { printf "%.4f", r * t * 1.1e-6 }')"
    done
done
echo "$made kills, $killed before the end, $left of SIGKILL left a temporary file (SEED=$seed)"
finish

#!/bin/sh
# Kills enrolment and changes by hand at random moments, by SIGKILL. After each kill the
# gallery opens, passes its check, holds every face that was reported as enrolled, and no
# half of one; in the end the same commands make it whole.
# usage: tests/long/gallery_kills.sh [COUNT [BUILD]]     (SEED=N for other moments)
count=${1:-200}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
. "$here/../cli/gallery_people.sh"
seed=${SEED:-$$}

# From 0 to 1, as many as there are to be kills.
awk -v seed="$seed" -v count="$count" 'BEGIN { srand(seed); for (i = 0; i < count; i++) printf "%.3f\n", rand() }' >moments
# How long the whole takes undisturbed here, in seconds.
begun=$(date +%s%N)
likeness enroll --from people $net --json >whole || wrong 'enrolling undisturbed'
long=$(awk -v a="$begun" -v b="$(date +%s%N)" 'BEGIN { print (b - a) / 1e9 }')
rm -rf "$XDG_DATA_HOME"

# kill_within SECONDS COMMAND...: what it prints is added to `told`.
kill_within() {
    seconds=$1
    shift
    "$LIKENESS" "$@" >>told 2>>errors </dev/null &
    pid=$!
    sleep "$seconds"
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}

# Every face that was told is there.
check_gallery() {
    checks=$((checks + 1))
    [ -e "$gallery" ] || { [ ! -s told ] || wrong 'faces were told, and there is no gallery'; return; }
    likeness gallery check >out 2>err || wrong "kill $killed: the check fails"
    sed -n 's/.*"status":"enrolled","face":\([0-9]*\).*/\1/p' told | sort -u >wanted
    likeness gallery export 2>err | sed -n 's/^{"face_of":"[^"]*","id":\([0-9]*\).*/\1/p' | sort -u >there
    comm -23 wanted there >lost
    [ ! -s lost ] || wrong "kill $killed: faces were told and are not there: $(tr '\n' ' ' <lost)"
}

killed=0
: >told
while read -r moment; do
    killed=$((killed + 1))
    pause=$(awk -v m="$moment" -v l="$long" 'BEGIN { printf "%.3f", 1.1 * m * l }')
    kill_within "$pause" enroll --from people $net --json
    check_gallery
    case $((killed % 6)) in
    3) # by hand: all or nothing
        before=$(enrolled 2>/dev/null)
        kill_within "$(awk -v m="$moment" 'BEGIN { printf "%.3f", m / 20 }')" gallery merge p0001 p0002
        checks=$((checks + 1))
        [ "$(enrolled 2>/dev/null)" = "$before" ] || wrong "kill $killed: merging lost a face"
        check_gallery ;;
    5) # from the beginning
        rm -rf "$XDG_DATA_HOME"
        : >told ;;
    esac
done <moments

likeness enroll --from people $net --force >out 2>err || wrong 'enrolling in the end'
checks=$((checks + 1))
[ "$(likeness gallery export | grep -o '"sha256":"[0-9a-f]*"' | sort -u | wc -l)" -eq 30 ] ||
    wrong 'in the end not everybody is enrolled'
echo "$killed kills (SEED=$seed)"
finish

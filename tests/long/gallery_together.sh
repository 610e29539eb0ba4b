#!/bin/sh
# Two processes enrol and four identify at once: no error, and nobody is lost.
# usage: tests/long/gallery_together.sh [SECONDS [BUILD]]
seconds=${1:-60}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
. "$here/../cli/gallery_people.sh"
net="$net --threads 1"
likeness enroll first people/p0001/001.jpg $net >out 2>err || wrong 'the first'
end=$(($(date +%s) + seconds))

# Each at least once, however slow the machine.
enrol() { # WHO FIRST LAST
    turn=0
    while [ $turn -eq 0 ] || [ "$(date +%s)" -lt "$end" ]; do
        turn=$((turn + 1))
        for person in $2 $3; do
            "$LIKENESS" enroll "$1-$turn-$person" "people/p000$person" $net --force >>"enrol.$1" 2>>"errors.$1" ||
                echo "$1 turn $turn" >>failed
        done
    done
}
identify() { # WHO
    turn=0
    while [ $turn -eq 0 ] || [ "$(date +%s)" -lt "$end" ]; do
        turn=$((turn + 1))
        "$LIKENESS" identify people/p0001 $net --json >"identify.$1" 2>>"errors.$1" || echo "$1 turn $turn" >>failed
        [ "$(grep -c '"person":"' "identify.$1")" -eq 5 ] || echo "$1 turn $turn: not five faces" >>failed
    done
}
pids=
for who in a b; do
    case $who in a) enrol a 2 3 & ;; *) enrol b 4 5 & ;; esac
    pids="$pids $!"
done
for who in w x y z; do
    identify $who &
    pids="$pids $!"
done
# shellcheck disable=SC2086 # numbers
wait $pids
checks=$((checks + 1))
[ ! -e failed ] || wrong "failed: $(cat failed errors.* | head -20)"
told=$(cat enrol.a enrol.b | grep -c ': enrolled as ')
expect 0 likeness gallery check
[ "$(enrolled)" -eq $((told + 1)) ] || wrong "$told faces were told, and the gallery has $(enrolled)"
echo "$told faces were enrolled by two while four looked"
finish

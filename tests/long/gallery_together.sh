#!/bin/sh
# Two processes enrol and four identify at once: no error, and nobody is lost. In a file, or in a
# database on a server of the test's own.
# usage: tests/long/gallery_together.sh [SECONDS [BUILD [server]]]
seconds=${1:-60}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
. "$here/../cli/gallery_people.sh"
net="$net --threads 1"
where=
if [ "${3:-}" = server ]; then
    . "$here/../cli/postgres_server.sh"
    likeness gallery list --gallery postgres://none.invalid 2>&1 | grep -q 'without PostgreSQL' ||
        ! server_find || ! server_make pg || ! server_start || where="--gallery $uri"
    [ -n "$where" ] || {
        echo 'SKIPPED: built without libpq, or no PostgreSQL server can be started here (Debian: postgresql-15)'
        exit 77
    }
fi
net="$net $where"
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
# shellcheck disable=SC2086 # two words
expect 0 likeness gallery check $where
# shellcheck disable=SC2086
has=$(likeness gallery stats $where | awk '$1 == "faces" { print $2 }')
[ "$has" -eq $((told + 1)) ] || wrong "$told faces were told, and the gallery has $has"
echo "$told faces were enrolled by two while four looked"
finish

#!/bin/sh
# Kills enrolment into a gallery on a server at random moments, by SIGKILL, while the server is
# stopped and started, one time in two as if its plug were pulled. The gallery passes its check
# each time and holds every face that was reported as enrolled; an enrolment that nobody kills
# gets through.
# usage: tests/long/postgres_kills.sh [COUNT [BUILD]]     (SEED=N for other moments)
count=${1:-200}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export LIKENESS="${LIKENESS:-$build/likeness}" INPUTS="${INPUTS:-$build/tests/cli/inputs}"
. "$here/../cli/lib.sh"
. "$here/../cli/gallery_people.sh"
. "$here/../cli/postgres_server.sh"
seed=${SEED:-$$}
likeness gallery list --gallery postgres://none.invalid 2>&1 | grep -q 'without PostgreSQL' && {
    echo 'SKIPPED postgres_kills.sh: built without libpq'
    exit 77
}
server_find && server_make pg && server_start || {
    echo 'SKIPPED postgres_kills.sh: no PostgreSQL server can be started here (Debian: postgresql-15)'
    exit 77
}
awk -v seed="$seed" -v count="$count" 'BEGIN { srand(seed); for (i = 0; i < count; i++) printf "%.3f %.3f\n", rand(), rand() }' >moments

# Every face that was told is there, and none half.
check_gallery() {
    checks=$((checks + 1))
    likeness gallery check --gallery "$uri" >out 2>err || {
        grep -q 'no gallery in this database yet' err && [ ! -s told ] || wrong "kill $killed: the check fails"
        return
    }
    sed -n 's/.*"status":"enrolled","face":\([0-9]*\).*/\1/p' told | sort -u >wanted
    server_ask 'SELECT id FROM likeness.face' | sort -u >there
    comm -23 wanted there >lost
    [ ! -s lost ] || wrong "kill $killed: faces were told and are not there: $(tr '\n' ' ' <lost)"
}

killed=0
: >told
while read -r moment other; do
    killed=$((killed + 1))
    "$LIKENESS" enroll --from people $net --gallery "$uri" --json >>told 2>>errors </dev/null &
    pid=$!
    how=fast
    [ $((killed % 2)) -eq 0 ] || how=immediate
    # One that has not found the server yet gives up, as it should.
    for wait in $(seq 200); do
        kill -0 "$pid" 2>/dev/null && [ "$(server_ask "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'likeness'")" = 0 ] || break
        sleep 0.02
    done
    sleep "$(awk -v m="$moment" 'BEGIN { printf "%.3f", m / 2 }')"
    server_stop $how
    [ $((killed % 4)) -ne 0 ] || sleep "$other"
    server_start
    if [ $((killed % 3)) -eq 0 ]; then # this one may go on
        checks=$((checks + 1))
        wait "$pid" || wrong "kill $killed: the enrolment gave up: $(tail -n 1 errors)"
    else
        sleep "$(awk -v m="$other" 'BEGIN { printf "%.3f", m / 2 }')"
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    fi
    check_gallery
    if [ $((killed % 3)) -eq 0 ]; then # from the beginning
        server_ask 'DROP SCHEMA IF EXISTS likeness CASCADE'
        : >told
    fi
done <moments

likeness enroll --from people $net --force --gallery "$uri" >out 2>err || wrong 'enrolling in the end'
checks=$((checks + 1))
[ "$(likeness gallery export --gallery "$uri" | grep -o '"sha256":"[0-9a-f]*"' | sort -u | wc -l)" -eq 30 ] ||
    wrong 'in the end not everybody is enrolled'
echo "$killed kills (SEED=$seed)"
finish

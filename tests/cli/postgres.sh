#!/bin/sh
# A gallery on a PostgreSQL server: the same answers as from a file, and what can go wrong.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"
. "$(dirname "$0")/postgres_server.sh"

# ---- what needs no server
expect 3 likeness gallery list
likeness gallery list --gallery postgres:// >out 2>err
if grep -q 'was built without PostgreSQL' err; then
    expect 2 likeness gallery list --gallery 'postgres://u:hush@/x'
    err_has '^likeness: this likeness was built without PostgreSQL \(libpq\): a gallery is a file here$'
    echo 'SKIPPED postgres.sh: built without libpq'
    [ "$failures" -eq 0 ] && exit 77
    finish
fi
expect 2 likeness gallery list --gallery 'postgres://u:hush@[x/y?z'
err_has 'none that PostgreSQL knows'
expect 4 likeness gallery list --gallery "postgres://u:hush@/x?host=$folder/none&password=hush"
err_has "^likeness: postgres://u@/x\?host=$folder/none: cannot connect: .*No such file"
one_line err
checks=$((checks + 1))
grep -q hush out err && wrong 'a password was told'

server_find && server_make pg && server_start || {
    cat "$folder/initdb.log" "$folder/pg/log" 2>/dev/null
    echo 'SKIPPED postgres.sh: no PostgreSQL server can be started here (Debian: postgresql-15)'
    exit 77
}

# ---- nobody yet
expect 3 likeness gallery list --gallery "$uri"
err_has "^likeness: postgres://likeness@/postgres\?host=.*: no gallery in this database yet: .likeness enroll NAME PHOTOGRAPH. with the same --gallery makes one$"
expect 4 likeness gallery list --gallery "postgres://likeness:wrong@/postgres?host=$server"
err_has 'cannot connect: .*password authentication failed'

# ---- the same as in a file
expect 0 likeness enroll p0001 people/p0001/001.jpg people/p0001/002.jpg $net --gallery "$uri"
out_has '^people/p0001/001.jpg: enrolled as p0001, face 1$'
expect 0 likeness enroll --from people $net --gallery "$uri"
out_has '^28 faces enrolled in postgres://likeness@/postgres\?host=.*; 2 known already, 0 refused$'
expect 0 likeness enroll --from people $net --gallery "$uri"
out_has '^0 faces enrolled in .*; 30 known already, 0 refused$'
likeness enroll --from people $net >out 2>err || wrong 'enrolling into a file'
for by in best mean template; do
    likeness identify people/p000[1-6]/00[1-5].jpg $net --by $by --top 3 >file.out 2>err || wrong 'identify'
    expect 0 likeness identify people/p000[1-6]/00[1-5].jpg $net --by $by --top 3 --gallery "$uri"
    out_is <file.out
done
expect 0 likeness verify p0002 people/p0002/003.jpg $net --gallery "$uri"
expect 1 likeness verify p0002 people/p0001/003.jpg $net --gallery "$uri"
expect 3 likeness verify nobody people/p0001/003.jpg $net --gallery "$uri"
expect 0 likeness calibrate people $net --gallery "$uri"
expect 0 likeness verify p0002 people/p0002/003.jpg $net --gallery "$uri"
out_has 'calibrate'

# ---- the tables and columns are those of a file
tr '\000-\037\177-\377' '\n' <"$gallery" | sed 's/) STRICT/&\n/g' | sed -n 's/.*CREATE TABLE \([a-z]*\)(\(.*\)) STRICT.*/\1, \2/p' |
    sed -E 's/REFERENCES [a-z]+\(id\)//g' | awk -F', ' '{ for (i = 2; i <= NF; i++) { split($i, word, " "); print $1 "." word[1] } }' |
    LC_ALL=C sort -u >file.columns
server_ask "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'likeness' AND table_name NOT IN ('state', 'near')" |
    LC_ALL=C sort -u >server.columns
checks=$((checks + 1))
[ -s file.columns ] && cmp -s file.columns server.columns ||
    wrong "the server's tables are not those of a file: $(diff file.columns server.columns)"

# ---- by hand
expect 0 likeness gallery rename p0006 'Zoë ☃ "X"' --gallery "$uri"
expect 2 likeness gallery rename p0005 p0004 --gallery "$uri"
expect 0 likeness gallery merge p0001 p0002 --gallery "$uri"
expect 0 likeness gallery split p0001 p0007 1 2 --gallery "$uri"
expect 0 likeness gallery remove p0003 --gallery "$uri"
expect 0 likeness gallery check --gallery "$uri"
out_has ': sound, 25 faces of 5 people$'
expect 0 likeness gallery stats --gallery "$uri" --json
one_object_a_line
expect 0 likeness gallery list --gallery "$uri"
out_has '^Zoë ☃ "X" +5 faces'

# ---- out and in
without_ids() { sed 's/"id":[0-9]*//' "$1"; }
expect 0 likeness gallery export --gallery "$uri" -o one.jsonl
expect 0 likeness gallery import one.jsonl --gallery other.db
expect 0 likeness gallery export --gallery other.db -o two.jsonl
checks=$((checks + 1))
[ "$(without_ids one.jsonl)" = "$(without_ids two.jsonl)" ] || wrong 'a file gives something else than the server'
server_ask 'DROP SCHEMA likeness CASCADE'
expect 0 likeness gallery import two.jsonl --gallery "$uri"
expect 0 likeness gallery export --gallery "$uri" -o three.jsonl
checks=$((checks + 1))
[ "$(without_ids one.jsonl)" = "$(without_ids three.jsonl)" ] || wrong 'the server gives something else than it took'
head -5 two.jsonl >broken.jsonl
echo '{"face_of":"p0009","box":[0,0,1,1],"vector":"?"}' >>broken.jsonl
sed -i 's/p0001/p0099/' broken.jsonl
expect 1 likeness gallery import broken.jsonl --gallery "$uri"
expect 0 likeness gallery check --gallery "$uri"
out_has ': sound, 25 faces of 5 people$'

# ---- several at once: what one has written the others see, and nothing is lost
server_ask 'DROP SCHEMA likeness CASCADE'
for i in 1 2 3 4; do
    likeness enroll --from people $net --gallery "$uri" >"at_once.$i" 2>&1 &
done
wait
expect 0 likeness gallery check --gallery "$uri"
out_has ': sound, 30 faces of 6 people$'
checks=$((checks + 1))
[ "$(cat at_once.* | grep -c ': enrolled as ')" -eq 30 ] || wrong 'a face was enrolled twice, or not told'

# ---- an index needs pgvector
if [ "$(server_ask "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")" = 0 ]; then
    expect 4 likeness gallery index --gallery "$uri"
    err_has 'the server does not have the extension pgvector'
fi

# ---- encrypted
printf 'a passphrase\n' >phrase
expect 0 likeness gallery encrypt --passphrase-file phrase --gallery "$uri"
expect 0 likeness verify p0002 people/p0002/003.jpg $net --passphrase-file phrase --gallery "$uri"
expect 0 likeness gallery rename p0002 p0022 --passphrase-file phrase --gallery "$uri"
expect 0 likeness gallery merge p0001 p0022 --passphrase-file phrase --gallery "$uri"
expect 0 likeness gallery check --passphrase-file phrase --gallery "$uri"
out_has ': sound, 30 faces of 5 people$'
expect 2 likeness gallery export --gallery "$uri"
err_has 'it is encrypted; --passphrase-file FILE opens it'
expect 0 likeness gallery decrypt --passphrase-file phrase --gallery "$uri"
expect 0 likeness gallery check --gallery "$uri"
out_has ': sound, 30 faces of 5 people$'

# ---- damage
server_ask 'UPDATE likeness.exact SET vector = substr(vector, 1, 8) WHERE face = (SELECT min(face) FROM likeness.exact); DELETE FROM likeness.coarse WHERE face = (SELECT max(face) FROM likeness.coarse)'
expect 4 likeness gallery check --gallery "$uri"
err_has 'does not have 512 numbers'
err_has '1 faces without a short copy'
expect 4 likeness gallery export --gallery "$uri"
err_has 'damaged: the vector of face [0-9]+ does not have 512 numbers'

# ---- versions
server_ask 'UPDATE likeness.state SET version = 99'
expect 4 likeness gallery list --gallery "$uri"
err_has 'a gallery of version 99, made by a newer likeness'
server_ask 'DROP TABLE likeness.calibration; DELETE FROM likeness.meta WHERE key = '\''state'\''; UPDATE likeness.state SET version = 1'
expect 0 likeness gallery list --gallery "$uri"
checks=$((checks + 1))
[ "$(server_ask 'SELECT count(*) FROM likeness.calibration')" = 0 ] || wrong 'an older version was not brought up to date'
server_ask 'DROP SCHEMA likeness CASCADE; CREATE SCHEMA likeness; CREATE TABLE likeness.diary(x int)'
expect 4 likeness enroll p0001 people/p0001/001.jpg $net --gallery "$uri"
err_has 'no gallery: its schema "likeness" has somebody else.s tables'

# ---- who may only read
server_ask 'DROP SCHEMA likeness CASCADE'
expect 0 likeness enroll p0001 people/p0001/001.jpg $net --gallery "$uri"
server_ask "CREATE ROLE guest LOGIN PASSWORD 'g'; GRANT USAGE ON SCHEMA likeness TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA likeness TO guest"
guest="postgres://guest:g@/postgres?host=$server"
expect 0 likeness verify p0001 people/p0001/001.jpg $net --gallery "$guest"
expect 4 likeness enroll p0001 people/p0001/002.jpg $net --gallery "$guest"
err_has 'not allowed: permission denied'
expect 4 likeness gallery remove p0001 --gallery "$guest"
server_ask "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0"
expect 4 likeness enroll p0001 people/p0001/002.jpg $net --gallery "postgres://likeness:se%2Fcret@/latin?host=$server"
err_has 'a database of the encoding LATIN1; a gallery needs UTF8'

# ---- stopped in the middle of a transaction, and started: it is made again
server_ask 'DROP SCHEMA likeness CASCADE'
expect 0 likeness enroll p0001 people/p0001/001.jpg $net --gallery "$uri"
server_ask 'BEGIN; LOCK TABLE likeness.person IN EXCLUSIVE MODE; SELECT pg_sleep(60)' >asked 2>&1 &
likeness enroll --from people $net --gallery "$uri" >enrolled 2>&1 &
pid=$!
for wait in $(seq 500); do
    [ "$(server_ask "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'likeness' AND wait_event_type = 'Lock'")" = 0 ] || break
    sleep 0.02
done
server_stop immediate
server_start
checks=$((checks + 1))
wait "$pid" || wrong "an enrolment did not outlive the server: $(cat enrolled)"
expect 0 likeness gallery check --gallery "$uri"
out_has ': sound, 30 faces of 6 people$'

# ---- to another model, by way of a file that is gone in the end
expect 0 likeness gallery reembed people $net --margin 0 --gallery "$uri"
out_has ': 30 faces of the model synthetic now; 0 removed$'
expect 0 likeness gallery check --gallery "$uri"
expect 0 likeness identify people/p0002/001.jpg $net --margin 0 --gallery "$uri"
out_has 'p0002 \(0\.0000\)$'
absent "$gallery-reembed"

# ---- stopped
server_stop
expect 4 likeness gallery list --gallery "$uri"
err_has 'cannot connect'
checks=$((checks + 1))
grep -q 'cret' out err && wrong 'a password was told'
finish

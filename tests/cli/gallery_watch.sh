#!/bin/sh
# Photographs that appear in a folder: whose they are, as they come.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"
# Boxes belong to files that are there when the program begins, whatever becomes of their names.
stage() {
    rm -rf door stage && mkdir door stage
    for person in 1 2 3; do for photo in 1 2 3 4 5; do
        cp people/p000$person/00$photo.jpg stage/p$person-$photo.jpg
    done; done
    : >door/p1-2.jpg # to be written later
    mv stage/p3-1.jpg door
    { head -n 1 people/truth.csv && for folder in door stage; do
        sed -n "s|^p000\([123]\)/00\([0-9]\)|$folder/p\1-\2|p" people/truth.csv
    done; } >watched.csv
}
net='--weights synthetic --boxes people/truth.csv'
expect 0 likeness enroll --from people $net
net='--weights synthetic --boxes watched.csv'

# begin ARGUMENTS...: watches `door` in the background until end_watch.
begin() {
    last="watch $*"
    : >out
    : >err
    "$LIKENESS" gallery watch door $net "$@" -v >out 2>err </dev/null &
    pid=$!
    wait_for err 'watching door$'
}
wait_for() { # FILE PATTERN
    tries=0
    until grep -qE "$2" "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] && [ $failures -eq 0 ] && kill -0 "$pid" 2>/dev/null || { wrong "$last: no '$2' in $1"; return; }
        sleep 0.1
    done
}
end_watch() { # SIGNAL STATUS
    checks=$((checks + 1))
    [ "$failures" -eq 0 ] || { kill -9 "$pid" 2>/dev/null; finish; }
    [ "$1" = none ] || kill -"$1" "$pid"
    wait "$pid"
    got=$?
    [ $got -eq "$2" ] || wrong "$last: exit status $got, expected $2"
}

# ---- what comes is told, by whatever way; what was there is not
stage
begin
mv stage/p1-1.jpg door
wait_for out '^door/p1-1.jpg: face 0: p0001 \(0\.0000\)$'
ln stage/p2-1.jpg door
wait_for out '^door/p2-1.jpg: face 0: p0002 \(0\.0000\)$'
ln -s ../stage/p2-2.jpg door
wait_for out '^door/p2-2.jpg: face 0: p0002 \(0\.0000\)$'
{ head -c 1000 stage/p1-2.jpg && sleep 0.5 && tail -c +1001 stage/p1-2.jpg; } >door/p1-2.jpg
wait_for out '^door/p1-2.jpg: face 0: p0001 \(0\.0000\)$'
# No photograph, no word; a broken one is told, and is no end.
echo 'not a photograph' >door/notes.txt
echo 'not a photograph' >door/broken.jpg
wait_for err 'door/broken.jpg: '
mkdir door/deeper && mv stage/p1-4.jpg door/deeper
# Who is renamed meanwhile is told by the new name.
likeness gallery rename p0001 'Ada Lovelace' >/dev/null 2>&1
mv stage/p1-5.jpg door
wait_for out '^door/p1-5.jpg: face 0: Ada Lovelace \(0\.0000\)$'
end_watch INT 130
checks=$((checks + 1))
[ "$(wc -l <out)" -eq 5 ] || wrong 'watch told of something else'

# ---- --existing, JSON, and the folder goes
stage
begin --existing --json
wait_for out '"path":"door/p3-1.jpg"'
mv stage/p3-2.jpg door
wait_for out '"path":"door/p3-2.jpg"'
mv door gone
end_watch none 4
err_has '^likeness: door: the folder is gone$'
grep -v '"error"' out >lines && mv lines out
one_object_a_line
out_has '^\{"time":"20[0-9-]+T[0-9:]+Z","path":"door/p3-2.jpg","face":0,.*"person":"p0003","nearest":\[\{'

# ---- many at once
stage
begin
mv stage/*.jpg door
for person in 1 2 3; do for photo in 1 2 3 4 5; do
    [ $person$photo = 12 ] || [ $person$photo = 31 ] || wait_for out "door/p$person-$photo.jpg: face 0: "
done; done
end_watch TERM 143

# ---- usage
expect 2 likeness gallery watch $net
expect 2 likeness gallery watch door door $net
expect 1 likeness gallery watch none $net
err_has '^likeness: none: cannot watch it: No such file or directory$'
expect 2 likeness gallery watch people/p0001/001.jpg $net
expect 3 likeness gallery watch door $net --gallery none.db
expect 0 likeness gallery watch --help
out_has '^Usage: likeness gallery watch \[OPTION\.\.\.\] DIR$'
finish

#!/bin/sh
# A full disk, a closed folder, a locked file and another's database: one line, exit status
# 4, and everybody who was enrolled is there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"
net="$net --gallery disk/known.db"

# fails WHY COMMAND...: it does, says why, and changes nothing.
fails() {
    why=$1
    shift
    last="$*" checks=$((checks + 1))
    # Standard error through a pipe: files may have no room here.
    { ("$@" 2>&1 >/dev/null </dev/null); echo $? >"$folder/status"; } | cat >err
    [ "$(cat "$folder/status")" -eq 4 ] || wrong "$last: exit status $(cat "$folder/status"), expected 4"
    err_has "$why"
    one_line err
}
still_three() {
    expect 0 likeness gallery check --gallery disk/known.db
    out_has ': sound, 3 faces of 1 person$'
}
no_room() (
    ulimit -f 0
    exec "$@"
)
enrol_three() {
    expect 0 likeness enroll Ada people/p0001/001.jpg people/p0001/002.jpg people/p0001/003.jpg $net
}

mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m likeness-test disk 2>/dev/null; then
    trap 'umount "$folder/disk"; rm -rf "$folder"' EXIT
    cat /dev/zero >disk/filler 2>/dev/null
    fails 'No space left on device|disk is full' likeness enroll Ada people/p0001/001.jpg $net
    rm -f disk/*
    enrol_three
    cat /dev/zero >disk/filler 2>/dev/null
    fails 'No space left on device' likeness enroll Ben people/p0002 $net
    fails 'No space left on device' likeness gallery merge Ada Ada2 --gallery disk/known.db
    rm disk/filler
    still_three
    expect 0 likeness gallery remove Ada --gallery disk/known.db
    umount disk
    trap 'rm -rf "$folder"' EXIT
else
    echo "note: no small disk can be mounted here: a limit on the size of files stands for it"
fi
enrol_three
fails 'File too large' no_room "$LIKENESS" enroll Ben people/p0002 $net
still_three
fails 'File too large' no_room "$LIKENESS" gallery rename Ada Ida --gallery disk/known.db
still_three

# ---- who must not write may read
as_nobody=env
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$folder"
    as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $as_nobody test -x "$LIKENESS" && $as_nobody test -r people/p0001/001.jpg || as_nobody=none
fi
if [ "$as_nobody" = none ]; then
    echo "note: nobody else can be run here: closed folders are not tested"
else
    chmod 444 disk/known.db
    chmod 555 disk
    # shellcheck disable=SC2086 # words
    {
        expect 0 $as_nobody "$LIKENESS" verify Ada people/p0001/004.jpg $net
        expect 0 $as_nobody "$LIKENESS" gallery list --gallery disk/known.db
        fails 'cannot write' $as_nobody "$LIKENESS" enroll Ben people/p0002 $net
    }
    chmod 755 disk
    chmod 600 disk/known.db
    still_three
fi

# ---- what is none
echo 'This is no database, but a text that is longer than the header of one is, a hundred bytes.......' >text.db
for command in 'list' 'stats' 'check' 'remove Ada'; do
    # shellcheck disable=SC2086 # words
    expect 1 likeness gallery $command --gallery text.db
    err_has 'text.db: no gallery: not an SQLite database$'
done
expect 1 likeness enroll Ada people/p0001/001.jpg $net --gallery text.db
err_has 'text.db: no gallery'
cp disk/known.db damaged.db
printf 'nothing that a page could begin with' | dd of=damaged.db bs=1 seek=16384 conv=notrunc 2>/dev/null
expect 4 likeness gallery check --gallery damaged.db
err_has 'damaged'
finish

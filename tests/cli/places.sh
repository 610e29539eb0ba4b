#!/bin/sh
# Outputs whose names are links, pipes, devices, folders: written in place where they
# are no plain files, and never replaced by one.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
cp "$INPUTS"/vectors.* "$INPUTS"/network.* .
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"
root=false
[ "$(id -u)" -eq 0 ] && mknod probe c 1 3 2>/dev/null && root=true
$root || echo "note: no device nodes can be made here: pipes and /dev/full stand for them"

is_kind() { # TEST PATH
    checks=$((checks + 1))
    test "$1" "$2" || wrong "$last: $2 is no longer what it was ($1)"
}
alike() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

# places NAME COMMAND...: the command writes NAME, in an empty folder; what it writes
# there is what it writes through links, into pipes and devices.
places() {
    name=$1
    shift
    mkdir -p "$(dirname "$name")"
    expect 0 "$@"
    mv "$name" whole
    # a link to a file in another folder, and one that leads to nothing yet
    mkdir -p far
    printf old >far/file
    chmod 640 far/file
    ln -s "$folder/far/file" "$name"
    expect 0 "$@"
    is_kind -L "$name"
    alike far/file whole
    [ "$(stat -c %a far/file)" = 640 ] || wrong "$last: the mode is $(stat -c %a far/file)"
    rm far/file
    expect 0 "$@"
    is_kind -L "$name"
    alike far/file whole
    [ "$(ls -A far)" = file ] || wrong "$last: far holds $(ls -A far)"
    rm -r "$name" far
    # a pipe
    mkfifo "$name"
    timeout 60 cat "$name" >got &
    expect 0 "$@"
    wait $!
    is_kind -p "$name"
    alike got whole
    rm "$name"
    # devices: one that takes everything, one that is always full
    if $root; then
        mknod "$name" c 1 3
        expect 0 "$@"
        is_kind -c "$name"
        rm "$name"
    fi
    if [ -c /dev/full ]; then
        ln -s /dev/full "$name"
        expect 4 "$@"
        err_has "$(basename "$name"): cannot write: No space left"
        one_line err
        is_kind -c /dev/full
        rm "$name"
    fi
    # a folder
    mkdir "$name"
    expect 4 "$@"
    err_has "$(basename "$name"): is a folder"
    one_line err
    is_kind -d "$name"
    rmdir "$name"
    no_leftovers .
    rm -f whole got
}

places P.npy likeness pca vectors.npy -q -o P.npy
places P.svg likeness pca vectors.npy -q --plot P.svg
places D.npy likeness distances vectors.npy -q -o D.npy
places D.png likeness distances vectors.npy -q --plot D.png
places R.svg likeness evaluate vectors.npy -q --plot R.svg
places T.png likeness evaluate vectors.npy -q --det T.png
places W.safetensors likeness models convert network.pt W.safetensors
places W.pt likeness models convert network.safetensors W.pt
places found.txt likeness detect photos $find_ -o found.txt
places drawn/anna/1.png likeness detect photos/anna/1.png $find_ -q --annotate drawn
places faces/anna/1.png likeness crop photos/anna/1.png $find_ -q -o faces
places E.npy likeness embed photos --no-detect $net_ --size 80 -q -o E.npy
places E.csv likeness embed photos --no-detect $net_ --size 80 -q -o E.npy

# ---- an open file by name: in order with the rest of standard output
expect 0 likeness detect photos $find_ -o direct
"$LIKENESS" detect photos $find_ -o /dev/stdout >named
alike named direct
printf 'first\n' >named
"$LIKENESS" detect photos $find_ -o /dev/fd/3 3>>named
{ echo first && cat direct; } >wanted
alike named wanted
"$LIKENESS" detect photos $find_ -o - >named
alike named direct

# ---- into a folder that ends in a slash, below a file
expect 4 likeness detect photos $find_ -o nowhere/
err_has 'nowhere/: is a folder, expected the name of a file'
expect 4 likeness detect photos $find_ -o direct/x
err_has 'direct/x: cannot write: Not a directory'

# ---- a file that stands where a folder has to be
for command in 'crop photos -o' 'detect photos --annotate' 'synth --people 1 --photos 1 -o' \
    'train photos -o' 'experiment bias -o' 'audit vectors.npy --group-column label -o'; do
    case $command in crop* | detect*) more=$find_ ;; *) more= ;; esac
    # shellcheck disable=SC2086 # words
    expect 4 likeness $command direct $more
    one_line err
    err_has '^likeness: direct: is a file, expected a folder$'
    silent out
done

# ---- a single file that is mounted, as containers do it: said before the work
: >mounted.npy
: >other
if $root && mount --bind other mounted.npy 2>/dev/null; then
    expect 4 likeness pca vectors.npy -q -o mounted.npy
    one_line err
    err_has '^likeness: mounted.npy: is mounted here as a single file, which cannot be replaced: mount its folder'
    expect 4 likeness embed photos --no-detect $net_ --size 80 -q -o mounted.npy
    err_has 'mounted.npy: is mounted here'
    umount mounted.npy
    absent mounted.csv mounted.json
else
    echo "note: no file can be mounted here"
fi

# ---- a file and a folder that must not be written: before the work, where that can be told
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    echo old >closed/P.npy
    cp closed/P.npy kept.npy
    chmod 444 kept.npy
    chmod 555 closed
    expect 4 likeness pca vectors.npy -o kept.npy
    err_has 'kept.npy: cannot write: Permission denied'
    expect 4 likeness pca vectors.npy -o closed/P.npy
    err_has 'closed/P.npy: cannot create a file in this folder: Permission denied'
    chmod 755 closed
    alike closed/P.npy kept.npy
    [ "$(ls -A closed)" = P.npy ] || wrong "a closed folder holds $(ls -A closed)"
fi
finish

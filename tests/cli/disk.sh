#!/bin/sh
# A full disk and a folder that must not be written, for every command that writes: one
# line that says so, exit status 4, and what was there is there.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/writers.sh"
commands="$commands experiment"

# contents FOLDER: every file, and its bytes.
contents() { (cd "$1" && find . -type f -exec cksum {} + | LC_ALL=C sort); }

# fails NAME WHY COMMAND...: run by that command in NAME.work, it fails.
fails() {
    name=$1 why=$2
    shift 2
    last="$name ($why)" checks=$((checks + 1))
    contents "$name.work" >before
    # Standard error through a pipe: files have no room here.
    { (cd "$name.work" && set -f && "$@" "$LIKENESS" $(command_of "$name") 2>&1 >/dev/null </dev/null); echo $? >status; } |
        cat >err
    [ "$(cat status)" -eq 4 ] || wrong "$last: exit status $(cat status), expected 4"
    err_has "$why"
    contents "$name.work" >after
    case $name in
    train) LC_ALL=C comm -23 before after >changed ;; # its log is written line by line
    *) LC_ALL=C comm -3 before after >changed ;;
    esac
    [ -s changed ] && wrong "$last: a file has changed: $(cat changed)"
    [ -z "$(parts "$name.work")" ] || wrong "$last: left $(parts "$name.work")"
}
# Afterwards all is well again.
goes_well() {
    run "$1" || wrong "$1: fails after $2"
    [ -z "$(parts "$1.work")" ] || wrong "$1: left after $2: $(parts "$1.work")"
}

for name in $commands; do
    run_whole "$name"
done

# ---- a full disk, or what stands for it: no room in any file
no_room() (
    ulimit -f 0
    exec "$@"
)
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=32m likeness-test disk 2>/dev/null; then
    trap 'umount "$folder/disk"; rm -rf "$folder"' EXIT
    cp -r in disk/
    for name in $commands; do
        prepare "$name"
        mv "$name.work" disk/
        ln -s "disk/$name.work" "$name.work"
        cat /dev/zero >disk/filler 2>/dev/null
        fails "$name" 'No space left on device' env
        rm disk/filler
        goes_well "$name" 'a full disk'
        rm -r "disk/$name.work" "$name.work"
    done
    umount disk
    trap 'rm -rf "$folder"' EXIT
    commands_without_room=pca
else
    echo "note: no small disk can be mounted here: a limit on the size of files stands for it"
    commands_without_room=$commands
fi
for name in $commands_without_room; do
    prepare "$name"
    fails "$name" 'File too large' no_room
    goes_well "$name" 'a full disk'
done

# ---- a folder without the right to write
as_nobody=
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$folder"
    as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $as_nobody test -x "$LIKENESS" && $as_nobody test -r "$INPUTS/network.pt" && $as_nobody test -r "$folder/in/big.npy" ||
        as_nobody=none
fi
if [ "$as_nobody" = none ]; then
    echo "note: nobody else can be run here: folders without the right to write are not tested"
else
    for name in $commands; do
        prepare "$name"
        find "$name.work" -type d -exec chmod 555 {} +
        # shellcheck disable=SC2086 # words
        fails "$name" 'Permission denied' ${as_nobody:-env}
        find "$name.work" -type d -exec chmod 755 {} +
        goes_well "$name" 'a closed folder'
    done
fi
finish

#!/bin/sh
# Installs a build folder, and takes it away again. With DESTDIR everything lies
# below that folder instead, for whoever makes a package of it.
#   tools/install.sh check PREFIX          may it be written there?
#   tools/install.sh as_owner COMMAND...   runs it as who called sudo: what it builds stays theirs
#   tools/install.sh install BUILD PREFIX  what was built for PREFIX
#   tools/install.sh uninstall PREFIX      what was installed there, by this or an earlier build
#   tools/install.sh whole PREFIX          the same folder, named from the root
set -eu
list=share/likeness/installed # what was installed, a line each
stage=${DESTDIR:-}

give_up() {
    echo "$*" >&2
    exit 1
}

whole() {
    case $1 in
        /) echo / ;;
        /*) printf '%s\n' "${1%/}" ;;
        *) printf '%s/%s\n' "$PWD" "${1%/}" ;;
    esac
}

# The nearest folder above that is already there tells whether one can be made below it.
may_write() {
    place=$1
    while [ ! -e "$place" ]; do
        place=$(dirname "$place")
    done
    [ -d "$place" ] && [ -w "$place" ]
}

check() { # WHAT OR_ELSE
    case $prefix in *[[:space:]]*)
        give_up "PREFIX '$prefix' holds a blank, which no compiler call with pkg-config survives: name another" ;;
    esac
    for folder in bin lib lib/pkgconfig include share share/man/man1 share/likeness/models; do
        may_write "$target/$folder" || give_up "make $1 needs rights to write into $place: sudo make $1$2"
    done
}

as_owner() {
    owner=$(stat -c %u .)
    if [ "$(id -u)" -eq 0 ] && [ "${SUDO_UID:-0}" -eq "$owner" ] && [ "$owner" -ne 0 ]; then
        HOME=$(getent passwd "$owner" | cut -d : -f 6)
        export HOME
        exec setpriv --reuid "$owner" --regid "$SUDO_GID" --init-groups "$@"
    fi
    exec "$@"
}

# What the loader, pkg-config and the shell have to be told, if anything.
advise() {
    libraries=$(dirname "$(grep '/liblikeness\.so$' "$1" | head -n 1)")
    PATH=$PATH:/usr/sbin:/sbin
    ldconfig 2>/dev/null || true
    loader='' finder=''
    ldconfig -p | grep -qF "=> $libraries/liblikeness.so.0" || loader=" -Wl,-rpath,'$libraries'"
    [ "$(pkg-config --variable=libdir likeness 2>/dev/null)" = "$libraries" ] ||
        finder="PKG_CONFIG_PATH='$libraries/pkgconfig' "
    [ -z "$loader$finder" ] || printf '%s\n' 'To build a program on it:' \
        "  cc program.c \$(${finder}pkg-config --cflags --libs likeness)$loader"
    case ":$PATH:" in
        *":$prefix/bin:"*) ;;
        *) printf '%s\n' 'To find the program:' "  export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
}

# The command that finds this installation again: what was named has to be named.
uninstalling() {
    command='make uninstall'
    [ -z "$stage" ] || command="$command DESTDIR='$stage'"
    [ "$prefix" = /usr/local ] || command="$command PREFIX='$prefix'"
    echo "$command"
}

# LOG NOW: writes the list of what Meson's log names, with what an earlier one left there.
keep_list() {
    grep '^/' "$1" | while IFS= read -r path; do
        printf '%s\n' "${path#"$stage"}"
    done >"$2"
    printf '%s\n' "$prefix/$list" "$prefix/$(dirname "$list")" >>"$2"
    [ ! -f "$target/$list" ] || cat "$target/$list" >>"$2"
    LC_ALL=C sort -u -o "$2" "$2"
    mkdir -p "$(dirname "$target/$list")" && cp "$2" "$target/$list" && chmod 644 "$target/$list"
}

install_build() { # BUILD
    log=$1/meson-logs/install-log.txt
    rm -f "$log" # root's, perhaps
    set -- -C "$1" --no-rebuild --quiet
    [ -z "$stage" ] || set -- "$@" --destdir "$stage"
    said=$(mktemp) now=$(mktemp) status=0
    meson install "$@" >"$said" 2>&1 || status=$?
    # What stopped half-way is listed, too, if the disk has room for that.
    if [ -f "$log" ]; then
        keep_list "$log" "$now" || [ "$status" -ne 0 ] || give_up "The list of what was installed" \
            "cannot be written into $target/$list; make uninstall will not find it"
    fi
    if [ "$status" -ne 0 ]; then
        why=$(grep -E 'ERROR|[Ee]rror:' "$said" | grep -v 'Unhandled python' | tail -n 1)
        echo "likeness could not be installed in $target: ${why:-$(tail -n 1 "$said")}" >&2
        rm -f "$now" "$said"
        exit "$status"
    fi
    cat "$said" && rm -f "$said"
    echo "likeness is installed in $target; $(uninstalling) takes it away again."
    [ -n "$stage" ] || advise "$now"
    rm -f "$now"
}

# Files first; a folder goes with the last of them if it was made for them.
uninstall() {
    [ -f "$target/$list" ] || give_up "likeness was not installed in $target by make install" \
        "(no $target/$list); somewhere else: make uninstall PREFIX=DIR"
    check uninstall ''
    removed=0
    all=$(mktemp)
    LC_ALL=C sort -r "$target/$list" >"$all"
    while IFS= read -r path; do
        case $path in
            */../*) continue ;;
            "$prefix" | "$prefix"/*) ;;
            *) continue ;; # no list of ours names it
        esac
        if [ -d "$stage$path" ] && [ ! -L "$stage$path" ]; then
            rmdir "$stage$path" 2>/dev/null || true
        elif [ -e "$stage$path" ] || [ -L "$stage$path" ]; then
            rm -f "$stage$path"
            removed=$((removed + 1))
        fi
    done <"$all"
    rm -f "$all"
    [ -n "$stage" ] || PATH=$PATH:/usr/sbin:/sbin ldconfig 2>/dev/null || true
    echo "likeness is gone from $target: $removed files removed."
}

what=$1
shift
[ -z "$stage" ] || stage=$(whole "$stage")
# shellcheck disable=SC2016 # a hint for the reader to expand
case $what in
    as_owner) as_owner "$@" ;;
    whole) whole "$1" ;;
    install) prefix=$(whole "$2") target=$stage$prefix && install_build "$1" ;;
    check) prefix=$(whole "$1") target=$stage$prefix && check install ', or make install PREFIX="$HOME/.local"' ;;
    uninstall) prefix=$(whole "$1") target=$stage$prefix && uninstall ;;
esac

#!/bin/sh
# Installs the Debian packages that one purpose needs and that are missing.
# usage: tools/packages.sh build|mpi|fuzz|format|coverage|clang|cross
set -eu

build='gcc g++ libc6-dev make meson ninja-build pkg-config
    libdnnl-dev libjpeg-dev libpng-dev libwebp-dev libtiff-dev libgif-dev zlib1g-dev libminizip-dev
    libopenblas-openmp-dev liblapacke-dev libcairo2-dev libpango1.0-dev fonts-dejavu-core
    libcurl4-openssl-dev libssl-dev libjansson-dev libutf8proc-dev libsqlite3-dev libsodium-dev libpq-dev
    libhnswlib-dev
    libcmocka-dev'
mpi='libopenmpi-dev openmpi-bin'
fuzz='clang-14 libclang-rt-14-dev'
format='clang-format-14'
coverage='gcovr'
clang='clang-14 libomp-14-dev'
cross='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static'

programs=''
compiler=${CC:-cc}
case "${1:-}" in
    build) wanted=$build programs="${compiler%% *} meson ninja pkg-config" ;;
    mpi) wanted=$mpi ;;
    fuzz) wanted=$fuzz ;;
    format) wanted=$format ;;
    coverage) wanted=$coverage ;;
    clang) wanted=$clang ;;
    cross) wanted=$cross ;;
    *) echo 'usage: tools/packages.sh build|mpi|fuzz|format|coverage|clang|cross' >&2; exit 2 ;;
esac

give_up() {
    echo "$*" >&2
    exit 1
}

# What no package manager of ours can mend, or has mended: a program that is not there.
require_programs() {
    absent=
    for program in $programs; do
        command -v "$program" >/dev/null 2>&1 || absent="$absent $program"
    done
    [ -z "$absent" ] || give_up "To build likeness, install these first:$absent" \
        "(Debian's names of all that it needs are in tools/packages.sh)"
}

# Other systems bring the same libraries under other names; leave them alone.
if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    require_programs
    exit 0
fi

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
    require_programs
    exit 0
fi

root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
        give_up "Debian packages are missing, and installing them needs root: apt-get install$missing"
    root=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT

# Runs apt-get with its many words in the log; on a terminal one line shows where it is.
apt() {
    result=$(mktemp)
    { $root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null 2>&1; echo $? >"$result"; } |
        while IFS= read -r line; do
            printf '%s\n' "$line" >>"$log"
            [ ! -t 2 ] || printf '\r\033[K%.70s' "$line" >&2
        done
    [ ! -t 2 ] || printf '\r\033[K' >&2
    status=$(cat "$result")
    rm -f "$result"
    return "$status"
}

echo "Installing from Debian, once:$missing"
# Without its lists apt-get may still have what is wanted, so only the second step counts.
apt update || true
# shellcheck disable=SC2086 # the list is words
apt install -y --no-install-recommends $missing || {
    why=$(grep -E '^(E|Err|sudo):' "$log" | grep -v 'maybe run apt-get update' | tail -n 1)
    give_up "These packages could not be installed (${why:-$(tail -n 1 "$log")}). With a network and root's rights: apt-get update && apt-get install$missing"
}

#!/bin/sh
# Installs the Debian packages that one purpose needs and that are missing.
# usage: tools/packages.sh build|mpi|fuzz|format|coverage
set -eu

build='gcc libc6-dev make meson ninja-build pkg-config
    libdnnl-dev libjpeg-dev libpng-dev libwebp-dev zlib1g-dev libminizip-dev
    libopenblas-openmp-dev liblapacke-dev libcairo2-dev fonts-dejavu-core
    libcurl4-openssl-dev libssl-dev libjansson-dev libcmocka-dev'
mpi='libopenmpi-dev openmpi-bin'
fuzz='clang-14 libclang-rt-14-dev'
format='clang-format-14'
coverage='gcovr'

case "${1:-}" in
    build) wanted=$build ;;
    mpi) wanted=$mpi ;;
    fuzz) wanted=$fuzz ;;
    format) wanted=$format ;;
    coverage) wanted=$coverage ;;
    *) echo 'usage: tools/packages.sh build|mpi|fuzz|format|coverage' >&2; exit 2 ;;
esac

# Other systems bring the same libraries under other names; leave them alone.
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=
for package in $wanted; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "These packages are missing, and there is no sudo to install them with:$missing" >&2
        echo "As root: apt-get install$missing" >&2
        exit 1
    }
    root=sudo
fi
echo "Installing:$missing"
$root apt-get update -q >/dev/null || true
# shellcheck disable=SC2086 # the list is words
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing

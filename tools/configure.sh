#!/bin/sh
# Configures a build folder once; after that the build looks after itself.
# usage: tools/configure.sh BUILD --prefix=DIR [OPTION...]     (Meson's)
#        tools/configure.sh BUILD --prefix=DIR --anew          another prefix, if it has one
set -eu
build=$1 prefix=${2#--prefix=}
shift 2
cd "$(dirname "$0")/.."
prefix=$(tools/install.sh whole "$prefix")

# Runs a command; if it fails, its last line about an error is worth more than all.
quietly() {
    log=$(mktemp)
    status=0
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || {
        why=$(grep -E 'ERROR|[Ee]rror:' "$log" | grep -v 'Unhandled python' | tail -n 1)
        echo "The build could not be configured: ${why:-$(tail -n 1 "$log")}" >&2
        echo "(tools/packages.sh names the libraries that it needs; more is in $build/meson-logs/meson-log.txt)" >&2
    }
    rm -f "$log"
    return "$status"
}

change() { # OPTION: of a build that is there
    quietly meson configure "$build" "$1"
    quietly ninja -C "$build" build.ninja
}

# One file is C++: its compiler is to be of the same house.
case ${CC:-} in
    clang*) export CXX="${CXX:-clang++${CC#clang}}" ;;
esac

if [ ! -f "$build/build.ninja" ]; then
    mkdir -p "$build" 2>/dev/null || true
    [ -w "$build" ] || {
        echo "There is no right to write into $build: make BUILD=DIR builds elsewhere" >&2
        exit 1
    }
    echo "Configuring $build"
    # Stopped half-way, Meson would call the folder configured and do nothing.
    rm -rf "$build/meson-private"
    quietly meson setup "$build" --prefix="$prefix" "$@"
fi
[ "${1:-}" != --anew ] ||
    grep -qsF "\"prefix\", \"value\": \"$prefix\"," "$build/meson-info/intro-buildoptions.json" ||
    change --prefix="$prefix"
# A build that was configured before Open MPI came knows nothing of it.
[ -z "${CI:-}${MPI:-}" ] || grep -qs LK_WITH_MPI "$build/build.ninja" || change -Dmpi=enabled

#!/bin/sh
# What `meson install` puts where, and a program that is built on it.
. "$(dirname "$0")/lib.sh"
root=$folder/root
expect 0 meson install -C "$BUILD" --no-rebuild --quiet --destdir "$root"
there "$root$PREFIX/bin/likeness" "$root$PREFIX/$LIBDIR/liblikeness.so.0" \
    "$root$PREFIX/$LIBDIR/liblikeness.so" "$root$PREFIX/$LIBDIR/liblikeness.a" \
    "$root$PREFIX/$LIBDIR/pkgconfig/likeness.pc" \
    "$root$PREFIX/$MANDIR/man1/likeness.1" \
    "$root$PREFIX/$DATADIR/bash-completion/completions/likeness" \
    "$root$PREFIX/$DATADIR/fish/vendor_completions.d/likeness.fish" \
    "$root$PREFIX/$DATADIR/zsh/site-functions/_likeness" \
    "$root$PREFIX/$DATADIR/likeness/models/synthetic.safetensors"
cmp -s "$root$PREFIX/$DATADIR/likeness/models/synthetic.safetensors" \
    "$(dirname "$0")/../../models/synthetic.safetensors" || wrong 'another model was installed'
expect 0 "$root$PREFIX/bin/likeness" --version
cp out version

# Tests and their inputs stay at home.
outside=$(find "$root" -type f | grep -vE "^$root$PREFIX/(bin|include/likeness|$LIBDIR|$DATADIR)/")
[ -z "$outside" ] || wrong "installed beside the known folders: $outside"
[ "$(ls "$root$PREFIX/bin")" = likeness ] || wrong "more programs than one: $(ls "$root$PREFIX/bin")"

# Every header is whole by itself, and a program needs pkg-config and nothing else.
export PKG_CONFIG_PATH="$root$PREFIX/$LIBDIR/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
export LD_LIBRARY_PATH="$root$PREFIX/$LIBDIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
strict='-std=c17 -Wall -Wextra -Wpedantic -Werror'
expect 0 pkg-config --cflags likeness
flags=$(cat out)
expect 0 pkg-config --libs likeness
libs=$(cat out)
expect 0 pkg-config --modversion likeness
grep -q "$(cat out)" version || wrong 'pkg-config and the program differ in the version'
for header in "$root$PREFIX"/include/likeness/*.h; do
    printf '#include <likeness/%s>\nint x;\n' "$(basename "$header")" >header.c
    expect 0 $CC $strict $flags -fsyntax-only header.c
done
cat >main.c <<'END'
#include <likeness/likeness.h>
#include <stdio.h>

int main(void)
{
    double x[] = {0, 0, 3, 4}, distances[4];
    if (lk_stats_distances(distances, x, 2, 2) != LK_OK)
        return 1;
    return printf("%s %g\n", lk_version(), distances[1]) < 0;
}
END
expect 0 $CC $strict $SANITIZE $flags main.c -o main $libs
expect 0 ./main
out_has '^[0-9.]+ 5$'
grep -q "$(cut -d ' ' -f 1 out)" version || wrong 'library and program differ in the version'
expect 0 ldd ./main
out_has "liblikeness.so.0 => $root"
no_leftovers "$root"
finish

#!/bin/sh
# What `make install` puts where, a program that is built on it, and what is left of it.
source=$(cd "$(dirname "$0")/../.." && pwd)
. "$source/tests/cli/lib.sh"
root=$folder/root
unset MAKEFLAGS MAKELEVEL DESTDIR
install_sh() {
    DESTDIR=$root "$source/tools/install.sh" "$@"
}
expect 0 install_sh check "$PREFIX"
expect 0 install_sh install "$BUILD" "$PREFIX"
silent err
there "$root$PREFIX/bin/likeness" "$root$PREFIX/$LIBDIR/liblikeness.so.0" \
    "$root$PREFIX/$LIBDIR/liblikeness.so" "$root$PREFIX/$LIBDIR/liblikeness.a" \
    "$root$PREFIX/$LIBDIR/pkgconfig/likeness.pc" \
    "$root$PREFIX/$MANDIR/man1/likeness.1" \
    "$root$PREFIX/$DATADIR/bash-completion/completions/likeness" \
    "$root$PREFIX/$DATADIR/fish/vendor_completions.d/likeness.fish" \
    "$root$PREFIX/$DATADIR/zsh/site-functions/_likeness" \
    "$root$PREFIX/$DATADIR/likeness/models/synthetic.safetensors"
cmp -s "$root$PREFIX/$DATADIR/likeness/models/synthetic.safetensors" \
    "$source/models/synthetic.safetensors" || wrong 'another model was installed'
expect 0 "$root$PREFIX/bin/likeness" --version
cp out version

# Tests and their inputs stay at home.
outside=$(find "$root" -type f | grep -vE "^$root$PREFIX/(bin|include/likeness|$LIBDIR|$DATADIR)/")
[ -z "$outside" ] || wrong "installed beside the known folders: $outside"
[ "$(ls "$root$PREFIX/bin")" = likeness ] || wrong "more programs than one: $(ls "$root$PREFIX/bin")"

# What belongs to the program alone is in no header that is installed and no library.
absent "$root$PREFIX/include/likeness-program" "$root$PREFIX/$LIBDIR/liblikeness-program.a"
checks=$((checks + 1))
nm "$root$PREFIX/$LIBDIR/liblikeness.so.0" "$root$PREFIX/$LIBDIR/liblikeness.a" 2>/dev/null |
    grep -q 'lk_bias_\(page\|experiment\|words\)' && wrong "the library holds the experiment's page"

# The library does not remember the folder that it was built in, the program's own model
# lies beside it, and the installed one's where it was installed.
checks=$((checks + 1))
if [ "$DEBUG" = false ]; then # debuggers want to know where the source is
    for path in "$source" "$BUILD"; do
        found=$(find "$root" -type f -exec grep -lF -- "$path/" {} +)
        [ -z "$found" ] || wrong "what was installed names $path: $found"
    done
fi
expect 0 likeness models list --json
out_has "\"name\":\"synthetic\",.*\"path\":\"$BUILD/models/synthetic\.safetensors\""
mkdir moved && cp "$LIKENESS" moved && cp -R "$BUILD/models" moved
expect 0 moved/likeness models list --json
out_has "\"name\":\"synthetic\",.*\"path\":\"$folder/moved/models/synthetic\.safetensors\""

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
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH

# Twice, with a file of somebody else's: what was installed goes, the other file stays.
root="$folder/a root"
expect 0 install_sh install "$BUILD" "$PREFIX"
expect 0 install_sh install "$BUILD" "$PREFIX"
named= # the default needs no name to be found again
[ "$PREFIX" = /usr/local ] || named=" PREFIX='$PREFIX'"
out_has "; make uninstall DESTDIR='$root'$named takes it away again\.$"
mkdir -p "$root$PREFIX/share/fish" && printf x >"$root$PREFIX/share/fish/theirs"
expect 0 install_sh uninstall "$PREFIX"
out_has "^likeness is gone from $root$PREFIX: [0-9]+ files removed\.$"
checks=$((checks + 1))
[ "$(find "$root" ! -type d)" = "$root$PREFIX/share/fish/theirs" ] ||
    wrong "uninstall left: $(find "$root" ! -type d)"
absent "$root$PREFIX/$LIBDIR" "$root$PREFIX/include" "$root$PREFIX/$DATADIR/likeness"
expect 1 install_sh uninstall "$PREFIX"
err_has '^likeness was not installed in .* by make install'
one_line err

# Stopped half-way: one line, and what was written goes again.
root=$folder/half
mkdir -p "$root$PREFIX/$MANDIR/man1/likeness.1"
expect 1 install_sh install "$BUILD" "$PREFIX"
silent out
one_line err
err_has "^likeness could not be installed in $root$PREFIX: ERROR: .*/likeness\.1' already exists and is not a file"
there "$root$PREFIX/bin/likeness"
expect 0 install_sh uninstall "$PREFIX"
checks=$((checks + 1))
[ -z "$(find "$root" -type f)" ] || wrong "left of a half installation: $(find "$root" -type f)"
absent "$root$PREFIX/$DATADIR/likeness" "$root$PREFIX/bin"

# Without rights: one line, before anything is written.
mkdir locked && chmod 755 "$folder" locked
cp "$source/tools/install.sh" . # which nobody may read
nobody=
[ "$(id -u)" -ne 0 ] || nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
[ -n "$nobody" ] || chmod 555 locked
expect 1 $nobody sh ./install.sh check "$folder/locked"
err_is <<END
make install needs rights to write into $folder/locked: sudo make install, or make install PREFIX="\$HOME/.local"
END
chmod 755 locked
[ -z "$(ls locked)" ] || wrong 'something was written without rights'
expect 1 "$source/tools/install.sh" check "$folder/a b"
err_has 'holds a blank'
one_line err

# Fresh from Debian Meson knows no multiarch folder; lib is the one that is searched.
mkdir bin && printf '#!/bin/sh\nexit 1\n' >bin/dpkg-architecture && chmod +x bin/dpkg-architecture
PATH=$folder/bin:$PATH meson introspect --buildoptions "$source/meson.build" >options 2>err
tr -d '\n ' <options >out
out_has '"name":"libdir","value":"lib",'

# The README's own words with no path set by hand, in a place of its own: what is written
# into /usr/local and /etc there, the loader's cache with it, nobody else sees.
cat >private.sh <<'END'
set -e
mount -t tmpfs private private
for place in /usr/local /etc; do
    upper=private/upper$place work=private/work$place
    mkdir -p $upper $work
    mount -t overlay private -o "lowerdir=$place,upperdir=$upper,workdir=$work" $place
done
find /usr/local \( -name likeness.pc -o -name 'liblikeness.*' \) -delete
touch ready
"$1/tools/install.sh" check /usr/local
"$1/tools/install.sh" install "$BUILD" /usr/local
$CC $SANITIZE main.c $(pkg-config --cflags --libs likeness)
./a.out
likeness --version
likeness models list | grep '/usr/local/share/likeness/models/'
man -w likeness
"$1/tools/install.sh" uninstall /usr/local
END
mkdir private
if [ "$PREFIX" != /usr/local ]; then
    echo "SKIPPED install.sh: the recipe of the README (built for $PREFIX)"
else
    PATH=/usr/local/bin:$PATH unshare --mount --map-root-user sh private.sh "$source" >out 2>err
    status=$?
    if [ ! -e ready ]; then
        echo 'SKIPPED install.sh: the recipe of the README (no right to mount a place of its own)'
    else
        checks=$((checks + 1))
        last='the recipe of the README'
        [ "$status" -eq 0 ] || wrong "$last: exit status $status"
        out_has '^[0-9.]+ 5$'
        out_has '^likeness is gone from /usr/local: '
        grep -q 'To build a program on it' out && wrong 'the loader or pkg-config does not find it'
    fi
fi
finish

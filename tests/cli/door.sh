#!/bin/sh
# The Makefile and the scripts behind it: names with blanks, and what is said when
# something is missing. Nothing is built here: meson and ninja are stand-ins that write
# down how they were called.
source=$(cd "$(dirname "$0")/../.." && pwd)
. "$source/tests/cli/lib.sh"
unset MAKEFLAGS MAKELEVEL VARIANT BUILD PREFIX DESTDIR OUT DEMO FACES WEIGHTS DETECTOR CI MPI CC

mkdir tools home
# NAME: a stand-in whose text is standard input.
stand_in() {
    { echo '#!/bin/sh' && cat; } >"tools/$1"
    chmod +x "tools/$1"
}
# shellcheck disable=SC2016 # for the stand-in to expand
note='printf "%s:" "$(basename "$0")" >>"$CALLS" && printf " <%s>" "$@" >>"$CALLS" && echo >>"$CALLS"'
stand_in meson <<END
$note
[ "\$1" != setup ] || { mkdir -p "\$2" && : >"\$2/build.ninja"; }
END
stand_in ninja <<END
$note
END
stand_in dpkg-query <<'END'
echo installed
END
export CALLS="$folder/calls"
front() {
    PATH="$folder/tools:$PATH" make --no-print-directory -C "$source" "$@"
}
called() { # LINE: meson or ninja was called like this
    checks=$((checks + 1))
    grep -qxF -- "$1" calls || wrong "$last: not called: $1 but $(cat calls)"
}

# A build folder is one word, whatever is in it, and is configured once.
odd="$folder/it's a build"
expect 0 front all BUILD="$odd" PREFIX="$folder/to"
called "meson: <setup> <$odd> <--prefix=$folder/to> <-Dbuildtype=release>"
called "ninja: <-C> <$odd> <product>"
: >calls
expect 0 front BUILD="$odd"
called "ninja: <-C> <$odd> <product>"
checks=$((checks + 1))
grep -q meson calls && wrong 'configured twice'
rm "$odd/build.ninja" && mkdir -p "$odd/meson-private" && : >"$odd/meson-private/coredata.dat"
expect 0 front BUILD="$odd" # stopped half-way
absent "$odd/meson-private"

# The demonstration and the lesson build the program alone; so are their folders one word.
cat >"$odd/likeness" <<END
#!/bin/sh
$note
END
chmod +x "$odd/likeness"
: >calls
expect 0 front demo BUILD="$odd" DEMO='~/my demo'
called "ninja: <-C> <$odd> <likeness>"
checks=$((checks + 1))
grep -qF -- "<-o> <$folder/home/my demo>" calls || wrong "DEMO: $(cat calls)"
mkdir 'home/my people' d
: >w # names of one's own are looked at before anything is pulled
expect 0 front lesson BUILD="$odd" OUT="$folder/my page" FACES='~/my people' DETECTOR="$folder/d" \
    WEIGHTS="$folder/w"
called "likeness: <lesson> <--weights> <$folder/w> <--detector> <$folder/d> <--faces> <$folder/home/my people> <-o> <$folder/my page>"
: >calls
expect 2 front lesson BUILD="$odd" OUT="$folder/my page" FACES='~/my people' DETECTOR="$folder/d" \
    WEIGHTS="$folder/no w"
err_has "^WEIGHTS: there is no file $folder/no\$"
checks=$((checks + 1))
grep -q '^likeness:' calls && wrong "asked for: $(cat calls)"
# Several models: those that are no files are pulled together.
: >calls
expect 0 front lesson BUILD="$odd" OUT="$folder/my page" FACES='~/my people' DETECTOR="$folder/d" \
    WEIGHTS="$folder/w dlib sface"
called "likeness: <models> <pull> <dlib> <sface>"
called "likeness: <lesson> <--weights> <$folder/w> <--weights> <dlib> <--weights> <sface> <--detector> <$folder/d> <--faces> <$folder/home/my people> <-o> <$folder/my page>"
# ~/ is home wherever a path begins, whoever calls.
mkdir home/d
: >home/w
at_home="<--weights> <$folder/home/w> <--detector> <$folder/home/d> <--faces> <$folder/home/my people> <-o> <$folder/page>"
set -- FACES='~/my people' DETECTOR='~/d' WEIGHTS='~/w'
: >calls
expect 0 front lesson BUILD="$odd" OUT="$folder/page" "$@"
called "likeness: <lesson> $at_home"
: >calls
expect 0 env "$@" "$source/tools/lesson.sh" "$odd" "$folder/page"
called "likeness: <lesson> $at_home"
: >calls
expect 0 front lesson BUILD="$odd" OUT="$folder/page" FACES='~/my people' DETECTOR='~/d' WEIGHTS='dlib ~/w'
called "likeness: <lesson> <--weights> <dlib> $at_home"

: >file
expect 2 front demo BUILD="$odd" DEMO="$folder/file/demo"
err_has "^There is no right to write into $folder/file/demo: make demo DEMO=DIR writes elsewhere\$"

# What is wrong with the build is one line; nothing of Meson's own.
mkdir broken
stand_in meson <<'END'
printf 'The Meson build system\nVersion: 1.0.1\n\nmeson.build:46:0: ERROR: Dependency "libjpeg" not found\n'
exit 1
END
expect 2 front BUILD="$folder/broken"
one_line out
err_has '^The build could not be configured: meson\.build:46:0: ERROR: Dependency "libjpeg" not found$'
[ "$(grep -vc '^make' err)" -le 2 ] || wrong 'more than two lines'
stand_in meson <<'END'
printf 'OSError: [Errno 28] No space left on device\nERROR: Unhandled python OSError. This is probably not a Meson bug\n'
exit 1
END
expect 2 front BUILD="$folder/broken"
err_has '^The build could not be configured: OSError: \[Errno 28\] No space left on device$'

# Programs that no package manager of ours can bring.
packages=$source/tools/packages.sh
mkdir bare
for name in sh cat mktemp rm grep tail env; do
    ln -s "$(command -v "$name")" "bare/$name"
done
expect 1 env PATH="$folder/bare" sh "$packages" build
err_is <<'END'
To build likeness, install these first: cc meson ninja pkg-config (Debian's names of all that it needs are in tools/packages.sh)
END
expect 0 env PATH="$folder/bare" sh "$packages" format

# Debian's packages are missing, and cannot be had: no root, no network.
stand_in dpkg-query <<'END'
[ "$4" = meson ] || echo installed
END
stand_in apt-get <<'END'
[ "$2" = update ] && echo "Err:1 http://there bookworm InRelease" && exit 100
printf 'Reading package lists...\nE: Unable to locate package meson\n'
exit 100
END
stand_in id <<'END'
echo "${ID:-0}"
END
ln -s "$folder"/tools/* bare/
expect 1 env PATH="$folder/bare" sh "$packages" build
one_line err
err_has '^These packages could not be installed \(E: Unable to locate package meson\)\. With a network and root.s rights: apt-get update && apt-get install meson$'
out_has '^Installing from Debian, once: meson$'
one_line out
expect 1 env ID=1000 PATH="$folder/bare" sh "$packages" build
err_is <<'END'
Debian packages are missing, and installing them needs root: apt-get install meson
END
stand_in apt-get <<'END'
exit 0
END
expect 0 env PATH="$folder/bare" sh "$packages" build
silent err
finish

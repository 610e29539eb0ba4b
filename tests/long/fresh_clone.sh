#!/bin/sh
# As a newcomer gets it: a fresh clone in a folder whose name holds a blank, an empty
# home, and exactly the README's commands. Needs no right to write anywhere else.
source=$(cd "$(dirname "$0")/../.." && pwd)
. "$source/tests/cli/lib.sh"
unset MAKEFLAGS MAKELEVEL VARIANT BUILD PREFIX DESTDIR OUT DEMO FACES WEIGHTS DETECTOR CI MPI
unset LD_LIBRARY_PATH
export CCACHE_DISABLE=1
prefix=$folder/home/.local
mkdir -p home
expect 0 git clone --quiet --no-hardlinks "$source" "a clone"
front() {
    make --no-print-directory -C "a clone" "$@"
}

# The first page, with nothing built that it does not need.
export LIKENESS_MIRROR=file:///nowhere
expect 0 front demo
grep -q 'Linking target tests/' out && wrong 'make demo built tests'
err_has 'NO FACE DETECTOR WAS RUN'
out_has '^nearest +4[45] of 45 '
there 'a clone/demo/lesson.html'
expect 0 front demo DEMO="$folder/an other"
there 'an other/lesson.html'
expect 0 front demo
grep -q 'Compiling' out && wrong 'built again'
unset LIKENESS_MIRROR

# Installed where no rights are needed: the line that it prints is the recipe.
expect 0 front install PREFIX="$prefix"
grep -q 'Linking target tests/' out && wrong 'make install built tests'
recipe=$(sed -n 's/^  \(cc program\.c .*\)$/\1/p' out)
cat >program.c <<'END'
#include <likeness/likeness.h>
#include <stdio.h>

int main(void)
{
    puts(lk_version());
    return 0;
}
END
expect 0 sh -c "$recipe"
expect 0 ./a.out
out_has '^[0-9.]+$'
mv 'a clone' elsewhere
expect 0 "$prefix/bin/likeness" models info synthetic
mv elsewhere 'a clone'
expect 0 front install PREFIX="$prefix"
expect 0 front uninstall PREFIX="$prefix"
checks=$((checks + 1))
[ -z "$(find "$prefix" ! -type d 2>/dev/null)" ] || wrong "left: $(find "$prefix" ! -type d)"

# And every test, as the README says.
expect 0 front test
[ "$got" -eq 0 ] || tail -n 100 out
out_has '^[0-9]+ passed, 0 failed, [0-9]+ skipped$'
expect 0 git -C 'a clone' status --porcelain
silent out
finish

#!/bin/sh
# Weights laid out once and kept: the same bits with and without, whatever is wrong with what
# is kept, and no more of it than was asked for.
. "$(dirname "$0")/lib.sh"
packed="$XDG_CACHE_HOME/likeness/packed"
net="--no-detect --weights $INPUTS/network.safetensors --size 80 --threads 1"
embed="likeness embed $INPUTS/dot.png $net -q"
# table NAME: the same numbers as without what is kept.
table() {
    expect 0 $embed -o "$1.npy"
    silent err
    cmp -s none.npy "$1.npy" || wrong "$1: other numbers than without"
}
kept() { # the one file
    set -- "$packed"/*.packed
    echo "$1"
}
inode() { stat -c %i "$(kept)"; }
changed() { [ "$(inode)" != "$1" ] || wrong "$2: what is kept was not made anew"; }
same() { [ "$(inode)" = "$1" ] || wrong "$2: what is kept was made anew"; }

LIKENESS_CACHE=0 expect 0 $embed -o none.npy
absent "$packed"
table first
if [ ! -e "$packed" ]; then
    echo 'SKIPPED: the linker gives this program no build id, so nothing is kept'
    exit 77
fi
there "$(kept)"
[ "$(ls -A "$packed" | wc -l)" -eq 1 ] || wrong "more than one file: $(ls -A "$packed")"
[ "$(stat -c %a "$(kept)")" = 600 ] || wrong 'others may read it'
before=$(inode)
table again
same "$before" 'the second start'

# Another precision, size and program of the same weights: its own, or the same.
expect 0 $embed --precision auto -o auto.npy
expect 0 likeness compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net
rm -r "$packed"

# What is wrong with it.
damage() { # WHAT: standard input is the new file
    cat >"$name"
    table "$1"
    cmp -s good "$name" || wrong "$1: is not made as it was"
}
table whole
name=$(kept)
cp "$name" good
size=$(stat -c %s good)
flip() { { head -c "$1" good; printf '\252'; tail -c +$(($1 + 2)) good; }; }
flip $((size / 2)) | damage 'a byte in the middle'
flip $((size - 70)) | damage 'a byte at the end'
head -c $((size / 2)) good | damage 'a half'
: | damage 'nothing'
head -c "$size" /dev/zero | damage 'zeros'
rm "$name"
echo keep >target
ln -s "$folder/target" "$name"
table link
echo keep | cmp -s - target || wrong 'wrote through a link'
[ -f "$name" ] && [ ! -L "$name" ] || wrong 'left a link'
before=$(inode)
table mended
same "$before" mended

# Others can write it: it is not believed, and replaced.
chmod 666 "$name"
before=$(inode)
table shared
changed "$before" 'a file that others can write'
[ "$(stat -c %a "$name")" = 600 ] || wrong 'others may still write it'

# Other weights under the same name.
cp "$INPUTS/network.safetensors" w.safetensors
mine="likeness embed $INPUTS/dot.png --no-detect --weights w.safetensors --size 80 --threads 1 -q"
expect 0 $mine -o w1.npy
cmp -s none.npy w1.npy || wrong 'a copy gives other numbers'
[ "$(ls "$packed" | wc -l)" -eq 1 ] || wrong 'a copy of the weights is kept twice'
printf '\001' | dd of=w.safetensors bs=1 seek=1900000 conv=notrunc 2>/dev/null
LIKENESS_CACHE=0 expect 0 $mine -o w2.npy
expect 0 $mine -o w3.npy
expect 0 $mine -o w4.npy
cmp -s w2.npy w3.npy && cmp -s w2.npy w4.npy || wrong 'other weights give other numbers when kept'
[ "$(ls "$packed" | wc -l)" -eq 2 ] || wrong 'other weights are not kept beside the first'

# Two at once, several times, from nothing.
rm -r "$packed"
for i in 1 2; do
    $embed -o a.npy 2>a.err &
    $embed -o b.npy 2>b.err &
    $embed -o c.npy 2>c.err
    wait
    checks=$((checks + 1))
    for f in a b c; do
        cmp -s none.npy $f.npy && [ ! -s $f.err ] || wrong "three at once: $f: $(cat $f.err)"
    done
    [ "$(ls -A "$packed")" = "$(basename "$(kept)")" ] || wrong "left: $(ls -A "$packed")"
    [ $i -eq 2 ] || rm -r "$packed"
done

# No room.
rm -r "$packed"
no_room() (
    ulimit -f 200
    exec "$@"
)
last='no room' checks=$((checks + 1))
no_room "$LIKENESS" compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net -v >out 2>err || wrong 'fails'
err_has '^likeness: laid out weights are not kept: .*File too large$'
[ -z "$(ls -A "$packed" 2>/dev/null)" ] || wrong "no room: left $(ls -A "$packed")"
no_room "$LIKENESS" compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net >out 2>err || wrong 'fails'
silent err
LIKENESS_CACHE=100K expect 0 likeness compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net -v
err_has '^likeness: laid out weights are not kept: .*has room for 102400 bytes$'
[ -z "$(ls -A "$packed" 2>/dev/null)" ] || wrong "a small limit: left $(ls -A "$packed")"
LIKENESS_CACHE=much expect 0 likeness compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net
err_is <<'END'
likeness: warning: LIKENESS_CACHE=much: expected a size such as 500M or 2G, or 0 for none
END

# A folder that cannot be written: what is there is used, nothing is said.
as_nobody=
[ "$(id -u)" -ne 0 ] || as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
if [ -z "$as_nobody" ]; then
    table before
    chmod 500 "$packed"
    table closed
    rm -f "$(kept)" 2>/dev/null
    chmod 700 "$packed"
    rm -f "$(kept)"
    chmod 500 "$packed" "$XDG_CACHE_HOME/likeness"
    table empty
    [ -z "$(ls -A "$packed")" ] || wrong 'wrote into a closed folder'
    chmod 700 "$packed" "$XDG_CACHE_HOME/likeness"
elif chmod 755 "$folder" && $as_nobody test -x "$LIKENESS" && $as_nobody test -r "$INPUTS/network.safetensors"; then
    # Another user's is not believed, though it can be read.
    table before
    chmod -R a+rX "$XDG_CACHE_HOME" && chmod 644 "$(kept)"
    last=nobody checks=$((checks + 1))
    before=$(inode)
    $as_nobody "$LIKENESS" embed "$INPUTS/dot.png" $net -q -o - >/dev/null 2>err || :
    $as_nobody "$LIKENESS" compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net >out 2>err || wrong 'fails'
    silent err
    same "$before" "another user's"
fi
: >not_a_folder
last='no store' checks=$((checks + 1))
XDG_CACHE_HOME="$folder/not_a_folder" likeness compare "$INPUTS/dot.png" "$INPUTS/dot.png" $net >out 2>err || wrong 'fails'
silent err

# likeness models cache
rm -rf "$packed"
expect 0 likeness models cache
out_is <<END
$packed: 0 files, 0.0 MB of at most 1073.7 MB
END
absent "$packed"
expect 0 $embed -o a.npy
sleep 1
expect 0 $mine -o a.npy
expect 0 likeness models cache
out_has '^ *[0-9.]+ MB  [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}  f32   network.safetensors$'
out_has '^ *[0-9.]+ MB  [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}  f32   w.safetensors$'
out_has "^$packed: 2 files, [0-9.]+ MB of at most 1073.7 MB\$"
expect 0 likeness models cache --json
[ "$(wc -l <out)" -eq 2 ] || wrong 'not a line a file'
"$CHECK_JSON" <out || wrong 'not JSON'
out_has "\"sha256\": *\"$(sha256sum <w.safetensors | cut -c1-64)\""
LIKENESS_CACHE=5M expect 0 likeness models cache
out_has 'of at most 5.2 MB$'
one=$(stat -c %s "$(kept)")
# The limit takes the one that was not used for longest, here and when another is kept.
expect 0 likeness models cache --limit $((one * 3 / 2))
out_has '^ *[0-9.]+ MB .* w.safetensors$'
[ "$(wc -l <out)" -eq 2 ] || wrong 'the limit left another number of files'
sleep 1
LIKENESS_CACHE=$((one * 3 / 2)) expect 0 $embed -o a.npy
expect 0 likeness models cache
out_has '^ *[0-9.]+ MB .* network.safetensors$'
[ "$(wc -l <out)" -eq 2 ] || wrong 'more is kept than the limit'
echo none >"$packed/other"
echo none >"$packed/bad.packed"
expect 0 likeness models cache
out_has 'damaged, or of another version$'
expect 0 likeness models cache --clear
out_has ': 0 files,'
[ "$(ls -A "$packed")" = other ] || wrong "--clear left $(ls -A "$packed")"
expect 2 likeness models cache --limit much
err_is <<'END'
likeness: --limit takes a size such as 500M or 2G, not 'much'
END
expect 2 likeness models list --clear
err_is <<'END'
likeness: --clear is of 'likeness models cache'
END
expect 2 likeness models list --limit 3G
err_is <<'END'
likeness: --limit is of 'likeness models cache'
END
expect 2 likeness models cache something

# It is also the quicker for loading its libraries once, where the shell lets it.
if [ -z "$SANITIZE" ]; then
    last='a start' checks=$((checks + 1))
    env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT _=x OMP_DISPLAY_ENV=verbose "$LIKENESS" --version >out 2>err
    case $(grep -c 'GOMP_SPINCOUNT' err) in
    0) echo 'note: this OpenMP does not tell its settings' ;;
    1) err_has "GOMP_SPINCOUNT = '(300|1000)'" ;;
    *) wrong 'starts more than once' ;;
    esac
fi

finish

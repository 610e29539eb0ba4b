#!/bin/sh
# What other programs read, and what they say which photographs to take: JSON lines that
# are whole, complete and exact, and lists of paths on standard input.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos "$INPUTS"/bad "$INPUTS"/dot.png .
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"

# ---- one line, one write
expect 0 "$PACKETS" "$LIKENESS" detect photos photos photos $find_ --json
one_object_a_line
[ "$(wc -l <out)" -eq 15 ] || wrong "$last: not one line per photograph"

# ---- every photograph has its line, also those that fail
expect 1 likeness detect photos/anna bad nothing.jpg dot.png $find_ --json
one_object_a_line
[ "$(wc -l <out)" -eq 9 ] || wrong "$last: not one line per photograph"
out_has '^\{"path":"nothing\.jpg","error":"nothing\.jpg: No such file or directory"\}$'
out_has '^\{"path":"bad/text\.jpg","error":"bad/text\.jpg: '
out_has '^\{"path":"dot\.png","width":1,"height":1,"faces":\[\],"border":"pad"\}$'
[ "$(grep -c '"error"' out)" -eq 6 ] || wrong "$last: not six errors"
[ "$(wc -l <err)" -eq 6 ] || wrong "$last: the errors are not on standard error"
expect 1 likeness detect nothing.jpg $find_ --json
out_has '"error":"nothing'
one_line out

# ---- vectors: one object per face, whose numbers are those of E.npy
expect 1 "$PACKETS" "$LIKENESS" embed photos bad/text.jpg nothing.jpg dot.png --no-detect $net_ --json
one_object_a_line
mv out vectors.jsonl
expect 1 likeness embed photos bad/text.jpg nothing.jpg dot.png --no-detect $net_ --json -o E.npy
cmp -s out vectors.jsonl || wrong "$last: -o changes the lines"
[ "$(wc -l <out)" -eq 8 ] || wrong "$last: not one line per photograph"
out_has '^\{"path":"photos/bert/3\.jpg","label":"bert","row":4,"face":0,"status":"ok","box":\[0\.0,0\.0,150\.0,90\.0\],"prob":null,"landmarks":\[\],"embedding":\[-?0\.[0-9]+,'
out_has '^\{"path":"bad/text\.jpg","label":"bad","status":"failed","error":"bad/text\.jpg: '
out_has '^\{"path":"nothing\.jpg","error":'
od -An -v -tf4 -w4 -j128 E.npy | sed 's/ //g' >floats
sed -n 's/.*"embedding":\[\(.*\)\].*/\1/p' out | tr , '\n' >numbers
[ "$(wc -l <numbers)" -eq $((6 * 512)) ] || wrong "$last: not 512 numbers per face"
paste floats numbers | awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 1e-7 * ($1 < 0 ? -$1 : $1)) bad = 1 } END { exit bad }' ||
    wrong "$last: other numbers than in E.npy"
grep -qE '[1-9][0-9]{9}' numbers && wrong "$last: more digits than a float32 has"
expect 0 likeness embed dot.png $find_ $net_ --json
out_has '^\{"path":"dot\.png","label":"[^"]*","status":"no_face"\}$'
# several at once into one pipe, which their long lines fill
mkdir many
for i in $(seq 40); do cp dot.png many/$i.png; done
(
    for i in 1 2 3; do "$LIKENESS" embed many --no-detect $net_ --size 75 --threads 1 -q --json 2>>err & done
    wait
) | (sleep 1; dd bs=700 2>/dev/null) >out
last='three embed --json into one pipe'
one_object_a_line
[ "$(wc -l <out)" -eq 120 ] || wrong "$last: not one line per face"

# ---- names that are not UTF-8
odd=$(printf 'o\377d.png')
if cp photos/bert/1.png "$odd" 2>/dev/null; then
    expect 0 likeness detect "$odd" $find_ --json
    out_has "^\\{\"path\":\"o.*d\\.png\",\"path_base64\":\"$(printf %s "$odd" | base64)\",\"width\":"
    expect 0 likeness compare "$odd" dot.png --no-detect $net_ --json
    out_has "\"a_base64\":\"$(printf %s "$odd" | base64)\",\"b\":\"dot\\.png\""
fi

# ---- paths on standard input
# given COMMAND...: the result is that of the last command, its list on standard input.
given() {
    cp out wanted
    "$@" >out 2>err <list || wrong "$*: exit status $?"
    last="$* <list"
    cmp -s out wanted || wrong "$last: not the result of the same arguments"
}
expect 0 likeness detect photos/bert/2.png photos/anna photos/bert/1.png $find_ --json
printf 'photos/bert/2.png\n\nphotos/anna\nphotos/bert/1.png\n' >list
given likeness detect - $find_ --json
printf 'photos/anna\0' >list
given likeness detect -0 photos/bert/2.png - photos/bert/1.png $find_ --json
expect 0 likeness crop photos/anna $find_ -o listed
printf photos/anna >list
given likeness crop - $find_ -o listed
expect 0 likeness embed photos/anna --no-detect $net_ -o listed.npy
cp listed.csv wanted.csv
given likeness embed - --no-detect $net_ -o listed.npy
cmp -s listed.csv wanted.csv || wrong "$last: another list"
expect 0 likeness compare photos/anna/1.png dot.png --no-detect $net_
printf 'photos/anna/1.png\ndot.png\n' >list
given likeness compare - --no-detect $net_
mkdir -p "$(printf 'two\nlines')"
cp dot.png "$(printf 'two\nlines')/dot.png"
printf 'two\nlines/dot.png\0' >list
"$LIKENESS" detect --null - $find_ --json <list >out 2>err
out_has '^\{"path":"two\\nlines/dot\.png","width":1,'
printf 'photos\n' >list
tiny='--width 0.016 --size 75 --people 2 --photos 2 --validation 0 --threads 1 --steps 1 --miner all -q'
"$LIKENESS" train - $tiny -o run <list >out 2>err || wrong "train -: exit status $?"
there run/checkpoint.safetensors
expect 1 likeness detect - $find_
err_is <<'END'
likeness: standard input: names no file
END

# ---- numbers as short as they read back
expect 0 likeness compare photos/anna/1.png photos/anna/2.png --no-detect $net_ --json
out_has '"threshold":1\.1,'
grep -qE '[0-9]\.[0-9]{18}' out && wrong "$last: more digits than a number has"
expect 0 likeness detect photos $find_ --json
grep -qE '[0-9]\.[0-9]{10}' out && wrong "$last: more digits than a float32 has"

# ---- a reader that has seen enough
("$LIKENESS" embed photos photos photos --no-detect $net_ --json 2>err; :) | head -1 >out
last='embed | head -1'
silent err
one_line out
("$LIKENESS" detect photos photos photos $find_ --json 2>err; :) | head -1 >out
last='detect | head -1'
silent err
one_line out

# ---- a photograph that does not come: the crops after it do not all wait in memory
# cpu PID: what it has used, in ticks.
cpu() { cut -d' ' -f14,15 "/proc/$1/stat"; }
if [ -z "${SANITIZE:-}" ]; then
    mkdir many
    mkfifo late
    echo path,x1,y1,x2,y2,probability >bx.csv
    for i in /dev/stdin $(seq 10 99); do
        [ "$i" = /dev/stdin ] || cp photos/anna/1.png "many/$i.png"
        [ "$i" = /dev/stdin ] || i=many/$i.png
        echo "$i,10,10,60,60,.9" >>bx.csv
    done
    cat late | "$LIKENESS" crop /dev/stdin many --boxes bx.csv --size 1024 --threads 2 -o faces >out 2>err &
    exec 9>late
    used=none still=0 turns=0
    while [ $still -lt 5 ] && [ $turns -lt 300 ]; do
        sleep 0.1
        now=$(cpu $!) turns=$((turns + 1))
        if [ "$now" = "$used" ] && [ $turns -gt 10 ]; then still=$((still + 1)); else still=0; fi
        used=$now
    done
    most=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "/proc/$!/status")
    kill -KILL $!
    exec 9>&-
    last='crop of a photograph that does not come' checks=$((checks + 1))
    [ "$most" -lt 220000 ] || wrong "$last: $most kB"
fi
finish

#!/bin/sh
# Inputs that are no files: refused at once by every command, never waited for. Pipes
# that the shell makes are read; Ctrl-C ends the wait for one that says nothing.
. "$(dirname "$0")/lib.sh"
net="--weights $INPUTS/network.safetensors"
detector="--detector $INPUTS/mtcnn"
one=$INPUTS/photos/anna/1.png

mkfifo pipe pipe.jpg
# refused COMMAND...: at once, with one line that says what it found.
refused() {
    expect 1 "$@"
    one_line err
    err_has 'pipe(\.jpg)?: is a named pipe, expected a file$'
}
refused likeness detect pipe.jpg $detector
refused likeness crop pipe.jpg $detector -o crops
refused likeness embed pipe.jpg --no-detect $net -q -o E.npy
refused likeness embed "$one" --boxes pipe $net -o E.npy
refused likeness compare pipe.jpg "$one" $detector $net --thresholds .56,.48,.5
refused likeness embed "$one" --no-detect --weights pipe -o E.npy
refused likeness models info pipe
refused likeness models convert pipe new.safetensors
refused likeness pca pipe -o P.npy
refused likeness wss pipe
refused likeness roc pipe --labels pipe
expect 0 likeness embed "$INPUTS/photos" --no-detect $net -q -o E.npy
refused likeness wss E.npy --labels pipe
mkdir run && mkfifo run/checkpoint.safetensors
expect_failure() {
    last=$*
    checks=$((checks + 1))
    "$@" >out 2>err </dev/null && wrong "$last: should have failed"
    return 0
}
expect_failure likeness train --resume -o run
err_has 'checkpoint.safetensors: is a named pipe, expected a file$'
expect_failure likeness synth --people 1 --photos 1 --population pipe -o people
err_has '^likeness: pipe: is a named pipe, expected a file$'
expect_failure likeness train "$INPUTS/photos" --schedule ./pipe --epochs 1 -o run2
err_has 'pipe: is a named pipe, expected a file$'
mkdir bias && mkfifo bias/setting.json
expect_failure likeness experiment bias --quick -o bias
err_has 'setting.json: is a named pipe, expected a file$'
expect 1 likeness models info /dev/zero
err_has '^likeness: /dev/zero: is a device, expected a file$'

# What cannot be listed is a line of JSON in every command that prints some, and what
# photographs are taken for is said in one way.
unlisted() {
    expect 1 "$@" --json
    one_object_a_line
    out_has '^\{"path":"nowhere","error":"nowhere: No such file or directory"\}$'
}
unlisted likeness detect nowhere $detector
unlisted likeness detect nowhere $detector -o out
for command in 'embed nowhere' 'enroll Ada nowhere' 'identify nowhere' 'calibrate nowhere' \
    'cluster nowhere -o sorted'; do
    unlisted likeness $command $detector $net
    expect 2 likeness $command $net --no-detect --align arcface --json
    err_has 'nothing says where to --align them$'
done
for command in "compare $one $one" "verify Ada $one" "audit $one --group 'a=*' -o audit"; do
    expect 2 likeness $command $net --no-detect --align arcface
    err_has 'nothing says where to --align them$'
done

# Pipes of the shell.
cat "$one" | likeness embed /dev/stdin --no-detect $net -q -o piped.npy || wrong "a photograph through a pipe"
likeness embed "$one" --no-detect $net -q -o plain.npy
cmp -s piped.npy plain.npy || wrong "a photograph through a pipe is another one"
likeness wss E.npy --labels E.csv >plain
cat E.csv | likeness wss E.npy --labels /dev/stdin >piped || wrong "labels through a pipe"
cmp -s piped plain || wrong "labels through a pipe are others"

# A pipe that says nothing: its reader waits, and one signal ends it while the writer
# is still there.
sh -c 'echo $$ >writer; exec sleep 30' | "$LIKENESS" detect /dev/stdin "$one" $detector >out 2>err &
reader=$!
sleep 1
last="a signal to the reader of a silent pipe"
kill -TERM $reader
until grep -qs '^State:.Z' /proc/$reader/status || [ ! -d /proc/$reader ]; do
    sleep 0.1
done
checks=$((checks + 2))
kill "$(cat writer)" 2>/dev/null || wrong "$last: it waited for the pipe's end"
wait $reader
status=$?
[ $status -eq 143 ] || wrong "$last: exit status $status, expected 143"

# Tables of nothing.
commas=$(head -c 999 /dev/zero | tr '\0' ,)
yes "$commas" | head -c 34000000 >commas.csv
expect 1 likeness wss E.npy --labels commas.csv
err_has '^likeness: commas.csv: more cells than the 33,554,432 that are read .row 33555.$'
tr -d '\n' <commas.csv >columns.csv
expect 1 likeness wss E.npy --labels columns.csv
err_has '^likeness: columns.csv: more columns than the 10,000 that are read .row 1.$'
head -c 17000000 /dev/zero | tr '\0' '\n' >lines.csv
expect 1 likeness wss E.npy --labels lines.csv
err_has '^likeness: lines.csv: more rows than the 16,777,216 that are read .row 16777216.$'
rm commas.csv columns.csv lines.csv

# A list of boxes that stands for far more work than it has bytes.
ln -s "$one" one.png
many() {
    echo path,x1,y1,x2,y2
    yes "$2" | head -n "$1"
}
many 2000 one.png,0,0,90,90 >crowd.csv
expect 0 likeness detect one.png --boxes crowd.csv -q
many 2001 one.png,0,0,90,90 >crowd.csv
expect 1 likeness detect one.png --boxes crowd.csv
err_has '^likeness: crowd.csv: row 2002: more than 2000 boxes for one photograph$'
many 500001 a,0,0,1,1 >long.csv
expect 1 likeness detect one.png --boxes long.csv
err_has '^likeness: long.csv: 500001 rows of boxes, at most 500000 are read from one file$'

# More threads than a process can have are fewer, not a crash; nonsense is none of ours.
export OMP_NUM_THREADS=100000
expect 0 likeness embed "$one" --no-detect $net -v -o many.npy
err_has 'device: cpu.*, 1024 threads'
for nonsense in 0 -5 many 1e9 99999999999999999999 3,100000; do
    export OMP_NUM_THREADS=$nonsense
    expect 0 likeness embed "$one" --no-detect $net -q -o many.npy
done
unset OMP_NUM_THREADS
[ -n "${SANITIZE:-}" ] || ( # the sanitizers' stacks are larger
    ulimit -s 128
    expect 0 likeness embed "$one" --no-detect $net -q --threads 1024 -o many.npy
    exit "$failures"
) || wrong "1024 threads with small stacks"

finish

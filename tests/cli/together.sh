#!/bin/sh
# Files that belong together: two writers at one place, writers that are killed, and
# readers of what does not belong together.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS/photos" .
export LIKENESS_CACHE=0 # a writer is killed wherever it is: only its own locks are looked for
net_="--weights $INPUTS/network.safetensors --no-detect --size 80 --threads 1"
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
tiny='--width 0.016 --size 75 --people 2 --photos 2 --validation 0 --threads 1'

# hold PATH ARGUMENTS...: starts the program and stops it as soon as PATH, which is
# there while it holds the lock, is there. It is $holder. One that ends before this script
# has looked is started again: where much else runs that happens now and then.
hold() {
    lock=$1 tries=0
    shift
    while [ $tries -lt 20 ]; do
        tries=$((tries + 1))
        "$LIKENESS" "$@" >held.out 2>held.err &
        holder=$!
        while [ ! -s "$lock" ] && [ -e /proc/$holder/exe ]; do sleep 0.005; done
        kill -STOP $holder 2>/dev/null && [ -s "$lock" ] && return
        kill -CONT $holder 2>/dev/null # it may have been stopped after all, without the lock
        wait $holder
    done
    wrong "$* never held $lock"
}
go_on() {
    kill -CONT $holder
    wait $holder
    held=$?
    [ $held -eq "$1" ] || wrong "$last: the first writer's exit status is $held, expected $1"
}
kill_holder() {
    kill -KILL $holder
    wait $holder 2>/dev/null
}
# busy PATH COMMAND...: is refused and says who is there
busy() {
    place=$1
    shift
    expect 4 "$@"
    one_line err
    err_has "^likeness: $place: another process is writing there \(pid $holder\)$"
}
no_locks() {
    checks=$((checks + 1))
    found=$(find "$1" -name '*.lk-lock')
    [ -z "$found" ] || wrong "$last: leftovers: $found"
}
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

# ---- embed: three files of one writer
hold .E.npy.lk-lock embed photos/anna $net_ -o E.npy
busy E.npy likeness embed photos/bert $net_ -o E.npy
expect 0 likeness embed photos/bert $net_ -o B.npy # other names are free
go_on 0
no_locks .
expect 0 likeness embed photos/anna $net_ -o A.npy
for ending in npy csv json; do same E.$ending A.$ending; done
expect 0 likeness wss E.npy --labels E.csv
out_has '^anna '

# killed with the lock: it is in nobody's way, and the old three stand
hold .E.npy.lk-lock embed photos/bert $net_ -o E.npy
kill_holder
for ending in npy csv json; do same E.$ending A.$ending; done
expect 0 likeness embed photos/bert $net_ -o E.npy
for ending in npy csv json; do same E.$ending B.$ending; done
no_locks .

# both at once, again and again: always the three files of one of them
for round in 1 2 3 4; do
    "$LIKENESS" embed photos/anna $net_ -o R.npy >out 2>err &
    one=$!
    "$LIKENESS" embed photos/bert $net_ -o R.npy >/dev/null 2>&1
    two=$?
    wait $one
    one=$?
    case "$one $two" in '0 0' | '0 4' | '4 0') ;; *) wrong "two writers end with $one and $two" ;; esac
    writer=A
    cmp -s R.npy B.npy && writer=B
    for ending in npy csv json; do same R.$ending $writer.$ending; done
done
no_locks .

# ---- readers: A and B of as many rows, mixed in every way that a kill can leave
a_='photos/anna photos/bert/1.png'
expect 0 likeness embed photos/bert $net_ -o B.npy
expect 0 likeness embed $a_ $net_ -o A.npy
# table VECTORS LIST JSON: E.* of these three
table() {
    cp "$1.npy" E.npy
    cp "$2.csv" E.csv
    cp "$3.json" E.json
}
# refused PATTERN: by every command that reads vectors with a list
refused() {
    for command in wss roc 'pca -o P.npy' 'distances -o D.npy'; do
        set -- "$1" $command
        pattern=$1
        shift
        expect 1 likeness "$@" E.npy --labels E.csv
        one_line err
        err_has "$pattern"
        silent out
        absent P.npy D.npy
        set -- "$pattern"
    done
}
vectors_='^likeness: E\.npy: these are not the vectors that E\.json describes \(they are (older|newer)\): embed once more, or remove E\.json'
list_='^likeness: E\.csv: its rows name other faces than those that E\.json describes: embed once more'
for state in 'A A B' 'A B B' 'B A A' 'B B A'; do
    table $state
    refused "$vectors_"
done
touch -d '1 hour ago' E.npy
refused '\(they are older\)'
for state in 'A B A' 'B A B'; do
    table $state
    refused "$list_"
done
expect 0 likeness wss E.npy --no-labels # without a list vectors are whole by themselves
expect 0 likeness embed $a_ $net_ -o E.npy
for ending in npy csv json; do same E.$ending A.$ending; done
for command in wss roc 'pca -o P.npy' 'distances -o D.npy'; do
    expect 0 likeness $command E.npy --labels E.csv
    silent err
done

# what people do to a list is fine: labels, the order of lines, columns, line ends
sed '1!s/,anna,/,someone else,/' A.csv >E.csv
expect 0 likeness wss E.npy --labels E.csv
silent err
out_has '^someone else '
{
    head -1 A.csv
    tail -n +2 A.csv | sort -r
} | sed 's/$/,"a, note"\r/' >E.csv
expect 0 likeness wss E.npy --labels E.csv
silent err
cut -d, -f1,3 B.csv >E.csv
expect 0 likeness wss E.npy --labels E.csv
silent err
# a list of one's own, and one of embed's for other faces
cp A.csv E.csv
cp B.csv mine.csv
expect 0 likeness wss E.npy --labels mine.csv
err_has '^likeness: warning: mine\.csv: its rows name other faces than those that E\.json describes$'
expect 1 likeness wss E.npy --labels B.csv
err_has '^likeness: B\.csv: its rows name other faces than those that E\.json describes'
# tables without E.json need none
expect 0 likeness wss P.npy --labels E.csv
silent err
cp B.npy E.npy
mv E.json away
expect 0 likeness wss E.npy --labels E.csv
silent err
# what is not ours is neither read nor replaced
printf '{"path":"a"}\n{"path":"b"}\n' >E.json
cp E.json before
expect 0 likeness wss E.npy --labels E.csv
expect 2 likeness embed photos/anna $net_ -o E.npy
err_has '^likeness: E\.json: is there already, and is not what .likeness embed. writes beside its vectors'
same E.json before
same E.npy B.npy
rm E.json
mkfifo E.json
expect 0 likeness wss E.npy --labels E.csv
rm E.json
sed 's/"version": 1/"version": 2/' away >E.json
expect 1 likeness wss E.npy --labels E.csv
err_is <<'END'
likeness: E.json: version 2, expected 1
END
# names that a list must quote, and that are no text
mkdir odd
bad_byte=$(printf '\377')
cp photos/anna/1.png "odd/a,\"b\"
c.png"
cp photos/anna/2.png "odd/$bad_byte.png"
expect 0 likeness embed odd $net_ -o odd.npy
expect 0 likeness wss odd.npy --labels odd.csv
silent err
mkdir =odd
cp photos/anna/1.png =odd/
expect 0 likeness embed =odd $net_ -o odd.npy
sed -i "s/=odd\/1/'=odd\/1/" odd.csv # as spreadsheets guard what looks like a formula
grep -q "'=odd" odd.csv || wrong 'nothing is guarded'
expect 0 likeness wss odd.npy --labels odd.csv
silent err
# what is said
tr -d '\n' <A.json >out
one_object_a_line
weights=$(sha256sum <"$INPUTS/network.safetensors" | cut -c1-64)
numbers=$(tail -c 6144 A.npy | sha256sum | cut -c1-64)
for text in '"rows": 3' '"dimensions": 512' '"type": "float32"' "\"sha256\": \"$numbers\"" \
    "\"sha256\": \"$weights\"" '"size": 80' '"margin": 0' '"unpublished": false' '"detector": null' '"compat": null' \
    '"metric": "euclidean"' '"precision": "float32"' '"program": "likeness '; do
    grep -qF "$text" A.json || wrong "A.json does not say $text"
done
expect 0 likeness embed photos $find_ --weights "$INPUTS/network.safetensors" --size 80 --margin 8 \
    --compat facenet-pytorch -o found.npy
for text in '"margin": 8' '"selection": "largest"' '"compat": "facenet-pytorch"' '"border": "squeeze"' 0.56 '"turned_by_exif": false'; do
    grep -qF "$text" found.json || wrong "found.json does not say $text"
done
# a full disk leaves the old three
cp A.json E.json
cp A.npy E.npy
cp A.csv E.csv
full() {
    (
        trap '' XFSZ
        ulimit -f 6
        exec "$LIKENESS" "$@"
    )
}
expect 4 full embed photos $net_ -o E.npy
for ending in npy csv json; do same E.$ending A.$ending; done
no_locks .

# ---- folders
hold album/.lk-lock synth --people 40 --photos 4 --size 75 --seed 1 -o album
busy album likeness synth --people 1 --photos 1 --size 75 -o album
go_on 0
no_locks album
expect 0 likeness synth --people 6 --photos 3 --size 75 --seed 4 -q -o people
hold faces/.lk-lock crop album --boxes album/truth.csv --size 75 -o faces
busy faces likeness crop photos $find_ -o faces
go_on 0
no_locks faces
expect 0 likeness crop photos/anna $find_ -o faces # one after the other is fine
hold drawn/.lk-lock detect album --boxes album/truth.csv --annotate drawn
busy drawn likeness detect photos $find_ --annotate drawn
go_on 0
no_locks drawn

# a lesson waits at its end until the folder is free
mkdir lesson
hold lesson/.lk-lock crop album --boxes album/truth.csv --size 75 -o lesson
"$LIKENESS" lesson --faces people --boxes people/truth.csv --weights "$INPUTS/network.safetensors" \
    --size 80 --threads 1 -o lesson >lesson.out 2>lesson.err &
waiting=$!
sleep 1
absent lesson/lesson.html
go_on 0
wait $waiting || wrong 'the lesson failed'
there lesson/lesson.html lesson/lesson.json
no_locks lesson
# two of them: page and numbers are of one
for size in 80 96; do
    "$LIKENESS" lesson --faces people --boxes people/truth.csv --size $size --threads 1 -q \
        --weights "$INPUTS/network.safetensors" -o lesson >/dev/null 2>lesson.$size &
    eval "lesson_$size=$!"
done
wait $lesson_80 || wrong 'the first lesson failed'
wait $lesson_96 || wrong 'the second lesson failed'
size=$(grep -o 'size 80\|size 96' lesson/lesson.json | sort -u | grep -o '[0-9]*')
grep -q "size $size" lesson/lesson.html || wrong 'lesson.html and lesson.json are of two lessons'

# ---- training and experiments
run_='train people '$tiny
hold run/.lk-lock $run_ --epochs 1000000 --checkpoint 1 -o run
busy run likeness $run_ --steps 1 -o run
kill_holder
expect 0 likeness $run_ --force --epochs 1000000 --steps 4 -o run
no_locks run
hold run/.lk-lock train --resume --steps 1000000 --threads 1 -o run
busy run likeness train --resume -o run
busy run likeness $run_ --force --steps 1 -o run
kill_holder
expect 0 likeness train --resume --steps 6 --threads 1 -o run
no_locks run
small='--shares 0.25,0.75 --seeds 1 --people 8 --photos 2 --test-people 4 --test-photos 2 --size 75
    --width 0.05 --epochs 1 --replicates 100 --threads 1'
hold bias/.lk-lock experiment bias $small -o bias
busy bias likeness experiment bias $small -o bias
kill_holder
expect 0 likeness experiment bias $small -o bias
no_locks bias
finish

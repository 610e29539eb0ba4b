#!/bin/sh
# One fault, one exit status, whatever the command, and a line that names the file and the
# reason. The table of README and manual, fault by fault.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos "$INPUTS"/mtcnn "$INPUTS"/*.safetensors "$INPUTS"/vectors.* "$INPUTS"/dot.png .
cp "$INPUTS"/cube.npy "$INPUTS"/none.npy "$INPUTS"/nan.npy "$INPUTS"/columns.csv "$INPUTS"/short.csv .
one='photos/anna/1.png photos/anna/2.png'
find_='--detector ./mtcnn --thresholds .56,.48,.5'
net='--weights network.safetensors --size 80'
tiny='--width 0.016 --size 75 --people 2 --photos 2 --validation 0 --threads 1 --steps 1 --miner all -q'
group='--group A=photos/anna/*'

# told STATUS PATTERN COMMAND...: that status, and a line that matches, without an output.
told() {
    status=$1 pattern=$2
    shift 2
    set -f # no pattern of a command's is the shell's
    # shellcheck disable=SC2048 # words
    expect "$status" likeness $*
    set +f
    err_has "$pattern"
    absent out.npy run/checkpoint.safetensors audit/audit.json page/lesson.html album/truth.csv out.safetensors
    rm -rf run page audit album crops out.*
}

# photographs FILE: whatever takes photographs is given this one.
photographs() {
    for command in "detect $1 $find_" "crop $1 $find_ -o crops" "compare $1 dot.png --no-detect $net" \
        "lesson --faces $1 $find_ $net $group -o page" "train $1 $tiny -o run" \
        "train $1 --detect $find_ $tiny -o run"; do
        echo "$command"
    done
}
arrays() {
    printf '%s\n' "pca $1 -o out.npy" "distances $1 -o out.npy" "wss $1" "roc $1 --labels vectors.csv" \
        "evaluate $1 --labels vectors.csv" "evaluate vectors.npy --gallery $1 --gallery-labels vectors.csv" \
        "audit $1 --labels vectors.csv --group-column label -o audit"
}
lists() {
    printf '%s\n' "pca vectors.npy --labels $1 -o out.npy" "wss vectors.npy --labels $1" \
        "distances vectors.npy --labels $1 -o out.npy" "roc vectors.npy --labels $1" \
        "evaluate vectors.npy --labels $1" "evaluate vectors.npy --gallery vectors.npy --gallery-labels $1" \
        "audit vectors.npy --labels $1 --group-column label -o audit"
}
boxes() {
    printf '%s\n' "detect photos --boxes $1" "crop photos --boxes $1 -o crops" \
        "embed photos --boxes $1 $net -o out.npy" "compare $one --boxes $1 $net" \
        "lesson --faces photos --boxes $1 $net $group -o page" \
        "audit photos --boxes $1 $net $group -o audit" \
        "train photos --detect --boxes $1 $tiny -o run"
}
weights() {
    printf '%s\n' "embed photos --no-detect --weights $1 -o out.npy" \
        "compare $one --no-detect --weights $1" \
        "lesson --faces photos $find_ --weights $1 $group -o page" \
        "audit photos --no-detect --weights $1 $group -o audit" \
        "train photos $tiny --init $1 -o run" "models info $1" \
        "models convert $1 out.safetensors" "cluster photos --no-detect --weights $1 -o out.d" \
        "calibrate photos --no-detect --weights $1" "identify dot.png --no-detect --weights $1 --gallery new.db" \
        "gallery reembed photos --no-detect --weights $1 --gallery new.db"
}
galleries() { # verify has statuses of its own
    printf '%s\n' "gallery list $1" "gallery check $1" "enroll Ada $one $net --no-detect $1" \
        "identify dot.png $net --no-detect $1" "calibrate photos $net --no-detect $1" \
        "cluster photos $net --no-detect $1 -o out.d"
}
others() {
    printf '%s\n' "train photos $tiny --schedule $1 -o run" \
        "synth --people 1 --photos 1 --size 48 --population $1 -o album"
}
# each STATUS PATTERN KIND FILE: told, for each command of a kind.
each() {
    status_=$1 pattern_=$2
    "$3" "$4" >commands
    while read -r command; do
        told "$status_" "$pattern_" "$command"
    done <commands
}

expect 0 likeness enroll Ada $one $net --no-detect --gallery new.db

# ---- an input that is not there, a folder in its place, empty, something else
mkdir folder.csv folder.npy folder.pt folder.txt
for ending in png csv npy pt txt; do
    : >empty.$ending
    echo 'nothing of the kind' >text.$ending
done
for kind in 'photographs png' 'arrays npy' 'lists csv' 'boxes csv' 'others txt' 'weights pt'; do
    ending=${kind#* } kind=${kind% *} none=1
    [ "$kind" = weights ] && none=3
    each $none "gone\.$ending: " "$kind" gone.$ending
    [ "$kind" = photographs ] || each 1 "folder\.$ending: is a directory" "$kind" folder.$ending
    [ "$kind" = photographs ] || each 1 "empty\.$ending:" "$kind" empty.$ending
    [ "$kind" = photographs ] || each 1 "text\.$ending:" "$kind" text.$ending
done
for command in "detect text.png $find_" "crop empty.png $find_ -o crops" \
    "compare dot.png text.png --no-detect $net"; do
    told 1 '(text|empty)\.png: ' "$command"
done
told 1 'none of 1 person has 2 photographs' "train text.png $tiny -o run"
told 1 "--group A: no file matches 'gone/\*'" "lesson --faces photos $find_ $net --group A=gone/* -o page"
told 1 'run: .*no run to resume|no run to resume' "train --resume -o run"
told 1 'pnet' 'detect photos --detector folder.pt'
each 1 'folder\.pt: is a directory, expected a file$' galleries '--gallery folder.pt'
each 1 'folder\.txt: is a directory, expected a file$' galleries '--key-file folder.txt --gallery new.db'
each 1 'gone\.txt: No such file or directory$' galleries '--passphrase-file gone.txt --gallery new.db'
one_line err

# ---- not to be read
as_nobody=
if [ "$(id -u)" -eq 0 ]; then
    chmod -R a+rwX "$folder"
    as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $as_nobody test -x "$LIKENESS" || as_nobody=none
fi
if [ "$as_nobody" = none ]; then
    echo "note: nobody else can be run here: unreadable files are not tested"
else
    program=$LIKENESS
    likeness() { HOME=$folder $as_nobody "$program" "$@"; }
    for ending in png csv npy pt txt; do chmod 000 text.$ending; done
    for kind in 'arrays npy' 'lists csv' 'boxes csv' 'others txt' 'weights pt'; do
        each 1 "text\.${kind#* }: Permission denied" "${kind% *}" "text.${kind#* }"
    done
    told 1 'text\.png: Permission denied' "detect text.png $find_"
    likeness() { "$LIKENESS" "$@"; }
    chmod 644 text.*
fi

# ---- arrays and lists that are wrong inside
for command in pca distances; do
    told 1 '^likeness: cube\.npy: ' "$command cube.npy -o out.npy"
    told 1 '^likeness: none\.npy: ' "$command none.npy -o out.npy"
    told 1 '^likeness: nan\.npy: ' "$command nan.npy -o out.npy"
done
each 1 '^likeness: columns\.csv: ' lists columns.csv
each 1 '^likeness: short\.csv: ' lists short.csv

# ---- a weight file that is wrong inside is named, and so is the photograph of a wrong box
for damage in nan lacking shape; do
    told 1 "^likeness: $damage\.safetensors: " "embed photos --no-detect --weights $damage.safetensors -o out.npy"
    told 1 "^likeness: $damage\.safetensors: " "train photos $tiny --width 0.125 --init $damage.safetensors -o run"
done
each_damaged() { printf '%s\n' "embed photos --no-detect $1 -o out.npy" "compare $one --no-detect $1"; }
each 1 '^likeness: negative\.safetensors: tensor ".*running_var" has -[0-9]+ at element 1, a variance' \
    each_damaged '--weights negative.safetensors --size 80'
told 1 '^likeness: negative\.safetensors: ' "train photos $tiny --width 0.125 --init negative.safetensors -o run"
told 1 '^likeness: large\.safetensors: tensor ".*" has 1e\+06 at element 1, float16 ends' \
    'models convert large.safetensors out.safetensors --half'
echo 'path,x1,y1,x2,y2
photos/anna/1.png,500,500,600,600' >outside.csv
for command in 'crop photos/anna/1.png -o crops' "embed photos/anna/1.png $net --json" \
    "compare $one $net" "train photos/anna --detect $tiny -o run"; do
    told 1 '^likeness: photos/anna/1\.png: .*500.* in an image of 120 x 100' "$command --boxes outside.csv"
done
err_has 'no face was found in any photograph'
printf '0 0.1\nx\n' >lines.txt
told 1 '^likeness: lines\.txt: line 2: ' "train photos $tiny --schedule lines.txt -o run"
told 1 '^likeness: lines\.txt:1: ' 'synth --people 1 --population lines.txt -o album'

# ---- a model or data set that is missing
for command in 'detect photos' "embed photos --no-detect -o out.npy" 'compare dot.png dot.png' \
    "train photos $tiny --init vggface2 -o run" "train photos --detect $tiny -o run" \
    'models info vggface2' 'models convert vggface2 out.pt' 'lesson -o page'; do
    told 3 "'likeness models pull " "$command"
done
for command in "$(weights nonsense)"; do
    echo "$command" >commands
    while read -r line; do
        told 3 'nonsense: is neither a file nor a name of the store' "$line"
    done <commands
done

# ---- a name of the store that is no network, or no detector
mkdir -p cache/likeness/models/mtcnn cache/likeness/models/yunet
for name in mtcnn yunet; do
    for command in "embed photos --no-detect -o out.npy" "compare $one --no-detect" \
        "lesson --faces photos $find_ $group -o page" "audit photos --no-detect $group -o audit"; do
        told 2 "^likeness: $name: is a face detector, expected a network that turns faces into numbers\$" "$command --weights $name"
    done
    told 2 "^likeness: $name: is a face detector, " "models describe $name"
    told 2 "^likeness: $name: is a face detector, " "models convert $name out.pt"
done
told 2 '^likeness: faces: is a data set, expected a network' "embed photos --no-detect --weights faces -o out.npy"
for name in dlib faces synthetic; do
    told 2 "--detector takes mtcnn, yunet, a folder or a file, and '$name' is no detector" "detect photos --detector $name"
done
rm -r cache/likeness

# ---- wrong usage
for command in detect crop embed compare audit enroll verify identify calibrate gallery cluster lesson train pca distances wss roc evaluate synth experiment models data; do
    told 2 "unrecognized option '--nonsense'" "$command --nonsense"
    told 2 '--threads takes a whole number' "$command --threads many"
    told 2 '--seed takes a whole number' "$command --seed -1"
done
told 2 "no model 'nonsense'" 'models pull nonsense'
told 2 "no data set 'nonsense'" 'data pull nonsense'

# ---- without a place for the store: told once
for command in 'models list' 'models pull vggface2 mtcnn' 'detect photos' "embed photos -o out.npy" 'lesson -o page'; do
    # shellcheck disable=SC2086 # words
    expect 4 env -u HOME -u XDG_CACHE_HOME "$LIKENESS" $command
    err_has 'there is no place for the store'
    one_line err
done

# ---- standard output that cannot be written: why, and once
if [ -c /dev/full ]; then
    printf '%s\n' "detect photos $find_" "detect photos $find_ --json" "detect photos $find_ -o /dev/stdout" \
        "crop photos $find_ -o crops" "embed photos --no-detect $net --json" "embed photos --no-detect $net -o out.npy" \
        "compare $one --no-detect $net" 'wss vectors.npy --no-labels' 'wss vectors.npy --no-labels --json' 'pca vectors.npy --no-labels --plot -' \
        'distances vectors.npy --no-labels --plot -' 'roc vectors.npy --labels vectors.csv' 'models list' \
        'evaluate vectors.npy --labels vectors.csv' 'evaluate vectors.npy --gallery vectors.npy --labels vectors.csv' 'evaluate vectors.npy --clusters label --labels vectors.csv' \
        'evaluate vectors.npy --det - --labels vectors.csv' 'audit plan' \
        'models info network.safetensors' 'data list --json' '--version' '--help' 'help embed' 'embed --help' \
        'embed --usage' 'embed --version' "train photos $tiny -o run --json" \
        'synth --people 1 --photos 1 --size 48 -o album' >commands
    while read -r command; do
        last="$command >/dev/full" checks=$((checks + 1))
        # shellcheck disable=SC2086 # words
        "$LIKENESS" $command >/dev/full 2>err </dev/null
        got=$?
        [ $got -eq 4 ] || wrong "$last: exit status $got, expected 4"
        grep -v warning err >rest
        one_line rest
        err_has '^likeness: (standard output|/dev/stdout): cannot write: No space left on device$'
        rm -rf run album crops audit out.*
    done <commands
fi
# One that is closed does not become the first file that is opened.
for command in 'wss vectors.npy --no-labels' "embed photos --no-detect $net -o closed.npy" '--help'; do
    last="$command >&-"
    # shellcheck disable=SC2086 # words
    "$LIKENESS" $command <&- >&- 2>err
    [ $? -eq 4 ] || wrong "$last: exit status"
    err_has '^likeness: standard output: cannot write: Bad file descriptor$'
done
expect 0 likeness wss closed.npy --labels closed.csv

# ---- what stands beside vectors and cannot be read is told
cp -r photos here
expect 0 likeness embed here --no-detect --weights network.safetensors --size 80 -o here/E.npy
expect 0 likeness embed here --no-detect --weights network.safetensors --size 80 -o here/E.npy
silent err # its own files are none that it has skipped
echo note >here/notes.txt
expect 0 likeness embed here --no-detect --weights network.safetensors --size 80 -o ./here/E.npy
err_is <<'END'
likeness: warning: 1 file was skipped: notes.txt
END
head -c 200 here/E.json >half
mv half here/E.json
expect 0 likeness wss here/E.npy --labels here/E.csv
err_has '^likeness: warning: here/E\.json: line [0-9]+: .*: nothing is checked against it$'
rm here/E.json
mkfifo here/E.json
expect 0 likeness wss here/E.npy --labels here/E.csv
err_has '^likeness: warning: here/E\.json: is a named pipe, expected a file: nothing is checked'
rm here/E.json
echo '{"mine": 1}' >here/E.json
expect 0 likeness wss here/E.npy --labels here/E.csv
silent err
rm here/E.json
expect 0 likeness wss here/E.npy --labels here/E.csv
silent err

# ---- what an analysis has no memory for
header() { printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1, 1), }"; }
(header 5000000; head -c 20000000 /dev/zero) >huge.npy # more than an address space has
expect 4 env ASAN_OPTIONS=allocator_may_return_null=1 "$LIKENESS" distances huge.npy -o out.npy
err_has '^likeness: out\.npy: No space left on device: the distances of 5000000 rows take 200000\.00 GB, there is room for [0-9.]*; take fewer rows'
absent out.npy
rm huge.npy

# ---- an allocation that fails, at each place in turn: 4, or what comes of it otherwise
sweep() {
    last="$* without memory"
    "$LIKENESS" "$@" >wanted 2>err
    wanted=$? at=0
    while at=$((at + 1)) && [ $at -lt 150 ]; do
        rm -f told
        FAIL_TOLD=told FAIL_AT=$at LD_PRELOAD=./no_memory.so "$LIKENESS" "$@" >out 2>err </dev/null
        got=$?
        [ -e told ] || break
        checks=$((checks + 1))
        # libgomp itself ends with 1
        grep -q '^libgomp: ' err && continue
        [ $got -eq 4 ] || { [ $got -eq $wanted ] && cmp -s out wanted; } ||
            wrong "$last: exit status $got at allocation $at"
        grep -q '(null)' out err && wrong "$last: (null) at allocation $at"
    done
    [ $at -gt 10 ] || wrong "$last: only $at allocations"
}
if [ -n "$SANITIZE" ]; then
    echo 'SKIPPED: failing allocations: the sanitizers have allocators of their own'
else
    cp "$NO_MEMORY" no_memory.so # LD_PRELOAD divides its list at blanks
    sweep wss vectors.npy --labels vectors.csv --threads 1
    sweep models list --json
    find . -name '*null*' | grep -q . && wrong 'a file called (null)'
    sweep crop missing.png --boxes outside.csv -o crops --threads 1
fi
finish

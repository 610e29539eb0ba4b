#!/bin/sh
# No command overwrites what it reads, nor one of its outputs by another: by whatever
# name, link or folder, it says so before it begins, and nothing has changed.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
cp -r "$INPUTS"/mtcnn nets
cp "$INPUTS"/vectors.* "$INPUTS"/network.* .
find_="--detector nets --thresholds .56,.48,.5"
net_="--weights network.safetensors"

# contents FOLDER: every name, and the bytes behind it.
contents() { find "$1" -exec ls -di {} + | sed 's/^ *//' | LC_ALL=C sort -k 2; find "$1" -type f -exec cksum {} + | LC_ALL=C sort; }
# refused A B COMMAND...: with one line that names both, and nothing is touched.
refused() {
    a=$1 b=$2
    shift 2
    contents . >"$folder/../before.$$"
    "$@" >"$folder/../out.$$" 2>"$folder/../err.$$" </dev/null
    got=$?
    contents . >"$folder/../after.$$"
    last=$* checks=$((checks + 1))
    mv "$folder/../out.$$" out
    mv "$folder/../err.$$" err
    [ $got -eq 2 ] || wrong "$last: exit status $got, expected 2"
    grep -qF -e "$a" err && grep -qF -e "$b" err || wrong "$last: does not name $a and $b"
    one_line err
    silent out
    cmp -s "$folder/../before.$$" "$folder/../after.$$" || {
        wrong "$last: something has changed"
        diff "$folder/../before.$$" "$folder/../after.$$" | head
    }
    rm -f out err "$folder/../before.$$" "$folder/../after.$$"
}

# ---- the same file by several names
ln -s vectors.npy link.npy
ln vectors.npy hard.npy
ln -s . here
for name in vectors.npy ./vectors.npy here/here/vectors.npy photos/../vectors.npy "$PWD/vectors.npy" \
    link.npy hard.npy; do
    refused "$name" vectors.npy likeness pca vectors.npy -o "$name"
    refused "$name" vectors.npy likeness distances vectors.npy -o "$name"
done
refused vectors.npy hard.npy likeness pca hard.npy -o vectors.npy
rm link.npy hard.npy

# ---- standard output, where the shell leads it
into() { # FILE COMMAND...: adds what the command prints to FILE
    file=$1
    shift
    cp "$file" kept
    "$@" 2>err >>"$file" </dev/null
    got=$? last="$* >>$file" checks=$((checks + 1))
    [ $got -eq 2 ] || wrong "$last: exit status $got, expected 2"
    err_has "^likeness: standard output goes into the input [^ ]+: send it to another file\$"
    cmp -s "$file" kept || wrong "$last: $file has changed"
}
for command in wss roc 'pca -o p.npy' 'distances -o d.npy'; do
    into vectors.csv likeness $command vectors.npy --labels vectors.csv
    into vectors.npy likeness $command vectors.npy --labels vectors.csv
done
ln -s network.pt other.pt
into network.pt likeness models info network.safetensors other.pt
into nets/onet.pt likeness detect photos/anna $find_
into photos/anna/1.png likeness detect photos $find_
into photos/anna/1.png likeness crop photos $find_ -o faces
into photos/anna/1.png likeness embed photos $find_ $net_ -o e.npy
into photos/anna/1.png likeness compare photos/anna/1.png photos/anna/2.png $find_ $net_
into network.safetensors likeness compare photos/anna/1.png photos/anna/2.png $find_ $net_
rm other.pt kept err
absent p.npy d.npy faces e.npy

# ---- pca, distances: labels and figures
for command in pca distances; do
    cp vectors.csv labels.svg
    refused labels.svg labels.svg likeness $command vectors.npy --labels labels.svg --plot labels.svg
    ln -s labels.svg d.npy
    refused d.npy labels.svg likeness $command vectors.npy --labels labels.svg -o d.npy
    rm d.npy
    echo '{}' >vectors.json # what stands beside vectors is read, too
    ln -s vectors.json d.npy
    refused d.npy vectors.json likeness $command vectors.npy -o d.npy
    rm d.npy vectors.json
    # two outputs, of which neither is there yet
    ln -s new/p.svg p.npy
    refused p.npy new/p.svg likeness $command vectors.npy -o p.npy --plot new/p.svg
    refused p.npy new/none/../p.svg likeness $command vectors.npy -o p.npy --plot new/none/../p.svg
    rm p.npy labels.svg
done
expect 0 likeness pca vectors.npy -o p.npy --plot p.svg
expect 0 likeness pca vectors.npy -o p.npy --plot p.svg # an output that is there is replaced

# ---- models convert
refused network.pt network.pt likeness models convert network.pt network.pt
ln -s network.pt other.safetensors
refused other.safetensors network.pt likeness models convert network.pt other.safetensors
rm other.safetensors

# ---- detect
cp photos/anna/1.png a.png
cp a.png A.PNG
refused a.png a.png likeness detect a.png $find_ -o a.png
refused photos/anna/1.png photos/anna/1.png likeness detect photos $find_ -o photos/anna/1.png
refused nets/pnet.pt nets/pnet.pt likeness detect a.png $find_ -o nets/pnet.pt
refused photos here/photos likeness detect photos $find_ --annotate here/photos
refused ../$(basename "$folder") a.png likeness detect A.PNG a.png $find_ --annotate ..
refused photos/anna photos/anna/1.png likeness detect photos/anna/1.png $find_ --annotate photos
mkdir drawn drawn/anna
ln -s ../../photos/bert/2.png drawn/anna/1.png
refused drawn/anna/1.png photos/bert/2.png likeness detect photos $find_ --annotate drawn
rm -r drawn
refused drawn/anna drawn/anna/x.png likeness detect photos $find_ --annotate drawn -o drawn/anna/x.png
printf 'path,x1,y1,x2,y2\nphotos/anna/1.png,10,10,60,60\n' >boxes.csv
refused boxes.csv boxes.csv likeness detect photos --boxes boxes.csv -o boxes.csv
refused boxes.csv ./boxes.csv likeness detect photos --boxes photos/../boxes.csv -o ./boxes.csv
# beside a photograph is no harm
expect 0 likeness detect photos/bert/3.jpg --boxes boxes.csv --annotate photos
there photos/bert/3.jpg photos/bert/3.png
rm photos/bert/3.png

cp a.png face.onnx # a detector of one file
refused face.onnx face.onnx likeness detect a.png --detector face.onnx -o face.onnx
refused face.onnx face.onnx likeness detect a.png --detector face.onnx -o ./face.onnx
mkdir folder
cp a.png folder/face_detection_yunet_2023mar_int8bq.onnx
refused folder/face_detection_yunet_2023mar_int8bq.onnx folder likeness detect a.png --detector folder \
    -o folder/face_detection_yunet_2023mar_int8bq.onnx
rm -r folder face.onnx

# ---- evaluate: figures, and what each protocol reads
echo '{}' >vectors.json
cp vectors.npy gallery.npy
cp vectors.csv gallery.csv
echo '{}' >gallery.json
printf '1\nanna 1 2\nanna 1 bert 1\n' >pairs.txt
for file in vectors.npy vectors.csv vectors.json gallery.npy gallery.csv gallery.json pairs.txt; do
    case $file in
    gallery*) more='--gallery gallery.npy' ;;
    pairs*) more='--pairs pairs.txt' ;;
    *) more= ;;
    esac
    for figure in plot det; do
        case $more in --gallery*) continue ;; esac # it draws none
        ln -s "$file" f.svg
        refused f.svg "$file" likeness evaluate vectors.npy $more --$figure f.svg
        rm f.svg
    done
    into "$file" likeness evaluate vectors.npy $more
done
ln -s new/p.svg f.svg
refused f.svg new/p.svg likeness evaluate vectors.npy --plot f.svg --det new/p.svg
rm -f f.svg vectors.json gallery.* pairs.txt kept err

# ---- audit: a folder of five files
mkdir audit
for file in audit.json groups.csv matrix.csv left_out.csv quality.csv; do
    cp vectors.csv audit/$file
    refused audit/$file audit/$file likeness audit vectors.npy --labels audit/$file --group-column label -o audit
    rm audit/$file
done
rmdir audit

# ---- crop
refused . . likeness crop . $find_ -o .
refused photos photos likeness crop photos $find_ -o photos
refused photos/bert photos/bert/ likeness crop photos/bert $find_ -o photos
expect 0 likeness crop photos/bert/3.jpg $find_ -o photos/bert
rm -rf photos/bert/bert photos/bert/3.png

# ---- embed: also the list beside the vectors
cp boxes.csv truth.csv
refused truth.csv truth.csv likeness embed photos --boxes truth.csv $net_ -o truth.npy
refused here/truth.csv truth.csv likeness embed photos --boxes truth.csv $net_ -o here/truth.npy
cp boxes.csv about.json
refused about.json about.json likeness embed photos --boxes about.json $net_ -o about.npy
cp a.png a.npy
refused a.npy a.npy likeness embed a.npy --no-detect $net_ -o ./a.npy
ln -s network.safetensors n.npy
refused n.npy network.safetensors likeness embed photos --no-detect $net_ -o n.npy
ln -s E.csv E.npy
refused E.npy E.csv likeness embed photos --no-detect $net_ -o E.npy
rm n.npy E.npy a.npy

# ---- lesson
refused photos photos likeness lesson --faces photos --group "A=photos/anna/*" $find_ $net_ -o photos
refused photos/anna photos/anna likeness lesson --faces photos --group "A=photos/anna/*" $find_ $net_ -o photos/anna
mkdir page
cp boxes.csv page/lesson.json
refused page/lesson.json page/lesson.json likeness lesson --faces photos --group "A=photos/anna/*" --boxes page/lesson.json $net_ -o page
rm -r page

# ---- train: a run has a folder of its own
refused photos photos likeness train photos -o photos
refused here photos likeness train photos -o here
mkdir run
printf '0 0.1\n' >run/schedule.txt
refused run run/schedule.txt likeness train photos --schedule run/schedule.txt -o run
cp network.safetensors run/best.safetensors
refused run run/best.safetensors likeness train photos --init run/best.safetensors -o run
rm -r run

# ---- synth: a population, and what lies in the folder
printf 'likeness population 1\nname hill\n' >truth.csv
refused truth.csv truth.csv likeness synth --people 1 --photos 1 --size 32 --population truth.csv -o .
rm truth.csv
mkdir mine mine/p0001 kept
echo mine >mine/p0001/001.jpg
refused mine p0001 likeness synth --people 1 --photos 1 --size 32 -o mine
echo mine >kept/truth.csv
refused kept truth.csv likeness synth --people 1 --photos 1 --size 32 -o kept
mkdir mine/other
mv mine/p0001 mine/anna
expect 0 likeness synth --people 3 --photos 3 --size 32 -q -o mine
there mine/anna/001.jpg mine/p0003/003.jpg
echo note >mine/p0003/note.txt
expect 0 likeness synth --people 2 --photos 2 --size 32 --png -q -o mine # the old one has gone
[ "$(find mine -type f | LC_ALL=C sort | tr '\n' ' ')" = "mine/anna/001.jpg mine/p0001/001.png mine/p0001/002.png \
mine/p0002/001.png mine/p0002/002.png mine/p0003/note.txt mine/truth.csv " ] || wrong "an album over another: $(find mine)"

# ---- an album that was begun is begun anew, without the truth of the one before
"$LIKENESS" synth --people 1000000 --photos 2 --size 32 -q -o mine >out 2>err &
turns=0
while [ ! -e mine/p0003/002.jpg ] && [ $turns -lt 4000 ]; do
    turns=$((turns + 1))
    sleep 0.01
done
kill -KILL $!
wait $! 2>/dev/null
absent mine/truth.csv
there mine/.unfinished-album
expect 0 likeness synth --people 1 --photos 1 --size 32 -q -o mine
[ "$(find mine -type f | LC_ALL=C sort | tr '\n' ' ')" = \
    "mine/anna/001.jpg mine/p0001/001.jpg mine/p0003/note.txt mine/truth.csv " ] ||
    wrong "an album over a begun one: $(find mine -type f | head)"
no_leftovers .
finish

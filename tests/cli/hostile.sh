#!/bin/sh
# Every file of tests/crashers through every command that reads its kind: one line
# with the file and the reason, the right exit status, nothing half-written.
. "$(dirname "$0")/lib.sh"
crashers=$(cd "$(dirname "$0")/../crashers" && pwd)
detector="--detector $INPUTS/mtcnn"
net="--weights $INPUTS/network.safetensors"

# refused FILE COMMAND...: fails with one line that names the file.
refused() {
    file=$1
    shift
    expect 1 "$@"
    one_line err
    err_has "^likeness: (.*[ /])?$(basename "$file"): "
    silent out
}

# Photographs. Odd metadata and a palette that is too short are no reason to refuse one.
cp -r "$crashers/image" .
: >image/empty.png
printf 'BM not a kind we read' >image/bitmap.png
cp "$crashers/pt/nan.pt" image/weights.jpg
bad=0
for hostile in image/*; do
    case $hostile in image/exif_* | image/xmp_* | image/text_* | image/profile_* | image/palette_overrun.png) continue ;; esac
    bad=$((bad + 1))
    echo "$hostile" >>bad_ones
done
# each_named STREAM: every bad photograph has one line in it, and no other has.
each_named() {
    sed -n 's/^likeness: \(image[^:]*\): .*/\1/p' "$1" | LC_ALL=C sort >named
    LC_ALL=C sort bad_ones | cmp -s - named || {
        wrong "$last: not the bad photographs are named"
        diff bad_ones named
    }
}
expect 1 likeness detect image $detector --json -q -o found.jsonl
each_named err
[ "$(wc -l <err)" -eq "$bad" ] || wrong "detect: more lines than bad photographs"
expect 1 likeness crop image $detector -q -o crops
each_named err
expect 1 likeness embed image --no-detect $net -q -o E.npy
each_named err
[ "$(grep -c ',failed,' E.csv)" -eq "$bad" ] || wrong "E.csv: not all failures are in it"
good=$(($(ls image | wc -l) - bad))
[ "$(wc -c <E.npy)" -eq $((128 + good * 2048)) ] || wrong "E.npy: not one row a good photograph"
expect 1 likeness lesson --faces image $detector $net -q -o page
each_named err
there page/lesson.html page/lesson.json
for hostile in lying_20000.png half.jpg empty.png; do
    refused $hostile likeness compare image/$hostile "$INPUTS/photos/anna/1.png" $detector \
        --thresholds .56,.48,.5 $net
done

# Weight files: as a network, as a detector's part, to be looked into, converted.
mkdir parts
for hostile in "$crashers"/pt/* "$crashers"/safetensors/*; do
    name=$(basename "$hostile")
    refused "$hostile" likeness embed "$INPUTS/photos" --no-detect --weights "$hostile" -o no.npy
    absent no.npy no.csv
    case $name in nan* | renamed* | shape* | scale*) continue ;; esac # sound files, but not networks
    refused "$hostile" likeness models info "$hostile"
    refused "$hostile" likeness models convert "$hostile" no.safetensors
    absent no.safetensors
done
for name in pt/truncated.pt pt/truncated_legacy.pt pt/nan.pt pt/renamed.pt pt/shape.pt pt/os_system.pt; do
    cp "$INPUTS"/mtcnn/* parts
    cp "$crashers/$name" parts/rnet.pt
    refused rnet.pt likeness detect "$INPUTS/photos" --detector parts -o no.txt
    refused rnet.pt likeness lesson --faces "$INPUTS/photos" --detector parts $net -o nopage -q
    absent no.txt nopage
done

# Arrays.
for hostile in "$crashers"/npy/*; do
    refused "$hostile" likeness pca "$hostile" -o no.npy --plot no.svg
    refused "$hostile" likeness distances "$hostile" -o no.npy --plot no.svg
    refused "$hostile" likeness wss "$hostile"
    absent no.npy no.svg
done

# Tables of labels and of boxes, schedules, populations (which name the line, too).
for hostile in "$crashers"/csv/*; do
    refused "$hostile" likeness wss "$INPUTS/vectors.npy" --labels "$hostile"
    refused "$hostile" likeness detect "$INPUTS/photos" --boxes "$hostile" -o no.txt
    absent no.txt
done
for hostile in "$crashers"/schedule/*; do
    refused "$hostile" likeness train "$INPUTS/photos" --width 0.016 --size 75 --people 2 \
        --photos 2 --schedule "$hostile" -q -o no-run
    absent no-run
done
for hostile in "$crashers"/population/*; do
    expect 1 likeness synth --people 1 --photos 1 --population "$hostile" -o nobody
    one_line err
    err_has "^likeness: (.*/)?$(basename "$hostile"):[0-9]+: "
    absent nobody
done

# Things that are no files at all.
refused null likeness models info /dev/null
refused image likeness models info image
refused image likeness wss image
mkfifo pipe
refused pipe likeness wss pipe

no_leftovers .
finish

#!/bin/sh
# detect, crop, embed and compare on made-up pictures, with made-up networks.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos "$INPUTS"/bad .
cp "$INPUTS"/dot.png .
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"
samples=$(cd "$(dirname "$0")/../fuzz/corpus/image" && pwd)

# Detection: the same faces as text and as JSON, in the order of the names.
expect 0 likeness detect photos $find_
silent err
sed -n 's/^\(photos[^:]*\): .*/\1/p' out >order
printf 'photos/anna/1.png\nphotos/anna/2.png\nphotos/bert/1.png\nphotos/bert/2.png\nphotos/bert/3.jpg\n' |
    cmp -s - order || wrong "the order of the photographs"
out_has '^photos/bert/3\.jpg: 150x90, [0-9]+ faces?$'
out_has '^  probability 0\.[0-9]{4}, box -?[0-9.]+ -?[0-9.]+ -?[0-9.]+ -?[0-9.]+$'
faces=$(grep -c '^  probability' out)
[ "$faces" -gt 0 ] || wrong "no faces: the test says nothing"

expect 0 likeness detect photos $find_ --json
silent err
one_object_a_line
out_has '^\{"path":"photos/anna/1\.png","width":120,"height":100,"faces":\[\{"box":\[-?[0-9.]+,-?[0-9.]+,-?[0-9.]+,-?[0-9.]+\],"prob":0\.[0-9]+,"landmarks":\[(\[-?[0-9.]+,-?[0-9.]+\],?){5}\]\}'
[ "$(grep -o '"prob"' out | wc -l)" -eq "$faces" ] || wrong "JSON and text differ in the faces"
cp out many_threads
expect 0 likeness detect photos $find_ --json --threads 1
cmp -s out many_threads || wrong "detections depend on the threads"
expect 0 likeness detect photos $find_ --json -o d/faces.jsonl
silent out
cmp -s d/faces.jsonl many_threads || wrong "-o differs from standard output"

expect 0 likeness detect photos $find_ --annotate drawn
there drawn/anna/1.png drawn/anna/2.png drawn/bert/1.png drawn/bert/2.png drawn/bert/3.png
cmp -s drawn/anna/1.png photos/anna/1.png && wrong "nothing was drawn"

# A photograph without a face is an answer, no failure; so is one of one pixel.
expect 0 likeness detect dot.png $find_ --json
out_is <<'END'
{"path":"dot.png","width":1,"height":1,"faces":[],"border":"pad"}
END

# At the border faces are padded with black; as facenet-pytorch squeezed, which --border
# says alone, whatever stands first.
expect 0 likeness detect photos $find_ --json
mv out padded
expect 0 likeness detect photos $find_ --json --border squeeze
mv out squeezed
grep -q '"border":"squeeze"}$' squeezed || wrong 'what --border said is not recorded'
cmp -s padded squeezed && wrong '--border changes nothing'
sed 's/,"border":.*//' padded >padded.faces
sed 's/,"border":.*//' squeezed >squeezed.faces
cmp -s padded.faces squeezed.faces && wrong '--border changes no face'
# faces_are FILE OPTION...: the made-up photographs have no EXIF tag that --compat leaves.
faces_are() {
    wanted_faces=$1
    shift
    expect 0 likeness detect photos $find_ --json "$@"
    cmp -s out "$wanted_faces" || wrong "$last: not the faces that are $wanted_faces"
}
faces_are squeezed --compat facenet-pytorch
faces_are padded --compat none
faces_are padded --compat facenet-pytorch --compat none
faces_are padded --border pad --compat facenet-pytorch
faces_are padded --compat facenet-pytorch --border pad
faces_are squeezed --border squeeze --compat none
expect 2 likeness detect photos --border black
err_has "border takes pad or squeeze, not 'black'"

# A photograph that was taken on its side, 21 x 13 pixels as stored, is turned upright
# by its EXIF tag; facenet-pytorch does not look at that.
sides() { sed 's/.*"width":\([0-9]*\),"height":\([0-9]*\).*/\1 \2/' out; }
# turned "WIDTH HEIGHT" OPTION...: what detect and embed make of it.
turned() {
    wanted_sides=$1
    shift
    expect 0 likeness detect "$samples/exif_6.jpg" $find_ --json "$@"
    [ "$(sides)" = "$wanted_sides" ] || wrong "$last: not $wanted_sides pixels"
    expect 0 likeness embed "$samples/exif_6.jpg" --no-detect $net_ --size 80 -q -o turn.npy "$@"
    grep -q ",ok,,0,0,$(echo "$wanted_sides" | tr ' ' ','),,,,,,,,,,,$" turn.csv ||
        wrong "$last: not $wanted_sides pixels"
}
turned '13 21'
cp turn.npy upright.npy
turned '21 13' --compat facenet-pytorch
expect 0 likeness embed "$samples/exif_6.jpg" "$samples/exif_6.jpg" --no-detect $net_ --size 80 -o t.npy --compat facenet-pytorch
[ "$(grep -c 'exif_6\.jpg: is used as it is stored, turned or mirrored' err)" -eq 1 ] || wrong 'not told once'
cmp -s turn.npy upright.npy && wrong 'turning a photograph changes nothing'
turned '13 21' --compat facenet-pytorch --compat none
cmp -s turn.npy upright.npy || wrong '--compat none does not undo --compat facenet-pytorch'

# Bad files are named, one line each, and the rest goes on.
expect 1 likeness detect bad photos/anna nothing.jpg $find_
[ "$(wc -l <err)" -eq 6 ] || wrong "six files are bad"
for name in empty.jpg text.jpg lying.png truncated.png truncated.jpg; do
    err_has "^likeness: bad/$name: "
done
err_has '^likeness: nothing\.jpg: No such file or directory$'
out_has '^photos/anna/2\.png: '
mkdir hollow
expect 1 likeness detect hollow $find_
err_is <<'END'
likeness: hollow: no photographs in this folder (.jpg, .png, .webp, .gif, .bmp, .tif, .heic, .avif)
END
expect 1 likeness detect photos/anna $find_ --max-pixels 12500
out_has '^photos/anna/1\.png: '
err_has '^likeness: photos/anna/2\.png: .* pixels, over the limit of 12500 \(--max-pixels\)$'

# Crops: a name of its own for every face, also where two files share a name.
cp photos/bert/1.png photos/anna/1.jpg
expect 0 likeness crop photos $find_ -o crops --size 64 --margin 8
silent err
out_is <<'END'
6 faces from 6 photographs written to crops; 0 without a face
6 photographs have several faces, of which one was taken (--selection says which, --keep-all takes all)
END
there crops/anna/1.png crops/anna/1-2.png crops/anna/2.png crops/bert/1.png crops/bert/3.png
cmp -s crops/anna/1.png crops/bert/1.png || true
expect 0 likeness crop photos/bert/1.png $find_ -o all --keep-all
there all/bert/1.png all/bert/1_2.png
# Aligned by their landmarks: the template's size, or another; the landmarks may come from
# a file of boxes, and without any there is nothing to align by.
size_of() { od -An -tu1 -j16 -N8 "$1" | tr -s ' ' | sed 's/^ //'; } # of a PNG
expect 0 likeness crop photos/bert/1.png $find_ -o aligned --align arcface
[ "$(size_of aligned/bert/1.png)" = '0 0 0 112 0 0 0 112' ] || wrong 'not the size of the template'
expect 0 likeness crop photos/bert/1.png $find_ -o aligned64 --align arcface --size 64
[ "$(size_of aligned64/bert/1.png)" = '0 0 0 64 0 0 0 64' ] || wrong '--size does not count'
expect 0 likeness crop photos/bert/1.png $find_ -o plain --align none
[ "$(size_of plain/bert/1.png)" = '0 0 0 160 0 0 0 160' ] || wrong 'not the usual size'
expect 0 likeness crop photos/bert/1.png $find_ -o usual
cmp -s plain/bert/1.png usual/bert/1.png || wrong '--align none is not the default'
expect 0 likeness synth --people 1 --photos 1 --size 120 --png --seed 5 -q -o album
expect 0 likeness crop album --boxes album/truth.csv --align arcface -o truth
expect 0 likeness embed album --boxes album/truth.csv $net_ --size 80 -q -o album.npy
expect 0 likeness crop album --boxes album.csv --align arcface -o again
cmp -s truth/p0001/001.png again/p0001/001.png || wrong 'not by the same landmarks'
printf 'path,x1,y1,x2,y2\nalbum/p0001/001.png,20,20,90,90\n' >bare.csv
expect 1 likeness crop album --boxes bare.csv --align arcface -o bare
err_is <<'END'
likeness: album/p0001/001.png: its box came without landmarks, which --align needs
END
expect 2 likeness crop photos -o c --align arcface --margin 4
err_has '--margin is of faces that are cut out by their boxes'
expect 2 likeness crop photos -o c --align sphere
err_has "align takes none, arcface or dlib, not 'sphere'"
expect 0 likeness crop dot.png $find_ -o dots
err_is <<'END'
likeness: warning: dot.png: no face found
END
absent dots
(mkdir -p below && cd below && "$LIKENESS" crop ../dot.png ../photos/bert/1.png $find_ -o here \
    >/dev/null 2>&1 && [ -s here/bert/1.png ]) || wrong "crop of ../ paths"
cp photos/bert/1.png top.png
(cd below && "$LIKENESS" crop ../top.png $find_ -o inner >/dev/null &&
    [ -s "inner/$(basename "$folder")/top.png" ]) || wrong "the label of .. is not the folder's name"
rm photos/anna/1.jpg

# Embedding: a line for every photograph, a row for every face.
cp dot.png "photos/anna/a, \"b\".png"
expect 1 likeness embed photos bad/text.jpg $find_ $net_ -o vec/E.npy
err_has '^likeness: warning: photos/anna/a, "b"\.png: no face found$'
out_is <<'END'
5 faces embedded into vec/E.npy; 1 photograph without a face
5 photographs have several faces, of which one was taken (--selection says which, --keep-all takes all)
END
sed -n '1p;4p;$p' vec/E.csv >lines
points=left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y
points=$points,left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y
printf '%s\n' "row,path,label,face,status,prob,x1,y1,x2,y2,$points,found" \
    ',"photos/anna/a, ""b"".png",anna,,no_face,,,,,,,,,,,,,,,,0' \
    ',bad/text.jpg,bad,,failed,,,,,,,,,,,,,,,,' | cmp -s - lines || wrong "lines of E.csv: $(cat lines)"
[ "$(wc -l <vec/E.csv)" -eq 8 ] || wrong "the number of lines of E.csv"
[ "$(wc -c <vec/E.npy)" -eq $((128 + 5 * 512 * 4)) ] || wrong "the size of E.npy"
rm "photos/anna/a, \"b\".png"

# The .pt file holds the same network; batches of one give the same vectors.
expect 0 likeness embed photos $find_ --weights "$INPUTS/network.pt" -o pt.npy
cmp -s pt.npy vec/E.npy || wrong ".pt and safetensors give different vectors"

# The chain of analyses on what embed wrote.
expect 0 likeness pca vec/E.npy -o P.npy --plot P.svg --labels vec/E.csv
expect 0 likeness distances vec/E.npy -o D.npy --plot D.png --labels vec/E.csv
expect 0 likeness wss vec/E.npy --labels vec/E.csv
out_has '^anna +2 '
out_has '^bert +3 '
there P.npy P.svg D.npy D.png

# Whole images instead of faces.
expect 0 likeness embed photos --no-detect $net_ --size 80 -o whole.npy
out_is <<'END'
5 faces embedded into whole.npy; 0 photographs without a face
END
grep -q '^4,photos/bert/3\.jpg,bert,0,ok,,0,0,150,90,,,,,,,,,,,$' whole.csv || wrong "whole.csv"

# Comparing: a face with itself is at distance 0.
expect 0 likeness compare photos/anna/1.png photos/anna/1.png $find_ $net_
silent err
out_has '^same person, by this threshold$'
out_has '^  distance   0\.0000 '
out_has '^  error rate not known'
expect 0 likeness compare photos/anna/1.png photos/bert/2.png $find_ $net_ --json --threshold 0
one_object_a_line
out_has '"threshold":0\.0,"threshold_source":"given","error_rate":null,"same":false'
# Of several faces one is taken, which is said; --keep-all compares all with all.
expect 0 likeness detect photos/anna/1.png $find_
faces=$(grep -c '^  probability' out)
largest=$(grep '^  probability' out | awk '{ a = ($6 - $4) * ($7 - $5); if (a > most) { most = a; at = NR - 1 } } END { print at + 0 }')
expect 0 likeness compare photos/anna/1.png photos/bert/3.jpg $find_ $net_
out_has "^  photos/anna/1\.png: $faces faces, of which the largest was taken: number $largest, box -?[0-9.]+ -?[0-9.]+ [0-9.]+ [0-9.]+ \(--keep-all compares all\)$"
out_has '^  photos/bert/3\.jpg: '
expect 0 likeness compare photos/anna/1.png photos/bert/3.jpg $find_ $net_ --json
one_line out
out_has "\"a_faces\":$faces,\"a_face\":$largest,\"a_box\":\[[-0-9.,]+\],\"b_faces\":[0-9]+,\"b_face\":[0-9]+,\"b_box\":"
expect 0 likeness compare photos/anna/1.png photos/anna/1.png $find_ $net_ --keep-all --json
one_object_a_line
[ "$(wc -l <out)" -eq $((faces * faces)) ] || wrong "$last: not one object per pair"
[ "$(grep -c '"a_face":\([0-9]*\),.*"b_face":\1,.*"distance":\(0\.0\|[0-9.]*e-7\),' out)" -eq "$faces" ] || wrong "$last: a face is not itself"
expect 0 likeness compare photos/anna/1.png photos/anna/1.png $find_ $net_ --keep-all --batch 5
[ "$(grep -cE '^ +[0-9]+ +[0-9]+ +[0-9.]+ +[0-9.]+  (same person|different people)$' out)" -eq $((faces * faces)) ] ||
    wrong "$last: not one line per pair"
expect 1 likeness compare dot.png photos/anna/1.png $find_ $net_ --json
out_is <<'END'
{"a":"dot.png","b":"photos/anna/1.png","error":"dot.png: no face found"}
END
expect 1 likeness compare photos/anna/1.png photos/anna/1.png $find_ $net_ --selection largest_over_threshold
err_has '^likeness: photos/anna/1\.png: no face with a probability over the threshold$'
expect 1 likeness compare dot.png photos/anna/1.png $find_ $net_
err_is <<'END'
likeness: dot.png: no face found
END
silent out
expect 2 likeness compare photos photos/anna/1.png $find_ $net_
expect 2 likeness compare photos/anna/1.png
err_has 'name two photographs'

# Models that are missing, or not what they should be: nothing is written.
expect 3 likeness embed photos -o no.npy
err_is <<'END'
likeness: the models "mtcnn" and "vggface2" are not here yet: 'likeness models pull mtcnn vggface2' gets them; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
expect 3 likeness embed photos --no-detect -o no.npy
err_is <<'END'
likeness: the model "vggface2" is not here yet: 'likeness models pull vggface2' gets it; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
expect 3 likeness embed photos --no-detect --weights nothing.pt -o no.npy
one_line err
expect 1 likeness detect photos --detector bad -o no.txt
err_is <<'END'
likeness: bad: no pnet.pt and no pnet.safetensors
END
expect 1 likeness embed photos --no-detect --weights "$INPUTS/nan.safetensors" -o no.npy
one_line err
err_has 'nan\.safetensors: tensor "conv2d_1a\.conv\.weight" has nan at element 0'
expect 1 likeness embed photos --no-detect --weights "$INPUTS/lacking.safetensors" -o no.npy
one_line err
err_has 'lacking\.safetensors: has no tensor "last_linear\.weight"'
expect 1 likeness embed photos --no-detect --weights "$INPUTS/shape.safetensors" -o no.npy
one_line err
err_has 'shape\.safetensors: .*mixed_6a\.branch0\.conv\.weight'
expect 1 likeness embed photos --no-detect --weights bad/text.jpg -o no.npy
one_line err
absent no.npy no.csv no.txt
expect 4 likeness embed photos --no-detect $net_ -o photos/anna/1.png/E.npy
one_line err

# Wrong usage.
expect 2 likeness detect
err_has 'name at least one photograph or folder'
expect 2 likeness crop photos
err_has 'name the folder to write into: -o DIR'
expect 2 likeness crop photos -o c --size 10 --margin 10
err_has 'margin 10 must be smaller than --size 10'
expect 2 likeness embed photos -o E.txt
err_has 'ending in \.npy: -o E\.npy'
expect 2 likeness embed photos -o E.npy --size 74
err_has 'size must be at least 75'
expect 2 likeness detect photos --thresholds 1,2
err_has "thresholds takes three numbers from 0 to 1, with commas between them, not '1,2'"
expect 2 likeness detect photos --selection best
err_has 'selection takes largest, probability'
expect 2 likeness detect photos --compat torch
err_has "compat takes facenet-pytorch or none, not 'torch'"

# A closed pipe is no noise.
("$LIKENESS" detect photos photos photos $find_ --json 2>err; :) | head -c 1 >/dev/null
last='detect | head'
silent err

# Ctrl-C: dies of the signal, and what was begun is gone.
mkdir many
for i in $(seq 30); do cp photos/bert/2.png many/$i.png; done
"$LIKENESS" embed many $find_ $net_ -o stopped/E.npy >out 2>err &
pid=$!
tries=0
while [ ! -d stopped ] && [ "$tries" -lt 200 ]; do sleep 0.01; tries=$((tries + 1)); done
kill -TERM $pid
wait $pid
[ $? -eq 143 ] || wrong "embed after SIGTERM"
[ -z "$(ls stopped)" ] || wrong "SIGTERM left $(ls stopped)"

# A progress bar only where somebody looks.
expect 0 likeness detect many $find_ -o many.txt
silent err
if command -v script >/dev/null; then
    script -qec "'$LIKENESS' detect many many many $find_ -o many.txt" typed >/dev/null 2>&1 </dev/null
    grep -q 'detecting \[[#.]*\] [0-9]*/90  [0-9.]*/s  [0-9]*:[0-9][0-9] left' typed ||
        echo "note: too fast for a progress bar"
    script -qec "'$LIKENESS' detect many many many $find_ -q -o many.txt" typed >/dev/null 2>&1 </dev/null
    grep -q 'detecting' typed && wrong "-q shows a progress bar"
fi

no_leftovers .
finish

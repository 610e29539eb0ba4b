#!/bin/sh
# dlib's network, whose vectors have another width than 512 and another length than 1:
# embed takes it as it is. model.sh takes it through the other commands.
. "$(dirname "$0")/lib.sh"
"$MAKE_DLIB" network dlib.dat || exit 99
expect 0 likeness synth --people 2 --photos 2 --size 64 --png -q -o album
set -- album/p000*/*.png

# A row has 128 numbers, in E.npy and as JSON, and others take the table.
embed="likeness embed --weights dlib.dat --no-detect --size 150"
expect 0 $embed "$@" -o E.npy
out_has '^4 faces embedded into E.npy'
expect 0 grep -q '"dimensions": 128' E.json
expect 0 $embed "$@" --json
checks=$((checks + 1))
[ "$(sed 's/.*"embedding": *\[//;s/\].*//' out | tr , '\n' | wc -l)" -eq 512 ] ||
    wrong 'the JSON has not 4 times 128 numbers'
expect 0 likeness distances E.npy --no-labels -o D.npy

# Its crops have 150 pixels, which it says itself.
expect 0 likeness embed --weights dlib.dat --no-detect "$@" -o S.npy
cmp -s S.npy E.npy || wrong 'other vectors than with --size 150'
expect 2 likeness embed --weights dlib.dat --no-detect --size 160 "$1" -o F.npy
err_is <<'END'
likeness: --size 160: dlib.dat takes faces of 150 pixels
END
absent F.npy

# Others take it, too (model.sh).
expect 0 likeness compare --weights dlib.dat --no-detect "$1" "$2"
out_has "^  threshold  0\.6000  \(dlib's author\)$"

# Faces are aligned by the landmarks that come with it, here made-up ones.
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
expect 3 likeness crop "$1" $find_ --align dlib -o chips
err_is <<'END'
likeness: the model "dlib" is not here yet: 'likeness models pull dlib' gets it
END
mkdir mirror && mv dlib.dat mirror/dlib_face_recognition_resnet_model_v1.dat
"$MAKE_DLIB" predictor mirror/shape_predictor_5_face_landmarks.dat || exit 99
LIKENESS_MIRROR=$folder/mirror LIKENESS_MIRROR_UNPINNED=1 expect 0 likeness models pull dlib
cp mirror/dlib_face_recognition_resnet_model_v1.dat dlib.dat
size_of() { od -An -tu1 -j16 -N8 "$1" | tr -s ' ' | sed 's/^ //'; } # of a PNG
expect 0 likeness crop album --boxes album/truth.csv --align dlib -o chips
out_has '^4 faces from 4 photographs written to chips; '
[ "$(size_of chips/p0001/001.png)" = '0 0 0 150 0 0 0 150' ] || wrong 'not the size of a chip'
expect 0 likeness crop album --boxes album/truth.csv --align dlib --size 150 -o chips
expect 2 likeness crop album --boxes album/truth.csv --align dlib --size 160 -o chips160
err_has '^likeness crop: --size 160: --align dlib gives faces of 150 pixels$'
absent chips160
expect 0 likeness crop "$INPUTS/photos/bert/1.png" $find_ --align dlib -o found
there found/bert/1.png
printf 'path,x1,y1,x2,y2\n%s,20,20,50,50\n' "$1" >bare.csv
expect 1 likeness crop "$1" --boxes bare.csv --align dlib -o bare
err_has ': its box came without landmarks, which --align needs$'

# --weights dlib alone implies both; what was cut out already is taken as it is.
expect 0 likeness embed album --boxes album/truth.csv --weights dlib -o aligned.npy
out_has '^4 faces embedded into aligned\.npy'
expect 0 grep -q '"alignment": "dlib"' aligned.json
expect 0 grep -q '"dimensions": 128' aligned.json
expect 0 likeness embed chips --no-detect --weights dlib -o whole.npy
expect 0 grep -q '"alignment": "none"' whole.json
cmp -s aligned.npy whole.npy || wrong 'not from the chips that crop writes'
expect 2 likeness embed album --boxes album/truth.csv --weights dlib --size 160 -o other.npy
err_has '^likeness: --size 160: dlib takes faces of 150 pixels$'
absent other.npy
mv cache/likeness/models/dlib away
expect 3 likeness embed album --boxes album/truth.csv --weights dlib -o other.npy
err_is <<'END'
likeness: the model "dlib" is not here yet: 'likeness models pull dlib' gets it; the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
mv away cache/likeness/models/dlib

# Where other weights are missing, it is named.
expect 3 likeness compare $find_ "$1" "$2"
err_is <<'END'
likeness: the model "vggface2" is not here yet: 'likeness models pull vggface2' gets it; here already: --weights dlib; the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END

# What is no whole file of it is named.
head -c 1000000 dlib.dat >cut.dat
expect 1 likeness embed --weights cut.dat --no-detect --size 150 "$1" -o F.npy
err_has '^likeness: cut.dat: layer [0-9]+ of 130: a tensor of .* does not fit into the file: cut short\?$'
absent F.npy
finish

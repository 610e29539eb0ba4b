#!/bin/sh
# A model says itself which faces it takes and how its vectors are compared: trained ones in
# their file, those of others in FILE.json. Options go before both.
. "$(dirname "$0")/lib.sh"
mkdir mirror
"$MAKE_DLIB" network dlib.dat || exit 99
"$MAKE_DLIB" predictor mirror/shape_predictor_5_face_landmarks.dat || exit 99
cp dlib.dat mirror/dlib_face_recognition_resnet_model_v1.dat
expect 0 likeness synth --people 4 --photos 3 --size 110 --png -q -o album
says() { # FILE TEXT...: of E.json
    file=$1
    shift
    for text; do
        checks=$((checks + 1))
        tr -d '\n ' <"$file" | grep -qF -- "$text" || wrong "$last: $file does not say $text"
    done
}

# ---- what was trained at 96 pixels is embedded at 96 pixels
tiny='--miner all --width 0.016 --people 2 --photos 2 --validation 0 --steps 1 --threads 1 -q'
boxes='--boxes album/truth.csv'
expect 0 likeness train album $tiny --detect $boxes --size 96 --crop-margin 12 -o run
for weights in run/last.safetensors run/last.pt; do
    expect 0 likeness embed album $boxes --weights $weights -o E.npy
    says E.json '"faces":{"size":96,"margin":12,' '"alignment":"none"' '"traits":{"name":"InceptionResnetV1","size":96,"margin":12,'
    expect 0 likeness embed album $boxes --weights $weights --size 96 --margin 12 -o same.npy
    cmp -s E.npy same.npy || wrong "$weights: other vectors than with --size 96 --margin 12"
done
expect 0 likeness embed album $boxes --weights run/last.pt --size 80 -o E.npy
says E.json '"faces":{"size":80,"margin":10,' # as large a part of the face
expect 0 likeness embed album $boxes --weights run/last.pt --size 80 --margin 0 -o E.npy
says E.json '"faces":{"size":80,"margin":0,'
expect 0 likeness embed album --no-detect --weights run/last.pt -o E.npy
says E.json '"faces":{"size":96,"margin":0,'
# a run that starts from it learns on the same faces
expect 0 likeness train album $tiny --detect $boxes --init run/last.safetensors -o more
expect 0 likeness models describe more/last.safetensors
out_has '^more/last\.safetensors, as the file says:$'
out_has '^  size +96 pixels$'
out_has '^  margin +12 pixels$'
expect 0 likeness models describe more/last.pt --json
out_has '"path":"more/last\.pt","source":"beside",.*"size":96,"margin":12,'
# converted, it stays known
expect 0 likeness models convert run/last.safetensors half.safetensors --half
expect 0 likeness models convert half.safetensors plain.pt
for weights in half.safetensors plain.pt; do
    expect 0 likeness models describe $weights
    out_has '^  size +96 pixels$'
done
# without a threshold of its own there is no verdict
set -- album/p0001/001.png album/p0001/002.png
expect 0 likeness compare "$@" $boxes --weights run/last.safetensors
out_has '^no threshold is known$'
out_has '^  threshold  none is known for this model; --threshold T gives one$'
expect 0 likeness compare "$@" $boxes --weights run/last.safetensors --json
out_has '"threshold":null,"threshold_source":null,"error_rate":null,"same":null'
expect 0 likeness compare "$@" $boxes --weights run/last.safetensors --threshold 2
out_has '^same person, by this threshold$'

# ---- FILE.json beside the file of others
cp "$INPUTS/network.safetensors" w.safetensors
expect 0 likeness embed album $boxes --weights w.safetensors -o K.npy
says K.json '"faces":{"size":160,"margin":0,'
expect 0 likeness models describe w.safetensors --size 90 --margin 9 --metric cosine \
    --threshold 0.4 --threshold-source 'its maker'
out_has '^w\.safetensors, as the \.json beside it says:$'
there w.safetensors.json
expect 0 likeness embed album $boxes --weights w.safetensors -o W.npy
says W.json '"faces":{"size":90,"margin":9,' '"metric":"cosine"' '"threshold_source":"itsmaker"'
expect 0 likeness embed album $boxes --weights w.safetensors --size 100 --margin 0 -o O.npy
says O.json '"faces":{"size":100,"margin":0,'
# the table's metric is what others take
expect 0 likeness roc W.npy --far 0.1
out_has '^compared by cosine distance$'
expect 0 likeness roc W.npy --far 0.1 --metric euclidean --json
out_has '"metric":"euclidean"'
expect 0 likeness distances W.npy -o D.npy
out_has '^12 rows; cosine distances '
expect 0 likeness compare "$@" $boxes --weights w.safetensors
out_has '^  distance   [0-9.]+  \(1 - the cosine, 0 to 2\)$'
out_has '^  threshold  0\.4000  \(its maker\)$'
expect 0 likeness compare "$@" $boxes --weights w.safetensors --metric euclidean
out_has '^  distance   [0-9.]+  \(Euclidean, 0 to 2\)$'
out_has '^  threshold  none is known for this model by this metric; --threshold T gives one$'
# blue first, and other means, are other vectors
expect 0 likeness models describe w.safetensors --colours bgr --mean 1,2,3 --json
out_has '"size":90,.*"colours":"bgr","mean":\[1\.0,2\.0,3\.0\],'
expect 0 likeness embed album $boxes --weights w.safetensors -o B.npy
says B.json '"preprocessing":"(x-[1,2,3])/[128,128,128],bluefirst"'
! cmp -s B.npy W.npy || wrong 'colours and means change nothing'
# aligned, its faces have no margin
expect 0 likeness models describe w.safetensors --size 112 --margin 0 --align arcface
expect 0 likeness embed album $boxes --weights w.safetensors -o A.npy
says A.json '"faces":{"size":112,"margin":0,' '"alignment":"arcface"'
expect 0 likeness embed album $boxes --weights w.safetensors --align none --margin 8 -o A.npy
says A.json '"faces":{"size":112,"margin":8,' '"alignment":"none"'
expect 2 likeness embed album $boxes --weights w.safetensors --margin 8 -o none.npy
err_is <<'END'
likeness: --margin 8: this model's faces are aligned, by the template arcface, and have no margin; --align none cuts them out by their boxes
END
expect 2 likeness compare "$@" --no-detect --align arcface
err_has 'no-detect takes photographs whole: nothing says where to --align them'
absent none.npy
# what cannot be is named, and nothing is written
expect 2 likeness models describe w.safetensors --margin 200
err_has 'a margin of 200 pixels is not smaller than'
expect 2 likeness models info w.safetensors --size 100
err_has "^likeness: --size is of 'likeness models describe'$"
expect 2 likeness models describe w.safetensors --align sideways
err_has "^likeness models: --align takes none, arcface or dlib, not 'sideways'"
for text in no '{}' '{"format": "likeness model", "version": 1, "size": "big"}' \
    '{"format": "likeness model", "version": 1, "allign": "none"}'; do
    echo "$text" >w.safetensors.json
    cp w.safetensors.json before
    for command in 'embed -o none.npy album' "compare $*" 'models describe --size 90'; do
        options="$boxes --weights"
        [ "${command%% *}" = models ] && options=
        expect 1 likeness $command $options w.safetensors
        err_has '^likeness: w\.safetensors\.json: '
    done
    cmp -s w.safetensors.json before || wrong "describe replaced $text"
done
absent none.npy
# a file that nothing here reads yet can be described
: >w.onnx
expect 0 likeness models describe w.onnx --size 112 --align arcface --metric cosine
there w.onnx.json

# ---- a network of another width, whose vectors have any length
expect 3 likeness embed album $boxes --weights dlib.dat -o E.npy
err_has "'likeness models pull dlib' gets it" # its landmarks
LIKENESS_MIRROR=$folder/mirror LIKENESS_MIRROR_UNPINNED=1 expect 0 likeness models pull dlib
expect 0 likeness embed album $boxes --weights dlib.dat -o E.npy
says E.json '"dimensions":128' '"faces":{"size":150,' '"alignment":"dlib"' '"unit":false' '"threshold":0.6' \
    '"preprocessing":"(x-[122.782,117.001,104.298])/[256,256,256]"'
for command in 'pca E.npy -o P.npy' 'distances E.npy -o D.npy' 'wss E.npy' \
    'roc E.npy --far 0.1'; do
    expect 0 likeness $command
done
expect 0 likeness compare "$@" $boxes --weights dlib.dat
out_has ', by this threshold$'
out_has '^  distance   [0-9.]+  \(Euclidean\)$'
out_has "^  threshold  0\.6000  \(dlib's author\)$"
expect 0 likeness compare "$@" $boxes --weights dlib.dat --keep-all --json
one_object_a_line
out_has "\"metric\":\"euclidean\",.*\"threshold\":0\.6,\"threshold_source\":\"dlib's author\",\"error_rate\":null,\"same\":(true|false)"
expect 2 likeness compare "$@" $boxes --weights dlib.dat --size 160
err_has '^likeness: --size 160: dlib.dat takes faces of 150 pixels$'
expect 0 likeness embed album $boxes --weights dlib.dat --align none -o E.npy
says E.json '"faces":{"size":150,"margin":0,' '"alignment":"none"'
expect 0 likeness models describe dlib
out_has '^  align +dlib$'
expect 0 likeness lesson --faces album $boxes --group 'A=album/p0001/*' --weights dlib.dat -o lesson
says lesson/lesson.json '"embedding_size":128'
grep -q 'An embedding of this network may have any length' lesson/lesson.html ||
    wrong 'the page says that vectors have length 1'
! grep -q 'Each embedding has length 1' lesson/lesson.html || wrong 'the page says length 1'
expect 2 likeness lesson --faces album $boxes --weights dlib.dat --size 160 -o none
err_has '^likeness: --size 160: dlib.dat takes faces of 150 pixels$'
finish

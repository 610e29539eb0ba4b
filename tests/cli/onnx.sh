#!/bin/sh
# Networks of others: an ONNX file with a FILE.onnx.json beside it, and what is often given
# in place of weights.
. "$(dirname "$0")/lib.sh"
data=$(cd "$(dirname "$0")/../data" && pwd)
cp "$data/onnx/mobilefacenet.onnx" m.onnx
expect 0 likeness synth --people 2 --photos 2 --size 112 --png -q -o album
set -- album/p000*/*.png
embed='likeness embed --no-detect --weights m.onnx'

# ---- what the network takes must be said
for command in 'embed -o F.npy' 'compare --threshold 1'; do
    expect 1 likeness $command --no-detect --weights m.onnx "$1" "$2"
    err_is <<'END'
likeness: m.onnx: an ONNX file does not say which faces its network takes; m.onnx.json is to say size, margin, resize, align, colours, mean, deviation, width, unit, metric and threshold. 'likeness models describe m.onnx --size 112 --align arcface --metric cosine ...' writes it
END
done
expect 0 likeness models describe m.onnx --size 112 --align arcface --metric cosine --threshold 0.6
there m.onnx.json
expect 0 $embed "$@" -o E.npy
out_has '^4 faces embedded into E.npy'
expect 0 grep -q '"dimensions": 64' E.json
expect 0 likeness compare --no-detect --weights m.onnx "$1" "$2"
out_has '^  threshold  0\.6000'
expect 0 likeness distances E.npy -o D.npy
out_has '^4 rows; cosine distances'

expect 2 $embed "$@" --precision int8 -o none.npy
err_has "^likeness: .*m.onnx: its weights are not quantised, which precision int8 needs: 'likeness models quantize .*m.onnx --calibrate PHOTOS -o W.int8.safetensors' does it$"

# ---- in whole numbers: the graph and what is known of it are in one file of tensors
whole='likeness models quantize m.onnx --no-detect --calibrate album'
expect 0 $whole -o w.safetensors
out_has '^cosine to f32: least 0\.99[0-9]*, median 0\.99'
expect 0 $whole -o again.safetensors
cmp -s w.safetensors again.safetensors || wrong 'the same photographs give another file'
expect 0 likeness models describe w.safetensors --json
out_has '"size":112,.*"align":"arcface",.*"width":64,.*"metric":"cosine","threshold":0\.6'
expect 0 likeness embed --no-detect --weights w.safetensors "$@" -o W.npy
expect 0 grep -q '"precision": "int8"' W.json
expect 0 grep -q '"alignment": "none"' W.json # --no-detect
cmp -s E.npy W.npy && wrong 'whole numbers give the vectors of floats'
expect 0 likeness embed --no-detect -q --weights w.safetensors --precision f32 "$@" -o wide.npy
expect 0 grep -q '"precision": "float32"' wide.json
cmp -s wide.npy W.npy && wrong 'f32 gives the vectors of whole numbers'
ONEDNN_MAX_CPU_ISA=AVX512_CORE expect 0 likeness embed --no-detect -q --weights w.safetensors "$@" -o masked.npy
cmp -s W.npy masked.npy || wrong 'plain loops give other numbers'
expect 0 likeness compare --no-detect --weights w.safetensors "$1" "$2" --json
out_has '"precision":"int8"'
expect 0 likeness enroll Ada "$1" --no-detect --weights w.safetensors --gallery whole.db
expect 0 likeness identify "$2" --no-detect --weights w.safetensors --precision f32 --gallery whole.db
err_has 'whole.db: its vectors were made in int8 numbers, those of now are in float32: distances differ by a little$'
expect 0 likeness enroll Ada "$1" --no-detect --weights m.onnx --gallery wide.db
expect 0 likeness identify "$2" --no-detect --weights w.safetensors --gallery wide.db
err_has 'wide.db: its vectors were made in float32 numbers, those of now are in int8: distances differ by a little$'
expect 0 likeness models describe w.safetensors --json
out_has "\"quantised_from\":\"$(sha256sum <m.onnx | cut -d ' ' -f 1)\""
expect 0 likeness models describe m.onnx --json
grep -q quantised_from out && wrong 'floats are quantised'
for copy in copy.safetensors copy.pt; do
    expect 0 likeness models convert w.safetensors $copy
    expect 0 likeness embed --no-detect -q --weights $copy "$@" -o copy.npy --force
    cmp -s W.npy copy.npy || wrong "$copy is another network"
done
expect 2 likeness models quantize w.safetensors --no-detect --calibrate album -o x.safetensors
err_has '^likeness: w\.safetensors: is quantised already$'
expect 1 likeness train album --size 80 --init w.safetensors -o run
err_has 'w\.safetensors: holds no InceptionResnetV1 .*, and only that is trained$'
expect 1 likeness models quantize "$data/onnx/iresnet.onnx" --no-detect --calibrate album -o x.safetensors
err_has 'iresnet\.onnx: an ONNX file does not say which faces its network takes'
absent x.safetensors

# ---- and must fit it
cp m.onnx.json kept.json
expect 2 likeness models describe m.onnx --size 128 --align arcface --metric cosine
err_has '^likeness: m\.onnx: takes faces of 112 pixels, not of 128$'
cmp -s m.onnx.json kept.json || wrong 'a description that does not fit was written'
sed 's/"size": 112/"size": 128/' kept.json >m.onnx.json
expect 1 $embed "$1" -o F.npy
err_has '^likeness: m\.onnx\.json: says faces of 128 pixels, the network takes 112$'
expect 0 likeness models describe m.onnx --size 112 --align arcface --unit
expect 1 $embed "$1" -o F.npy
err_has '^likeness: m\.onnx: the network.s numbers for face 1 of 1 have the length [0-9.e+]*, expected 1$'
absent F.npy

# ---- a threshold is one of the model's metric, whoever takes it
cp kept.json m.onnx.json
for command in "compare $1 $2" "verify Ada $1" "identify $1" "enroll Ada $1"; do
    expect 2 likeness $command --no-detect --weights m.onnx --threshold 3
    err_has '^likeness: --threshold is 3, cosine distances go from 0 to 2$'
    case $command in compare*) expect 0 likeness enroll Ada "$1" --no-detect --weights m.onnx ;; esac
done
expect 2 likeness audit E.npy --group 'A=*/p0001/*' --group 'B=*/p0002/*' --threshold 0.5,3 -o audit
err_has '^likeness: --threshold is 3, cosine distances go from 0 to 2$'
absent audit
expect 2 likeness models describe m.onnx --threshold 3
err_has '^likeness: a threshold of 3, cosine distances go from 0 to 2$'

# ---- describe writes beside a file that the user named
expect 2 likeness models describe synthetic --size 80
err_has '^likeness: synthetic: is a name, and what is said of a model is written beside its file: give the file'
expect 2 likeness models describe m.onnx --half
err_has "^likeness: --half is of 'likeness models convert'\$"

# ---- only InceptionResnetV1 is trained
expect 2 likeness train album --size 80 --init yunet -o run
err_has '^likeness: yunet: is a face detector, expected a network that turns faces into numbers$'
expect 1 likeness train album --size 80 --init m.onnx -o run
err_has '^likeness: m\.onnx: is an ONNX file; only InceptionResnetV1 is trained, from its weights$'
expect 1 likeness train album --size 80 --init "$data/checkpoints/plain.legacy.pt" -o run
err_has 'plain\.legacy\.pt: holds no InceptionResnetV1 \(no tensor "conv2d_4b\.conv\.weight" among its [0-9]*\), and only that is trained$'

# ---- an operator that is not taken is named
cp "$data/../crashers/onnx/unknown" u.onnx
expect 0 likeness models describe u.onnx --size 8 --align arcface
expect 1 likeness embed --no-detect --weights u.onnx "$1" -o F.npy
err_has '^likeness: u\.onnx: node "spin" \(Loop\): this operator is not taken$'

# ---- what is no weights is named alike by every command
for sample in lfs page xml error script; do
    cp "$data/checkpoints/$sample" w.pt
    for command in "embed --no-detect --weights w.pt $1 -o F.npy" \
        "compare --no-detect --threshold 1 --weights w.pt $1 $2" 'models info w.pt' \
        'models describe w.pt' 'models convert w.pt x.safetensors'; do
        expect 1 likeness $command
        err_has '^likeness: w\.pt: is (a pointer of Git LFS|an HTML page|an XML page|JSON|a TorchScript archive)'
    done
done

# ---- as under an ONNX file's name, and for a detector
for sample in lfs page xml error script; do
    cp "$data/checkpoints/$sample" w.onnx
    for command in "embed --no-detect --weights w.onnx $1 -o F.npy" 'models describe w.onnx' \
        'models describe w.onnx --size 112' "detect --detector w.onnx $1" \
        "train album --size 80 --init w.onnx -o run"; do
        expect 1 likeness $command
        err_has '^likeness: w\.onnx: is (a pointer of Git LFS|an HTML page|an XML page|JSON|a TorchScript archive)'
    done
    absent w.onnx.json
done

# ---- names as wrappers leave them
expect 0 likeness models convert "$data/checkpoints/both.zip.pt" out.safetensors
expect 0 likeness models convert "$data/checkpoints/plain.legacy.pt" plain.safetensors
cmp -s out.safetensors plain.safetensors || wrong 'another state dict than the plain one'
expect 1 likeness embed --no-detect -v --weights "$data/checkpoints/both.zip.pt" "$1" -o F.npy
err_has 'weights: all names begin with _orig_mod\.module\., which is left out$'
finish

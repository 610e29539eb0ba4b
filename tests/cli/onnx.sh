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

# ---- and must fit it
expect 0 likeness models describe m.onnx --size 128 --align arcface --metric cosine
expect 1 $embed "$1" -o F.npy
err_has '^likeness: m\.onnx\.json: says faces of 128 pixels, the network takes 112$'
expect 0 likeness models describe m.onnx --size 112 --align arcface --unit
expect 1 $embed "$1" -o F.npy
err_has '^likeness: m\.onnx: the network.s numbers for face 1 of 1 have the length [0-9.e+]*, expected 1$'
absent F.npy

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

# ---- names as wrappers leave them
expect 0 likeness models convert "$data/checkpoints/both.zip.pt" out.safetensors
expect 0 likeness models convert "$data/checkpoints/plain.legacy.pt" plain.safetensors
cmp -s out.safetensors plain.safetensors || wrong 'another state dict than the plain one'
expect 1 likeness embed --no-detect -v --weights "$data/checkpoints/both.zip.pt" "$1" -o F.npy
err_has 'weights: all names begin with _orig_mod\.module\., which is left out$'
finish

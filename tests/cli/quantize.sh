#!/bin/sh
# models quantize: whole numbers run by themselves, are said to, and give the same with the
# processor's instructions and without; what cannot be quantised, or run so, is said.
. "$(dirname "$0")/lib.sh"

expect 0 likeness synth -q --people 6 --photos 4 --seed 5 -o people
quantize='likeness models quantize synthetic --no-detect'

expect 0 $quantize --calibrate people -o w.int8.safetensors
out_has '^w.int8.safetensors: .* MB, .*synthetic.safetensors has '
out_has '^calibrated with 12 photographs, measured with 12 others$'
out_has '^cosine to f32: least 0\.99[0-9]*, median 0\.99'
out_has '^f32$'
out_has '^int8$'
out_has '^AUC  *0\.'
out_has '^TAR at FAR 0.001  *not estimable: 60 different pairs, at least 1000 are needed$'
expect 0 $quantize --calibrate people/p* -o again.safetensors --json
out_has '"calibrated":12,"measured":12,"cosine":\{"least":0\.9'
cmp -s w.int8.safetensors again.safetensors || wrong 'the same photographs give another file'
set -- people/*
expect 0 $quantize --calibrate "$1" -o one.safetensors
out_has '^no AUC and no TAR: the photographs measured are all in one folder: there are no two people to tell apart$'
expect 0 likeness models describe w.int8.safetensors
out_has '^  size  *96 pixels$'
expect 0 likeness models info w.int8.safetensors
out_has '^conv2d_4b.conv.weight  *int8 '
[ "$(wc -c <w.int8.safetensors)" -lt 2100000 ] || wrong 'the file is large'

embed='likeness embed people --no-detect -q --weights'
says() { # FILE NUMBERS
    checks=$((checks + 1))
    grep -q "\"precision\": \"$2\"" "$1" || wrong "$1 does not say $2"
}
expect 0 $embed w.int8.safetensors -o usual.npy
says usual.json int8
for precision in int8 own; do
    expect 0 $embed w.int8.safetensors --precision $precision -o $precision.npy
    cmp -s usual.npy $precision.npy || wrong "$precision of whole numbers is not int8"
done
masked() { # ISA COMMAND...
    ONEDNN_MAX_CPU_ISA=$1
    export ONEDNN_MAX_CPU_ISA
    shift
    "$@"
    masked_status=$?
    unset ONEDNN_MAX_CPU_ISA
    return $masked_status
}
expect 0 masked AVX512_CORE likeness embed people --no-detect --weights w.int8.safetensors -o masked.npy
err_has 'warning: w.int8.safetensors: runs in int8, for which this processor has no instructions .*--precision auto$'
says masked.json int8
cmp -s usual.npy masked.npy || wrong 'plain loops give other numbers'
expect 0 masked AVX512_CORE_VNNI $embed w.int8.safetensors -o quads.npy
cmp -s usual.npy quads.npy || wrong 'hiding AMX, or nothing, gives other numbers'
expect 0 masked AVX2 $embed w.int8.safetensors -o blocks.npy # of 8 channels
says blocks.json int8
expect 0 masked AVX2 likeness embed people --no-detect --weights w.int8.safetensors --precision auto -o auto.npy
silent err
says auto.json float32
expect 0 likeness embed people --no-detect --weights w.int8.safetensors --precision f32 -v -o f32.npy
err_has 'weights: whole numbers, widened to run in f32; they are no more exact for it'
says f32.json float32
photographs=$(ls people/*/* | head -n 2)
expect 0 likeness compare $photographs --weights w.int8.safetensors --no-detect --json
out_has '"precision":"int8"'

# What cannot be done.
expect 2 $embed synthetic --precision int8 -o none.npy
err_has "synthetic.safetensors: its weights are not quantised, which precision int8 needs: 'likeness models quantize "
[ ! -e none.npy ] || wrong 'a table without a network'
expect 2 likeness models quantize w.int8.safetensors --no-detect --calibrate people -o x.safetensors
err_has '^likeness: w.int8.safetensors: is quantised already$'
expect 2 $quantize --calibrate people
err_has 'name the file to write, ending in .safetensors: -o W.int8.safetensors$'
expect 2 $quantize --calibrate people -o x.pt
err_has 'ending in .safetensors'
expect 2 $quantize -o x.safetensors
err_has 'name photographs to calibrate with: --calibrate FOLDER$'
expect 2 likeness models list --calibrate people
err_has "are of 'likeness models quantize'"
: >network.onnx
expect 1 likeness models quantize network.onnx --no-detect --calibrate people -o x.safetensors
err_has '^likeness: network.onnx: is empty$'
expect 1 $quantize --calibrate $(ls people/*/* | head -n 1) -o x.safetensors
err_has 'found 1 face to calibrate with and 0 to measure with \(every second photograph\): at least one of each is needed$'
expect 1 $quantize --calibrate network.onnx -o x.safetensors
err_has 'found 0 faces to calibrate with and 0 to measure with'
mkdir some
cp "$(ls people/*/* | head -n 1)" some/1.jpg
cp "$(ls people/*/* | tail -n 1)" some/2.jpg
echo none >some/3.jpg
expect 1 $quantize --calibrate some -o some.safetensors # of those that could be read
err_has '^likeness: some/3.jpg: not a JPEG'
out_has '^calibrated with 1 photograph, measured with 1 other$'
there some.safetensors
cp w.int8.safetensors same.safetensors
expect 2 likeness models quantize same.safetensors --no-detect --calibrate people -o same.safetensors
head -c 100000 w.int8.safetensors >cut.safetensors
expect 1 $embed cut.safetensors -o none.npy
[ ! -e x.safetensors ] || wrong 'a file in spite of it'
finish

#!/bin/sh
# --precision: which numbers the network ran in is written down, and what this processor
# cannot do is said before anything is done.
. "$(dirname "$0")/lib.sh"

expect 0 likeness synth -q --people 3 --photos 2 --seed 5 -o people
embed='likeness embed people --weights synthetic --no-detect'
says() { # FILE NUMBERS
    checks=$((checks + 1))
    grep -q "\"precision\": \"$2\"" "$1" || wrong "$1 does not say $2"
}

expect 0 $embed -o usual.npy
says usual.json float32
expect 0 $embed --precision f32 -o f32.npy
cmp -s usual.npy f32.npy || wrong 'f32 is not the default'
expect 2 $embed --precision int8 -o none.npy
err_has '^likeness: .*\.safetensors: its weights are not quantised, which precision int8 needs: .likeness models quantize .*\.safetensors --calibrate PHOTOS '
one_line err
expect 2 $embed --precision half -o none.npy
err_has '^likeness embed: --precision takes f32, bf16, auto, int8 or own, not .half.$'

# A processor without the instructions, or as if it were one.
masked() {
    ONEDNN_MAX_CPU_ISA=AVX512_CORE "$@"
}
expect 4 masked $embed --precision bf16 -o none.npy
err_has '^likeness: precision bf16 needs a processor with AVX512_BF16, which this one has not'
[ ! -e none.npy ] || wrong 'a table without a network'
expect 0 masked $embed --precision auto -o auto.npy
says auto.json float32
cmp -s usual.npy auto.npy || wrong 'auto without bf16 is not f32'

likeness embed people --weights synthetic --no-detect --precision bf16 -o bf16.npy >out 2>err
if [ $? -eq 4 ]; then
    err_has 'precision bf16 needs a processor'
    echo 'SKIPPED: this processor has no bf16'
    finish
fi
says bf16.json bfloat16
if cmp -s usual.npy bf16.npy; then wrong 'bf16 gives the numbers of f32'; fi
photographs=$(ls people/*/* | head -n 2)
expect 0 likeness compare $photographs --weights synthetic --no-detect --json
out_has '"precision":"float32"'
expect 0 likeness compare $photographs --weights synthetic --no-detect --precision bf16 --json
out_has '"precision":"bfloat16"'

expect 0 $embed --precision bf16 --force -o again.npy
cmp -s bf16.npy again.npy || wrong 'bf16 differs from run to run'

# AMX is hidden in the same way; bf16 is there without it.
without_tiles() {
    ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 "$@"
}
expect 0 without_tiles $embed --precision bf16 -o pairs.npy
says pairs.json bfloat16
if ! grep -q amx_bf16 /proc/cpuinfo; then
    cmp -s bf16.npy pairs.npy || wrong 'another bf16 without AMX, which is not there'
elif cmp -s bf16.npy pairs.npy; then
    echo 'SKIPPED: the system does not lend the AMX that this processor has'
else
    expect 0 $embed --precision auto --force -o auto.npy
    says auto.json bfloat16
fi
finish

#!/bin/sh
# likeness train --precision: convolutions in bf16, which a checkpoint and the page say and a
# resumed run keeps to; refused in words where the processor has none.
. "$(dirname "$0")/lib.sh"

train='likeness train people --width 0.05 --size 75 --people 2 --photos 2 --validation 0.3
    --schedule constant --threads 1'
checkpoint_says() { # RUN NUMBERS
    checks=$((checks + 1))
    grep -aq "precision[^a-z]*$2" "$1/checkpoint.safetensors" ||
        wrong "the checkpoint of $1 does not say $2"
}
masked() {
    ONEDNN_MAX_CPU_ISA=AVX512_CORE "$@"
}
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

expect 0 likeness synth -q --people 6 --photos 3 --size 75 --seed 4 -o people
expect 2 $train --epochs 1 --precision auto -o none
err_has '^likeness train: --precision takes f32 or bf16, not .auto.$'
expect 4 masked $train --epochs 1 --precision bf16 -o none
err_has '^likeness: precision bf16 needs a processor with AVX512_BF16, which this one has not'
expect 0 $train --epochs 1 -o usual
checkpoint_says usual f32

$train --epochs 2 --precision bf16 -o narrow >out 2>err
if [ $? -eq 4 ]; then
    err_has 'precision bf16 needs a processor'
    echo 'SKIPPED: this processor has no bf16'
    finish
fi
checkpoint_says narrow bf16
grep -q 'bf16' narrow/index.html || wrong 'the page does not say bf16'
expect 0 $train --epochs 1 --precision bf16 -o half
if cmp -s usual/last.safetensors half/last.safetensors; then wrong 'bf16 teaches what f32 does'; fi
expect 2 likeness train --resume --epochs 2 --precision f32 -o half
err_has 'precision'
expect 0 likeness train --resume --epochs 2 --threads 1 -o half
same narrow/last.safetensors half/last.safetensors
finish

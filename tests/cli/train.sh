#!/bin/sh
# likeness train: a run's files, going on after Ctrl-C and kill -9, bad input.
. "$(dirname "$0")/lib.sh"

small='--width 0.05 --size 75 --people 2 --photos 2 --validation 0.3 --schedule constant --threads 1'

json_lines() {
    checks=$((checks + 1))
    "$CHECK_JSON" <"$1" || wrong "$last: $1 is not one JSON object per line"
}
# steps FILE: the number of step lines, which must count from 1 without a gap.
steps() {
    grep '"type":"step"' "$1" | sed 's/.*"step":\([0-9]*\),.*/\1/' |
        awk '$1 != NR { bad = 1 } END { print bad ? "gap" : NR }'
}
# wait_for_steps FILE COUNT
wait_for_steps() {
    turns=0
    while [ "$(cat "$1" 2>/dev/null | grep -c '"type":"step"')" -lt "$2" ]; do
        turns=$((turns + 1))
        [ $turns -lt 1200 ] || {
            wrong "$1 never had $2 steps"
            break
        }
        sleep 0.05
    done
}
same_log() {
    checks=$((checks + 1))
    for file in "$1" "$2"; do
        sed 's/"images_per_second":[^,}]*//; s/"seconds":[^,}]*//' "$file" >"$file.plain"
    done
    cmp -s "$1.plain" "$2.plain" || wrong "$1 and $2 differ"
}
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

expect 0 likeness synth --people 6 --photos 3 --size 75 --seed 4 -o people

# ---- a run and its files
expect 0 likeness train people $small --epochs 2 -o run
out_has '^4 people with 12 photographs in training, 2 people held out$'
out_has '^before  .*AUC 0\.[0-9]+|^before  .*AUC 1'
out_has '^epoch   2  loss [0-9.]+  active [0-9]+ %  AUC [01]\.[0-9]+'
out_has '^weights  run/best.safetensors and run/last.safetensors, both also as .pt$'
silent err
there run/checkpoint.safetensors run/best.safetensors run/best.pt run/last.safetensors run/last.pt
json_lines run/log.jsonl
[ "$(steps run/log.jsonl)" = 6 ] || wrong "log.jsonl has not the 6 steps"
[ "$(grep -c '"type":"epoch"' run/log.jsonl)" -eq 3 ] || wrong "log.jsonl has not 3 epochs"
head -1 run/index.html | grep -q '^<!DOCTYPE html>' || wrong 'no page'
tail -1 run/index.html | grep -q '</html>$' || wrong 'the page has no end'
grep -q '<b>Finished</b>' run/index.html || wrong 'the page does not say that it is finished'
grep -q '>constant from 0.001, warm-up 1 epoch<' run/index.html || wrong 'the page does not count a warm-up of one'
grep -qE "The network(&#39;|')s numbers.*float32" run/index.html || wrong 'the page does not say in which numbers the network learned'
grep -q '>Gradient clipping<' run/index.html || wrong 'the page does not speak of clipping'
grep -qE '<script|<img[^>]*src="http|<link' run/index.html && wrong 'the page is not self-contained'
for tag in section table svg p b; do
    opened=$(grep -oE "<$tag[ >]" run/index.html | wc -l)
    closed=$(grep -oE "</$tag>" run/index.html | wc -l)
    [ "$opened" -eq "$closed" ] || wrong "the page opens $opened <$tag>, closes $closed"
done
no_leftovers run

# ---- its weights are weights
expect 0 likeness embed people/p0001 --no-detect --size 75 --weights run/best.safetensors -o e.npy
out_has '^3 faces embedded'
expect 0 likeness embed people/p0001 --no-detect --size 75 --weights run/last.pt -o f.npy
expect 0 likeness train people --init run/best.safetensors --size 75 --people 2 --photos 2 \
    --steps 1 --loss arcface --augment no-flip,blur=2 --freeze conv2d --freeze repeat_1 -q -o tuned
grep -q 'conv2d, repeat_1' tuned/index.html || wrong 'the page does not name what is frozen'
grep -q '>0.05' tuned/index.html || wrong 'the width does not come from the weights'
expect 0 likeness train --resume -o tuned --epochs 31 --steps 1
err_has 'cosine schedule of this run ends after 30 epochs'
expect 0 likeness train --resume -o tuned --init run/last.safetensors --steps 1
err_has 'warning: --init run/last.safetensors has no effect: --resume continues from the run.s checkpoint$'
expect 0 likeness train --resume -o tuned --init run/best.safetensors --steps 1
if grep -q 'no effect' err; then wrong 'a warning of the weights that the run began from'; fi

# ---- every option of loss and update: two steps with finite losses, and weights that
# no other option gives, so that none can be ignored
tiny='--width 0.016 --size 75 --people 2 --photos 2 --validation 0 --threads 1 --steps 2'
# variant NAME OPTION...
variant() {
    name=$1
    shift
    expect 0 likeness train people $tiny -q -o "variants/$name" "$@"
    [ "$(grep -cE '"type":"step".*"loss":[0-9.e-]+,.*"gradient_norm":[0-9.e-]+,' \
        "variants/$name/log.jsonl")" -eq 2 ] || wrong "$last: not two finite steps"
    sum=$(cksum <"variants/$name/last.safetensors")
    out_has "^weights  variants/$name/best.safetensors and variants/$name/last.safetensors, both also as .pt$"
    there "variants/$name/best.safetensors" "variants/$name/best.pt"
    twin=$(grep "^$sum " variants/sums 2>/dev/null) && wrong "$last: the weights of $twin"
    echo "$sum $name" >>variants/sums
}
# rates RUN: of its steps
rates() { sed -n 's/.*"rate":\([^,]*\),.*/\1/p' "$1/log.jsonl" | tr '\n' ' '; }
all='--miner all --margin 1'
printf '0 0.25\n0.1: 0.125 # from the second step on\n' >rates.txt
variant plain $all
variant random --miner random --margin 1
variant hard --miner batch-hard --margin 1
variant soft --miner batch-hard --soft
variant distance $all --plain-distance
variant softmax --loss softmax
variant arcface --loss arcface
variant arcface-scale --loss arcface --scale 8
variant arcface-margin --loss arcface --margin 0.1
variant sgd $all --optimizer sgd
variant momentum $all --optimizer sgd --momentum 0.5
variant nesterov $all --optimizer sgd --nesterov
variant clip $all --optimizer sgd --clip 0.01
variant decay $all --optimizer sgd --weight-decay 0.1
variant adagrad $all --optimizer adagrad
variant rmsprop $all --optimizer rmsprop
variant rmsprop-momentum $all --optimizer rmsprop --momentum 0.5
variant adam $all --optimizer adam
variant average $all --average 0.9
variant dropout $all --dropout
variant seed $all --seed 1
variant constant $all --schedule constant --rate 0.5 --warmup 0
variant step $all --schedule step --every 0.1 --gamma 0.5 --rate 0.5 --warmup 0
variant file $all --schedule rates.txt --warmup 0
[ "$(rates variants/constant)" = '0.5 0.5 ' ] || wrong "the rates of constant: $(rates variants/constant)"
[ "$(rates variants/step)" = '0.5 0.125 ' ] || wrong "the rates of step: $(rates variants/step)"
[ "$(rates variants/file)" = '0.25 0.125 ' ] || wrong "the rates of file: $(rates variants/file)"
expect 2 likeness train people $tiny --nesterov -o none
err_has 'Nesterov needs SGD with a momentum above 0'
printf '1 0.1\n0 0.1\n' >backwards.txt
expect 1 likeness train people $tiny --schedule backwards.txt -o none
err_is <<'END'
likeness: backwards.txt: line 2: epoch 0 does not come after the one before it
END
absent none

# ---- a network that gives every face the same vector
expect 0 likeness train people --init "$INPUTS/collapsed.safetensors" --freeze last_bn --size 75 \
    --people 2 --photos 2 --validation 0 --threads 1 --miner all --steps 21 -o collapsed
err_has '^likeness: ALARM at step 20: .*learning rate'
grep -q '"type":"alarm","step":20,"text":".*learning rate' collapsed/log.jsonl ||
    wrong 'the alarm is not in log.jsonl'
[ "$(grep -c '"type":"alarm"' collapsed/log.jsonl)" -eq 1 ] || wrong 'not one alarm in log.jsonl'
json_lines collapsed/log.jsonl
[ "$(steps collapsed/log.jsonl)" = 21 ] || wrong 'the alarm ended the run'
grep -qi 'same embedding' collapsed/index.html || wrong 'the page does not tell the alarm'
grep -q '"type":"alarm"' run/log.jsonl && wrong 'a healthy run has an alarm'

# ---- nothing to learn from: a loss that is none, and a run that says so
expect 1 likeness train people $small --validation 0 --margin 0 --epochs 2 -o idle
err_has '^likeness: ALARM at step [0-9]+: Nothing was learned in the last epoch: no batch held a triplet'
err_has '^likeness: nothing was learned: in 10 steps no batch held a triplet'
out_has '^epoch   1  loss -  active 0 %'
grep -E '"loss":0|"loss":[^n].*"terms":0' idle/log.jsonl && wrong 'a step without triplets has a loss'
[ "$(grep -c '"type":"epoch".*"loss":null.*"best":false' idle/log.jsonl)" -eq 2 ] || wrong 'the epochs are not without loss'
grep -q 'nothing was learned' idle/index.html || wrong 'the page does not say that nothing was learned'
there idle/last.safetensors
absent idle/best.safetensors idle/best.pt
expect 1 likeness train --resume -o idle --threads 1
err_is <<'END'
likeness: nothing was learned: in 10 steps no batch held a triplet that the miner takes; take larger batches, or another miner (random, batch-hard)
END

# ---- --steps inside an epoch: the end is validated, and may be best
expect 0 likeness train people $small --steps 2 -o inside
out_has '^step    2  loss [0-9.]+  .*AUC [01]\.'
out_has '^2 steps done; best (after step 2|before the first): '
grep -q '"type":"epoch","step":2,"epoch":0.66' inside/log.jsonl || wrong 'the end is not in the log'
json_lines inside/log.jsonl
grep -q '>0.67' inside/index.html || wrong 'the end is not on the page'
there inside/best.safetensors inside/best.pt
expect 0 likeness train --resume -o inside --steps 3 --threads 1
expect 0 likeness train people $small --steps 3 -o inside-whole
same inside-whole/last.safetensors inside/last.safetensors

# ---- a run that is there is not overwritten; one that is done stays
cp run/checkpoint.safetensors before
expect 2 likeness train people $small --epochs 2 -o run
err_is <<'END'
likeness: run: holds a run already: --resume continues it, --force begins anew
END
expect 0 likeness train --resume -o run
same before run/checkpoint.safetensors
expect 2 likeness train --resume -o run --margin 0.3
err_has 'this run has triplet.margin = 0.2, asked for 0.3'
expect 2 likeness train people --force --width 0.05 --size 75 --people 1 -o run
same before run/checkpoint.safetensors
absent run/checkpoint.safetensors.old
expect 0 likeness train people --force $small --steps 1 -o run --json
one_object_a_line
out_has '^\{"type":"end","step":1,'
[ "$(steps run/log.jsonl)" = 1 ] || wrong "--force: log.jsonl is not new"
absent run/checkpoint.safetensors.old
expect 1 likeness train --resume -o nothing
err_has 'no run to resume'

# ---- Ctrl-C and kill -9: resumed equals uninterrupted, weights, log and all
"$LIKENESS" train people $small --epochs 1000000 -o stopped >out 2>err &
wait_for_steps stopped/log.jsonl 3
kill -INT $!
wait $!
[ $? -eq 130 ] || wrong "Ctrl-C: exit status $?"
err_has '^stopped after step [0-9]+, saved; continue with: likeness train --resume -o stopped$'
grep -q '<b>Stopped</b>' stopped/index.html || wrong 'the page does not say that it was stopped'
# ... and again and again, while a step is in progress: saved all the same
"$LIKENESS" train people --width 0.5 --size 160 --threads 1 --epochs 1000000 --people 4 --photos 2 --validation 0 -o urged >out 2>err &
urged=$!
wait_for_steps urged/log.jsonl 1
while kill -INT $urged 2>/dev/null && kill -TERM $urged; do sleep 0.02; done 2>/dev/null
wait $urged
got=$?
[ $got -eq 130 ] || [ $got -eq 143 ] || wrong "signals, many times: exit status $got"
err_has '^stopped after step [0-9]+, saved; continue with: likeness train --resume -o urged$'
there urged/checkpoint.safetensors
rm -r urged
"$LIKENESS" train people $small --epochs 1000000 --checkpoint 2 -o killed >out 2>err &
wait_for_steps killed/log.jsonl 4
kill -KILL $!
wait $! 2>/dev/null
a=$(steps stopped/log.jsonl) b=$(steps killed/log.jsonl)
goal=$((${a:-0} > ${b:-0} ? a + 4 : b + 4))
printf '{"type":"step","st' >>killed/log.jsonl
expect 0 likeness train people $small --steps $goal -o whole --epochs 1000000
for run in stopped killed; do
    expect 0 likeness train people --resume -o $run --steps $goal --threads 1
    silent err
    same whole/last.safetensors $run/last.safetensors
    same whole/best.safetensors $run/best.safetensors
    same_log whole/log.jsonl $run/log.jsonl
    [ $run = killed ] || no_leftovers $run # a kill may leave the file that it cut short
done
rm killed/log.jsonl # it is written anew from the checkpoint
expect 0 likeness train --resume -o killed
[ "$(steps killed/log.jsonl)" = "$goal" ] || wrong 'the log was not written anew'
json_lines killed/log.jsonl

# ---- --force that ends before its first checkpoint: the old run stands, with all that is
# its own, and goes on as if nothing had been
printf '0 0.25\n1: 0.125\n' >first.txt
printf '0 0.75\n' >second.txt
old="$small --epochs 1000000 --schedule first.txt --warmup 0 --miner all --margin 1"
new="--force --width 0.05 --size 75 --people 3 --photos 2 --validation 0 --schedule second.txt --threads 1"
expect 0 likeness train people $old --steps 4 -o forced
cp -r forced untouched
(
    trap '' XFSZ
    ulimit -f 100
    exec "$LIKENESS" train people $new -o forced
) >out 2>err
[ $? -eq 4 ] || wrong 'a full disk: --force does not fail'
for file in $(ls untouched); do same untouched/$file forced/$file; done
killed_early=0
for attempt in 1 2 3 4 5 6 7 8; do
    "$LIKENESS" train people $new -o forced >out 2>err &
    turns=0
    while [ ! -e forced/.lk-lock ] && [ $turns -lt 4000 ]; do
        turns=$((turns + 1))
        sleep 0.005
    done
    kill -KILL $!
    wait $! 2>/dev/null
    cmp -s untouched/checkpoint.safetensors forced/checkpoint.safetensors && killed_early=1 && break
    rm -r forced # the new run was quick, and stands
    cp -r untouched forced
done
[ $killed_early -eq 1 ] || wrong '--force was never killed before its first checkpoint'
for file in $(ls untouched); do same untouched/$file forced/$file; done
for run in untouched forced; do
    expect 0 likeness train --resume --steps 8 --threads 1 -o $run
    [ "$(rates $run)" = '0.25 0.25 0.25 0.125 0.125 0.125 0.125 0.125 ' ] || wrong "the rates of $run: $(rates $run)"
done
same untouched/last.safetensors forced/last.safetensors
same untouched/best.safetensors forced/best.safetensors
same_log untouched/log.jsonl forced/log.jsonl
absent forced/.lk-lock forced/checkpoint.safetensors.old
# once it stands, nothing of the old run is left
expect 0 likeness train people $new --steps 1 -o forced
cmp -s untouched/best.safetensors forced/best.safetensors && wrong '--force: the old best weights are left'
same second.txt forced/schedule.txt
[ "$(steps forced/log.jsonl)" = 1 ] || wrong '--force: log.jsonl is not new'
expect 0 likeness train people $small --force --steps 1 -o forced
absent forced/schedule.txt

# ---- bad photographs
cp -r people mixed
mkdir mixed/lonely
cp people/p0001/001.jpg mixed/lonely/
echo 'not an image' >mixed/p0002/002.jpg
expect 1 likeness train mixed --width 0.05 --size 75 --people 4 --photos 3 --validation 0 --epochs 2 -o mixed-run
err_has '^likeness: warning: 1 person has fewer than 2 photographs and is left out: lonely$'
err_has '^likeness: mixed/p0002/002.jpg: '
grep -q 'mixed/p0002/002.jpg' mixed-run/index.html || wrong 'the page does not name the bad photograph'
there mixed-run/last.safetensors
# Nobody can learn from a person who cannot be seen; the run does without.
cp -r people unseen
for photo in unseen/p0003/*; do echo 'not an image' >"$photo"; done
expect 1 likeness train unseen $small --validation 0 --steps 4 --checkpoint 1 -o unseen-run
err_has '^likeness: warning: 1 person has no photograph that can be read and is left out: p0003$'
err_has '^likeness: unseen/p0003/00[0-9].jpg: '
out_has '^5 people with 15 photographs in training, nobody held out$'
grep -q 'unseen/p0003/' unseen-run/index.html || wrong 'the page does not name the bad photographs'
expect 0 likeness train --resume -o unseen-run --steps 5 --threads 1
err_has 'is left out: p0003$'
for photo in unseen/p000[12456]/*; do echo 'not an image' >"$photo"; done
expect 1 likeness train unseen -q -o none
one_line err
err_has 'no photograph of anybody can be read: unseen/'
cp people/p0001/* unseen/p0001/
expect 1 likeness train unseen -q -o none
one_line err
err_has '1 person is too few: training needs at least 2.*5 people have no photograph that can be read'
mkdir empty one
cp -r people/p0001 one/
expect 1 likeness train empty -o none
err_has '^likeness: empty: no photographs in this folder'
one_line err
expect 1 likeness train nowhere -o none
err_has 'nowhere'
expect 1 likeness train one -q -o none
one_line err
expect 1 likeness train people --people 50 -o none
one_line err
err_has '6 people are too few for batches of 50'
expect 3 likeness train people --init nowhere.pt -o none
err_has 'nowhere.pt'
expect 1 likeness train people --init mixed/p0002/002.jpg -o none
err_has 'mixed/p0002/002.jpg'
absent none

# ---- numbers that run away
expect 1 likeness train people $small --optimizer sgd --rate 1e30 --warmup 0 --steps 9 -o nan
err_has '^likeness: step [0-9]+'
expect 0 likeness models info nan/checkpoint.safetensors
grep -q '<b>Stopped</b>' nan/index.html || wrong 'the page does not say that it was stopped'
no_leftovers nan

# ---- a full disk
full() {
    (
        trap '' XFSZ
        ulimit -f 1000
        exec "$LIKENESS" "$@"
    )
}
cp whole/checkpoint.safetensors before
expect 4 full train --resume -o whole --steps $((goal + 2))
err_has '^likeness: whole/last.safetensors: '
same before whole/checkpoint.safetensors
no_leftovers whole
expect 0 likeness train --resume -o whole --steps $((goal + 2)) --threads 1
expect 0 likeness train --resume -o stopped --steps $((goal + 2)) --threads 1
same whole/last.safetensors stopped/last.safetensors
expect 4 full train people $small -o full
absent full/checkpoint.safetensors
expect 4 likeness train people $small -o /dev/null/run
one_line err

# ---- usage
expect 2 likeness train people
err_has 'name the folder of the run'
expect 2 likeness train -o x
err_has 'name a folder'
expect 2 likeness train people --miner hardest -o x
err_has "miner takes all, random, semi-hard or batch-hard, not 'hardest'"
expect 2 likeness train people --augment flop -o x
err_has "augment takes none.*'flop'"
expect 2 likeness train people --rate fast -o x
err_has 'rate takes a number'
expect 2 likeness train people --resume --force -o x
absent x
finish

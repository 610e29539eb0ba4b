#!/bin/sh
# likeness experiment bias: its files, going on after kill -9, bad input.
. "$(dirname "$0")/lib.sh"

tiny='--shares 0.25,0.75 --seeds 2 --people 8 --photos 2 --test-people 4 --test-photos 2 --size 75
    --width 0.05 --epochs 1 --replicates 100 --threads 1'

same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

# ---- the whole of it, and its files
expect 0 likeness experiment bias $tiny -o whole
silent err
for seed in 1 2; do
    out_has "^seed $seed: 6 people of population A for training, 2 photographs each\$"
    out_has "^seed $seed: 4 people of population B for testing, 2 photographs each\$"
done
out_has '^model 1 of 4: share 0.25, seed 1: AUC [0-9.]+ on unseen people, threshold [0-9.]+; about [0-9]+ min left$'
out_has '^model 4 of 4: share 0.75, seed 2: AUC [0-9.]+ on unseen people, threshold [0-9.]+$'
out_has '^ *0.75 +A +[0-9.]+ \[-?[0-9.]+, [0-9.]+\]'
out_has '^ +A-B +-?[0-9.]+ \['
out_has '^rank correlation of WSS/\(n-1\) with FMR: all  not measured +A  not measured +B  not measured *$' # by four models
out_has 'stand for no real group'
there whole/experiment.json whole/setting.json whole/index.html
there whole/models/share-0.25-seed-1/last.safetensors whole/models/share-0.75-seed-2/embeddings.npy
absent whole/models/share-0.25-seed-1/checkpoint.safetensors
tail -1 whole/index.html | grep -q '</html>$' || wrong 'the page has no end'
grep -q 'stand for no real group' whole/index.html || wrong 'the page does not say what it is about'
[ "$(find whole/people -name '*.png' | wc -l)" -eq 80 ] || wrong 'not 2 seeds x 2 x (6 + 4) x 2 faces'
# nobody is in two sets: no face is there twice, of training, testing, populations or seeds
faces_twice() {
    find whole/people -name '*.png' -exec cksum {} + | cut -d' ' -f1,2 | sort | uniq -d
}
[ -z "$(faces_twice)" ] || wrong "faces are there twice: $(faces_twice)"
# the page tells the options that the models were trained with, not what is usual
for option in 'arcface.scale 24' 'arcface.margin 0.15' 'schedule.warmup 0.3' 'sampler.photos 2' \
    'augment.erase 0' 'schedule.rate 0.002' 'average 0.999'; do
    grep -qF "$option" whole/index.html || wrong "the page does not tell $option"
done
no_leftovers whole

tr -d '\n' <whole/experiment.json >out
one_object_a_line
for key in shares wss_per_df mean_cosine fmr fnmr A_minus_B last_minus_first \
    spearman_wss_per_df_fmr training_people_A threshold auc; do
    grep -q "\"$key\"" whole/experiment.json || wrong "experiment.json has no $key"
done
grep -q '"seeds": 2' whole/experiment.json || wrong 'experiment.json does not say how many seeds'
[ "$(grep -c '"auc"' whole/experiment.json)" -eq 4 ] || wrong 'experiment.json has not 4 models'
[ "$(grep -c '"training_people_A": [26],' whole/experiment.json)" -eq 2 ] || wrong 'not 2 and 6 of 8 people'
cmp -s whole/models/share-0.25-seed-1/embeddings.npy whole/models/share-0.25-seed-2/embeddings.npy &&
    wrong 'two seeds gave the same model'
cmp -s whole/models/share-0.25-seed-1/embeddings.npy whole/models/share-0.75-seed-1/embeddings.npy &&
    wrong 'two mixtures gave the same model'

# ---- it is done: nothing is done again, and other measures need no training
cp whole/experiment.json before.json
expect 0 likeness experiment bias $tiny -o whole
same before.json whole/experiment.json
expect 0 likeness experiment bias $tiny --fmr 0.5 -o whole
cmp -s before.json whole/experiment.json && wrong '--fmr changes nothing'

# ---- fewer seeds are an experiment, too, and what was trained is there when more are asked for
expect 0 likeness experiment bias $tiny --seeds 1 -o whole
out_has '^model 2 of 2: share 0.75, seed 1: '
expect 0 likeness experiment bias $tiny -o whole
same before.json whole/experiment.json

# ---- another setting is not mixed in
expect 2 likeness experiment bias $tiny --epochs 2 -o whole
err_is <<'END'
likeness: whole/setting.json: this experiment has epochs 1, asked for 2: take another folder
END

# a folder from before each seed had people of its own
mkdir old
grep -v '"pools"' whole/setting.json | sed 's/"arcface",/"arcface"/' >old/setting.json
expect 2 likeness experiment bias $tiny -o old
err_is <<'END'
likeness: old/setting.json: all seeds of this experiment share one pool of people, as they did in an earlier version: take another folder
END
[ "$(ls old)" = setting.json ] || wrong 'something was written into the old folder'

# ---- kill -9 while rendering, while training and in between: the same in the end
# wait_for PATH
wait_for() {
    turns=0
    while [ ! -e "$1" ]; do
        turns=$((turns + 1))
        [ $turns -lt 4000 ] || {
            wrong "$1 never came"
            break
        }
        sleep 0.01
    done
}
for stage in album/seed-1/train-A-000 people/seed-1/train-B-000 \
    models/share-0.25-seed-1/last.safetensors models/share-0.75-seed-1/embeddings.npy \
    people/seed-2/train-A-000; do
    "$LIKENESS" experiment bias $tiny -o killed >out 2>err &
    wait_for killed/$stage
    kill -KILL $!
    wait $! 2>/dev/null
    case $stage in album/* | people/*) absent killed/experiment.json ;; esac
done
expect 0 likeness experiment bias $tiny -o killed
same before.json killed/experiment.json

# ---- Ctrl-C, too
"$LIKENESS" experiment bias $tiny -o stopped >out 2>err &
wait_for stopped/people/seed-1/test-A-000
kill -INT $!
wait $!
[ $? -eq 130 ] || wrong "Ctrl-C: exit status $?"
err_has '^stopped; the same command goes on$'
expect 0 likeness experiment bias $tiny --replicates 0 -o stopped
out_has '\[-, -\]'

# ---- bad input
echo 'this is no setting' >killed/setting.json
expect 1 likeness experiment bias $tiny -o killed
err_has 'killed/setting.json: not the setting of an experiment'
one_line err
echo hello >whole/models/share-0.25-seed-1/embeddings.npy
expect 1 likeness experiment bias $tiny -o whole
err_has 'share-0.25-seed-1/embeddings.npy'
echo hello >file
expect 4 likeness experiment bias $tiny -o file
err_has 'file'
one_line err
[ "$(cat file)" = hello ] || wrong 'the file is gone'
expect 2 likeness experiment bias $tiny
err_has 'name the folder to work in: -o DIR'
expect 2 likeness experiment bias $tiny -o ''
err_has '^likeness: -o is given an empty name or value$'
expect 2 likeness experiment $tiny -o x
err_has 'name the experiment: bias'
expect 2 likeness experiment luck -o x
err_has "'luck': the one experiment is called bias"
expect 2 likeness experiment bias --shares 0.5,0.5 -o x
err_has 'shares must rise: 0.5 comes after 0.5'
expect 2 likeness experiment bias --shares 0.5,0.2 -o x
expect 2 likeness experiment bias --shares 0.5,1.2 -o x
expect 2 likeness experiment bias --shares '' -o x
expect 2 likeness experiment bias --size 74 -o x
expect 2 likeness experiment bias --loss l2 -o x
err_has "^likeness experiment: --loss takes triplet, softmax or arcface, not 'l2'$" # the trainer's list
absent x
finish

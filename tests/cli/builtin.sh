#!/bin/sh
# The model that comes with the program, and the demonstration made with it.
. "$(dirname "$0")/lib.sh"

expect 0 likeness models list --json
out_has '"name":"synthetic",.*"path":"[^"]*/models/synthetic\.safetensors"'
model=$(sed -n 's/.*"name":"synthetic",.*"path":"\([^"]*\)".*/\1/p' out)
checks=$((checks + 1))
[ "$(wc -c <"$model")" -le 8000000 ] || wrong 'the built-in model is larger than 8 MB'
expect 0 likeness models info synthetic
out_has '^last_linear\.weight +float16 '

# Its figures on people whom it has not seen; docs/model-card.md has those of 500.
expect 0 likeness synth --people 24 --photos 4 --size 154 --seed 99 --population common:2,A:1,B:1 \
    -q -o album
expect 0 likeness embed album --boxes album/truth.csv --weights synthetic -o E.npy
grep -q '"size": 96' E.json && grep -q '"margin": 12' E.json || wrong 'not the faces that it was trained on'
expect 0 likeness roc E.npy --labels E.csv --far 0.01 --json
auc=$(sed 's/.*"auc":{"estimate":\([0-9.]*\).*/\1/' out)
checks=$((checks + 1))
awk -v auc="$auc" 'BEGIN { exit !(auc > 0.98 && auc <= 1) }' || wrong "AUC $auc of the built-in model"

# The demonstration, without network and detector: it says so, and three people stay
# apart.
demo=$(dirname "$0")/../../tools/demo.sh
mkdir build && ln -s "$LIKENESS" build/likeness
export LIKENESS_MIRROR=file:///nowhere
expect 0 sh "$demo" build demo
err_has 'NO FACE DETECTOR WAS RUN'
out_has '^people +45 photographs of 3 people embedded$'
out_has '^nearest +4[45] of 45 '
out_has '^group +A: n 49, WSS '
out_has '^group +B: n 49, WSS '
there demo/lesson.html demo/lesson.json
grep -q 'The people on this page do not exist' demo/lesson.html || wrong 'the note is missing'
grep -q 'No detector was run' demo/lesson.html || wrong 'the page hides that boxes were read'
finish

#!/bin/sh
# The lesson under several models: each with faces of its own, compared side by side, and the
# commands that the page shows for it give its numbers.
data=$(cd "$(dirname "$0")/../data" && pwd)
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
ln -s "$INPUTS/mtcnn" finder
ln -s "$INPUTS/network.safetensors" net.safetensors
cp "$INPUTS/network.safetensors" twin.safetensors
cp "$INPUTS/network.safetensors" same.safetensors
cp "$data/onnx/mobilefacenet.onnx" m.onnx
expect 0 likeness models describe m.onnx --size 112 --align arcface --metric cosine --threshold 0.6 \
    --threshold-source 'somebody <b>'
echo '{"format": "likeness model", "version": 1, "threshold": null}' >twin.safetensors.json
lesson="likeness lesson --faces photos --group a=photos/anna/*.png --group c=photos/bert \
    --detector finder --thresholds=.56,.48,.5"

set -f # the patterns are the program's
expect 0 $lesson --weights net.safetensors --weights m.onnx --weights twin.safetensors \
    --weights same.safetensors -q -o page
set +f
silent err
# The terminal is told of every model, in the same numbers as the page.
[ "$(grep -c '^group ' out)" -eq 8 ] || wrong "groups of four models: $(cat out)"
for name in net.safetensors m.onnx twin.safetensors same.safetensors; do
    out_has "^model       $name\$"
done
sed -n '/^model *m.onnx/,/^model *twin/p' out >of.onnx
tr -d '\n' <page/lesson.json | sed 's/  */ /g' >numbers
models() { # JQ-like: the n-th model's part of the numbers
    sed 's/.*"models": \[//; s/"group_distances".*//' numbers | sed 's/{ "weights"/\n{ "weights"/g' | sed -n "$(($1 + 1))p"
}
for line in '1 net\.safetensors' '2 m\.onnx' '3 twin\.safetensors'; do
    models "${line% *}" >out
    out_has "^\{ \"weights\": \"${line#* }\","
done
models 2 >out
wss=$(sed 's/.*"name": "a"[^}]*"wss": \([0-9.]*\).*/\1/' out)
grep -q "^group  *a: n 2, WSS $(printf %.4f "$wss")," of.onnx || wrong "with m.onnx: $(cat of.onnx out)"
out_has '"size": 112, "margin": 0, "threshold": 0\.6, '
out_has '"name": "a", "n": 2, .*"name": "c", "n": 3,'
models 3 >out
out_has '"size": 160, "margin": 0, "threshold": null'
out_has '"below_threshold": null'
# The same weights, whose faces are the first model's and are not cut out again.
for n in 1 4; do models $n | grep -oE '"(size|threshold|wss|wrong)": [0-9.]+' >model.$n; done
[ "$(wc -l <model.1)" -eq 6 ] || wrong "numbers of a model: $(cat model.1)"
cmp -s model.1 model.4 || wrong "the same model says two things: $(cat model.1 model.4)"

# The section, word by word: what it compares, what it cannot, and what to beware of.
sed -n '/<section id="models">/,/<\/section>/p' page/lesson.html | tr '\n' ' ' >out
out_has '<h2>14\. Would another model say the same\?</h2>'
out_has '<th scope="row"><code>m\.onnx</code></th><td class="n">[0-9.]+ <small>\(n = 2\)</small>'
out_has 'no usual threshold known'
out_has 'cosine distance \(1 − cosine\) of 0\.6 \(somebody &lt;b&gt;\)'
out_has 'turned and scaled so that five landmarks lie where ArcFace has them'
out_has '42\.6 and 40\.4: the same weights, *the same photographs, and the order had turned round'
out_has 'data-key="models-guess"'
grep -q 'lie beside *them\. What models that align' out && wrong 'padded faces are called squeezed'

# One model: the section says how to ask another.
set -f
expect 0 likeness lesson --faces photos --detector finder --weights net.safetensors \
    --weights m.onnx -q -o none
out_has '^model       m\.onnx: models are compared by groups, of which there are none$'
expect 0 $lesson --weights net.safetensors -q -o one
expect 0 $lesson --weights net.safetensors --weights m.onnx --border squeeze -q -o squeezed
set +f
grep -q 'This run asked one model' one/lesson.html || wrong 'not told how to ask another'
grep -q '"models": \[\]' one/lesson.json || wrong 'models where there is one'
grep -q 'the landmarks of such faces lie beside' squeezed/lesson.html || wrong 'squeezed, and not said'
# The lesson's own numbers are the first model's, whatever others are asked.
for name in one page; do
    tr -d '\n' <$name/lesson.json | sed 's/.*"people": *{/{/; s/"models":.*//' >$name.rest
done
cmp -s one.rest page.rest || wrong 'another model changes what the lesson says of its own'

# By hand.
mkdir bin
ln -s "$LIKENESS" bin/likeness
sed -n '/<section id="models">/,/<\/section>/p' page/lesson.html | grep -o '<code class="command">[^<]*' |
    sed "s/.*>//; s/&#39;/'/g; s/&amp;/\&/g" >commands
[ "$(wc -l <commands)" -eq 12 ] || wrong "commands by hand: $(cat commands)"
while read -r line; do
    checks=$((checks + 1))
    PATH=$folder/bin:$PATH sh -c "$line" >out 2>err </dev/null || wrong "$line: $(cat err)"
    case $line in *' wss '*) cat out >>spreads ;; esac
done <commands
for m in 2 3; do
    for wss in $(models $m | grep -oE '"wss": [0-9.]+' | sed 's/.* //'); do
        grep -qE "(^|[^0-9])$(printf '%.4f' "$wss")" spreads || wrong "no WSS of $wss: $(cat spreads)"
    done
done

# A list of boxes has no landmarks: the model that wants them has no face, and says so of each
# photograph; the others have theirs.
find photos -name '*.png' | sort | sed '1i path,x1,y1,x2,y2' | sed '2,$s/$/,2,2,30,30/' >boxes.csv
expect 1 likeness lesson --faces photos --group 'a=photos/anna/*' --group 'c=photos/bert' --boxes boxes.csv \
    --weights net.safetensors --weights m.onnx -q -o boxes
err_has 'its box came without landmarks, which --align needs$'
[ "$(wc -l <err)" -eq 8 ] || wrong "lines: $(cat err)"
there boxes/lesson.html

# Usage, what is missing, and what is in the way.
expect 3 likeness lesson --faces photos --weights net.safetensors --weights no/such.pt -o no
err_has 'no/such\.pt'
absent no
expect 1 likeness lesson --faces photos/bert --group 'c=photos/bert' --detector finder --weights net.safetensors --weights photos/bert/1.png -o no
absent no
expect 2 likeness lesson --weights 1 --weights 2 --weights 3 --weights 4 --weights 5 --weights 6 --weights 7 --weights 8 --weights 9 -o no
err_has 'at most 8 --weights'
mkdir there && cp m.onnx there/lesson.html
expect 2 likeness lesson --faces photos --detector finder --weights net.safetensors --weights there/lesson.html -o there
cmp -s m.onnx there/lesson.html || wrong 'a model was written over'

no_leftovers .
finish

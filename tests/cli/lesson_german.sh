#!/bin/sh
# The lesson in German: no English is left on the page but what is English (commands, code,
# titles of papers, and why a file cannot be read), and no decimal point.
root=$(cd "$(dirname "$0")/../.." && pwd)
samples=$root/tests/fuzz/corpus/image
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
ln -s "$INPUTS/mtcnn" finder
ln -s "$INPUTS/network.safetensors" net.safetensors
cp "$root/tests/data/onnx/mobilefacenet.onnx" m.onnx
words=$root/src/report/frame/words.de.html

# FILE OUT: what is read, seen or heard of a page, a stretch a line.
readable() {
    tr '\n' ' ' <"$1" | sed -E '
        s#<style[^>]*>[^<]*</style>##g
        s#<script>[^<]*</script>##g
        s#</(pre|code|cite)>#\x01#g
        s#<(pre|code|cite)[^>]*>[^\x01]*\x01##g
        s#"group-[0-9]+-[0-9]+"##g
        s#<td class="mono">likeness [^<]*</td>##g
        s#<span lang="en">[^<]*</span>##g
        s#<td class="mono">(Linux|GNU)[^<]*</td>##g
        s# (class|id|href|src|style|d|viewBox|fill|stroke|transform|points|for|name|type|role|value|lang|charset|content|http-equiv|data-[a-z]*key|data-score|data-part|data-from|data-page|data-is|data-do|data-point|data-x|data-y|data-side|data-line|data-ring|data-mark|data-kind|data-feedback|data-threshold|data-opens|[a-z-]*(width|height|size|anchor|family|weight|min|max|step|opacity)|x|y|x1|x2|y1|y2|cx|cy|r)="[^"]*"##g
        s#</?[a-zA-Z0-9]+#\n#g; s#"[a-z]+":#\n#g; s# [a-z-]+="#\n#g; s#>#\n#g' >"$2"
}

english='the|of|and|is|are|with|to|from|which|that|this|by|not|it|its|for|or|be|has|have|no|face|faces|people|photograph|photographs|image|images|number|distance|group|each|between|below|above|same|other|yes|right|than'
german_only() { # PAGE
    checks=$((checks + 1))
    readable "$1" text
    [ "$(wc -c <text)" -gt 20000 ] || wrong "only $(wc -c <text) bytes to read"
    grep -nwE "$english" text | grep -v 'Racial Faces in the Wild' >left && wrong "English on $1: $(head -c 2000 left)"
    # Numbers of versions, of files and of the pages' own data have points.
    grep -nE '(^|[^0-9.a-z/_-])[0-9]+\.[0-9]+([^0-9.]|$)' text | grep -vE '(arXiv:|0\.[0-9]{2,4},(0|1)|^[0-9]+:[^a-zA-Z]*0\.[0-9]+,0)' >left &&
        wrong "points on $1: $(head -c 2000 left)"
}

lesson='likeness lesson --lang de -q'
# Read as facenet-pytorch reads them, with a photograph from a phone, a bad one, one without a
# face; under three models, of a detector from elsewhere.
mkdir phone
cp "$samples/exif_6.jpg" photos/anna/phone.jpg
printf 'no photograph' >photos/anna/bad.jpg
cp "$INPUTS/dot.png" photos/anna/dot.png
expect 0 likeness models describe m.onnx --size 112 --align arcface --metric cosine --threshold 0.6
expect 1 $lesson --faces photos --group 'a=photos/anna/*.png' --group 'c=photos/bert' --detector finder --thresholds .56,.48,.5 \
    --weights net.safetensors --weights m.onnx --weights synthetic --compat facenet-pytorch --note 'Ein Hinweis' -o full
german_only full/lesson.html
grep -q '<b>Hinweis\.</b> Ein Hinweis Die Embeddings stammen aus einer eigenen Datei' full/lesson.html || wrong 'the remarks'
grep -q '1 Foto ist laut EXIF gedreht' full/lesson.html || wrong 'the photograph that lies on its side'
grep -q 'kein Gesicht gefunden' full/lesson.html || wrong 'why there is no face'
grep -q '<text[^>]*>Nummer des Bildes</text>' full/lesson.html || wrong 'the words in the matrix'
grep -qE '<text[^>]*>Hauptkomponente 1 \([0-9]+,[0-9] % der Varianz\)</text>' full/lesson.html || wrong 'the words in the scatter'
grep -qE '[0-9] von [0-9]' full/lesson.html || wrong 'counts'
# A model of cosines, faces by boxes, the built-in model, and little to show.
expect 0 $lesson --faces photos/bert --group 'c=photos/bert' --detector finder --thresholds .56,.48,.5 --weights m.onnx -o cosine
german_only cosine/lesson.html
for name in 1.png 2.png; do echo "photos/bert/$name,2,2,30,30"; done | sed '1i path,x1,y1,x2,y2' >boxes.csv
expect 0 $lesson --faces photos/bert --boxes boxes.csv --weights synthetic -o boxes
sed -i 's#<span lang="en">no box.*</span>##' boxes/lesson.html
german_only boxes/lesson.html
expect 1 $lesson --group 'c=photos/bert/1.png' --group 'd=photos/anna' --detector finder --thresholds .56,.48,.5 --weights net.safetensors -o groups
german_only groups/lesson.html

# The teacher's page, too.
cat >a.answers.json <<'END'
{"kind":"likeness answers","version":1,"page":"p","name":"Ann","asked":2,"answers":[
{"key":"q","title":"1. Q","question":"Welche?","answer":"1","chosen":"diese","right":true},
{"key":"t","title":"2. T","question":"Warum?","answer":"Darum."},
{"key":"feedback-s","title":"1. Q","answer":"clear","chosen":"klar","feedback":true}]}
END
sed 's/"p"/"r"/; s/"right":true/"right":false/' a.answers.json >b.answers.json
expect 0 likeness lesson collect a.answers.json b.answers.json --lang de -o class
readable class/class.html text
grep -nwE "$english|student|students|answered" text && wrong 'English on the teachers page'
grep -q '<html lang="de">' class/class.html && grep -q '1 von 2' class/class.html && grep -q 'Person 2' class/class.html ||
    wrong 'the teachers page in German'
grep -q '"Student 1"' class/class.json || wrong 'numbers in German'
expect 0 env LC_ALL=de_DE.UTF-8 "$LIKENESS" lesson collect a.answers.json -o class
grep -q '<html lang="de">' class/class.html || wrong 'not the language of the locale'
expect 2 likeness lesson collect a.answers.json --lang fr -o class
err_has 'lang takes en or de, not .fr.'

# What the program says of models that are not here has German words, too.
for file in lesson_models lesson_notes; do
    tr '\n' ' ' <"$root/cli/$file.c" | sed 's/\\"//g; s/" *"//g' | grep -o '"[^"]*"' | tr -d '"' | grep -v '%' |
        grep -E '^[A-Za-z].* .* .*' >said
    [ -s said ] || wrong "$file says nothing"
    while read -r sentence; do
        checks=$((checks + 1))
        key=$(echo "$sentence" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9]/_/g' | cut -c1-191)
        grep -qF "{{#$key}}" "$words" || wrong "no German for: $sentence"
    done <said
done

# It is found when it is there: English, and a point.
sed 's/Die Fotos/The photographs of it/' full/lesson.html >english.html
readable english.html text
grep -qwE "$english" text || wrong 'English is not found'

no_leftovers .
finish

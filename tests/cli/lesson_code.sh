#!/bin/sh
# The C that the lesson's page folds away: compiled as it stands there, it gives the page's
# numbers.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
ln -s "$INPUTS/mtcnn" finder
ln -s "$INPUTS/network.safetensors" net.safetensors
expect 0 likeness lesson --faces photos --group 'a=photos/anna/*.png' --group 'c=photos/bert' --detector finder --thresholds .56,.48,.5 \
    --weights net.safetensors -q -o page

# As somebody copies it from the page: a file a block, called as its first line says.
sed 's#<pre class="c"#\n&#; s#</pre>#&\n#g' page/lesson.html | awk '/<pre class="c"/ { on = 1; n++ } on { print > ("block." n) } /<\/pre>/ { on = 0 }'
for block in block.*; do
    sed 's/.*<pre class="c"[^>]*>//; s/<[^>]*>//g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/'"'"'/g; s/&amp;/\&/g' "$block" >code
    name=$(sed -n '1s#^/\* \(cc \)\{0,1\}\([a-z]*\.[ch]\)[: ].*#\2#p' code)
    [ -n "$name" ] || wrong "a block without a name: $(head -1 code)"
    cp code "$name"
done
[ "$(echo *.c *.h)" = 'crop.c embed.c errors.c matrix.c nearest.c pca.c wss.c rows.h' ] || wrong "files: $(echo *.c *.h)"
for file in *.c; do
    # shellcheck disable=SC2086
    expect 0 $CC -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Werror $SANITIZE -I"$root/include" "$file" -o "${file%.c}.out" \
        "$BUILD/liblikeness.so" -Wl,-rpath,"$BUILD" -lm
done

# A crop is the command's, to the pixel; embeddings of crops are those of the photographs.
expect 0 likeness crop photos --size 256 --margin 32 --detector finder --thresholds .56,.48,.5 -o crops
expect 0 likeness embed photos --size 256 --margin 32 --detector finder --thresholds .56,.48,.5 --weights net.safetensors -o people.npy
expect 1 ./crop.out finder photos/none.png 256 32 no.png
if [ -d "$SHARED/data/mtcnn" ]; then
    photo=$SHARED/data/tutorial/faces/bruce/001.jpg
    expect 0 ./crop.out "$SHARED/data/mtcnn" "$photo" 256 32 mine.png
    expect 0 likeness crop "$photo" --size 256 --margin 32 --detector "$SHARED/data/mtcnn" -o true
    cmp -s mine.png "$(find true -name '*.png')" || wrong 'another crop'
else
    echo "skipped: a crop in C, which needs a detector that finds faces: $SHARED is not there"
fi
set -- $(find crops -name '*.png' | sort)
expect 0 ./embed.out net.safetensors "$@"
likeness wss people.npy --no-labels >by.command
likeness wss embedded.npy --no-labels >by.hand
cmp -s by.command by.hand || wrong "other embeddings: $(cat by.command by.hand)"

# What is counted from the tables is on the page, or in its numbers.
tr -d '\n' <page/lesson.json | sed 's/  */ /g' >numbers
expect 0 ./pca.out people.npy
shown=$(sed -n '1s/ %.*//p' out)
grep -q "$shown % of the" page/lesson.html || wrong "the page shows another share than $shown"
expect 0 ./nearest.out people.npy
row=0
for distance in $(grep -oE '"same_person": (true|false) \}|"distance": [0-9.]+' numbers | sed -n 's/"distance": //p'); do
    [ "$(sed -n "$((row + 1))s/.* //p" out)" = "$(printf '%.4f' "$distance")" ] || wrong "nearest of $row: $distance"
    row=$((row + 1))
done
[ $row -eq 5 ] || wrong "nearest of $row photographs"
expect 0 likeness embed photos/anna/*.png photos/bert --size 150 --margin 32 --detector finder --thresholds .56,.48,.5 --weights net.safetensors -o groups.npy
expect 0 ./matrix.out groups.npy
for d in $(sed 's/.*"group_distances": \[ \[ //; s/ \].*//; s/,//g' numbers); do printf '%.4f\n' "$d"; done >there
head -1 out | tr ' ' '\n' >here
cmp -s here there || wrong "the matrix: $(cat here there)"
for group in 'a photos/anna/*.png' 'c photos/bert'; do
    # shellcheck disable=SC2086
    expect 0 likeness embed ${group#* } --size 150 --margin 32 --detector finder --thresholds .56,.48,.5 --weights net.safetensors -o group.npy
    expect 0 ./wss.out group.npy
    wss=$(grep -oE "\"name\": \"${group%% *}\", \"photographs\": [0-9]+, \"n\": [0-9]+, \"wss\": [0-9.]+" numbers | head -1 | sed 's/.* //')
    grep -q "^WSS $(printf '%.4f' "$wss")," out || wrong "a WSS of $wss: $(cat out)"
    at=$(tr '\n' ' ' <page/lesson.html | sed -n 's/.*--threshold *\([0-9.]*\)<.*/\1/p')
    expect 0 ./errors.out group.npy "$at"
    tr -d '\n' <page/lesson.html | grep -q "<bdi>${group%% *}</bdi></th><td class=\"n\">$(cat out)</td>" || wrong "errors of ${group%% *}: $(cat out)"
done
expect 1 ./wss.out no/such.npy
no_leftovers .
finish

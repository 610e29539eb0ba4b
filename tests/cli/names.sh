#!/bin/sh
# Names from elsewhere: what a terminal, a pipe, JSON and CSV get of a hostile one, in
# every command that says names, and that other names stay as they are.
. "$(dirname "$0")/lib.sh"
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"

# ---- character by character: what is put in, what a message shows
becomes() {
    name=$(printf "$1")
    expect 2 likeness help "$name"
    printf "likeness: there is no help on '%s'; 'likeness --help' lists the commands\n" "$2" >expected
    checks=$((checks + 1))
    cmp -s expected err || {
        wrong "$1 is not shown as $2"
        diff expected err
    }
}
while read -r raw shown; do
    becomes "$raw" "$shown"
done <<'END'
\033]0;title\007 \x1b]0;title\x07
a\nlikeness:\r\t a\nlikeness:\r\t
\177 \x7f
\302\205\302\23331m \u0085\u009b31m
\23331m \x9b31m
\342\200\256gpj.exe \u202egpj.exe
\342\201\246\342\200\217\330\234 \u2066\u200f\u061c
\342\200\250\342\200\251 \u2028\u2029
pay\342\200\213pal\302\255 pay\u200bpal\u00ad
\357\273\277a\357\277\271 \ufeffa\ufff9
\363\240\201\201 \U000e0041
pay\342\200\215pal\342\200\214 pay\u200dpal\u200c
a\357\270\217 a\ufe0f
\300\257 \xc0\xaf
\355\240\200 \xed\xa0\x80
\364\220\200\200\377 \xf4\x90\x80\x80\xff
\342\202 \xe2\x82
END
for name in Zoë 'Zoë' محمد می‌خواهم שלום क्‍ष 日本語 辻󠄀 Ελένη 👨‍👩‍👧 ❤️‍🔥 1️⃣ 'a\b'; do
    becomes "$(printf %s "$name" | sed 's/\\/\\\\/g')" "$name"
done

# ---- one name with all of it in every command
name=$(printf '\033]0;x\007a\nb\302\23331m\23331m\342\200\256gpj\342\200\213\177 日本 שלום')
shown='\x1b]0;x\x07a\nb\u009b31m\x9b31m\u202egpj\u200b\x7f 日本 שלום'
piped=$(printf '\033]0;x\007a\\nb\302\23331m\23331m\342\200\256gpj\342\200\213\177 日本 שלום')

# clean FILE: UTF-8 in which nothing steers a terminal, turns the text or hides.
clean() {
    checks=$((checks + 1))
    if ! iconv -f UTF-8 -t UTF-8 "$1" >shown_text 2>&1 ||
        LC_ALL=C grep -aq -e '[[:cntrl:]]' -e "$(printf '\302[\200-\237]')" \
            -e "$(printf '\342\200[\213\216\217\250-\256]')" shown_text; then
        wrong "$last: $1 is not fit for a terminal"
        cat -v "$1"
    fi
}
# told STATUS ARGUMENTS...: likeness says the name, as is right where it is heard.
told() {
    status=$1
    shift
    if [ "$way" = terminal ]; then
        expect "$status" "$ON_TERMINAL" "$LIKENESS" "$@"
        form=$shown
        clean out
    else
        expect "$status" "$LIKENESS" "$@"
        form=$piped
    fi
    clean err
    checks=$((checks + 1))
    grep -aqF -e "$form" out || grep -qF -e "$shown" err || wrong "$last: the name is not told"
    echo "$1 $(wc -l <out) $(wc -l <err)" >>lines
}

expect 0 likeness synth --people 6 --photos 3 --size 75 -o people
mkdir -p "photos/$name" "$name/models" "$name.setting"
cp "$INPUTS/photos/anna"/* "photos/$name"
cp "$INPUTS/names.safetensors" "$name.safetensors"
cp "$INPUTS/network.safetensors" "$name/models/synthetic.safetensors"
echo '[]' >"$name.setting/setting.json"
export LIKENESS_DATA="$folder/$name"
for way in terminal pipe; do
    mkdir $way
    cd $way
    told 0 detect ../photos $find_
    told 0 detect ../photos $find_ --annotate "$name.drawn" -v
    told 1 detect "$name.jpg" ../photos $find_
    told 0 crop ../photos $find_ -v -o "$name.crops"
    told 0 embed ../photos --no-detect $net_ -o "$name.npy"
    told 1 embed "$name.csv" --no-detect $net_ -o E.npy
    told 0 wss "$name.npy" --labels "$name.csv"
    told 1 wss "$name.npy" --labels "$name.missing"
    told 1 roc "$name.missing" --labels "$name.csv"
    told 1 pca "$name.missing" -o P.npy
    told 2 pca "$name.npy" --plot "$name"
    told 2 distances "$name.npy" -o "$name"
    told 1 compare "$name.jpg" ../people/p0001/001.jpg $find_ $net_
    told 0 models info "../$name.safetensors"
    told 2 models convert "../$name.safetensors" "$name"
    told 0 models pull synthetic
    told 0 models list
    told 2 models "$name"
    told 2 models pull "$name"
    told 2 data pull "$name"
    told 0 lesson --faces ../photos --group "$name=../photos/*" $find_ $net_ -o "$name.page"
    told 1 lesson --faces ../photos --group "$name=none/*" $find_ $net_ -o no
    told 2 lesson "$name" -o no
    told 0 synth --people 1 --photos 1 --size 32 -o "$name.album"
    told 1 synth --population "$name" -o no
    told 2 synth --people "$name" -o no
    told 0 train ../people --width 0.016 --size 75 --people 2 --photos 2 --epochs 1 --steps 1 -o "$name.run"
    told 2 train ../people --loss "$name" -o no
    told 2 train ../people -o "$name.run"
    told 2 experiment "$name" -o no
    told 1 experiment bias -o "../$name.setting"
    told 2 "$name"
    told 2 help "$name"
    # Where an option is expected, and as the value of one that is not there or
    # means two.
    told 2 detect "--$name"
    told 2 detect --thing="$name"
    told 2 detect --se="$name" x.jpg
    told 2 detect --device "$name" x.jpg
    expect 2 likeness detect "-$name"
    clean err
    cd ..
done
checks=$((checks + 1))
cmp -s terminal/lines pipe/lines || {
    wrong 'a terminal and a pipe get different numbers of lines'
    diff terminal/lines pipe/lines
}

# The same of a tensor's name, and of what a pipe gets: bytes as they are, on one line.
expect 0 "$ON_TERMINAL" "$LIKENESS" models info "$INPUTS/names.safetensors"
out_has '^\\x1b\]0;title\\x07line\\nend\\u009b\[2J\\x7f +float32 +\[1\] +1$'
out_has '^\\u202etxt +float32 +\[1\] +1$'
expect 0 likeness models info "$INPUTS/names.safetensors"
checks=$((checks + 1))
grep -aqF "$(printf '\033]0;title\007line\\nend\302\233[2J\177')" out || wrong "a pipe gets other bytes"
[ "$(wc -l <out)" -eq 3 ] || wrong "not a line per tensor"

# A bar of progress does not carry it either.
expect 0 "$ON_TERMINAL" -e "$LIKENESS" train people --width 0.016 --size 75 --people 2 --photos 2 \
    --epochs 1 --steps 2 -v -o "$name.run"
tr '\r' '\n' <err | sed "s/^$(printf '\033')\[K//" >err.plain
clean err.plain

# ---- JSON: the same whoever reads, and nothing in it that steers
json='"path":"photos/\u001B]0;x\u0007a\nb\u009B31m�31m\u202Egpj\u200B\u007F 日本 שלום/1.png"'
expect 0 likeness detect photos $find_ --json
one_object_a_line
clean out
checks=$((checks + 1))
grep -qF -e "$json" out || wrong 'the path is not in the JSON object'
cp out piped.json
expect 0 "$ON_TERMINAL" "$LIKENESS" detect photos $find_ --json
cmp -s out piped.json || wrong 'a terminal and a pipe get different JSON'
expect 0 likeness models info --json "$INPUTS/names.safetensors"
one_object_a_line
clean out
out_has '^\{"name":"\\u001B]0;title\\u0007line\\nend\\u009B\[2J\\u007F"'
out_has '^\{"name":"\\u202Etxt"'
# So in the file beside vectors, which names the model.
cp "$INPUTS/network.safetensors" "$name.net.safetensors"
expect 0 likeness embed photos --no-detect --weights "$name.net.safetensors" -o named.npy
clean named.json
grep -qF '\u001B]0;x\u0007a\nb\u009B31m' named.json || wrong 'the model is not named'

# ---- CSV: what was written is read again, whatever the label
mkdir faces
while IFS= read -r label; do
    label=$(printf -- "$label")
    mkdir "faces/$label"
    cp "$INPUTS/photos/anna/1.png" "faces/$label/=1.png"
done <<'END'
=1+1
+1
-1
@SUM(A1)
\t=1
 =1
'=1
a,"b"\n"c
"quoted"
line\r
plain
END
cp -r "photos/$name" faces
longest=$(printf %0250d 0 | tr 0 '\177') # of all escapes, in JSON
mkdir "faces/$longest"
cp "$INPUTS/photos/anna/1.png" "faces/$longest"
expect 0 likeness embed faces --no-detect $net_ -o E.npy
expect 0 likeness wss E.npy --labels E.csv --json
one_object_a_line
[ "$(wc -l <out)" -eq 13 ] || wrong 'not a group a label'
for label in '=1+1' '+1' '-1' '@SUM(A1)' '\t=1' ' =1' "'=1" 'a,\"b\"\n\"c' '\"quoted\"' 'line\r' plain; do
    checks=$((checks + 1))
    grep -qF -e "{\"label\":\"$label\"," out || wrong "the label $label did not come back"
done
checks=$((checks + 1))
grep -qF ',faces/ =1/=1.png," =1",0,ok,,0,0,120,100,' E.csv || wrong 'a cell has changed'

[ "$(grep -o '\\u007F' out | wc -l)" -eq 251 ] || wrong 'not every control is escaped'

# For a spreadsheet the same cells are no formulas, and all others stay.
expect 0 likeness embed faces/* --no-detect $net_ --spreadsheet -o S.npy
for label in '=1+1' '+1' '-1' '@SUM(A1)' "$(printf '\t=1')" ' =1'; do
    checks=$((checks + 1))
    grep -qF -e ",\"'$label\",0,ok," S.csv || wrong "$label is a formula"
done
grep -qF ",plain,0,ok," S.csv || wrong 'a plain label has changed'
grep -qF ",'=1,0,ok," S.csv || wrong 'an apostrophe has changed'
cd faces
expect 0 likeness embed =1+1 --no-detect $net_ --spreadsheet -o ../P.npy
cd ..
checks=$((checks + 1))
grep -qxF "0,\"'=1+1/=1.png\",\"'=1+1\",0,ok,,0,0,120,100,,,,,,,,,,," P.csv || wrong 'a path is a formula'

finish

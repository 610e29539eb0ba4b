#!/bin/sh
# A folder as people have it: every file is used, or named with its reason, the counts
# add up, and all commands agree on who is who.
. "$(dirname "$0")/lib.sh"
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"
samples=$(cd "$(dirname "$0")/../fuzz/corpus/image" && pwd)
one=$INPUTS/photos/anna/1.png two=$INPUTS/photos/anna/2.png jpeg=$INPUTS/photos/bert/3.jpg

nfc=$(printf 'Ren\303\251e') nfd=$(printf 'Rene\314\201e')
mkdir -p odd/bruce/2019 odd/bruce/2020 odd/neil/2019 "odd/$nfc" "odd/$nfd" odd/日本 odd/Анна \
    odd/שלום odd/@eaDir/bruce odd/bruce/@eaDir odd/__MACOSX odd/.thumbnails odd/lost+found elsewhere
cp "$one" odd/bruce/2019/1.png
cp "$two" odd/bruce/2020/2.png
cp "$one" odd/neil/2019/1.png
cp "$two" odd/neil/2.png
cp "$one" "odd/$nfc/1.png"
cp "$two" "odd/$nfd/2.png"
for name in 日本 Анна שלום; do
    cp "$one" "odd/$name/1.png"
    cp "$jpeg" "odd/$name/2.JPG"
done
cp "$one" elsewhere/1.png
cp "$jpeg" elsewhere/2 # no ending
cp "$jpeg" elsewhere/3.jpg_large
ln -s ../elsewhere odd/linked
ln -s .. odd/bruce/round
ln -s ../odd/neil/2.png elsewhere/4.png
cp "$two" odd/top.png
cp "$samples"/few_colours.gif "$samples"/565.bmp "$samples"/big_endian.tif "$samples"/alpha.webp odd/neil
# what is no photograph, or nobody's
echo x >odd/notes.txt
echo x >odd/bruce/list.csv
echo x >odd/bruce/more.csv
echo x >odd/neil/README
: >odd/Thumbs.db
: >odd/.DS_Store
for folder_ in odd/@eaDir/bruce odd/bruce/@eaDir odd/__MACOSX odd/.thumbnails odd/lost+found; do
    cp "$one" $folder_/1.png
done
# what is one, and cannot be read
echo 'not an image' >odd/bruce/broken.jpg
ln -s nowhere odd/gone

used=$(find -L elsewhere odd/neil odd/bruce/20* odd/日本 odd/Анна odd/שלום odd/Rene* odd/"$nfc" odd/top.png -type f \
    ! -name README | sort -u | wc -l)
used=$((used + 1)) # and the broken one

# labels FILE: of every photograph in E.csv, the path and the label.
labels() {
    sed 1d "$1" | cut -d, -f2,3 | sort -u
}

# ---- embed: every file once
expect 1 likeness embed odd --no-detect $net_ -o E.npy
err_has '^likeness: odd/gone: a link to nothing$'
err_has '^likeness: odd/bruce/broken\.jpg: not a JPEG'
err_has "^likeness: warning: 5 files were skipped: round \(leads back to a folder above it\), README, 2 \.csv, notes\.txt$"
labels E.csv >embedded
[ "$(wc -l <embedded)" -eq "$used" ] || wrong "not every photograph is in E.csv once: expected $used"
cat >wanted <<END
odd/bruce/2019/1.png,bruce
odd/bruce/2020/2.png,bruce
odd/neil/2019/1.png,neil
odd/neil/2.png,neil
odd/linked/2,linked
odd/linked/3.jpg_large,linked
odd/linked/4.png,linked
odd/top.png,odd
odd/$nfc/1.png,$nfc
odd/$nfd/2.png,$nfc
odd/日本/1.png,日本
odd/Анна/2.JPG,Анна
odd/שלום/1.png,שלום
odd/bruce/broken.jpg,bruce
END
while IFS= read -r line; do
    checks=$((checks + 1))
    grep -qxF -e "$line" embedded || wrong "E.csv lacks $line"
done <wanted
grep -q eaDir embedded && wrong '@eaDir is somebody'
one_warning() { # PATTERN
    checks=$((checks + 1))
    [ "$(grep -cE "$1" err)" -eq 1 ] || wrong "$last: not one line that matches $1"
}
one_warning 'label-from'
err_has "count as one person's, '$nfc' \(--label-from first\)"
[ "$(sed -n 's/.*"from": "\(.*\)",*/\1/p' E.json)" = first ] || wrong 'E.json does not say the rule'
# what systems leave is told to those who ask
expect 1 likeness embed odd --no-detect $net_ -v -o E.npy
for litter in odd/@eaDir odd/bruce/@eaDir odd/__MACOSX odd/.thumbnails odd/lost+found \
    odd/Thumbs.db odd/.DS_Store; do
    checks=$((checks + 1))
    grep -qxF "likeness: $litter: left there by a system or program" err || wrong "$litter is not told"
done

# ---- the others agree
expect 1 likeness detect odd $find_ --json
sed -n 's/.*"path":"\([^"]*\)".*/\1/p' out | sort >detected
cut -d, -f1 embedded | grep -v broken | LC_ALL=C sort >names
LC_ALL=C sort detected | grep -v broken | cmp -s - names || wrong 'detect and embed differ in the photographs'
err_has '^likeness: odd/gone: a link to nothing$'
one_warning 'files were skipped: round'

printf 'path,x1,y1,x2,y2\n' >boxes.csv
cut -d, -f1 embedded | sed 's/$/,0,0,9,9/' >>boxes.csv
expect 1 likeness crop odd --boxes boxes.csv --size 75 -o cropped
err_has '^likeness: odd/gone: a link to nothing$'
one_warning 'files were skipped: round'
(cd cropped && find . -mindepth 1 -type d | sed 's,^\./,,' | LC_ALL=C sort) >people
cut -d, -f2 embedded | LC_ALL=C sort -u | cmp -s - people || wrong 'crop and embed differ in the people'
[ "$(find cropped -name '*.png' | wc -l)" -eq $((used - 1)) ] || wrong 'crop: not a face a photograph'

expect 1 likeness train odd --width 0.05 --size 75 --people 2 --photos 2 --validation 0 --steps 1 --threads 1 -o run
err_has '^likeness: odd/gone: a link to nothing$'
err_has '^likeness: warning: 1 person has fewer than 2 photographs and is left out: odd$'
one_warning 'files were skipped: round'
one_warning 'label-from'
out_has "^.*$(($(wc -l <people) - 1)) people"
grep -aq '"label": "first"' run/checkpoint.safetensors || grep -aq 'label.....first' run/checkpoint.safetensors ||
    wrong 'the checkpoint does not say the rule'

expect 1 likeness lesson --faces odd --boxes boxes.csv --group "A=odd/neil/*.png" --size 75 $net_ -o lesson
err_has '^likeness: odd/gone: a link to nothing$'
one_warning 'files were skipped: round'
[ "$(grep -o '"label": "[^"]*"' lesson/lesson.json | sed 's/.*: "//;s/"//' | LC_ALL=C sort -u | wc -l)" -eq "$(wc -l <people)" ] ||
    wrong 'lesson and embed differ in the people'

# ---- the three rules
mkdir -p tree/north/p1 tree/north/p2 tree/south/p1
cp "$one" tree/north/p1/1.png
cp "$two" tree/north/p1/2.png
cp "$one" tree/north/p2/1.png
cp "$two" tree/south/p1/1.png
column() { # NAME FILE
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { print $at }' "$2" | tr '\n' ' '
}
expect 0 likeness embed tree --no-detect $net_ -o T.npy
[ "$(column label T.csv)" = 'north north north south ' ] || wrong 'first is not the default'
err_is <<'END'
likeness: warning: photographs lie deeper than one folder; a person is the folder directly under the argument (--label-from first); the rules give tree/north/p1/1.png: first: north, last: p1, path: north/p1
END
expect 0 likeness embed tree --no-detect $net_ --label-from last -o T.npy
[ "$(column label T.csv)" = 'p1 p1 p2 p1 ' ] || wrong 'last'
err_is <<'END'
likeness: warning: the photographs of two folders, tree/north/p1 and tree/south/p1, count as one person's, 'p1' (--label-from last); the rules give tree/south/p1/1.png: first: south, last: p1, path: south/p1
END
expect 0 likeness embed tree --no-detect $net_ --label-from path -o T.npy
[ "$(column label T.csv)" = 'north/p1 north/p1 north/p2 south/p1 ' ] || wrong 'path'
grep -q '"from": "path"' T.json || wrong 'E.json does not say path'
expect 0 likeness embed tree --no-detect $net_ --group-from first -o T.npy
[ "$(column label T.csv)" = 'p1 p1 p2 p1 ' ] || wrong 'with groups a person is the innermost folder'
[ "$(column group T.csv)" = 'north north north south ' ] || wrong 'the column group'
grep -q '"group_from": "first"' T.json || wrong 'E.json does not say where groups come from'
expect 0 likeness embed tree --no-detect $net_ --group-from first --label-from path -o T.npy
[ "$(column label T.csv)" = 'north/p1 north/p1 north/p2 south/p1 ' ] || wrong 'with groups a rule may be given'
expect 0 likeness wss T.npy --labels T.csv
expect 2 likeness embed tree --label-from inner -o T.npy
err_has "takes first, last or path, not 'inner'"
expect 2 likeness embed tree --group-from last -o T.npy

# Two folders of one name under two arguments; one folder by two ways is one.
expect 0 likeness embed tree/north tree/south --no-detect $net_ -o T.npy
err_has "tree/north/p1 and tree/south/p1, count as one person's, 'p1' \(--label-from first\)"
expect 0 likeness embed tree/north ./tree/north/ tree/north/p1 tree/north/p1/1.png --no-detect $net_ -o T.npy
silent err
[ "$(column label T.csv)" = 'p1 p1 p2 p1 p1 p2 p1 p1 p1 ' ] || wrong 'the same folder under other names'
(cd tree/north/p1 && "$LIKENESS" embed . 1.png --no-detect $net_ -q -o "$folder/D.npy" >/dev/null)
[ "$(column label D.csv)" = 'p1 p1 p1 ' ] || wrong 'a folder called . has no name'

# crop and lesson and train take the rule, too
sed 's/^/tree\//;s/$/,0,0,90,90/' >tree.csv <<'END'
north/p1/1.png
north/p1/2.png
north/p2/1.png
south/p1/1.png
END
sed -i '1i path,x1,y1,x2,y2' tree.csv
expect 0 likeness crop tree --boxes tree.csv --size 75 --label-from path -o by-path
there by-path/north/p1/1.png by-path/north/p1/2.png by-path/north/p2/1.png by-path/south/p1/1.png
expect 0 likeness crop tree --boxes tree.csv --size 75 --label-from last -o by-last
there by-last/p1/1.png by-last/p1/2.png by-last/p1/1-2.png by-last/p2/1.png
expect 0 likeness lesson --faces tree --boxes tree.csv --group 'A=tree/south/p1/*' --size 75 $net_ --label-from path -o by-lesson
grep -q '"label": "north/p2"' by-lesson/lesson.json || wrong 'lesson: path'
cp "$two" tree/north/p2/2.png
cp "$two" tree/south/p1/2.png
small='--width 0.05 --size 75 --people 2 --photos 2 --validation 0 --threads 1'
expect 0 likeness train tree $small --label-from last --steps 1 -o by-train
out_has '2 people'
expect 0 likeness train --resume --steps 2 -o by-train
expect 2 likeness train --resume --steps 3 --label-from first -o by-train
err_has 'label'

# ---- bounded: many kinds, many files
mkdir many
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    echo x >many/a.k$i
    echo x >many/b.k$i
done
cp "$one" many/1.png
expect 0 likeness embed many --no-detect $net_ -o M.npy
one_line err
err_has '^likeness: warning: 24 files were skipped: .*, and 8 more$'
expect 0 likeness embed many --no-detect $net_ -q -o M.npy
silent err

# ---- an unreadable folder does not lose the rest
if [ "$(id -u)" -ne 0 ]; then
    mkdir tree/shut
    chmod 0 tree/shut
    expect 1 likeness embed tree --no-detect $net_ -o T.npy
    err_has '^likeness: tree/shut: Permission denied$'
    [ "$(wc -l <T.csv)" -eq 7 ] || wrong 'one folder lost the rest'
    expect 1 likeness train tree $small --steps 1 -o shut-run
    err_has '^likeness: tree/shut: Permission denied$'
    chmod 700 tree/shut
else
    echo 'SKIPPED: unreadable folders: root reads everything'
fi
finish

#!/bin/sh
# --resize: which Pillow a face is resized as, in every command that resizes faces, and in
# what they remember.
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS/tall" .
net_="--weights $INPUTS/network.safetensors --threads 1"
tiny='--width 0.016 --people 2 --photos 2 --miner all --size 75 --threads 1'
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}
differ() {
    checks=$((checks + 1))
    ! cmp -s "$1" "$2" || wrong "$last: $1 and $2 are the same"
}
says() {
    checks=$((checks + 1))
    grep -qF -e "$2" "$1" || wrong "$last: $1 does not say $2"
}

for command in crop embed compare lesson train; do
    expect 0 likeness $command --help
    out_has '^ +--resize=RULE '
done
expect 2 likeness detect tall --resize pillow-13
expect 2 likeness crop tall --resize pillow-14 -o c
err_has "^likeness crop: --resize takes pillow-12 or pillow-13, not 'pillow-14'$"
expect 2 likeness train tall --resize 13 -o r
err_has "^likeness train: --resize takes pillow-12 or pillow-13, not '13'$"

# ---- crop: boxes that cover the photographs
{
    echo path,x1,y1,x2,y2
    for photo in tall/*/*.png; do echo "$photo,0,0,84,230"; done
} >whole.csv
expect 0 likeness crop tall --boxes whole.csv --size 75 -o default
expect 0 likeness crop tall --boxes whole.csv --size 75 --resize pillow-12 -o twelve
expect 0 likeness crop tall --boxes whole.csv --size 75 --resize pillow-13 -o thirteen
same default/a/1.png twelve/a/1.png
differ default/a/1.png thirteen/a/1.png

# ---- embed: of whole photographs, and E.json
expect 0 likeness embed tall --no-detect $net_ --size 75 -o twelve.npy
says twelve.json '"resize": "pillow-12"'
expect 0 likeness embed tall --no-detect $net_ --size 75 --resize pillow-13 -o thirteen.npy
says thirteen.json '"resize": "pillow-13"'
expect 0 likeness embed thirteen --no-detect $net_ --size 75 -o crops.npy
same crops.npy thirteen.npy
differ twelve.npy thirteen.npy
expect 0 likeness embed tall --boxes whole.csv $net_ --size 75 --resize pillow-13 -o found.npy
same found.npy thirteen.npy

# What was begun by one rule does not go on by the other.
(
    trap '' XFSZ
    ulimit -f 32 # room for the rows, but not for E.npy with its header
    exec "$LIKENESS" embed tall --no-detect $net_ --size 75 -o E.npy
) >out 2>err
[ $? -eq 4 ] && [ -s .E.npy.lk-work/list ] || wrong 'the full disk left no work'
expect 0 likeness embed tall --no-detect $net_ --size 75 --resize pillow-13 -o E.npy
err_has 'what was begun has another resize \("pillow-12", now "pillow-13"\): all is done anew$'
same E.npy thirteen.npy

# ---- compare
expect 0 likeness compare tall/a/1.png tall/b/1.png --no-detect $net_ --size 75 --resize pillow-13 --json
sed 's/.*"distance":\([^,]*\).*/\1/' out >seen
expect 0 likeness compare thirteen/a/1.png thirteen/b/1.png --no-detect $net_ --size 75 --json
sed 's/.*"distance":\([^,]*\).*/\1/' out >wanted
same seen wanted

# ---- lesson
for rule in 12 13; do
    expect 0 likeness lesson --faces tall --boxes whole.csv $net_ --size 75 --resize pillow-$rule --json -o lesson$rule
    sed 's/.*"silhouette":\([^,]*\).*/\1/' out >silhouette$rule
    says lesson$rule/lesson.json "\"Resize rule\": \"pillow-$rule\""
done
differ silhouette12 silhouette13

# ---- train: in training and validation, and in the checkpoint, wherever --augment stands
numbers() { sed 's/"seconds":[^,}]*//g; s/"images_per_second":[^,}]*//g' "$1/log.jsonl"; }
expect 0 likeness train tall $tiny --validation 0.5 --steps 2 --resize pillow-13 --augment none -o run
out_has '^use +likeness embed DIR --size 75 --resize pillow-13 --no-detect '
says run/index.html 'resize rule pillow-13'
expect 0 likeness train thirteen $tiny --validation 0.5 --steps 2 --augment none -o crops
out_has '^use +likeness embed DIR --size 75 --no-detect '
same run/last.pt crops/last.pt
numbers run >seen
numbers crops >wanted
same seen wanted
expect 2 likeness train --resume -o run --steps 3 --resize pillow-12
err_has 'this run has augment.resize = pillow-13, asked for pillow-12'
expect 0 likeness train --resume -o run --steps 3 --threads 1
expect 0 likeness train tall $tiny --validation 0.5 --steps 3 --augment none --resize pillow-13 -o three
same run/last.safetensors three/last.safetensors

# ... and where it cuts the faces out itself
expect 0 likeness train tall --detect --boxes whole.csv $tiny --validation 0 --steps 1 --resize pillow-13 -o cut
out_has '^use +likeness embed DIR --size 75 --resize pillow-13 --boxes whole.csv '
same cut/faces/a/1.png thirteen/a/1.png
says cut/faces.json '"resize": "pillow-13"'
rm cut/checkpoint.safetensors
expect 0 likeness train tall --detect --boxes whole.csv $tiny --validation 0 --steps 1 -o cut
same cut/faces/a/1.png twelve/a/1.png

finish

# All commands that write, for tests of what becomes of their outputs. A script sources
# this after lib.sh; then in/ holds inputs, and each command is to be called in a
# folder beside it.
photos=../in/photos
net="--weights $INPUTS/network.safetensors --size 80"
small='--width 0.05 --size 75 --people 4 --photos 3 --threads 1 --steps 6 --checkpoint 2'
tiny='--shares 0.5 --seeds 1 --people 4 --photos 2 --test-people 2 --test-photos 2 --size 75
    --width 0.05 --epochs 1 --replicates 10 --threads 1'

# What each command is called with, in a folder of its own.
command_of() {
    case $1 in
    detect) echo "detect $photos --boxes ../in/boxes.csv -o found.txt --annotate drawn" ;;
    crop) echo "crop $photos --boxes ../in/boxes.csv -o faces" ;;
    embed) echo "embed $photos --no-detect $net -o E.npy" ;;
    pca) echo "pca ../in/big.npy --components 3 -o P.npy --plot P.svg" ;;
    distances) echo "distances ../in/big.npy -o D.npy --plot D.png" ;;
    audit) echo "audit ../in/big.npy --fmr .1 --threads 1 -o audit" ;;
    evaluate) echo "evaluate ../in/big.npy --plot roc.svg --det det.svg" ;;
    convert) echo "models convert $INPUTS/network.safetensors W.pt" ;;
    save) echo "models convert $INPUTS/network.pt W.safetensors --half" ;;
    lesson) echo "lesson --faces $photos --group A=$photos/anna/* --boxes ../in/boxes.csv $net -o page" ;;
    synth) echo "synth --people 6 --photos 3 --size 48 --seed 2 -q -o album" ;;
    train) echo "train ../in/people $small -o run" ;;
    experiment) echo "experiment bias $tiny -o bias" ;;
    esac
}
# run NAME: in NAME.work, to its end.
run() {
    # shellcheck disable=SC2046 # words; no file matches their patterns here
    (cd "$1.work" && set -f && "$LIKENESS" $(command_of "$1") >../out 2>../err </dev/null)
}
# parts FOLDER: the temporary files in it, and locks.
parts() { find "$1" -name '.*.lk-part*' -o -name '*.lk-lock'; }

# run_whole NAME: what the command writes undisturbed, into NAME.whole; and NAME.old,
# outputs of another time under the same names, which must not be lost.
run_whole() {
    rm -rf "$1.work" "$1.old"
    mkdir "$1.work" "$1.old"
    run "$1" || wrong "$1: fails undisturbed"
    mv "$1.work" "$1.whole"
    case $1 in
    train | experiment) ;;
    synth) cp -r in/album "$1.old/" ;;
    # shellcheck disable=SC2086 # words
    embed) "$LIKENESS" embed in/photos/anna --no-detect $net -q -o embed.old/E.npy >out ;;
    *) (cd "$1.whole" && find . -type f) | while read -r file; do
        mkdir -p "$1.old/$(dirname "$file")"
        echo old >"$1.old/$file"
    done ;;
    esac
}

# prepare NAME: NAME.work with those old outputs.
prepare() {
    rm -rf "$1.work"
    cp -r "$1.old" "$1.work"
}

mkdir in
cp -r "$INPUTS/photos" in/
(
    echo path,x1,y1,x2,y2
    for photo in anna/1 anna/2 bert/1 bert/2; do echo "photos/$photo.png,20,10,80,70"; done
    echo photos/bert/3.jpg,20,10,80,70
) >in/boxes.csv
rows=1200
{ # [rows, 16] float32 between 0.007 and 0.7, behind a header of 128 bytes
    printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($rows, 16), }"
    head -c $((rows * 64)) /dev/urandom | tr '\000-\377' '[\074*64][\075*64][\076*64][\077*64]'
} >in/big.npy
awk -v rows=$rows 'BEGIN {
    print "row,label,group"
    for (i = 0; i < rows; i++) printf "%d,p%d,%s\n", i, i / 4, i % 8 < 4 ? "A" : "B"
}' >in/big.csv
"$LIKENESS" synth --people 8 --photos 4 --size 48 --seed 1 -q -o in/album >out
"$LIKENESS" synth --people 6 --photos 3 --size 75 --seed 4 -q -o in/people >out

commands='detect crop embed pca distances audit evaluate convert save lesson synth train'

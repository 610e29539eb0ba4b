#!/bin/sh
# The lesson on people who do not exist, with the model that comes with the program:
# renders an album, finds the faces, writes the page. Needs no network.
# usage: tools/demo.sh BUILD OUT
set -eu
likeness=$1/likeness
out=$2
album=$out/album
size=96 # what the built-in model was trained on
begun=$(date +%s)

# On a terminal the program's own bar shows how far it is.
render() { # FOLDER POPULATION PEOPLE PHOTOS SEED
    echo "Rendering   $1: $3 people, $(($3 * $4)) photographs"
    "$likeness" synth --people "$3" --photos "$4" --population "$2" --seed "$5" --size 200 \
        -o "$album/$1" >/dev/null
}

if ! mkdir -p "$album" 2>/dev/null; then
    echo "There is no right to write into $out: make demo DEMO=DIR writes elsewhere" >&2
    exit 4
fi
echo 'People who do not exist, drawn by a program: three with 15 photographs each, and'
echo 'the populations A and B with 49 people each, which stand for no real group.'
render people common 3 15 "${SEED:-3}"
render A A 49 1 101
render B B 49 1 102

# The store's MTCNN, or what pip and the network give within a quarter of a minute.
detector=mtcnn
set --
echo "Detector    looking for MTCNN's weights, for 15 seconds at most"
timeout 15 "$likeness" models pull -q mtcnn >/dev/null 2>&1 &
pull=$!
trap 'kill "$pull" 2>/dev/null; exit 130' INT TERM # timeout's is a group of its own
have=yes
wait "$pull" || have=no
trap - INT TERM
if [ "$have" = no ]; then
    detector='none: true boxes'
    set -- --boxes "$album/people/truth.csv" --boxes "$album/A/truth.csv" \
        --boxes "$album/B/truth.csv"
    {
        cat <<'END'

  **********************************************************************************
  * NO FACE DETECTOR WAS RUN: MTCNN's weights are not here and could not be had.   *
  * The album knows where its faces are, and those true boxes are used instead.    *
END
        printf '  * %-79s*\n' "To get the detector: $likeness models pull mtcnn, then make demo again."
        cat <<'END'
  **********************************************************************************

END
    } >&2
fi

echo 'Lesson      finding, comparing and drawing faces'
"$likeness" lesson --weights synthetic --size "$size" --faces "$album/people" \
    --group "A=$album/A" --group "B=$album/B" "$@" -o "$out" \
    --note 'The people on this page do not exist: a program drew them. The populations A and B stand for no real group.'
echo "detector    $detector"
echo "took        $(($(date +%s) - begun)) s"
echo
echo "Open $out/lesson.html in a browser. Then, with photographs of your own (a folder per person):"
echo "  make lesson FACES=DIR"

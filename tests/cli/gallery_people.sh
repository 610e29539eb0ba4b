# People who do not exist and how to see them, for the tests of the gallery. Sourced after
# lib.sh: people/p0001/001.jpg and so on, $net what reads them.
export XDG_DATA_HOME="$folder/data"
likeness synth --people 6 --photos 5 --size 154 --seed 7 -q -o people >/dev/null || wrong synth
net='--weights synthetic --boxes people/truth.csv'
gallery=$XDG_DATA_HOME/likeness/gallery.db
# enrolled: how many faces the gallery says that it has.
enrolled() { likeness gallery stats --json "$@" | sed 's/.*"faces":\([0-9]*\).*/\1/'; }

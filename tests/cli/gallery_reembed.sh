#!/bin/sh
# A gallery moves to another model: all of it or nothing, and what is missing is named.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"
other="$net --size 96 --margin 0"
faces() { likeness gallery export "$@" | sed -n 's/.*"face_of":"\([^"]*\)","id":\([0-9]*\),.*/\1 \2/p'; }

expect 0 likeness enroll --from people $net
faces >before
expect 2 likeness identify people/p0001/001.jpg $other
expect 0 likeness gallery reembed $net
out_has ': it is of this model already$'

# ---- what cannot be found again is named, and nothing changes
mv people moved
sed 's|^people/||' moved/truth.csv >truth.csv
other="--weights synthetic --boxes moved/truth.csv --size 96 --margin 0"
net='--weights synthetic --boxes moved/truth.csv'
expect 1 likeness gallery reembed $other
out_has ': nothing has changed: 30 of 30 faces could not be found again; --drop removes them$'
err_has '^likeness: face 1, people/p0001/001.jpg: the photograph is not there$'
expect 0 likeness identify moved/p0001/001.jpg $net
out_has 'p0001 \(0\.0000\)$'

# ---- found by their content, wherever they are; what is done stays done
mv moved/p0006 elsewhere
expect 1 likeness gallery reembed moved $other --json
one_object_a_line
out_has '"moved":false,"faces":30,"missing":5\}$'
mv elsewhere moved/p0006
rm moved/p0001/001.jpg # is known already
expect 0 likeness gallery reembed moved $other
out_has ': 30 faces of the model synthetic now; 0 removed$'
absent "$gallery-reembed"
faces >after
cmp -s before after || wrong 'faces or names have changed'
expect 0 likeness gallery check
expect 0 likeness identify moved/p0003/002.jpg $other
out_has 'p0003 \(0\.0000\)$'
expect 2 likeness identify moved/p0003/002.jpg $net
cmp -s moved/p0001/002.jpg moved/p0001/003.jpg && wrong 'two photographs are one'

# ---- back, encrypted, and without two of them: a file that is another one by now
head -c 40 /dev/urandom >key
expect 0 likeness gallery encrypt --key-file key
expect 2 likeness gallery reembed moved $net
err_has 'it is encrypted; --key-file FILE opens it$'
cp moved/p0001/003.jpg moved/p0001/002.jpg
expect 1 likeness gallery reembed moved $net --key-file key
err_has 'face 1, people/p0001/001.jpg: '
[ "$(grep -c ': face ' err)" -eq 2 ] || wrong 'not two faces are missing'
grep -q 'p0003' "$gallery-reembed" && wrong 'a name is in the file beside the gallery'
expect 1 likeness gallery reembed moved $net --key-file key --drop
out_has ': 28 faces of the model synthetic now; 2 removed$'
expect 0 likeness gallery check --key-file key
out_has ': sound, 28 faces of 6 people$'
expect 0 likeness verify p0001 moved/p0001/003.jpg $net --key-file key

# ---- killed at some moments, it goes on
other="--weights synthetic --boxes moved/truth.csv --size 96 --margin 0"
for moment in 0.05 0.2 0.4; do
    "$LIKENESS" gallery reembed moved $other --key-file key >/dev/null 2>&1 &
    pid=$!
    sleep $moment
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    expect 0 likeness gallery check --key-file key
    out_has ': sound, 28 faces of 6 people$'
done
likeness gallery reembed moved $other --key-file key >out 2>err
expect 0 likeness identify moved/p0003/002.jpg $other --key-file key
finish

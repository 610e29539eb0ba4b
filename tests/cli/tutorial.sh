#!/bin/sh
# The true pipeline, on the tutorial's photographs, against the reference. The whole
# lesson is in way.sh.
. "$(dirname "$0")/lib.sh"
needs_shared
data=$SHARED/data/tutorial
reference=$SHARED/reference
find_="--detector $SHARED/data/mtcnn"
net_="--weights $reference/seeded_inception_resnet_v1.pt"

# The number of faces in all photographs is the reference's.
expect 0 likeness detect "$data" $find_ --json --compat facenet-pytorch
silent err
one_object_a_line
[ "$(wc -l <out)" -eq 192 ] || wrong "the number of photographs"
[ "$(grep -o '"prob"' out | wc -l)" -eq "$(grep -o '"prob"' "$reference/detections.json" | wc -l)" ] ||
    wrong "the number of faces"

# Crops at 160 px, margin 0: the first of the reference's, in bytes.
expect 0 likeness crop "$data/faces" $find_ -o crops --compat facenet-pytorch
out_is <<'END'
45 faces from 45 photographs written to crops; 0 without a face
1 photograph has several faces, of which one was taken (--selection says which, --keep-all takes all)
END

# Embeddings of one group at 150 px: the sum of squares is the reference's.
expect 0 likeness embed "$data"/face_sample2/??_1_1_*.jpg $find_ $net_ --size 150 --margin 32 \
    --compat facenet-pytorch -o E.npy
expect 0 likeness wss E.npy --json
sum=$(sed -n '/"seeded"/,/}/s/.*"black_female": *\([0-9.]*\).*/\1/p' "$reference/summary.json")
near "$(sed 's/.*"wss":\([0-9.]*\).*/\1/' out)" "$sum" 0.00004

# One crop given whole comes to the vector of the photograph it was cut from.
expect 0 likeness embed "$data/faces/bruce/001.jpg" $find_ $net_ --compat facenet-pytorch -o A.npy
expect 0 likeness embed crops/bruce/001.png --no-detect $net_ -o B.npy
cmp -s A.npy B.npy || wrong "the crop's vector differs"

expect 0 likeness compare "$data/faces/pam/001.jpg" "$data/faces/pam/001.jpg" $find_ $net_
out_has '^  distance   0\.0000 '

# The examples of the library's use.
expect 0 "$EXAMPLES/example_detect" "$SHARED/data/mtcnn" "$data/faces/bruce/001.jpg"
out_has '^probability 1\.0000, box 60\.6 57\.5 185\.3 210\.6, eyes '
expect 0 "$EXAMPLES/example_compare" "$SHARED/data/mtcnn" "$reference/seeded_inception_resnet_v1.pt" \
    "$data/faces/bruce/001.jpg" "$data/faces/bruce/001.jpg"
out_is <<'END'
distance 0.0000
END

finish

#!/bin/sh
# The way that a user goes, in the user's own words: an empty cache, a mirror whose
# archives and weights have the true shape, then make lesson, models pull, data pull
# and make test-official. First with people who do not exist and made-up weights, then,
# where the shared reference data are, with the tutorial's photographs.
. "$(dirname "$0")/lib.sh"
source=$(cd "$(dirname "$0")/../.." && pwd)
unset VARIANT OUT FACES WEIGHTS DETECTOR DEMO CI MPI MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# What make runs to build is here already, and nothing is to be installed.
mkdir bin
for tool in ninja meson; do printf '#!/bin/sh\nexit 0\n' >bin/$tool; done
printf '#!/bin/sh\necho installed\n' >bin/dpkg-query
chmod +x bin/*

make_() { # make of the project itself; nothing but the build is stubbed
    PATH=$folder/bin:$PATH make -s -C "$source" BUILD="$BUILD" "$@"
}
command -v make >/dev/null || make_() { # the same without make
    echo "SKIPPED: no make here: tools/lesson.sh is run instead"
    case $1 in
        lesson) "$source/tools/lesson.sh" "$BUILD" "${2#OUT=}" ;;
        *) PATH=$folder/bin:$PATH "$source/tests/official/run.sh" "$BUILD" ;;
    esac
}

# archives FACES SAMPLE: mirror/faces.zip and face_sample2.zip, each with its folder.
archives() {
    rm -rf pack mirror/*.zip
    mkdir -p pack/f pack/s/__MACOSX/face_sample2
    cp -r "$1" pack/f/faces
    cp -r "$2" pack/s/face_sample2
    touch pack/s/__MACOSX/face_sample2/._22_1_1_20170105183837056.jpg.chip.jpg
    "$MAKE_ZIP" mirror/faces.zip pack/f && "$MAKE_ZIP" mirror/face_sample2.zip pack/s ||
        wrong 'the archives cannot be packed'
}
empty_cache() {
    rm -rf home
    mkdir home
}
unset XDG_CACHE_HOME TORCH_HOME
export LIKENESS_MIRROR="file://$folder/mirror"
store=$folder/home/.cache/likeness
mkdir mirror

# ---- without any photograph: 45 and 147 pictures of a few people who do not exist
expect 0 likeness synth --people 3 --photos 2 --size 64 --seed 3 -o drawn
mkdir -p made/face_sample2
set -- $(find drawn -name '*.jpg' | sort)
[ $# -eq 6 ] || wrong 'not six pictures'
for person in bruce neil pam; do
    mkdir -p made/faces/$person
    for i in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15; do
        ln "$1" made/faces/$person/0$i.jpg
    done
    shift 2
done
set -- $(find drawn -name '*.jpg' | sort)
i=1000
while [ $i -lt 1049 ]; do # age_gender_race_date
    ln "$1" made/face_sample2/22_1_1_2017010518383$i.jpg.chip.jpg
    ln "$3" made/face_sample2/25_1_0_2017010518383$i.jpg.chip.jpg
    ln "$5" made/face_sample2/31_0_0_2017010518383$i.jpg.chip.jpg
    i=$((i + 1))
done
cp "$INPUTS"/mtcnn-eager/*.pt mirror
cp "$INPUTS/network.pt" mirror/20180402-114759-vggface2.pt
archives made/faces made/face_sample2

# Nothing published has these checksums: all that cannot be had is told in one run.
empty_cache
expect 2 make_ lesson OUT="$folder/page"
err_has 'mirror/20180402-114759-vggface2\.pt: .*: is not the published file: it has [0-9]+ bytes .* expected 111898327 bytes'
err_has 'mirror: .*pnet\.pt: is not the published file'
err_has '^The lesson cannot be written yet\.'
absent page

# It is meant.
empty_cache
export LIKENESS_MIRROR_UNPINNED=1
expect 0 make_ lesson OUT="$folder/page"
out_has '^people      45 photographs of 3 people embedded$'
out_has '^group       black female: n 49, '
out_has '^group       white female: n 49, '
out_has '^page        .*page/lesson\.html$'
there page/lesson.html page/lesson.json
grep -q 'not the published file' page/lesson.html || wrong 'the page has no mark'
grep -q 'Bruce Lee.*Pam Grier' page/lesson.html || wrong 'nobody is named'
grep -q 'UTKFace is for non-commercial research' page/lesson.html || wrong 'the source of the groups is not named'
cp page/lesson.json out
out_has '"weights": "vggface2"'
out_has '"warning": "The detector is not the published file .* not the published file of its name'
out_has '"Weights, checked": "not the published file"'
out_has '"Detector, checked": "not the published file"'
grep -q 'as published with facenet-pytorch' page/lesson.html && wrong 'the page says what is not known'

# The mark stays when the variable is gone.
unset LIKENESS_MIRROR_UNPINNED
expect 0 likeness models pull vggface2 mtcnn
out_is <<END
$store/models/20180402-114759-vggface2.pt
$store/models/mtcnn
END
expect 0 likeness data pull faces face-sample
out_is <<END
$store/data/faces/faces
$store/data/face-sample/face_sample2
END
expect 0 likeness models list
[ "$(grep -c '^ *not the published file$' out)" -eq 2 ] || wrong 'not two marks'
expect 0 likeness models list --json
out_has '"name":"vggface2",.*"trust":"not the published file"'
out_has '"name":"casia-webface",.*"path":null,"trust":"trusted on first use: .*"'
expect 0 likeness data list --json
out_has '"name":"face-sample",.*/face-sample/face_sample2","trust":"trusted on first use: '
LIKENESS_SHARED=$folder/none expect 0 make_ test-official
cp out both && cat err >>both && cp both out
out_has "$store/data/face-sample/face_sample2/\?\?_1_1_\*: 49 photographs"
out_has "$store/data/face-sample/face_sample2/\?\?_1_0_\*: 49 photographs"
out_has "^mtcnn: $store/models/mtcnn"
out_has "^SKIPPED: the store's \"mtcnn\" is not the published file"
no_leftovers "$store"

# Photographs of one's own: the tutorial's are not asked for.
rm -rf "$store/data" && mkdir mine && cp -r made/faces/bruce made/faces/pam mine
expect 0 make_ lesson FACES="$folder/mine" OUT="$folder/own"
out_has '^people      30 photographs of 2 people embedded$'
err_has 'the data set "face-sample" is not here yet: .*; the lesson goes on without it$'
mkdir -p home/photos && cp -r made/faces/neil home/photos
expect 0 make_ lesson FACES='~/photos' OUT="$folder/tilde"
out_has '^people      15 photographs of 1 person embedded$'
expect 0 make_ lesson FACES="$folder/mine" DETECTOR=mtcnn OUT="$folder/named"
expect 2 make_ lesson FACES="$folder/mine" DETECTOR="$folder/no/where" OUT="$folder/none"
err_has '^DETECTOR=.*/no/where is no folder$'
expect 2 make_ lesson FACES="$folder/no/where" WEIGHTS= OUT="$folder/none"
err_has '^FACES=.*/no/where is no folder$'

# Archives without the folder lead to the same photographs.
rm -rf mirror/*.zip
"$MAKE_ZIP" mirror/faces.zip made/faces && "$MAKE_ZIP" mirror/face_sample2.zip made/face_sample2
rm "$store/checksums.txt" # else they are not the archives that were pulled before
export LIKENESS_MIRROR_UNPINNED=1
expect 0 likeness data pull faces face-sample
out_is <<END
$store/data/faces
$store/data/face-sample
END

# ---- the tutorial's photographs, the detector's published weights, a seeded network
[ -d "$SHARED/reference" ] || {
    echo 'SKIPPED way: the tutorial'"'"'s photographs (set LIKENESS_SHARED); it was gone with made-up ones'
    finish
}
unset LIKENESS_MIRROR_UNPINNED
reference=$SHARED/reference
rm -f mirror/*
ln -s "$SHARED"/data/mtcnn/*.pt mirror
ln -s "$reference/seeded_inception_resnet_v1.pt" mirror/20180402-114759-vggface2.pt
archives "$SHARED/data/tutorial/faces" "$SHARED/data/tutorial/face_sample2"
empty_cache
expect 2 make_ lesson OUT="$folder/true" # the network alone is not what it should be
[ "$(grep -c 'is not the published file' err)" -eq 1 ] || wrong 'not one file is refused'
expect 0 env LIKENESS_MIRROR_UNPINNED=1 "$LIKENESS" models pull vggface2
expect 0 make_ lesson OUT="$folder/true"
out_has '^people      45 photographs of 3 people embedded$'
out_has '^group       black female: n 49, '
out_has '^group       white female: n 49, '
for group in 'black female' 'white female'; do
    key=$(echo "$group" | tr ' ' _)
    sum=$(sed -n '/"seeded"/,/}/s/.*"'"$key"'": *\([0-9.]*\).*/\1/p' "$reference/summary.json")
    near "$(tr -d '\n' <true/lesson.json |
        sed 's/.*"name": "'"$group"'", *"photographs": 49, *"n": 49, *"wss": \([0-9.]*\),.*/\1/')" \
        "$sum" 0.00004
done
checks=$((checks + 1))
[ "$(wc -c <true/lesson.html)" -le 2000000 ] || wrong "the page of 143 photographs has $(wc -c <true/lesson.html) bytes"
cp true/lesson.json out
out_has '"Weights, checked": "not the published file"'
grep -q '"Detector, checked"' true/lesson.json && wrong 'the published detector is marked'
expect 0 likeness models list --json
out_has '"name":"mtcnn",.*"trust":"the published file"'
finish

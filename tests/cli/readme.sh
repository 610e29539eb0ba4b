#!/bin/sh
# Every `likeness` command of the README, word for word and in its order; options that
# are added here only make it shorter. Then what it says about a place without a network.
. "$(dirname "$0")/lib.sh"
readme=$(cd "$(dirname "$0")/../.." && pwd)/README.md
touch walked

# step 'COMMAND' [MORE...]: runs what the README says, with more options.
step() {
    printf '%s\n' "$1" >>"$folder/walked"
    eval "expect 0 likeness ${1#likeness } ${2:-}"
}

unset TORCH_HOME
mkdir mirror groups
cp "$INPUTS"/mtcnn-eager/*.pt mirror
cp "$INPUTS/network.pt" mirror/20180402-114759-vggface2.pt
cp "$INPUTS/network.pt" weights.pt
cp -r "$INPUTS/photos" .
cp "$INPUTS/photos/bert/3.jpg" photo.jpg
cp photo.jpg a.jpg && cp photo.jpg b.jpg
cp -r photos/anna groups/a && cp -r photos/bert groups/b
export LIKENESS_MIRROR="file://$folder/mirror" LIKENESS_MIRROR_UNPINNED=1

# ---- By task
step 'likeness models pull mtcnn vggface2'
step 'likeness detect photo.jpg --json'
one_object_a_line
out_has '"faces":\[\{"box":'
step 'likeness detect photos/ --annotate marked/'
there marked/anna/1.png marked/bert/3.png
step 'likeness crop photos/ --size 160 -o faces/'
there faces/anna/1.png
step 'likeness embed photos/ --weights vggface2 -o E.npy'
out_has '^5 faces embedded into E\.npy; 0 photographs without a face$'
there E.npy E.csv
step 'likeness compare a.jpg b.jpg --weights vggface2'
out_has '^  distance   0\.0000 '
out_has '^  weights    vggface2: not the published file$'
out_has '^  detector   mtcnn: not the published file$'
expect 0 likeness compare a.jpg b.jpg --json
out_has '"weights_unpublished":true,"detector_unpublished":true\}$'
expect 0 likeness compare a.jpg b.jpg --no-detect --weights synthetic --size 96 --json
out_has '"weights_unpublished":false,"detector_unpublished":false\}$'
export XDG_DATA_HOME="$folder/data"
mkdir ada party && cp a.jpg ada/ && cp -r photos/anna party/
step "likeness enroll 'Ada Lovelace' ada/" '--no-detect'
out_has '^ada/a.jpg: enrolled as Ada Lovelace, face 1$'
cp a.jpg door.jpg
step "likeness verify 'Ada Lovelace' door.jpg" '--no-detect'
out_has '^Ada Lovelace: a match, '
step 'likeness identify party/ --top 3'
step 'likeness gallery list'
out_has '^Ada Lovelace +1 face '
cp -r photos/anna holiday
step 'likeness cluster holiday/ -o sorted/'
there sorted/clusters.csv
step 'likeness pca E.npy -o P.npy --plot pca.svg'
there P.npy pca.svg
step 'likeness distances E.npy -o D.npy --plot distances.svg'
there D.npy distances.svg
step 'likeness wss E.npy'
out_has '^bert '
step 'likeness roc E.npy --plot roc.svg'
out_has 'AUC'
there roc.svg
step 'likeness synth --people 60 --photos 10 --size 96 -o people/' '--people 5 --photos 3'
there people/truth.csv
cp -r people others
step 'likeness calibrate others/' '--no-detect'
out_has '^threshold '
step "likeness lesson --faces people/ --group 'A=groups/a/*' --group 'B=groups/b/*' -o lesson/"
out_has '^group       A: n 2, '
out_has '^group       B: n 3, '
there lesson/lesson.html lesson/lesson.json
echo '{"kind":"likeness answers","version":1,"answers":[]}' >ann.answers.json
step 'likeness lesson collect *.answers.json -o class/'
there class/class.html class/class.json
step 'likeness train photos/ --detect --init vggface2 -o run/' '--size 80 --epochs 1 --people 2 --photos 2'
err_has 'the model "vggface2" is not the published file'
there run/index.html run/best.safetensors run/best.pt
grep -q 'started from a model that is not the published file' run/index.html ||
    wrong 'the page does not say what it started from'
unset LIKENESS_MIRROR_UNPINNED
rm -r cache/likeness/models # the run remembers where it came from
step 'likeness train --resume -o run/' '--epochs 2'
grep -q 'started from a model that is not the published file' run/index.html ||
    wrong 'the page forgets what it started from'
export LIKENESS_MIRROR_UNPINNED=1
expect 0 likeness models pull mtcnn vggface2
step "likeness audit groups/ --group 'A=groups/a/*' --group 'B=groups/b/*' --weights vggface2 -o audit/"
there audit/index.html audit/audit.json audit/groups.csv
echo 'likeness models pull mtcnn dlib' >>walked # dlib_pull.sh walks it, where pip reaches its index
mkdir -p lfw/anna lfw/bert
for i in 1 2 3; do
    cp "photos/anna/$i.png" "lfw/anna/anna_000$i.png"
    cp "photos/bert/$i.png" "lfw/bert/bert_000$i.png"
done
expect 0 likeness embed lfw/ -o E.npy
printf '2 2\nanna 1 2\nanna 1 3\nanna 1 bert 1\nanna 2 bert 3\nbert 1 2\nbert 2 3\nanna 3 bert 2\nanna 1 bert 3\n' >pairs.txt
step 'likeness evaluate E.npy --pairs pairs.txt'
cp "$(dirname "$readme")/tests/data/onnx/mobilefacenet.onnx" net.onnx
step 'likeness models describe net.onnx --size 112 --align arcface --metric cosine'
expect 0 likeness embed photos/ --weights net.onnx -o E.npy
grep -q '"dimensions": 64' E.json || wrong 'not the vectors of net.onnx'
step 'likeness embed photos/ --weights run/best.safetensors -o E.npy'
step 'likeness embed photos/ --shard 1/8 -o 1.npy'
for i in 2 3 4 5 6 7 8; do
    expect 0 likeness embed photos/ --shard $i/8 -o $i.npy
done
expect 0 likeness embed --join [1-8].npy -o E.npy
echo '--weights synthetic' >>walked
expect 0 likeness embed photos/ -o S.npy --weights synthetic
expect 0 likeness lesson --faces people/ --group 'A=groups/a/*' --weights synthetic -o own/
grep -q '"people_size": 96' own/lesson.json || wrong 'not the crops that the model wants'
tiny='--people 4 --photos 2 --test-people 4 --test-photos 2 --size 75 --width 0.05 --epochs 1'
step 'likeness experiment bias --quick -o bias/' "--shares 0.25,0.75 --seeds 2 --replicates 50 $tiny"
there bias/index.html
step 'likeness models info weights.pt'
out_has '^weights\.pt: [0-9]+ tensors, '
step 'likeness models describe weights.pt'
out_has '^  size +160 pixels$'
step 'likeness models convert weights.pt weights.safetensors'
there weights.safetensors
step 'likeness models quantize weights.pt --calibrate people/ -o weights.int8.safetensors' --no-detect
there weights.int8.safetensors
step 'likeness models cache'
out_has '/packed: [0-9]+ files?, '

# ---- Train
mkdir train && cd train || exit 99
step 'likeness synth --people 60 --photos 10 --size 96 -o people' '--people 5 --photos 3'
step 'likeness train people --width 0.25 --size 96 --epochs 15 -o run' '--epochs 1 --people 4 --photos 2'
there run/index.html
step 'likeness train --resume -o run' '--epochs 2'
step 'likeness embed people --no-detect --weights run/best.safetensors -o E.npy'
grep -q '"size": 96' E.json || wrong 'not the size that it was trained on'
there E.npy E.csv
cd .. || exit 99

# ---- none is left out
{
    sed -n '/^## By task/,/^Every command/s/^| [^|]* | `\([^`]*\)`.*/\1/p' "$readme"
    sed -n '/^```sh/,/^```$/s/^\(likeness [^#]*[^# ]\) *\(#.*\)\{0,1\}$/\1/p' "$readme"
} | sort -u >said
sort -u walked >ran
checks=$((checks + 1))
[ "$(wc -l <said)" -gt 20 ] && cmp -s said ran || {
    wrong 'the commands of the README are not those that were run here'
    diff said ran
}

# ---- Without a network: the address, the place, the command; then it goes on
rm -r mirror cache
unset LIKENESS_MIRROR_UNPINNED
export LIKENESS_MIRROR=http://127.0.0.1:1/
cache=$folder/cache/likeness
expect 4 likeness models pull casia-webface
err_has "get the file from http://127.0.0.1:1/20180408-102900-casia-webface.pt by other means, put it at $cache/models/20180408-102900-casia-webface.pt and run 'likeness models pull casia-webface' to continue$"
cp weights.pt "$cache/models/20180408-102900-casia-webface.pt"
expect 0 likeness models pull casia-webface
expect 0 likeness embed photos/anna/1.png --no-detect --weights casia-webface -o C.npy
expect 4 likeness data pull faces
err_has "get the file from http://127.0.0.1:1/faces.zip by other means, put it at $cache/data/faces.zip and run 'likeness data pull faces' to continue$"
mkdir pack && cp -r photos pack/faces
"$MAKE_ZIP" "$cache/data/faces.zip" pack
expect 0 likeness data pull faces
out_is <<END
$cache/data/faces/faces
END
expect 4 likeness models pull mtcnn
err_has "get pnet.pt, rnet.pt and onet.pt from http://127.0.0.1:1/ by other means, put them into $cache/models/mtcnn and run 'likeness models pull mtcnn' to continue$"
mkdir -p "$cache/models/mtcnn" && cp "$INPUTS"/mtcnn-eager/*.pt "$cache/models/mtcnn"
expect 1 likeness models pull mtcnn # not the published ones
err_has 'mtcnn/pnet\.pt: is not the published file'
export LIKENESS_MIRROR_UNPINNED=1
expect 0 likeness models pull mtcnn
expect 0 likeness detect photo.jpg

# What PyTorch has cached is used where it lies.
rm -r cache
mkdir -p home/.cache/torch/hub/checkpoints
cp weights.pt home/.cache/torch/hub/checkpoints/20180402-114759-vggface2.pt
expect 0 likeness models pull vggface2
out_is <<END
$folder/home/.cache/torch/hub/checkpoints/20180402-114759-vggface2.pt
END
expect 0 likeness embed photos/anna/1.png --no-detect --weights vggface2 -o V.npy
err_has 'the model "vggface2" is not the published file'

# MTCNN's weights from the Python package, as pip tells where it lies.
unset LIKENESS_MIRROR LIKENESS_MIRROR_UNPINNED
mkdir -p bin site/facenet_pytorch/data
printf '#!/bin/sh\ncase "$*" in *pip*show*) echo "Location: %s/site" ;; *) exit 1 ;; esac\n' \
    "$folder" >bin/python3
chmod +x bin/python3
cp "$INPUTS"/mtcnn-eager/*.pt site/facenet_pytorch/data
PATH=$folder/bin:$PATH expect 1 likeness models pull mtcnn
err_has 'the Python package facenet-pytorch: .*pnet\.pt: is not the published file'
absent "$cache/models/mtcnn"
if [ -d "$SHARED/data/mtcnn" ]; then
    cp "$SHARED"/data/mtcnn/*.pt site/facenet_pytorch/data
    PATH=$folder/bin:$PATH expect 0 likeness models pull mtcnn
    expect 0 likeness models list --json
    out_has '"name":"mtcnn",.*"trust":"the published file"'
else
    echo 'SKIPPED readme: MTCNN'"'"'s published weights (set LIKENESS_SHARED)'
fi
no_leftovers cache
finish

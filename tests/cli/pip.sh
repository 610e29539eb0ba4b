#!/bin/sh
# MTCNN's weights by way of pip, which is a script of ours or, where there is one, the
# real one without its index: it is started in an empty folder, so that nothing in the
# user's is run or believed, and the store's folder may have any name. No network.
. "$(dirname "$0")/lib.sh"
unset LIKENESS_MIRROR
export LIKENESS_MIRROR_UNPINNED=1 https_proxy=http://127.0.0.1:1 PIP_NO_INDEX=1
place=$folder/cache/likeness/models/mtcnn
real=$(command -v python3 || true)

# What the package is: installed, and as a wheel.
mkdir -p bin site/facenet_pytorch/data plain
cp "$INPUTS"/mtcnn-eager/*.pt site/facenet_pytorch/data
"$MAKE_ZIP" wheel.zip site || wrong 'the wheel cannot be packed'

# The folder that a user happens to be in, full of what somebody left there.
mkdir -p cwd/pip cwd/facenet_pytorch/data cwd/facenet_pytorch-9.dist-info
for module in pip.py pip/__init__.py pip/__main__.py runpy.py; do
    echo "open('$folder/RAN', 'w').close()" >cwd/$module
done
printf 'Metadata-Version: 2.1\nName: facenet-pytorch\nVersion: 9\n' >cwd/facenet_pytorch-9.dist-info/METADATA
for file in pnet rnet onet; do echo 'not ours' >cwd/facenet_pytorch/data/$file.pt; done

# A Python that behaves as one before 3.11 does: what is in the current folder goes
# first. SHOW and DOWNLOAD say what its pip answers.
cat >bin/python3 <<'END'
#!/bin/sh
printf '%s\n' "$*" >>"$LOG"
[ "$1 $2" = '-m pip' ] || exit 9
[ -z "$(ls -A)" ] || [ "$3" = show ] || echo "not empty" >>"$LOG"
[ ! -e pip.py ] || { touch "$LOG.ran"; exit 0; }
echo "in $(pwd)" >>"$LOG"
echo "safe $PYTHONSAFEPATH, reads $(wc -c)" >>"$LOG"
echo 'WARNING: a word of pip' >&2
eval "case $3 in show) $SHOW ;; download) $DOWNLOAD ;; esac"
END
chmod +x bin/python3
export LOG="$folder/log" WHEEL="$folder/wheel.zip" SITE="$folder/site"
nothing='exit 1'
gives='cp "$WHEEL" facenet_pytorch-2.6.0-py3-none-any.whl'
says='echo Name: facenet-pytorch; echo "Location: $SITE"; echo Requires: torch'

# pull STATUS SHOW DOWNLOAD: into an empty store, from the hostile folder.
pull() {
    rm -rf "$folder/cache" "$folder/log"
    export SHOW="$2" DOWNLOAD="$3"
    cd "$folder/cwd" || exit 99
    PATH=$folder/bin:$PATH expect "$1" likeness models pull mtcnn
    cd "$folder" || exit 99
    mv cwd/out cwd/err .
    absent RAN log.ran
    [ ! -d cache ] || no_leftovers cache
}
pulls() {
    pull 0 "$@"
    silent err # of pip's own words nothing is seen
    out_is <<END
$place
END
    cmp -s "$place/pnet.pt" site/facenet_pytorch/data/pnet.pt || wrong 'another pnet.pt'
    [ "$(ls "$place" | wc -l)" -eq 3 ] || wrong 'not three files'
}
log_has() {
    checks=$((checks + 1))
    grep -qE -e "$1" log || wrong "$last: no line of pip's log matches '$1': $(cat log)"
}
asked() { # how often pip was started
    checks=$((checks + 1))
    [ "$(grep -c '^-m pip ' log)" -eq "$1" ] || wrong "$last: pip was not started $1 times: $(cat log)"
}

# Where it is installed goes first; pip is told nothing and shown nothing.
pulls "$says" "$gives"
asked 1
log_has '^-m pip show facenet-pytorch$'
log_has "^in $place\.part\.[A-Za-z0-9]{6}\.part\.[A-Za-z0-9]{6}$"
log_has '^safe 1, reads 0$'

# Then the wheel.
pulls "$nothing" "$gives"
asked 2
log_has '^-m pip download --no-deps --no-cache-dir --only-binary=:all: --retries 1 --timeout 15 -d \. facenet-pytorch$'
grep -q 'not empty' log && wrong 'pip was not started in an empty folder'
export PYTHONSAFEPATH=
pulls "$nothing" "$gives"
log_has '^safe 1, reads 0$'
unset PYTHONSAFEPATH

# A place that is none, and one without the files.
for location in 'Location: .' 'Location: site' 'Location: ' 'A Location: /' 'Location: /none'; do
    export LOCATION="$location"
    pulls 'echo "$LOCATION"' "$gives"
    asked 2
done
pulls 'echo "Location: $SITE/../plain"' "$gives"
asked 2

# Much output is read to its end and not believed beyond what is kept; nor is a line
# that was cut.
pulls 'yes n | head -c 1000000; echo "Location: $SITE"' "$gives"
asked 2
pulls 'yes n | head -c 16380; echo "Location: $SITE"' "$gives"
asked 2
pulls 'printf "Location: %s" "$SITE"' "$gives"
asked 2

# One wheel, or none is taken; then only the address is left.
for download in "$nothing" 'exit 0' "$gives; cp *.whl two.whl" 'echo no zip >one.whl' "$gives; kill -9 \$\$"; do
    pull 4 "$nothing" "$download"
    asked 2
    silent out
    one_line err
    err_has "^likeness: cannot download mtcnn .*: get pnet\.pt, rnet\.pt and onet\.pt from https://[^ ]* by other means, put them into $place and run 'likeness models pull mtcnn' to continue$"
    absent "$place"
done

# A mirror goes before pip.
rm -f log
mkdir mirror && cp "$INPUTS"/mtcnn-eager/*.pt mirror
rm -rf cache
PATH=$folder/bin:$PATH expect 0 env LIKENESS_MIRROR="$folder/mirror" "$LIKENESS" models pull mtcnn
absent log

# The store's folder may have any name.
XDG_CACHE_HOME="$folder/a[b]*?{c} \$(d)"
place=$XDG_CACHE_HOME/likeness/models/mtcnn
pulls "$nothing" "$gives"

# The real Python, whatever version is here, with pip or without it.
if [ -n "$real" ]; then
    export REAL="$real"
    place=$folder/cache/likeness/models/mtcnn XDG_CACHE_HOME=$folder/cache
    pull 0 \
        'env PATH="${PATH#*:}" "$REAL" "$@"; exit 1' \
        'env PATH="${PATH#*:}" "$REAL" "$@"; rm -f *.whl; cp "$WHEEL" ours.whl'
    asked 2
    cmp -s "$place/pnet.pt" site/facenet_pytorch/data/pnet.pt || wrong 'another pnet.pt'
else
    echo 'SKIPPED pip: no python3 here'
fi
finish

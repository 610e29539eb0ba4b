# What the command-line tests share. A test script sources this file, which
# moves into an empty folder, and then says what it expects:
#
#   expect STATUS [--err FILE|--out FILE] -- likeness ARGUMENTS...
#
# runs the program and compares its exit status; standard output and standard
# error lie in out and err afterwards. Sourced with LIKENESS (the program),
# INPUTS (the generator of test inputs) and SHARED (may not exist) set.
set -u

folder=$(mktemp -d)
trap 'rm -rf "$folder" "$folder.inputs"' EXIT
# The scripts keep options as words, which a blank in the name of the build would split.
case $INPUTS in *[[:space:]]*)
    ln -s "$INPUTS" "$folder.inputs"
    INPUTS=$folder.inputs ;;
esac
cd "$folder" || exit 99
failures=0
checks=0
export XDG_CACHE_HOME="$folder/cache" TORCH_HOME="$folder/torch" HOME="$folder/home"
# Other tests run beside this one: waiting threads must not take their time.
export OMP_WAIT_POLICY=passive
unset XDG_CONFIG_HOME ARGP_HELP_FMT

likeness() {
    "$LIKENESS" "$@"
}

wrong() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    echo "--- standard output"
    head -c 2000 out 2>/dev/null
    echo "--- standard error"
    head -c 2000 err 2>/dev/null
    echo "---"
}

# expect STATUS COMMAND...: runs it into the files out and err.
expect() {
    wanted=$1
    shift
    last=$*
    checks=$((checks + 1))
    "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || wrong "$last: exit status $got, expected $wanted"
}

# out_is / err_is: the whole stream is standard input of this call.
stream_is() {
    checks=$((checks + 1))
    cat >expected
    cmp -s expected "$1" || {
        wrong "$last: $1 is not what was expected"
        diff expected "$1" | head -40
    }
}
out_is() { stream_is out; }
err_is() { stream_is err; }
silent() {
    checks=$((checks + 1))
    [ -s "$1" ] && wrong "$last: $1 is not empty"
}

# out_has / err_has PATTERN: a line matches the extended regular expression.
out_has() {
    checks=$((checks + 1))
    grep -qE -e "$1" out || wrong "$last: no line of standard output matches '$1'"
}
err_has() {
    checks=$((checks + 1))
    grep -qE -e "$1" err || wrong "$last: no line of standard error matches '$1'"
}
one_line() {
    checks=$((checks + 1))
    [ "$(wc -l <"$1")" -eq 1 ] || wrong "$last: $1 has not exactly one line"
}

# Every line of standard output is a JSON object by itself.
one_object_a_line() {
    checks=$((checks + 1))
    [ -s out ] && "$CHECK_JSON" <out || wrong "$last: not one JSON object per line"
}

# there PATH... / absent PATH...
there() {
    for path; do
        checks=$((checks + 1))
        [ -s "$path" ] || wrong "$last: $path is missing or empty"
    done
}
absent() {
    for path; do
        checks=$((checks + 1))
        [ ! -e "$path" ] || wrong "$last: $path should not exist"
    done
}
# no_leftovers FOLDER: no file with a temporary name.
no_leftovers() {
    checks=$((checks + 1))
    found=$(find "$1" | grep -E '\.lk-part[0-9]$|\.[A-Za-z0-9]{6}$' | grep -vE '\.(npy|packed)$' || true)
    [ -z "$found" ] || wrong "$last: leftovers: $found"
}

# near A B BOUND: two numbers differ by no more than the bound.
near() {
    checks=$((checks + 1))
    awk -v a="$1" -v b="$2" -v e="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= e && a != "") }' ||
        wrong "$last: $1 is not within $3 of $2"
}

needs_shared() {
    [ -d "$SHARED/reference" ] && return 0
    echo "SKIPPED $(basename "$0"): no shared reference data (set LIKENESS_SHARED)"
    exit 77
}

finish() {
    echo "$(basename "$0" .sh): $checks checks, $failures failed"
    [ "$failures" -eq 0 ]
    exit
}

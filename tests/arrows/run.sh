#!/bin/sh
# The rule of the house: who may include whom (docs/architecture.md). Fails on
# every include that points the wrong way, and on a library header outside the
# one folder that may see it.
# usage: tests/arrows/run.sh SOURCE_ROOT
set -eu
cd "$1"
bad=0

complain() {
    printf '%s\n' "$1"
    bad=1
}

# may MODULE ALLOWED...: quoted includes of src/MODULE name only these folders.
may() {
    module=$1
    [ -d "src/$module" ] || return 0
    allowed=$(echo "$*" | tr ' ' '|')
    found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z_]+/' "src/$module" |
        grep -vE "include[[:space:]]+\"($allowed)/" || true)
    [ -z "$found" ] || complain "src/$module may include only: $allowed
$found"
}

# only LIBRARY_HEADER FOLDER: nothing outside FOLDER includes it.
only() {
    found=$(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]+<$1" src cli include examples 2>/dev/null |
        grep -v "^$2/" || true)
    [ -z "$found" ] || complain "<$1> belongs to $2 alone:
$found"
}

may base
may image base
may weights base
may nn base
may detect base image weights nn
may embed base image weights nn
may gallery base
may stats base
may train base image weights nn embed stats
may synth base image
may plot base image stats
may report base image stats plot

only 'oneapi/dnnl' src/nn/dnnl
only 'dnnl' src/nn/dnnl
only 'sqlite3' src/gallery
only 'cairo' src/plot
only 'mpi.h' src/train

# Every folder of src has a rule above.
for folder in src/*/; do
    name=$(basename "$folder")
    case " base image weights nn detect embed gallery stats train synth plot report " in
        *" $name "*) ;;
        *) complain "src/$name has no rule in tests/arrows/run.sh" ;;
    esac
done

# The program and the public headers know the public headers alone.
found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"(\.\./)?(src/)?(base|image|weights|nn|detect|embed|gallery|stats|train|synth|plot|report)/' \
    cli examples include 2>/dev/null || true)
[ -z "$found" ] || complain "cli, examples and include see the public headers only:
$found"

# What the program says in plain text goes through cli_line and the like, which make
# names visible, and so do the arguments that argp echoes. Rows of a table go into
# files (embed_list.c).
found=$(grep -nE '(^|[^a-z_])(v?f?printf|v?dprintf|f?puts|f?putc|putchar|fwrite|write|perror|psignal|json_dump[a-z]*|argp_(parse|error|failure|usage|help))[[:space:]]*\(' cli/*.c |
    grep -vE '^cli/(arguments|csv|embed_list|json|message|print|progress)\.c:' |
    grep -vE '^cli/signals\.c:[0-9]+:.*write\(ends\[1\]|json_dumps\((old|value), JSON_ENCODE_ANY' || true)
[ -z "$found" ] || complain "cli says nothing past cli/print.c, message.c, json.c and csv.c:
$found"

[ "$bad" -eq 0 ] && echo 'every include points down, and every word goes through print.c'
exit "$bad"

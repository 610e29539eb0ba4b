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

# room ROOM ALLOWED...: quoted includes of src/nn/ROOM name, of nn's own headers, only
# those of these rooms; `.` is nn itself, the headers that stand in no room.
room() {
    room=$1
    shift
    allowed=$(for name in "$@"; do [ "$name" = . ] || printf '%s/|' "$name"; done)
    found=$(find "src/nn/$room" -maxdepth 1 -name '*.[ch]' \
        -exec grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"nn/' {} + |
        grep -vE "include[[:space:]]+\"nn/(${allowed}[a-z_0-9]+\.h)" || true)
    [ -z "$found" ] || complain "src/nn/$room may include of nn only: $*
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
may onnx base weights nn
may detect base image weights nn align onnx
may align base image weights
may embed base image weights nn onnx
may gallery base
may stats base
may train base image weights nn embed stats
may synth base image
may quality base image
may plot base image stats
may report base image stats plot
may options

room . .
room kernel . kernel
room dnnl . dnnl
room infer . kernel dnnl infer
room train . kernel dnnl train
for folder in src/nn/*/; do
    case " kernel dnnl infer train " in
        *" $(basename "$folder") "*) ;;
        *) complain "$folder has no rule in tests/arrows/run.sh" ;;
    esac
done
found=$(grep -rnE '"nn/dnnl/shim_internal\.h"' src tests bench | grep -v '^src/nn/dnnl/' || true)
[ -z "$found" ] || complain "shim_internal.h shows oneDNN's types, to src/nn/dnnl alone:
$found"

only 'oneapi/dnnl' src/nn/dnnl
only 'dnnl' src/nn/dnnl
only 'sqlite3' src/gallery
only 'sodium' src/gallery
only 'cairo' src/plot
only 'pango' src/plot
only 'mpi.h' src/train
only 'libpq' src/gallery
only 'hnswlib' src/gallery

# What belongs to the program alone is no part of the library.
found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+<likeness-program/' src include/likeness examples bench |
    grep -v -e '^src/report/\(audit\|experiment\)/' -e '^src/base/\(utf8\|clock\|hash\|options_json\)\.h:' || true)
[ -z "$found" ] || complain "include/likeness-program belongs to the program:
$found"

# Every folder of src has a rule above.
for folder in src/*/; do
    name=$(basename "$folder")
    case " base image weights nn onnx detect align embed gallery stats train synth plot report options quality " in
        *" $name "*) ;;
        *) complain "src/$name has no rule in tests/arrows/run.sh" ;;
    esac
done

# The umask belongs to the process: who asks for it by setting it opens other threads' files.
found=$(grep -rnE '(^|[^a-z_])umask[[:space:]]*\(' src cli include examples || true)
[ -z "$found" ] || complain "the kernel applies the umask, nobody else:
$found"

# Numbers and letters do not depend on the locale: base/locale.h has what asks none.
found=$(grep -rnE '(^|[^a-z_])(strto(d|f|ld)|ato(f|i|l|ll)|f?scanf|localeconv|setlocale|v[a-z]*printf|str(n?casecmp|casestr|coll|xfrm)|is(alpha|digit|alnum|space|upper|lower|punct|print|graph|cntrl)|to(upper|lower))[[:space:]]*\(' \
    --include='*.[ch]' src include examples | grep -v '^src/base/locale\.c:' || true)
[ -z "$found" ] || complain "asks the locale; base/locale.h has what does not:
$found"

# The printf of the C library prints no number with a point, and no format that is not seen.
found=$(find src include -name '*.[ch]' ! -path src/base/locale.c -exec awk '
    FNR == 1 { statement = "" }
    statement == "" && match($0, /(^|[^a-z_])(s|sn|f|as|d)printf\(/) { statement = " "; line = FNR }
    statement != "" {
        statement = statement $0
        if ($0 ~ /;[[:space:]]*(\/\*.*)?$|[;{]$/) {
            if (statement !~ /"/ || statement ~ /%[-+ #0-9.*]*[aAeEfFgG]/)
                print FILENAME ":" line ": " statement
            statement = ""
        }
    }' {} +)
[ -z "$found" ] || complain "asks the locale; base/locale.h has what does not:
$found"

# The library starts no process: a program that links it has its own ways, and children.
found=$(grep -rnE '(^|[^a-z_])(posix_spawnp?|v?fork|exec(l|lp|le|v|ve|vp|vpe)|fexecve|system|popen|wordexp|clone3?)[[:space:]]*\(|<(spawn|wordexp|sys/wait)\.h>' \
    src include || true)
[ -z "$found" ] || complain "only the program starts others (cli/pip.c):
$found"

# Where a source file lay when it was compiled is nobody's business.
found=$(grep -rnE '__FILE__|(^|[^a-z_])assert[[:space:]]*\(' src cli include || true)
[ -z "$found" ] || complain "puts a path of the source folder into the program:
$found"

# The number of threads is the process's; OpenMP alone would ask the thread that calls.
found=$(grep -rnE '#pragma omp parallel' src cli | grep -vE 'num_threads\(' || true)
[ -z "$found" ] || complain "a parallel loop without num_threads(lk_threads()):
$found"
found=$(grep -rnE 'omp_(set_num|get_max)_threads\(' src cli include | grep -v '^src/base/threads\.[ch]:' || true)
[ -z "$found" ] || complain "base/threads.h alone asks OpenMP for numbers of threads:
$found"

# A program releases what it was handed by lk_free, whatever C library it is linked to.
found=$(grep -nE 'lk_[a-z_]+_free\(|[^a-z_]free\(' include/likeness/*.h || true)
[ -z "$found" ] || complain "lk_free is the one way to free:
$found"

# A stream belongs to one C library; a program, or another language, may have another.
found=$(grep -nE '(^|[^A-Za-z_])FILE[[:space:]]*\*|<stdio\.h>' include/likeness/*.h || true)
[ -z "$found" ] || complain "no public header shows a stream:
$found"

# Every public call that takes a pointer is tried with NULL.
found=$(cat include/likeness/*.h | tr '\n' ' ' | grep -oE 'LK_API [^;(]*lk_[a-z0-9_]+\([^;]*\*[^;]*\)' |
    sed -E 's/^[^(]*[ *](lk_[a-z0-9_]+)\(.*/\1/' | sort -u |
    while read -r name; do grep -q "$name(" tests/unit/test_null.c || echo "$name"; done)
[ -z "$found" ] || complain "tests/unit/test_null.c does not try:
$found"

# What the tests compare with is no part of what they test.
found=$(grep -rnE '"oracle/' src cli include examples bench || true)
[ -z "$found" ] || complain "tests/oracle belongs to the tests:
$found"

# No two functions share a name; one file may have it twice, for two processors.
found=$(find src cli -name '*.[ch]' -exec awk '
    FNR == 1 { head = "" }
    /^\{/ && match(head, /[A-Za-z_][A-Za-z_0-9]*\(/) {
        name = substr(head, RSTART, RLENGTH - 1)
        if (name != "NAMED" && (name in file) && file[name] != FILENAME)
            print name ": " file[name] " and " FILENAME
        file[name] = FILENAME
    }
    /^[A-Za-z].*\(/ { head = $0 }' {} +)
[ -z "$found" ] || complain "functions of one name:
$found"

# The program and the public headers know the public headers alone.
found=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"(\.\./)?(src/)?(base|image|weights|nn|detect|align|embed|gallery|stats|train|synth|quality|plot|report|options)/' \
    cli examples include 2>/dev/null || true)
[ -z "$found" ] || complain "cli, examples and include see the public headers only:
$found"

# What the program says in plain text goes through cli_line and the like, which make
# names visible, and so do the arguments that argp echoes. Rows of a table go into
# files (embed_list.c, audit_csv.c).
found=$(grep -nE '(^|[^a-z_])(lk_output_(write|printf)|v?f?printf|v?dprintf|f?puts|f?putc|putchar|fwrite|write|perror|psignal|json_dump[a-z]*|argp_(parse|error|failure|usage|help))[[:space:]]*\(' cli/*.c |
    grep -vE '^cli/(arguments|audit_csv|csv|embed_list|json|message|print|progress)\.c:' |
    grep -vE '^cli/cmd_distances\.c:[0-9]+:.*lk_output_write\(r->output, lines|^cli/signals\.c:[0-9]+:.*write\(ends\[1\]|^cli/passphrase\.c:[0-9]+:.*write\(terminal, words|json_dumps\((old|value), JSON_ENCODE_ANY' || true)
[ -z "$found" ] || complain "cli says nothing past cli/print.c, message.c, json.c and csv.c:
$found"

[ "$bad" -eq 0 ] && echo 'every include points down, and every word goes through print.c'
exit "$bad"

#!/bin/sh
# The pages' templates as a C file. A template is called after its folder and file:
# src/report/lesson/groups.html is "lesson/groups". Lines end where it suits whoever writes
# them: a line that does not end in a tag is joined to the next one by a blank. A script,
# src/report/frame/base.js, is the one fragment "frame/base#script", without the lines of
# comment and the blanks that lines begin with; data,
# docs/experiment.json, are "docs/experiment#data".
# usage: tools/embed_templates.sh OUT.c FILE...
set -eu
export LC_ALL=C
out=$1
shift

join_lines() {
    awk '
        function stays(line, after) {
            return line == "" || line ~ /(>|^[{][{]#[a-z_0-9]*[}][}])$/ ||
                   after == "" || after ~ /^[{][{]#/
        }
        NR > 1 { printf "%s%s", last, stays(last, $0) ? "\n" : " " }
        { last = $0 }
        END { print last }' "$1"
}

strip_script() {
    echo '{{#script}}'
    sed 's/^ *//; /^\/\//d; /^$/d' "$1"
}

number=0
table=
{
    echo '#include "report/frame/template.h"'
    for file in "$@"; do
        name=$(basename "$(dirname "$file")")/$(basename "${file%.*}")
        printf 'static const unsigned char text_%d[] = { /* %s */\n' "$number" "$name"
        case $file in
            *.js) text=$(strip_script "$file") ;;
            *.json) text=$(echo '{{#data}}' && tr -d '\n' <"$file") ;;
            *) text=$(join_lines "$file") ;;
        esac
        printf '%s\n' "$text" | od -An -v -tu1 | sed 's/\([0-9][0-9]*\)/\1,/g'
        echo '};'
        table="$table    {\"$name\", (const char *)text_$number, sizeof text_$number},
"
        number=$((number + 1))
    done
    printf 'const lk_template_file lk_template_files[] = {\n%s};\n' "$table"
    printf 'const size_t lk_template_file_count = %d;\n' "$number"
} >"$out"

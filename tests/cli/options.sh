#!/bin/sh
# The program's options are the library's: what its tables promise of defaults, ranges and
# choices is what --help says, what is refused and in which words, what is completed, and
# what the manual page lists. list_options prints the promises.
manual=$(cd "$(dirname "$0")/../../docs" && pwd)/likeness.1
training=$(cd "$(dirname "$0")/../../docs" && pwd)/training.md
completions=$(cd "$(dirname "$0")/../../completions" && pwd)
. "$(dirname "$0")/lib.sh"

"$LIST_OPTIONS" >promises || wrong 'list_options failed'
there promises

# run COMMAND OPTION...: with the arguments that it cannot do without. Nothing is there
# to be read, and nothing can be written.
run() {
    command=$1
    shift
    case $command in
    detect) likeness detect none.jpg "$@" ;;
    models) likeness models describe none.pt "$@" ;;
    audit) likeness audit none --group 'a=*' -o /dev/null/audit "$@" ;;
    crop) likeness crop none.jpg -o /dev/null/faces "$@" ;;
    embed) likeness embed none.jpg -o /dev/null/E.npy "$@" ;;
    compare) likeness compare none.jpg none.jpg "$@" ;;
    enroll) likeness enroll somebody none.jpg --gallery /dev/null/gallery "$@" ;;
    calibrate) likeness calibrate none --gallery /dev/null/gallery "$@" ;;
    cluster) likeness cluster none -o /dev/null/people "$@" ;;
    verify) likeness verify somebody none.jpg --gallery /dev/null/gallery "$@" ;;
    identify) likeness identify none.jpg --gallery /dev/null/gallery "$@" ;;
    watch) likeness gallery watch none --gallery /dev/null/gallery "$@" ;;
    reembed) likeness gallery reembed --gallery /dev/null/gallery "$@" ;;
    lesson) likeness lesson --faces none -o /dev/null/page "$@" ;;
    train) likeness train none -o /dev/null/run "$@" ;;
    pca) likeness pca none.npy -o /dev/null/P.npy "$@" ;;
    roc) likeness roc none.npy --labels none.csv "$@" ;;
    evaluate) likeness evaluate none.npy --labels none.csv "$@" ;;
    synth) likeness synth -o /dev/null/people "$@" ;;
    *) echo "no arguments known for $command" >&2; return 99 ;;
    esac
}

# name_of COMMAND: what it is called by, in $name.
name_of() {
    case $1 in watch | reembed) name="gallery $1" ;; *) name=$1 ;; esac
}

for command in $(cut -d '|' -f 2 promises | sort -u); do
    name_of "$command"
    # shellcheck disable=SC2086 # words
    likeness $name --help >"help.$command" || wrong "$command --help"
    tr -s ' \n' ' ' <"help.$command" >"words.$command"
done

while IFS='|' read -r kind command word value message; do
    checks=$((checks + 1))
    case $kind in
    help)
        # from the option on, for as far as a help text goes
        sed "s/.* --$word=//" "words.$command" | cut -c 1-400 | grep -qF -- "$value" ||
            wrong "$command --help does not say '$value' of --$word" ;;
    bad)
        expect 2 run "$command" "--$word=$value"
        head -n 1 err >line
        name_of "$command"
        printf 'likeness %s: %s\n' "$name" "$message" | cmp -s - line ||
            wrong "$command --$word=$value: expected '$message'" ;;
    good)
        run "$command" "--$word=$value" >out 2>err
        [ $? -ne 2 ] || grep -q 'must be\|of --detect' err || wrong "$command --$word=$value is refused" ;;
    choice)
        likeness --complete "$command" "--$word" | grep -qxF -- "$value" ||
            wrong "--complete $command --$word lacks $value" ;;
    *) wrong "list_options: $kind" ;;
    esac
done <promises

# docs/training.md tells the defaults once more.
grep '^help|train|' promises | while IFS='|' read -r kind command word value; do
    told=$(sed -n "s/^| \`--$word\` | \([^|]*\) |.*/\1/p" "$training" | tr -d '\`')
    [ -z "$told" ] || [ "default: $told)" = "$value" ] || echo "--$word: $told, expected $value"
done >contradictions
[ ! -s contradictions ] || wrong "docs/training.md: $(cat contradictions)"

# What the library refuses of a step of --augment, the program refuses, too.
expect 2 run train --augment blur=15
err_has "^likeness train: --augment: blur takes a number from 0 to 10, not '15'$"
expect 2 run train --loss arcface --margin 3.5
err_has "^likeness train: --margin takes a number from 0 to below 3.14, not '3.5'$"

# The default, said aloud, is the default.
if [ -d "$INPUTS/photos" ] && [ -d "$INPUTS/mtcnn" ]; then
    expect 0 likeness detect "$INPUTS/photos" --detector "$INPUTS/mtcnn" --json
    cp out silent
    expect 0 likeness detect "$INPUTS/photos" --detector "$INPUTS/mtcnn" --json --factor .709 \
        --thresholds .6,.7,.7 --min-face-size 20
    cmp -s out silent || wrong 'the defaults, given, find other faces'
fi

# The shells ask the program; none of them keeps a list of its own.
for shell in likeness.bash _likeness likeness.fish; do
    grep -q -- '--complete' "$completions/$shell" || wrong "$shell does not ask the program"
    for name in $(sed -n 's/^choice|[^|]*|[^|]*|//p' promises | sort -u); do
        case $name in first | last | path | all | step | random) continue ;; esac # plain words
        grep -qw -- "$name" "$completions/$shell" && wrong "$shell has '$name' of its own"
    done
done
if command -v bash >/dev/null; then
    cat >complete.bash <<END
PATH=$(dirname "$LIKENESS"):\$PATH
. $completions/likeness.bash
COMP_WORDS=(likeness train --miner b) COMP_CWORD=3
_likeness
printf '%s\n' "\${COMPREPLY[@]}"
END
    expect 0 bash complete.bash
    echo batch-hard | out_is
fi

# The manual page lists them as the library has them.
"$LIST_OPTIONS" --manual >section
sed -n '/^\.\\" options: begin/,/^\.\\" options: end/p' "$manual" | sed '1d;$d' >printed
cmp -s section printed || {
    wrong 'docs/likeness.1: the listed options are not those of the library (tools/manual.sh)'
    diff printed section | head -20
}

finish

#!/bin/sh
# The front of the program: help, version, unknown commands and options.
manual=$(cd "$(dirname "$0")/../../docs" && pwd)/likeness.1
completion=$(cd "$(dirname "$0")/../../completions" && pwd)/likeness.bash
. "$(dirname "$0")/lib.sh"

expect 2 likeness
silent out
err_has '^Usage: likeness COMMAND'

expect 0 likeness --help
silent err
out_has '^Usage: likeness COMMAND'
cp out overview
expect 0 likeness help
cmp -s out overview || wrong "help and --help differ"
expect 0 likeness -h
cmp -s out overview || wrong "-h and --help differ"

expect 0 likeness --version
silent err
out_has '^likeness [0-9]+\.[0-9]+\.[0-9]+$'
one_line out

expect 2 likeness xyzzyxyzzy
silent out
err_is <<'END'
likeness: there is no command 'xyzzyxyzzy'; 'likeness --help' lists them
END

expect 2 likeness hlep
err_is <<'END'
likeness: there is no command 'hlep'; did you mean 'help'?
END

expect 2 likeness --verbose
err_is <<'END'
likeness: unknown option '--verbose'; options of a command come after its name
END

# A name that is nearly right gets a hint; what begins several is left to argp.
expect 2 likeness help dtect
err_is <<'END'
likeness: there is no help on 'dtect'; did you mean 'detect'?
END
expect 2 likeness detect a.jpg --treshold .5
err_is <<'END'
likeness: unrecognized option '--treshold'; did you mean '--thresholds'?
END
expect 2 likeness crop a.jpg --sise=80 -o faces
err_is <<'END'
likeness: unrecognized option '--sise=80'; did you mean '--size'?
END
expect 2 likeness train people -o run --lss arcface
err_is <<'END'
likeness: unrecognized option '--lss'; did you mean '--loss'?
END
expect 2 likeness models pull vgface2
err_is <<'END'
likeness: the store knows no model 'vgface2'; did you mean 'vggface2'?
END
expect 2 likeness data pull vggface
err_is <<'END'
likeness: the store knows no data set 'vggface'; 'likeness data list' lists them
END
expect 2 likeness train people --c 1 -o run
err_has "option '--c' is ambiguous"
expect 2 likeness wss E.npy --xyzzy
err_has "^likeness wss: unrecognized option '--xyzzy'$"

# What a shell offers behind a word: names of commands, of the store, of options.
if command -v bash >/dev/null; then
    cat >complete.bash <<'END'
. "$1"
likeness() { "$LIKENESS" "$@"; }
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_likeness
echo "${COMPREPLY[*]}"
END
    offers() { # WORDS... = what is offered
        last="completion of $*"
        checks=$((checks + 1))
        words=
        for word; do
            [ "$word" = = ] && break
            words="$words $word"
        done
        shift $(($(echo $words | wc -w) + 1))
        got=$(cd empty && bash ../complete.bash "$completion" $words "$ending")
        [ "$got" = "$*" ] || wrong "$last: '$got'"
    }
    mkdir empty && echo >empty/w.pt
    ending=
    offers likeness models pull = vggface2 casia-webface synthetic dlib sface yunet mtcnn
    offers likeness models pull mtcnn = vggface2 casia-webface synthetic dlib sface yunet mtcnn
    offers likeness data pull = faces face-sample
    offers likeness embed x --weights = vggface2 casia-webface synthetic dlib sface w.pt
    ending=em
    offers likeness help = embed
    ending=--plo
    offers likeness roc = --plot
fi

# A name from elsewhere does not reach the terminal as it is.
expect 2 likeness "$(printf 'bad\033[31mname')"
err_is <<'END'
likeness: there is no command 'bad\x1b[31mname'; 'likeness --help' lists them
END

# An empty name is mostly a variable that is not set.
expect 2 likeness detect a.jpg -o ''
err_is <<'END'
likeness: -o is given an empty name or value
END
for option in --annotate --boxes --detector; do
    expect 2 likeness detect a.jpg $option ''
    err_has "^likeness: $option is given an empty name or value$"
    expect 2 likeness detect a.jpg $option=
    err_has "^likeness: $option= is given an empty name or value$"
done
for command in crop synth lesson; do
    expect 2 likeness $command -o ''
    err_has '^likeness: -o is given an empty name or value$'
done
expect 2 likeness detect a.jpg ''
err_is <<'END'
likeness: argument 2 of 'likeness detect' is empty, expected a name
END
expect 2 likeness models pull ''
one_line err
err_has "^likeness: argument 2 of 'likeness models' is empty, expected a name$"
expect 3 likeness lesson --note '' --faces none -o page
err_has '^likeness: none: No such file'

# Every command of the overview explains itself and gives an example, and the man
# page knows its options.
sed 's/\\-/-/g' "$manual" | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u >documented
for command in $(sed -n 's/^  \([a-z-]*\) .*/\1/p' overview); do
    [ "$command" = help ] && continue
    expect 0 likeness "$command" --help
    silent err
    out_has "^Usage: likeness $command"
    out_has "^  likeness $command "
    grep -oE '^ +(-., )?--[a-z][a-z0-9-]*' out | sed 's/.*--/--/' | sort -u >options
    there options
    undocumented=$(comm -23 options documented | tr '\n' ' ')
    [ -z "$undocumented" ] || wrong "docs/likeness.1 lacks options of $command: $undocumented"
    # An example is one line each, to be copied, and what stands above counts them.
    expect 0 likeness "$command" --help
    awk '/^Examples?:/ { head = $0; n = 0; next } head && !/^$/ { n++ } head && !/^$/ && !/^  (likeness|LIKENESS_)/ { bad = 1 }
        /^$/ && head { if ((n > 1) != (head == "Examples:")) bad = 1; head = "" }
        END { if (head && (n > 1) != (head == "Examples:")) bad = 1; exit bad }' out ||
        wrong "$command --help: examples over several lines, or of another number than their title says"
    expect 0 likeness help "$command"
    out_has "^Usage: likeness $command"
    expect 2 likeness "$command" --no-such-option
    err_has "unrecognized option '--no-such-option'"
    silent out
done

# Threads spin briefly before they sleep, unless the environment says how they wait.
# libgomp tells, whenever it is loaded, what it goes by; only the last time counts.
spins() {
    env -u OMP_WAIT_POLICY "$@" OMP_DISPLAY_ENV=verbose "$LIKENESS" --version 2>err >out
    last="$* likeness --version"
    sed -n "s/.*GOMP_SPINCOUNT = '\([0-9]*\)'.*/\1/p" err | tail -n 1
}
if [ -n "$(spins GOMP_SPINCOUNT=7)" ]; then
    [ "$(spins GOMP_SPINCOUNT=7)" = 7 ] || wrong 'GOMP_SPINCOUNT of the environment was not kept'
    [ "$(spins OMP_WAIT_POLICY=passive)" = 0 ] || wrong 'OMP_WAIT_POLICY was not kept'
    case $(spins -u GOMP_SPINCOUNT) in
    1000 | 300) ;; # 300 on a busy machine
    *) wrong 'threads spin for as long as libgomp likes' ;;
    esac
else
    echo 'SKIPPED: how threads wait: this OpenMP does not tell'
fi

# An option that would do nothing is refused.
expect 2 likeness lesson --keep-all -o page
err_has 'it has no --keep-all'

# A full disk is a failure that is told.
if [ -c /dev/full ]; then
    "$LIKENESS" --help >/dev/full 2>err
    [ $? -eq 4 ] || wrong "help into a full device"
    last='help >/dev/full'
    err_has 'standard output: cannot write: No space left on device'
fi

finish

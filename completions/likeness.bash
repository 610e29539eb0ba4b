# Completion of likeness for bash. Options, commands, what can be chosen and the names
# of the store come from the program itself, so that they never lag behind it.
_likeness_commands() {
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}
# The names that `models list` or `data list` begins its lines with.
_likeness_store() {
    "$1" "$2" list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9-]*\) .*/\1/p'
}
_likeness() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_likeness_commands "$program") --help --version" -- "$word")
        return
    fi
    case $before in
        --weights | --init)
            mapfile -t COMPREPLY < <(compgen -W "$(_likeness_store "$program" models | grep -vxE 'mtcnn|yunet')" -- "$word"
                compgen -f -- "$word")
            return ;;
    esac
    if [[ $before == --* && $word != -* ]]; then
        local choices
        choices=$("$program" --complete "$command" "$before" 2>/dev/null)
        if [ -n "$choices" ]; then
            mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
            case $before in
                --schedule) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;;
                --detector) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word") ;;
            esac
            return
        fi
    fi
    case $command:$COMP_CWORD:$word in
        *:*:-*)
            local options
            options=$("$program" "$command" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z][a-z-]*' |
                tr -d ' ,' | sort -u)
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
        gallery:2:*) mapfile -t COMPREPLY < <(compgen -W 'list show rename merge split remove export import stats check encrypt decrypt index wipe watch reembed' -- "$word") ;;
        experiment:2:*) mapfile -t COMPREPLY < <(compgen -W 'bias' -- "$word") ;;
        help:2:*) mapfile -t COMPREPLY < <(compgen -W "$(_likeness_commands "$program")" -- "$word") ;;
        models:2:*) mapfile -t COMPREPLY < <(compgen -W 'list pull info describe convert quantize cache' -- "$word") ;;
        data:2:*) mapfile -t COMPREPLY < <(compgen -W 'list pull' -- "$word") ;;
        models:*:* | data:*:*)
            case ${COMP_WORDS[2]} in
                pull | info | describe | convert | quantize)
                    mapfile -t COMPREPLY < <(compgen -W "$(_likeness_store "$program" "$command")" -- "$word"
                        [ "${COMP_WORDS[2]}" = pull ] || compgen -f -- "$word") ;;
            esac ;;
        *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _likeness likeness

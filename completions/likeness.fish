# Completion of likeness for fish. Commands and options come from the program's
# own help.
function __likeness_commands
    likeness --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/\1\t\2/p'
end
function __likeness_options
    set -l words (commandline -opc)
    likeness $words[2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
end
complete -c likeness -n '__fish_is_first_arg' -f -a '(__likeness_commands)'
complete -c likeness -n 'not __fish_is_first_arg; and string match -q -- "-*" (commandline -ct)' -a '(__likeness_options)'
complete -c likeness -n '__fish_seen_subcommand_from experiment; and not __fish_seen_subcommand_from bias' -f -a bias
complete -c likeness -n '__fish_prev_arg_in --weights --init' -a 'vggface2 casia-webface synthetic'

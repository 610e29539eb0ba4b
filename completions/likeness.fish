# Completion of likeness for fish. Commands, options and what can be
# chosen come from the program itself.
function __likeness_commands
    likeness --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/\1\t\2/p'
end
function __likeness_options
    set -l words (commandline -opc)
    likeness $words[2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
end
function __likeness_store
    likeness $argv[1] list 2>/dev/null | sed -n 's/^\([a-z][a-z0-9-]*\) .*/\1/p'
end
# Whether the words so far are `likeness` and these.
function __likeness_after
    set -l words (commandline -opc)
    test (count $words) -ge (math 1 + (count $argv)); and test "$words[2..(math 1 + (count $argv))]" = "$argv"
end
complete -c likeness -n '__fish_is_first_arg' -f -a '(__likeness_commands)'
complete -c likeness -n 'not __fish_is_first_arg; and string match -q -- "-*" (commandline -ct)' -a '(__likeness_options)'
complete -c likeness -n '__fish_prev_arg_in gallery; and __likeness_after gallery' -f -a 'list show rename merge split remove export import stats check encrypt decrypt index wipe watch reembed'
complete -c likeness -n '__fish_seen_subcommand_from experiment; and not __fish_seen_subcommand_from bias' -f -a bias
complete -c likeness -n '__fish_prev_arg_in --weights --init' -a '(__likeness_store models | grep -vxE "mtcnn|yunet")'
complete -c likeness -n '__fish_prev_arg_in help; and __likeness_after help' -f -a '(__likeness_commands)'
complete -c likeness -n '__fish_prev_arg_in models; and __likeness_after models' -f -a 'list pull info describe convert quantize cache'
complete -c likeness -n '__fish_prev_arg_in data; and __likeness_after data' -f -a 'list pull'
complete -c likeness -n '__likeness_after models pull' -f -a '(__likeness_store models)'
complete -c likeness -n '__likeness_after models info; or __likeness_after models describe; or __likeness_after models convert; or __likeness_after models quantize' -a '(__likeness_store models)'
complete -c likeness -n '__likeness_after data pull' -f -a '(__likeness_store data)'
function __likeness_choices
    set -l words (commandline -opc)
    string match -q -- '--*' $words[-1]; and likeness --complete $words[2] $words[-1] 2>/dev/null
end
complete -c likeness -n 'not __fish_is_first_arg; and test -n "(__likeness_choices)"' -a '(__likeness_choices)'

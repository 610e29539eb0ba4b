/* likeness help [COMMAND] */
#include <stdio.h>

#include "cli.h"

int cmd_help(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '-') {
        cli_print_overview(stdout);
        return CLI_OK;
    }
    const cli_command *command = cli_command_find(argv[1]);
    if (!command || command->run == cmd_help) {
        cli_error("there is no help on '%s'; 'likeness --help' lists the commands", argv[1]);
        return CLI_USAGE;
    }
    char *name = cli_format("likeness %s", command->name);
    char *arguments[] = {name, (char[]){"--help"}, NULL};
    return command->run(2, arguments); /* argp prints the help and leaves */
}

/* likeness help [COMMAND] */
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "nearest.h"

int cmd_help(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '-') {
        cli_print_overview(stdout);
        return CLI_OK;
    }
    const cli_command *command = cli_command_find(argv[1]);
    if (!command || command->run == cmd_help) {
        const char *nearest = command ? NULL : cli_command_nearest(argv[1]);
        char *hint = cli_did_you_mean(nearest, "; 'likeness --help' lists the commands");
        cli_error("there is no help on '%s'%s", argv[1], hint);
        free(hint);
        return CLI_USAGE;
    }
    char *name = cli_format("likeness %s", command->name);
    char *arguments[] = {name, (char[]){"--help"}, NULL};
    return command->run(2, arguments); /* argp prints the help and leaves */
}

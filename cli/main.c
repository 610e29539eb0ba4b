/* likeness: finds the command and runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "nearest.h"
#include "progress.h"
#include "rows.h"
#include "signals.h"
#include "wait.h"

static int unknown_command(const char *name)
{
    if (name[0] == '-') {
        cli_error("unknown option '%s'; options of a command come after its name", name);
        return CLI_USAGE;
    }
    char *hint = cli_did_you_mean(cli_command_nearest(name), "; 'likeness --help' lists them");
    cli_error("there is no command '%s'%s", name, hint);
    free(hint);
    return CLI_USAGE;
}

/* Results that never reached standard output are a failure, but nobody needs to
 * hear about a pipe that was closed. */
static int finish_output(int status)
{
    lk_output *output;
    lk_status written = lk_output_open(&output, "-");
    if (written == LK_OK)
        written = lk_output_commit(output);
    if (written == LK_OK)
        return status;
    if (!cli_interrupted()) /* of a closed pipe a signal has told */
        cli_error("%s", lk_error_text());
    return cli_worse(status, CLI_ENVIRONMENT);
}

/* For those who leave by exit: argp when it has printed help. */
static void finish_at_exit(void)
{
    if (finish_output(CLI_OK) != CLI_OK)
        _exit(CLI_ENVIRONMENT);
}

/* A standard stream that is closed must not become the first file that is opened: what
 * is printed would go into it. In its place comes one that cannot be written either. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            _exit(CLI_ENVIRONMENT);
}

static int run(const cli_command *command, int argc, char **argv)
{
    char *name = cli_format("likeness %s", command->name);
    argv[0] = name;
    int status = command->run(argc, argv);
    cli_progress_end();
    free(name);
    return status;
}

static bool main_is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        cli_print_overview(stderr);
        return CLI_USAGE;
    }
    if (main_is_one_of(argv[1], "--help", "-h")) {
        cli_print_overview(stdout);
        return CLI_OK;
    }
    if (main_is_one_of(argv[1], "--version", "-V")) {
        cli_line(stdout, "%s", argp_program_version);
        return CLI_OK;
    }
    if (strcmp(argv[1], "--complete") == 0)
        return cli_complete(argc - 1, argv + 1);
    const cli_command *command = cli_command_find(argv[1]);
    return command ? run(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    if (argc < 2 || strcmp(argv[1], "--complete") != 0) /* which the shell asks at every key */
        cli_wait_briefly(argv);
    argp_err_exit_status = CLI_USAGE;
    cli_find_data();
    argp_program_version = cli_format("likeness %s", lk_version());
    cli_signals_start();
    atexit(finish_at_exit);
    int status = dispatch(argc, argv);
    status = finish_output(status);
    cli_signals_finish();
    return status;
}

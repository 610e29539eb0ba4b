/* Where the program's own data lie when it has not been installed. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* The built-in model lies beside a program that was just built, and moves with it. The
 * library does not know the folder that it was built in: that of an installed library
 * may belong to anybody by now. */
void cli_find_data(void)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash)
        return;
    *slash = '\0';
    char *model = cli_format("%s/models/synthetic.safetensors", program);
    if (access(model, R_OK) == 0)
        setenv("LIKENESS_DATA", program, 0);
    free(model);
}

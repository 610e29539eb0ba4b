/* Runs a command whose standard output, or with -e standard error, is a terminal,
 * and copies what that gets to its own. Leaves with the command's exit status.
 *
 * usage: on_terminal [-e] COMMAND ARGUMENT... */
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int end, other, stream = argc > 1 && strcmp(argv[1], "-e") == 0 ? 2 : 1;
    struct termios plain;
    char bytes[4096];
    ssize_t count;
    if (argc <= stream || openpty(&end, &other, NULL, NULL, NULL) != 0 ||
        tcgetattr(other, &plain) != 0)
        return 125;
    cfmakeraw(&plain); /* line ends come as they were sent */
    tcsetattr(other, TCSANOW, &plain);
    pid_t child = fork();
    if (child == 0) {
        dup2(other, stream);
        close(other);
        close(end);
        execvp(argv[stream], argv + stream);
        _exit(127);
    }
    close(other);
    while ((count = read(end, bytes, sizeof bytes)) > 0) /* fails once the child is gone */
        if (write(stream, bytes, (size_t)count) != count)
            return 125;
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return 125;
    return WEXITSTATUS(status);
}

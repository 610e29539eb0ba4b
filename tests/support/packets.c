/* Runs a command whose standard output keeps every write(2) apart, and copies what it
 * writes to its own. Fails where one write is not one whole line.
 *
 * usage: packets COMMAND ARGUMENT... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

static int run(char **argv, int ends[2])
{
    if (dup2(ends[1], STDOUT_FILENO) < 0)
        return 99;
    close(ends[0]);
    close(ends[1]);
    execvp(argv[0], argv);
    return 99;
}

int main(int argc, char **argv)
{
    int ends[2], status = 0, torn = 0;
    if (argc < 2 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        return 99;
    pid_t child = fork();
    if (child == 0)
        return run(argv + 1, ends);
    close(ends[1]);
    char *packet = malloc(LARGEST);
    ssize_t count;
    while (packet && (count = read(ends[0], packet, LARGEST)) > 0) {
        const char *end = memchr(packet, '\n', (size_t)count);
        torn += end != packet + count - 1;
        fwrite(packet, 1, (size_t)count, stdout);
    }
    free(packet);
    waitpid(child, &status, 0);
    if (torn)
        fprintf(stderr, "%d writes were not one line\n", torn);
    return torn ? 98 : WEXITSTATUS(status);
}

/* What hostile files cost beyond honest ones of their size: processor time and memory
 * of the readers. The bar: 1 s and 200 MB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/hostile.h"

static hostile_cost cost_of(void (*make)(FILE *, size_t), size_t bytes,
                            void (*read)(const char *path))
{
    enum { TOO_LONG = 60 };
    char path[] = "/tmp/likeness-hostile-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || hostile_write(path, make, bytes) != 0) {
        perror(path);
        exit(1);
    }
    close(fd);
    hostile_cost cost = hostile_run(read, path, 0, TOO_LONG);
    unlink(path);
    return cost;
}

int main(int argc, char **argv)
{
    printf("%-34s %10s %18s %18s\n", "", "file", "honest", "hostile");
    for (size_t i = 0; i < hostile_case_count; i++) {
        const hostile_case *c = &hostile_cases[i];
        if (argc > 1 && !strstr(c->name, argv[1]))
            continue;
        hostile_cost honest = cost_of(c->make_honest, c->bytes, c->read);
        hostile_cost hostile = cost_of(c->make, c->bytes, c->read);
        printf("%-34s %7.3f MB %6.2f s %6.0f MB %6.2f s %6.0f MB%s%s\n", c->name,
               (double)c->bytes * 1e-6, honest.seconds, honest.megabytes, hostile.seconds,
               hostile.megabytes,
               hostile.seconds > honest.seconds + 1 || hostile.megabytes > honest.megabytes + 200
                   ? "  OVER THE BAR"
                   : "",
               hostile.status ? "  DIED" : "");
        fflush(stdout);
    }
    return 0;
}

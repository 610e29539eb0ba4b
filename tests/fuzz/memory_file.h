/* Bytes under a path, for parsers that open their file themselves: nothing of it
 * reaches the disk. */
#ifndef LK_FUZZ_MEMORY_FILE_H
#define LK_FUZZ_MEMORY_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct memory_file {
    int descriptor;
    char path[32];
} memory_file;

static inline memory_file memory_file_open(const void *bytes, size_t count)
{
    memory_file file = {.descriptor = memfd_create("fuzz", 0)};
    if (file.descriptor < 0 || write(file.descriptor, bytes, count) != (ssize_t)count)
        abort();
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.descriptor);
    return file;
}

static inline void memory_file_close(memory_file *file)
{
    close(file->descriptor);
}

#endif

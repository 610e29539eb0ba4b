/* Runs one fuzz target over kept files: every file of the directories (or the
 * files) that are its arguments, each in a process of its own that may only take so
 * much time and memory. An argument without a file is a failure: a folder
 * that was renamed must not pass for one that holds nothing bad. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "support/hostile.h"

static size_t file_count;

/* An exact allocation, so that the sanitizers see one byte too many. */
static void run(const uint8_t *bytes, size_t count)
{
    uint8_t *copy = calloc(count ? count : 1, 1);
    if (!copy)
        abort();
    if (count)
        memcpy(copy, bytes, count);
    LLVMFuzzerTestOneInput(copy, count);
    free(copy);
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        abort();
    }
    enum { LIMIT = 16 << 20 };
    uint8_t *bytes = malloc(LIMIT);
    if (!bytes)
        abort();
    size_t count = fread(bytes, 1, LIMIT, file);
    fclose(file);
    printf("%s: %zu bytes\n", path, count);
    fflush(stdout); /* the last line before a crash names its file */
    run(bytes, count);
    free(bytes);
}

static void run_nothing(const char *path)
{
    (void)path;
    run(NULL, 0);
}

static int run_apart(void (*what)(const char *path), const char *path)
{
    struct stat info = {0};
    file_count++;
    return stat(path, &info) == 0 && hostile_run_within(what, path, (size_t)info.st_size, path) ? 0
                                                                                                : 1;
}

static int run_directory(const char *path, DIR *directory)
{
    int failed = 0;
    size_t before = file_count;
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        failed |= run_apart(run_file, file);
    }
    closedir(directory);
    if (file_count == before) {
        fprintf(stderr, "%s: no files\n", path);
        failed = 1;
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    failed |= run_apart(run_nothing, "/dev/null");
    for (int i = 1; i < argc; i++) {
        DIR *directory = opendir(argv[i]);
        failed |= directory ? run_directory(argv[i], directory) : run_apart(run_file, argv[i]);
    }
    printf("%zu inputs\n", file_count);
    return failed;
}

/* Any bytes as a zip archive from the network: whatever is in it, what comes
 * out lies below the new directory and within the limits, or nothing is left. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weights/store.h"

static const lk_unpack_limits LIMITS = {.total_bytes = 1 << 20, .file_bytes = 1 << 18, .files = 20};

static char folder[] = "/tmp/likeness-fuzz-XXXXXX";

static void write_archive(const char *path, const uint8_t *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    fwrite(bytes, 1, count, file);
    fclose(file);
}

static void remove_folder(void)
{
    lk_remove_tree(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static char archive[64], target[64];
    if (!archive[0]) {
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
        snprintf(archive, sizeof archive, "%s/a.zip", folder);
        snprintf(target, sizeof target, "%s/in", folder);
    }
    write_archive(archive, bytes, count);
    bool there = lk_unpack(target, archive, &LIMITS) == LK_OK;
    if (there != (access(target, F_OK) == 0) || (!there && !lk_error_text()[0]))
        abort();
    lk_remove_tree(target);
    unlink(archive);
    if (rmdir(folder) != 0) /* something else was written */
        abort();
    if (mkdir(folder, 0700) != 0)
        abort();
    return 0;
}

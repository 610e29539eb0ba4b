/* Any bytes as a gallery's export: all of it is taken, or nothing. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <likeness/gallery.h>

#include "memory_file.h"

static char folder[] = "/tmp/likeness-fuzz-XXXXXX";
static lk_gallery *gallery;

static void end_gallery(void)
{
    char path[64];
    lk_gallery_close(gallery);
    snprintf(path, sizeof path, "%s/g.db", folder);
    unlink(path);
    rmdir(folder);
}

static void begin_gallery(void)
{
    char path[64];
    lk_gallery_options options;
    lk_gallery_options_init(&options);
    options.create = true;
    if (!mkdtemp(folder))
        abort();
    snprintf(path, sizeof path, "%s/g.db", folder);
    if (lk_gallery_open(&gallery, path, &options) != LK_OK)
        abort();
    atexit(end_gallery);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    size_t added;
    lk_gallery_counts counts;
    if (!gallery)
        begin_gallery();
    memory_file file = memory_file_open(bytes, count);
    if (lk_gallery_begin(gallery) != LK_OK)
        abort();
    (void)!lk_gallery_import(gallery, &added, file.path);
    lk_gallery_rollback(gallery);
    if (lk_gallery_count(gallery, &counts) != LK_OK || counts.people != 0)
        abort();
    memory_file_close(&file);
    return 0;
}

#include "weights/mapping.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/input.h"

static lk_status map_input(lk_mapping *out, const lk_source *input, const char *path)
{
    LK_REQUIRE(!input->pipe, LK_ERROR_IO, "%s: is a pipe, expected a file", path);
    LK_REQUIRE(input->size > 0, LK_ERROR_FORMAT, "%s: is empty", path);
    size_t size = (size_t)input->size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, input->fd, 0);
    LK_REQUIRE(bytes != MAP_FAILED, LK_ERROR_IO, "%s: cannot map into memory: %s", path,
               strerror(errno));
    *out = (lk_mapping){.bytes = bytes, .size = size, .mapped = true};
    return LK_OK;
}

lk_status lk_mapping_open(lk_mapping *out, const char *path)
{
    lk_source input;
    LK_TRY(lk_source_open(&input, path));
    lk_status status = map_input(out, &input, path);
    close(input.fd);
    return status;
}

void lk_mapping_close(lk_mapping *mapping)
{
    if (mapping->mapped)
        munmap((void *)mapping->bytes, mapping->size);
    *mapping = (lk_mapping){0};
}

void lk_mapping_release_pages(const lk_mapping *mapping)
{
    if (mapping->mapped)
        (void)madvise((void *)mapping->bytes, mapping->size, MADV_DONTNEED);
}

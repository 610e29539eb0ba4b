#include "weights/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static lk_status map_descriptor(lk_mapping *out, int fd)
{
    struct stat info;
    LK_REQUIRE(fstat(fd, &info) == 0, LK_ERROR_IO, "%s", strerror(errno));
    LK_REQUIRE(S_ISREG(info.st_mode), LK_ERROR_IO, "is %s, not a file",
               S_ISDIR(info.st_mode) ? "a directory" : "a device, pipe or socket");
    LK_REQUIRE(info.st_size > 0, LK_ERROR_FORMAT, "is empty");
    size_t size = (size_t)info.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    LK_REQUIRE(bytes != MAP_FAILED, LK_ERROR_IO, "cannot map into memory: %s", strerror(errno));
    *out = (lk_mapping){.bytes = bytes, .size = size, .mapped = true};
    return LK_OK;
}

lk_status lk_mapping_open(lk_mapping *out, const char *path)
{
    /* O_NONBLOCK: a named pipe must not hang us; it has no effect on files. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    LK_REQUIRE(fd >= 0, LK_ERROR_IO, "%s", strerror(errno));
    lk_status status = map_descriptor(out, fd);
    close(fd);
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

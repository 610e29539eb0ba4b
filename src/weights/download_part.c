/* The unfinished file of a download, and its note. The old bytes go before the old
 * note, and a new note comes before its first byte, so that whenever the process ends
 * no bytes lie beside the note of others. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/download.h"
#include "weights/store.h"

enum { MAX_NOTE = 1 << 13 };

/* Cuts the next line off a text; NULL when no whole line is left. */
static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *text = end + 1;
    return line;
}

static bool parse_note(lk_download_part *part, char *text)
{
    char *address = next_line(&text);
    char *total = address ? next_line(&text) : NULL;
    char *validator = total ? next_line(&text) : NULL;
    if (!validator || strcmp(address, part->address) != 0 || !*validator ||
        strlen(validator) >= sizeof part->validator || strspn(total, "0123456789") != strlen(total))
        return false;
    part->total = strtoumax(total, NULL, 10);
    memcpy(part->validator, validator, strlen(validator) + 1);
    return true;
}

/* Reads what is known of the part; false when that is nothing. */
static bool read_note(lk_download_part *part)
{
    char text[MAX_NOTE];
    int fd = open(part->note, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count <= 0)
        return false;
    text[count] = '\0';
    return parse_note(part, text);
}

static lk_status write_note(const lk_download_part *part)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, part->note));
    lk_output_printf(output, "%s\n%" PRIu64 "\n%s\n", part->address, part->total, part->validator);
    return lk_output_commit(output);
}

/* A link would have us write into another file, by either of its kinds. */
static bool is_own_file(const struct stat *info)
{
    return S_ISREG(info->st_mode) && info->st_nlink <= 1;
}

static lk_status download_part_open_file(lk_download_part *part)
{
    struct stat info;
    if (lstat(part->path, &info) == 0 && !is_own_file(&info))
        LK_REQUIRE(remove(part->path) == 0, LK_ERROR_IO,
                   "%s: is no plain file and cannot be removed: %s", part->path, strerror(errno));
    part->fd = open(part->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    LK_REQUIRE(part->fd >= 0, LK_ERROR_IO, "%s: cannot create: %s", part->path, strerror(errno));
    LK_REQUIRE(fstat(part->fd, &info) == 0 && is_own_file(&info), LK_ERROR_IO,
               "%s: is no plain file", part->path);
    part->size = (uint64_t)info.st_size;
    return LK_OK;
}

static bool can_be_continued(lk_download_part *part)
{
    return part->size > 0 && part->size <= part->limit && read_note(part) &&
           part->total <= part->limit && (part->total == 0 || part->size <= part->total);
}

static lk_status download_part_start(lk_download_part *part)
{
    LK_TRY(lk_format(&part->note, "%s.from", part->path));
    LK_TRY(download_part_open_file(part));
    return can_be_continued(part) ? LK_OK : lk_download_part_clear(part);
}

lk_status lk_download_part_open(lk_download_part *out, const char *path, const char *address,
                                uint64_t limit)
{
    lk_download_part part = {.path = path, .address = address, .limit = limit, .fd = -1};
    lk_status status = download_part_start(&part);
    if (status != LK_OK) {
        if (part.fd >= 0)
            close(part.fd);
        free(part.note);
        return status;
    }
    *out = part;
    return LK_OK;
}

lk_status lk_download_part_clear(lk_download_part *part)
{
    LK_REQUIRE(ftruncate(part->fd, 0) == 0, LK_ERROR_IO, "%s: cannot write: %s", part->path,
               strerror(errno));
    LK_REQUIRE(remove(part->note) == 0 || errno == ENOENT, LK_ERROR_IO, "%s: cannot remove: %s",
               part->note, strerror(errno));
    part->size = part->total = 0;
    part->validator[0] = '\0';
    return LK_OK;
}

lk_status lk_download_part_begin(lk_download_part *part, uint64_t total, const char *validator)
{
    LK_TRY(lk_download_part_clear(part));
    LK_REQUIRE(total <= part->limit, LK_ERROR_LIMIT,
               "the download has %" PRIu64 " bytes, at most %" PRIu64 " are taken", total,
               part->limit);
    part->total = total;
    snprintf(part->validator, sizeof part->validator, "%s", validator);
    return *validator ? write_note(part) : LK_OK;
}

lk_status lk_download_part_append(lk_download_part *part, const void *bytes, size_t count)
{
    LK_REQUIRE(count <= part->limit - part->size, LK_ERROR_LIMIT,
               "the download is larger than %" PRIu64 " bytes", part->limit);
    LK_REQUIRE(part->total == 0 || count <= part->total - part->size, LK_ERROR_NETWORK,
               "the server sends more than the %" PRIu64 " bytes that it announced", part->total);
    for (const char *at = bytes; count;) {
        ssize_t written = pwrite(part->fd, at, count, (off_t)part->size);
        if (written < 0 && errno == EINTR)
            continue;
        LK_REQUIRE(written > 0, LK_ERROR_IO, "%s: cannot write: %s", part->path, strerror(errno));
        at += written;
        count -= (size_t)written;
        part->size += (uint64_t)written;
    }
    return LK_OK;
}

bool lk_download_part_is_whole(const lk_download_part *part)
{
    return part->total > 0 && part->size == part->total;
}

lk_status lk_download_part_close(lk_download_part *part, lk_status status)
{
    bool useless = part->size == 0 || !part->validator[0] || status == LK_ERROR_LIMIT;
    if (close(part->fd) != 0 && status == LK_OK)
        status = lk_fail(LK_ERROR_IO, "%s: cannot write: %s", part->path, strerror(errno));
    if (status != LK_OK && useless)
        lk_download_forget(part->path);
    free(part->note);
    return status;
}

void lk_download_forget(const char *path)
{
    char *note;
    unlink(path);
    if (lk_format(&note, "%s.from", path) != LK_OK)
        return;
    unlink(note);
    free(note);
}

/* Members of a zip archive, in place. minizip reads the directory through the
 * functions below, which see nothing but the mapped bytes, and tells where each
 * member's data start; the sizes are checked here. */
#include "weights/archive.h"

#include <minizip/unzip.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/cursor.h"

/* The file as minizip sees it. It reads numbers byte by byte, and of an entry's extra
 * fields every one, of which 64 KiB may hold 16,384: a member has so many reads. */
enum { READS_A_MEMBER = 1000 };

typedef struct stream {
    lk_cursor cursor;
    size_t reads_left;
} stream;

static void *archive_stream_open(void *user, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return user;
}

static unsigned long archive_stream_read(void *user, void *opened, void *out, unsigned long size)
{
    (void)user;
    stream *from = opened;
    lk_cursor *cursor = &from->cursor;
    if (from->reads_left == 0)
        return 0;
    from->reads_left--;
    size_t left = cursor->size - cursor->at;
    size_t count = size < left ? size : left;
    memcpy(out, cursor->bytes + cursor->at, count);
    cursor->at += count;
    return count;
}

static ZPOS64_T archive_stream_tell(void *user, void *opened)
{
    (void)user;
    return ((stream *)opened)->cursor.at;
}

static long archive_stream_seek(void *user, void *opened, ZPOS64_T offset, int origin)
{
    (void)user;
    lk_cursor *cursor = &((stream *)opened)->cursor;
    size_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? cursor->at
                  : origin == ZLIB_FILEFUNC_SEEK_END ? cursor->size
                                                     : 0;
    size_t target;
    if (!lk_add(base, offset, &target) || target > cursor->size)
        return -1;
    cursor->at = target;
    return 0;
}

static int stream_nothing(void *user, void *opened)
{
    (void)user;
    (void)opened;
    return 0;
}

static unzFile open_memory(stream *file)
{
    zlib_filefunc64_def functions = {
        .zopen64_file = archive_stream_open,
        .zread_file = archive_stream_read,
        .ztell64_file = archive_stream_tell,
        .zseek64_file = archive_stream_seek,
        .zclose_file = stream_nothing,
        .zerror_file = stream_nothing,
        .opaque = file,
    };
    return unzOpen2_64("", &functions);
}

/* Where the current member's data start, behind its local header. */
static lk_status find_data(unzFile zip, const char *name, uint64_t *out)
{
    int method, level;
    LK_REQUIRE(unzOpenCurrentFile2(zip, &method, &level, 1) == UNZ_OK, LK_ERROR_FORMAT,
               "zip member \"%s\" has a broken header", name);
    *out = unzGetCurrentFileZStreamPos64(zip);
    unzCloseCurrentFile(zip);
    return LK_OK;
}

static lk_status check_member(const unz_file_info64 *info, const char *name)
{
    enum { ENCRYPTED = 1 };
    LK_REQUIRE(!(info->flag & ENCRYPTED), LK_ERROR_UNSUPPORTED, "zip member \"%s\" is encrypted",
               name);
    LK_REQUIRE(info->compression_method == 0, LK_ERROR_UNSUPPORTED,
               "zip member \"%s\" is compressed, expected it stored as PyTorch does", name);
    LK_REQUIRE(info->compressed_size == info->uncompressed_size, LK_ERROR_FORMAT,
               "zip member \"%s\" has two sizes, %llu and %llu", name,
               (unsigned long long)info->compressed_size,
               (unsigned long long)info->uncompressed_size);
    return LK_OK;
}

static lk_status archive_add_member(lk_archive *archive, unzFile zip, const lk_cursor *file)
{
    unz_file_info64 info;
    char name[LK_ARCHIVE_MAX_NAME + 1] = "";
    LK_REQUIRE(unzGetCurrentFileInfo64(zip, &info, name, sizeof name, NULL, 0, NULL, 0) == UNZ_OK,
               LK_ERROR_FORMAT, "the zip directory is broken at entry %zu", archive->count);
    LK_REQUIRE(info.size_filename <= LK_ARCHIVE_MAX_NAME, LK_ERROR_LIMIT,
               "a zip member's name has %lu bytes, at most %d are read", info.size_filename,
               LK_ARCHIVE_MAX_NAME);
    LK_TRY(check_member(&info, name));
    uint64_t start;
    LK_TRY(find_data(zip, name, &start));
    LK_REQUIRE(start <= file->size && info.uncompressed_size <= file->size - start, LK_ERROR_FORMAT,
               "zip member \"%s\" of %llu bytes reaches beyond the end", name,
               (unsigned long long)info.uncompressed_size);
    LK_TRY(lk_grow(&archive->members, &archive->capacity, archive->count + 1,
                   sizeof *archive->members));
    lk_archive_member member = {.bytes = file->bytes + start, .size = info.uncompressed_size};
    LK_TRY(lk_strdup(&member.name, name));
    archive->members[archive->count++] = member;
    return LK_OK;
}

/* Where the directory begins, by the records at the very end of the file. minizip looks
 * for them further up, and forgives bytes between, behind and before; torch.save leaves
 * none, and no comment. */
static lk_status find_directory(uint64_t *out, const lk_cursor *file)
{
    enum { RECORD = 22, SIZE = 12, START = 16, COMMENT = 20 };
    enum { LOCATOR = 20, RECORD64 = 56, SIZE64 = 40, START64 = 48 };
    size_t end = file->size - lk_smaller(file->size, RECORD);
    const uint8_t *record = file->bytes + end;
    LK_REQUIRE(file->size >= RECORD && memcmp(record, "PK\5\6", 4) == 0 &&
                   lk_little_endian(record + COMMENT, 2) == 0,
               LK_ERROR_FORMAT,
               "does not end with its zip directory: cut short, or with bytes behind it?");
    uint64_t size = lk_little_endian(record + SIZE, 4), start = lk_little_endian(record + START, 4);
    if (end >= LOCATOR + RECORD64 && memcmp(record - LOCATOR, "PK\6\7", 4) == 0) {
        end -= LOCATOR + RECORD64;
        size = lk_little_endian(file->bytes + end + SIZE64, 8);
        start = lk_little_endian(file->bytes + end + START64, 8);
    }
    LK_REQUIRE(start <= end && size == end - start, LK_ERROR_FORMAT,
               "its zip directory is not where its end says: bytes in front of it, or behind?");
    *out = start;
    return LK_OK;
}

/* Another archive, or anything else, may lie in front of the first member. */
static lk_status check_begin(const lk_archive *archive, const lk_cursor *file)
{
    enum { HEADER = 30, LENGTHS = 26 };
    if (file->size < HEADER || memcmp(file->bytes, "PK\3\4", 4) != 0)
        return lk_fail(LK_ERROR_FORMAT, "does not begin with a zip member");
    size_t data = HEADER + lk_little_endian(file->bytes + LENGTHS, 2) +
                  lk_little_endian(file->bytes + LENGTHS + 2, 2);
    for (size_t i = 0; i < archive->count; i++)
        if ((size_t)(archive->members[i].bytes - file->bytes) == data)
            return LK_OK;
    return lk_fail(LK_ERROR_FORMAT, "begins with bytes that are not in its zip directory");
}

static lk_status archive_add_members(lk_archive *archive, unzFile zip, stream *file)
{
    unz_global_info64 info;
    LK_REQUIRE(unzGetGlobalInfo64(zip, &info) == UNZ_OK, LK_ERROR_FORMAT,
               "the zip directory is broken");
    uint64_t start;
    LK_TRY(find_directory(&start, &file->cursor));
    LK_REQUIRE(info.number_entry <= LK_ARCHIVE_MAX_MEMBERS, LK_ERROR_LIMIT,
               "has %llu zip members, at most %d are read", (unsigned long long)info.number_entry,
               LK_ARCHIVE_MAX_MEMBERS);
    int result = info.number_entry ? unzGoToFirstFile(zip) : UNZ_END_OF_LIST_OF_FILE;
    LK_REQUIRE(result != UNZ_OK || unzGetOffset64(zip) == start, LK_ERROR_FORMAT,
               "has two zip directories");
    for (; result == UNZ_OK; result = unzGoToNextFile(zip)) {
        LK_TRY(archive_add_member(archive, zip, &file->cursor));
        file->reads_left = READS_A_MEMBER;
    }
    LK_REQUIRE(result == UNZ_END_OF_LIST_OF_FILE && archive->count == info.number_entry,
               LK_ERROR_FORMAT, "the zip directory is broken at entry %zu", archive->count);
    return LK_OK;
}

static int compare_members(const void *a, const void *b)
{
    return strcmp(((const lk_archive_member *)a)->name, ((const lk_archive_member *)b)->name);
}

static lk_status sort_members(lk_archive *archive)
{
    if (archive->count)
        qsort(archive->members, archive->count, sizeof *archive->members, compare_members);
    for (size_t i = 1; i < archive->count; i++)
        LK_REQUIRE(compare_members(&archive->members[i - 1], &archive->members[i]) != 0,
                   LK_ERROR_FORMAT, "two zip members have the name \"%s\"",
                   archive->members[i].name);
    return LK_OK;
}

lk_status lk_archive_open(lk_archive *out, const uint8_t *bytes, size_t size)
{
    stream file = {.cursor = {.bytes = bytes, .size = size}, .reads_left = READS_A_MEMBER};
    unzFile zip = open_memory(&file);
    LK_REQUIRE(zip, LK_ERROR_FORMAT, "has no zip directory at its end: cut short?");
    lk_archive archive = {0};
    lk_status status = archive_add_members(&archive, zip, &file);
    unzClose(zip);
    if (status == LK_OK)
        status = check_begin(&archive, &file.cursor);
    if (status == LK_OK)
        status = sort_members(&archive);
    if (status != LK_OK) {
        lk_archive_close(&archive);
        return status;
    }
    *out = archive;
    return LK_OK;
}

void lk_archive_close(lk_archive *archive)
{
    for (size_t i = 0; i < archive->count; i++)
        free(archive->members[i].name);
    free(archive->members);
    *archive = (lk_archive){0};
}

const lk_archive_member *lk_archive_find(const lk_archive *archive, const char *name)
{
    if (archive->count == 0)
        return NULL;
    lk_archive_member key = {.name = (char *)name};
    return bsearch(&key, archive->members, archive->count, sizeof key, compare_members);
}

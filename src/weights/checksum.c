/* SHA-256 of files, and the store's memory of them: checksums.txt, one line a
 * file, "HEX  KEY  STAMP", written when a file is pulled for the first time. The
 * stamp is the file's size and time of change as they were when its checksum was
 * last computed: as long as they stay the same, loading does not compute it again.
 * "  unpublished" ends the line of a file that differs from its pin and was
 * accepted all the same. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/input.h"
#include "base/memory.h"
#include "weights/store.h"

enum { BUFFER = 1 << 18, HEX = LK_SHA256_TEXT - 1, STAMP = 64, LINE = 1024 };

static const char MARK[] = "  unpublished";

/* What the list says of a file. */
typedef struct record {
    char hex[LK_SHA256_TEXT], stamp[STAMP];
    bool unpublished; /* accepted although it is not what its pin says */
} record;

static bool digest_stream(EVP_MD_CTX *context, FILE *file, unsigned char *buffer)
{
    size_t count;
    while ((count = fread(buffer, 1, BUFFER, file)) > 0)
        if (!EVP_DigestUpdate(context, buffer, count))
            return false;
    return true;
}

static lk_status checksum_digest(unsigned char out[EVP_MAX_MD_SIZE], FILE *file, const char *path)
{
    unsigned char *buffer;
    LK_TRY(lk_alloc(&buffer, BUFFER, 1));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                digest_stream(context, file, buffer);
    int reason = ferror(file) ? errno : 0; /* of the last read */
    good = good && EVP_DigestFinal_ex(context, out, NULL);
    EVP_MD_CTX_free(context);
    free(buffer);
    LK_REQUIRE(!reason, LK_ERROR_IO, "%s: cannot read: %s", path, strerror(reason));
    LK_REQUIRE(good, LK_ERROR_MEMORY, "%s: no memory for its SHA-256", path);
    return LK_OK;
}

lk_status lk_sha256_file(char out[LK_SHA256_TEXT], const char *path)
{
    FILE *file;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    LK_TRY(lk_input_stream(&file, path));
    lk_status status = checksum_digest(bytes, file, path);
    fclose(file);
    LK_TRY(status);
    for (int i = 0; i < HEX / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return LK_OK;
}

static lk_status checksum_list_path(char **out)
{
    char *store;
    LK_TRY(lk_store_directory(&store));
    lk_status status = lk_format(out, "%s/checksums.txt", store);
    free(store);
    return status;
}

/* The size and time of change of a file; "" when there is none. */
static void checksum_make_stamp(char out[STAMP], const char *path)
{
    struct stat info;
    out[0] = '\0';
    if (stat(path, &info) == 0)
        snprintf(out, STAMP, "%jd %jd.%09ld", (intmax_t)info.st_size, (intmax_t)info.st_mtim.tv_sec,
                 info.st_mtim.tv_nsec);
}

/* Cuts the mark off the end of a line; true where there was one. */
static bool take_mark(char *line)
{
    size_t length = strlen(line), tail = sizeof MARK - 1;
    bool marked = length >= tail && strcmp(line + length - tail, MARK) == 0;
    if (marked)
        line[length - tail] = '\0';
    return marked;
}

/* True for the line of `key`. Others, and lines we do not know, are skipped. */
static bool checksum_read_line(record *out, char *line, const char *key)
{
    size_t length = strlen(key);
    line[strcspn(line, "\r\n")] = '\0';
    bool marked = take_mark(line);
    if (strspn(line, "0123456789abcdef") != HEX || strncmp(line + HEX, "  ", 2) != 0 ||
        strncmp(line + HEX + 2, key, length) != 0)
        return false;
    const char *rest = line + HEX + 2 + length;
    if (*rest && strncmp(rest, "  ", 2) != 0)
        return false;
    snprintf(out->hex, sizeof out->hex, "%.*s", HEX, line);
    snprintf(out->stamp, sizeof out->stamp, "%.*s", STAMP - 1, *rest ? rest + 2 : "");
    out->unpublished = marked;
    return true;
}

/* NULL where there is no list. One that cannot be read must not pass for an empty one:
 * what it says would be forgotten. */
static lk_status open_list(FILE **out, const char *list)
{
    *out = fopen(list, "re");
    LK_REQUIRE(*out || errno == ENOENT || errno == ENOTDIR, LK_ERROR_IO, "%s: cannot read: %s",
               list, strerror(errno));
    return LK_OK;
}

static lk_status close_list(FILE *file, const char *list)
{
    int reason = file && ferror(file) ? errno : 0; /* of the last read */
    if (file)
        fclose(file);
    LK_REQUIRE(!reason, LK_ERROR_IO, "%s: cannot read: %s", list, strerror(reason));
    return LK_OK;
}

static lk_status find_record(bool *found, record *out, const char *list, const char *key)
{
    char line[LINE];
    FILE *file;
    *found = false;
    LK_TRY(open_list(&file, list));
    while (file && !*found && fgets(line, sizeof line, file))
        *found = checksum_read_line(out, line, key);
    return close_list(file, list);
}

/* Two programs that renew the list at once must not lose a line of each other's.
 * -1: the list cannot be written either. */
static int lock_list(const char *list)
{
    char *path;
    if (lk_format(&path, "%s.lock", list) != LK_OK)
        return -1;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    free(path);
    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
    return fd;
}

/* The old list without the line of `key`, and its new line. */
static lk_status copy_list(lk_output *out, const char *list, const char *key, const record *entry)
{
    FILE *old;
    char line[LINE], copy[LINE];
    record ignored;
    LK_TRY(open_list(&old, list));
    while (old && fgets(line, sizeof line, old)) {
        memcpy(copy, line, sizeof copy);
        if (!checksum_read_line(&ignored, copy, key))
            lk_output_write(out, line, strlen(line));
    }
    LK_TRY(close_list(old, list));
    lk_output_printf(out, "%s  %s  %s%s\n", entry->hex, key, entry->stamp,
                     entry->unpublished ? MARK : "");
    return LK_OK;
}

static lk_status write_record(const char *list, const char *key, const record *entry)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, list)); /* makes the store's folder, too */
    int lock = lock_list(list);
    lk_status status = copy_list(output, list, key, entry);
    if (status == LK_OK)
        status = lk_output_commit(output);
    else
        lk_output_discard(output);
    if (lock >= 0)
        close(lock);
    return status;
}

/* A file that is not the published one counts only where somebody says that it is
 * meant, and then for good: the record keeps the mark. */
static lk_status accept_unpublished(record *found, const lk_store_pin *pin, const char *path,
                                    const record *recorded)
{
    struct stat info;
    found->unpublished = true;
    if (recorded && recorded->unpublished)
        return LK_OK;
    LK_REQUIRE(lk_unpinned_allowed(), LK_ERROR_FORMAT,
               "%s: is not the published file: it has %lld bytes and the SHA-256 %s, expected %llu "
               "bytes and %s; remove it and pull again, or set LIKENESS_MIRROR_UNPINNED=1 if it is "
               "meant",
               path, stat(path, &info) == 0 ? (long long)info.st_size : -1, found->hex,
               (unsigned long long)pin->size, pin->sha256);
    return LK_OK;
}

/* Compares with the pin and the record; `recorded` is NULL where there is none. */
static lk_status judge(record *found, const char *list, const char *key, const char *path,
                       const record *recorded)
{
    const lk_store_pin *pin = lk_pin_of(key);
    if (pin && strcmp(found->hex, pin->sha256) == 0)
        return LK_OK; /* whatever was here before */
    LK_REQUIRE(!recorded || strcmp(found->hex, recorded->hex) == 0, LK_ERROR_FORMAT,
               "%s: has the SHA-256 %s, expected %s as recorded in %s; remove it and pull again, "
               "or remove that line if the new file is meant",
               path, found->hex, recorded->hex, list);
    return pin ? accept_unpublished(found, pin, path, recorded) : LK_OK;
}

static bool is_same(const record *a, const record *b)
{
    return strcmp(a->hex, b->hex) == 0 && strcmp(a->stamp, b->stamp) == 0 &&
           a->unpublished == b->unpublished;
}

/* Whether a file that is about to be read can be taken as it is: without a record
 * or a pin there is nothing to compare it with, and one that was verified and has
 * its size and time of change still is the same. */
static bool needs_no_look(const record *found, const char *key, const record *recorded)
{
    const lk_store_pin *pin = lk_pin_of(key);
    if (!recorded)
        return !pin;
    bool judged = !pin || recorded->unpublished || strcmp(recorded->hex, pin->sha256) == 0;
    return judged && strcmp(found->stamp, recorded->stamp) == 0;
}

static lk_status verify(const char *list, const char *key, const char *path, bool reading)
{
    record found = {0}, kept;
    checksum_make_stamp(found.stamp, path);
    bool is_recorded;
    LK_TRY(find_record(&is_recorded, &kept, list, key));
    const record *recorded = is_recorded ? &kept : NULL;
    if (reading && needs_no_look(&found, key, recorded))
        return LK_OK;
    LK_TRY(lk_sha256_file(found.hex, path));
    LK_TRY(judge(&found, list, key, path, recorded));
    if (recorded && is_same(&found, recorded))
        return LK_OK;
    lk_status written = write_record(list, key, &found);
    /* A stamp that cannot be kept costs time at the next call, a mark is needed. */
    bool needed = found.unpublished ? !recorded || !recorded->unpublished : !recorded && !reading;
    return needed ? written : LK_OK;
}

static lk_status with_list(const char *key, const char *path, bool reading)
{
    char *list;
    LK_TRY(checksum_list_path(&list));
    lk_status status = verify(list, key, path, reading);
    free(list);
    return status;
}

lk_status lk_checksum_verify(const char *key, const char *path)
{
    return with_list(key, path, false);
}

lk_status lk_checksum_check(const char *key, const char *path)
{
    return with_list(key, path, true);
}

/* What the list says of `key`; false: nothing. */
static bool checksum_look_up(record *out, const char *key)
{
    char *list;
    if (checksum_list_path(&list) != LK_OK)
        return false;
    bool found;
    lk_status status = find_record(&found, out, list, key);
    free(list);
    return status == LK_OK && found;
}

bool lk_checksum_is_known(const char *key, const char *path)
{
    record recorded;
    char stamp[STAMP];
    checksum_make_stamp(stamp, path);
    return checksum_look_up(&recorded, key) && strcmp(recorded.stamp, stamp) == 0;
}

bool lk_checksum_is_unpublished(const char *key)
{
    record recorded;
    return checksum_look_up(&recorded, key) && recorded.unpublished;
}

/* SHA-256 of files, and the store's memory of them: checksums.txt, one line a
 * file, "HEX  KEY  STAMP", written when a file is pulled for the first time. The
 * stamp is the file's size and time of change as they were when its checksum was
 * last computed: as long as they stay the same, loading does not compute it again. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

enum { BUFFER = 1 << 18, HEX = LK_SHA256_TEXT - 1, STAMP = 64, LINE = 1024 };

/* What the list says of a file. */
typedef struct record {
    char hex[LK_SHA256_TEXT], stamp[STAMP];
} record;

static bool digest_stream(EVP_MD_CTX *context, FILE *file, unsigned char *buffer)
{
    size_t count;
    while ((count = fread(buffer, 1, BUFFER, file)) > 0)
        if (!EVP_DigestUpdate(context, buffer, count))
            return false;
    return !ferror(file);
}

static lk_status digest(unsigned char out[EVP_MAX_MD_SIZE], FILE *file, const char *path)
{
    unsigned char *buffer;
    LK_TRY(lk_alloc(&buffer, BUFFER, 1));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                digest_stream(context, file, buffer) && EVP_DigestFinal_ex(context, out, NULL);
    EVP_MD_CTX_free(context);
    free(buffer);
    LK_REQUIRE(good, LK_ERROR_IO, "%s: cannot read: %s", path, strerror(errno ? errno : EIO));
    return LK_OK;
}

lk_status lk_sha256_file(char out[LK_SHA256_TEXT], const char *path)
{
    FILE *file;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    LK_TRY(lk_input_open(&file, path));
    errno = 0;
    lk_status status = digest(bytes, file, path);
    fclose(file);
    LK_TRY(status);
    for (int i = 0; i < HEX / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return LK_OK;
}

static lk_status list_path(char **out)
{
    char *store;
    LK_TRY(lk_store_directory(&store));
    lk_status status = lk_format(out, "%s/checksums.txt", store);
    free(store);
    return status;
}

/* The size and time of change of a file; "" when there is none. */
static void make_stamp(char out[STAMP], const char *path)
{
    struct stat info;
    out[0] = '\0';
    if (stat(path, &info) == 0)
        snprintf(out, STAMP, "%jd %jd.%09ld", (intmax_t)info.st_size, (intmax_t)info.st_mtim.tv_sec,
                 info.st_mtim.tv_nsec);
}

/* True for the line of `key`. Others, and lines we do not know, are skipped. */
static bool read_line(record *out, char *line, const char *key)
{
    size_t length = strlen(key);
    line[strcspn(line, "\r\n")] = '\0';
    if (strspn(line, "0123456789abcdef") != HEX || strncmp(line + HEX, "  ", 2) != 0 ||
        strncmp(line + HEX + 2, key, length) != 0)
        return false;
    const char *rest = line + HEX + 2 + length;
    if (*rest && strncmp(rest, "  ", 2) != 0)
        return false;
    snprintf(out->hex, sizeof out->hex, "%.*s", HEX, line);
    snprintf(out->stamp, sizeof out->stamp, "%.*s", STAMP - 1, *rest ? rest + 2 : "");
    return true;
}

static bool find_record(record *out, const char *list, const char *key)
{
    char line[LINE];
    bool found = false;
    FILE *file = fopen(list, "r");
    while (file && !found && fgets(line, sizeof line, file))
        found = read_line(out, line, key);
    if (file)
        fclose(file);
    return found;
}

/* The old list without the line of `key`, and its new line, written whole. */
static lk_status write_record(const char *list, const char *key, const record *entry)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, list));
    FILE *old = fopen(list, "r"), *out = lk_output_stream(output);
    char line[LINE], copy[LINE];
    record ignored;
    while (old && fgets(line, sizeof line, old)) {
        memcpy(copy, line, sizeof copy);
        if (!read_line(&ignored, copy, key))
            fputs(line, out);
    }
    if (old)
        fclose(old);
    fprintf(out, "%s  %s  %s\n", entry->hex, key, entry->stamp);
    return lk_output_commit(output);
}

static lk_status verify(const char *list, const char *key, const char *path)
{
    record found, recorded;
    make_stamp(found.stamp, path);
    LK_TRY(lk_sha256_file(found.hex, path));
    if (!find_record(&recorded, list, key))
        return write_record(list, key, &found);
    LK_REQUIRE(strcmp(found.hex, recorded.hex) == 0, LK_ERROR_FORMAT,
               "%s: has the SHA-256 %s, expected %s as recorded in %s; remove it and pull again",
               path, found.hex, recorded.hex, list);
    /* A list that cannot be written costs time at the next call, no more. */
    bool same = strcmp(found.stamp, recorded.stamp) == 0;
    lk_status renewed = same ? LK_OK : write_record(list, key, &found);
    (void)renewed;
    return LK_OK;
}

static lk_status verify_if_changed(const char *list, const char *key, const char *path)
{
    record recorded;
    char stamp[STAMP];
    make_stamp(stamp, path);
    if (!find_record(&recorded, list, key) || strcmp(stamp, recorded.stamp) == 0)
        return LK_OK;
    return verify(list, key, path);
}

static lk_status with_list(lk_status (*act)(const char *, const char *, const char *),
                           const char *key, const char *path)
{
    char *list;
    LK_TRY(list_path(&list));
    lk_status status = act(list, key, path);
    free(list);
    return status;
}

lk_status lk_checksum_verify(const char *key, const char *path)
{
    return with_list(verify, key, path);
}

lk_status lk_checksum_check(const char *key, const char *path)
{
    return with_list(verify_if_changed, key, path);
}

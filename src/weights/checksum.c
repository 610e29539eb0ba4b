/* SHA-256 of files, and the store's memory of them: checksums.txt, one line a
 * file, "HEX  KEY", written when a file is pulled for the first time. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/memory.h"
#include "weights/store.h"

enum { BUFFER = 1 << 18, HEX = LK_SHA256_TEXT - 1 };

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
    errno = 0;
    FILE *file = fopen(path, "rb");
    LK_REQUIRE(file, LK_ERROR_IO, "%s: %s", path, strerror(errno));
    unsigned char bytes[EVP_MAX_MD_SIZE];
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

/* The line "HEX  KEY" of `key`; others, and lines we do not know, are skipped. */
static bool find_line(FILE *file, const char *key, char out[LK_SHA256_TEXT])
{
    char line[1024];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strspn(line, "0123456789abcdef") != HEX || strncmp(line + HEX, "  ", 2) != 0 ||
            strcmp(line + HEX + 2, key) != 0)
            continue;
        memcpy(out, line, HEX);
        out[HEX] = '\0';
        return true;
    }
    return false;
}

static bool find_recorded(const char *list, const char *key, char out[LK_SHA256_TEXT])
{
    FILE *file = fopen(list, "r");
    if (!file)
        return false;
    bool found = find_line(file, key, out);
    fclose(file);
    return found;
}

/* The old list and one line more, written whole. */
static lk_status record(const char *list, const char *key, const char *hex)
{
    lk_output *output;
    LK_TRY(lk_output_open(&output, list));
    FILE *old = fopen(list, "r");
    int c;
    while (old && (c = fgetc(old)) != EOF)
        fputc(c, lk_output_stream(output));
    if (old)
        fclose(old);
    fprintf(lk_output_stream(output), "%s  %s\n", hex, key);
    return lk_output_commit(output);
}

static lk_status compare(const char *list, const char *key, const char *path)
{
    char found[LK_SHA256_TEXT], recorded[LK_SHA256_TEXT];
    LK_TRY(lk_sha256_file(found, path));
    if (!find_recorded(list, key, recorded))
        return record(list, key, found);
    LK_REQUIRE(strcmp(found, recorded) == 0, LK_ERROR_FORMAT,
               "%s: has the SHA-256 %s, expected %s as recorded in %s; remove it and pull again",
               path, found, recorded, list);
    return LK_OK;
}

lk_status lk_checksum_verify(const char *key, const char *path)
{
    char *list;
    LK_TRY(list_path(&list));
    lk_status status = compare(list, key, path);
    free(list);
    return status;
}

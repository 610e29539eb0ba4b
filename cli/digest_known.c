/* Digests of large files, remembered beside the store's checksums: a network of full
 * size would cost a tenth of a second, or several, each time it is used. A file counts
 * as the same as long as its device, inode, size and both times of change are. One that
 * changed a moment ago is not remembered: it could change again within the same tick of
 * the file system's clock. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "digest.h"

enum { LARGE = 1 << 20, HEX = 64, STAMP = 192, MOST_BYTES = 1 << 16, MOST_LINES = 64 };
static const time_t SETTLED = 3; /* seconds; FAT's clock ticks every 2 */

static void digest_known_make_stamp(char out[STAMP], const struct stat *info)
{
    snprintf(out, STAMP, "%ju %ju %jd %jd.%09ld %jd.%09ld", (uintmax_t)info->st_dev,
             (uintmax_t)info->st_ino, (intmax_t)info->st_size, (intmax_t)info->st_mtim.tv_sec,
             info->st_mtim.tv_nsec, (intmax_t)info->st_ctim.tv_sec, info->st_ctim.tv_nsec);
}

static bool digest_known_is_settled(const struct stat *info)
{
    time_t now = time(NULL);
    return now - info->st_mtim.tv_sec >= SETTLED && now - info->st_ctim.tv_sec >= SETTLED;
}

/* STORE/digests.txt, one line per file: "HEX  STAMP". */
static char *digest_known_list_path(void)
{
    char *store = NULL;
    if (lk_store_directory(&store) != LK_OK)
        return NULL;
    char *path = cli_format("%s/digests.txt", store);
    lk_free(store);
    return path;
}

static char *digest_known_read_list(const char *path)
{
    char *text = NULL;
    size_t count;
    bool read = lk_input_read(&text, &count, path, MOST_BYTES) == LK_OK;
    char *list = cli_strdup(read ? text : "");
    lk_free(text);
    return list;
}

/* The digest of the line with this stamp, the caller's, or NULL. */
static char *digest_known_look_up(const char *list, const char *stamp)
{
    const size_t length = strlen(stamp);
    for (const char *line = list; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strspn(line, "0123456789abcdef") == HEX && strncmp(line + HEX, "  ", 2) == 0 &&
            strncmp(line + HEX + 2, stamp, length) == 0 && line[HEX + 2 + length] == '\n')
            return cli_format("%.*s", HEX, line);
    return NULL;
}

/* Where it cannot be written, or another process writes it at the same time, the digest
 * is computed again next time. */
static void digest_known_remember(const char *path, const char *list, const char *stamp,
                                  const char *digits)
{
    lk_output *output = NULL;
    if (lk_output_open(&output, path) != LK_OK)
        return;
    cli_output_line(output, "%s  %s", digits, stamp);
    for (size_t i = 1; i < MOST_LINES && strchr(list, '\n'); i++) {
        size_t length = strcspn(list, "\n");
        cli_output_line(output, "%.*s", (int)length, list);
        list += length + 1;
    }
    if (lk_output_commit(output) != LK_OK)
        cli_note("%s", lk_error_text());
}

static int digest_large(char **out, const char *path, const struct stat *info)
{
    char stamp[STAMP], after[STAMP];
    struct stat later;
    char *place = digest_known_list_path(),
         *list = place ? digest_known_read_list(place) : cli_strdup("");
    int status = CLI_OK;
    digest_known_make_stamp(stamp, info);
    *out = digest_known_look_up(list, stamp);
    if (!*out) {
        status = cli_digest_file(out, path);
        if (status == CLI_OK && place && digest_known_is_settled(info) && stat(path, &later) == 0) {
            digest_known_make_stamp(after, &later);
            if (strcmp(stamp, after) == 0)
                digest_known_remember(place, list, stamp, *out);
        }
    }
    free(list);
    free(place);
    return status;
}

int cli_digest_file_known(char **out, const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= LARGE)
        return digest_large(out, path, &info);
    return cli_digest_file(out, path);
}

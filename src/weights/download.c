/* Downloads a file over HTTPS, HTTP or from file://, continuing one that was cut
 * off. The bytes go straight to the part file, so that nothing is lost when the
 * connection or the process ends. */
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "lk_built.h"
#include "weights/store.h"

typedef struct transfer {
    const lk_store_progress *progress;
    FILE *file;
    uint64_t before; /* bytes that were there already */
    uint64_t size;   /* of the part file now */
    uint64_t limit;
    bool cancelled, too_large, disk_failed;
} transfer;

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t receive(char *data, size_t one, size_t count, void *user)
{
    transfer *t = user;
    (void)one;
    t->too_large = count > t->limit - t->size;
    if (t->too_large)
        return 0;
    t->disk_failed = fwrite(data, 1, count, t->file) != count;
    t->size += count;
    return t->disk_failed ? 0 : count;
}

static int report(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                  curl_off_t up_now)
{
    transfer *t = user;
    (void)up_total;
    (void)up_now;
    const lk_store_progress *p = t->progress;
    if (!p || !p->call)
        return 0;
    uint64_t whole = total > 0 ? t->before + (uint64_t)total : 0;
    t->cancelled = !p->call(p->user, p->what, t->before + (uint64_t)now, whole);
    return t->cancelled;
}

static void set_options(CURL *curl, transfer *t, const char *address, char *reason)
{
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L); /* a minute without a byte */
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "likeness/" LK_VERSION);
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->before);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, report);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* The server cannot continue where the part file ends. */
static bool must_start_over(CURL *curl, CURLcode code)
{
    long response = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response);
    return code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
           code == CURLE_FILE_COULDNT_READ_FILE ||
           (code == CURLE_HTTP_RETURNED_ERROR && response == 416);
}

static lk_status explain(const transfer *t, CURLcode code, const char *path, const char *reason)
{
    if (code == CURLE_OK)
        return LK_OK;
    if (t->cancelled)
        return lk_fail(LK_ERROR_CANCELLED, "the download was stopped; pull again to continue");
    if (t->too_large)
        return lk_fail(LK_ERROR_LIMIT, "the download is larger than %llu bytes",
                       (unsigned long long)t->limit);
    if (t->disk_failed)
        return lk_fail(LK_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
    return lk_fail(LK_ERROR_NETWORK, "%s", reason[0] ? reason : curl_easy_strerror(code));
}

/* One attempt; *again when it should be made once more from the beginning. */
static lk_status attempt(const char *path, const char *address, transfer *t, bool *again)
{
    CURL *curl = curl_easy_init();
    LK_REQUIRE(curl, LK_ERROR_MEMORY, "cannot start a download");
    char reason[CURL_ERROR_SIZE] = "";
    set_options(curl, t, address, reason);
    CURLcode code = curl_easy_perform(curl);
    *again = t->before > 0 && must_start_over(curl, code);
    curl_easy_cleanup(curl);
    return explain(t, code, path, reason);
}

static lk_status fetch(const char *path, const char *address, transfer *t, bool *again)
{
    struct stat info;
    t->before = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    t->size = t->before;
    LK_REQUIRE(t->size <= t->limit, LK_ERROR_LIMIT, "%s: is larger than %llu bytes", path,
               (unsigned long long)t->limit);
    t->file = fopen(path, "ab");
    LK_REQUIRE(t->file, LK_ERROR_IO, "%s: cannot create: %s", path, strerror(errno));
    lk_status status = attempt(path, address, t, again);
    if (fclose(t->file) != 0 && status == LK_OK)
        status = lk_fail(LK_ERROR_IO, "%s: cannot write: %s", path, strerror(errno));
    if (status != LK_OK && t->size == 0)
        unlink(path); /* nothing came: there is nothing to continue */
    return status;
}

lk_status lk_download(const char *path, const char *address, uint64_t limit,
                      const lk_store_progress *progress)
{
    pthread_once(&curl_once, start_curl);
    transfer t = {.progress = progress, .limit = limit};
    bool again = false;
    lk_status status = fetch(path, address, &t, &again);
    if (status == LK_OK || !again)
        return status;
    LK_REQUIRE(unlink(path) == 0, LK_ERROR_IO, "%s: cannot remove: %s", path, strerror(errno));
    t = (transfer){.progress = progress, .limit = limit};
    return fetch(path, address, &t, &again);
}

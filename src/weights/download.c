/* Downloads a file over HTTPS, HTTP or from file://, continuing one that was cut
 * off where the server can show that it still is the same file. The bytes go
 * straight to the part file, so that nothing is lost when the connection or the
 * process ends. */
#include "weights/download.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "weights/store.h"

enum { MAX_REDIRECTS = 8, SLICE = 100 /* milliseconds */ };

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool has_scheme(const char *address, const char *scheme)
{
    return lk_strncasecmp(address, scheme, strlen(scheme)) == 0;
}

bool lk_redirect_is_allowed(const char *from, const char *to)
{
    return has_scheme(to, "https://") || (has_scheme(to, "http://") && !has_scheme(from, "https:"));
}

/* Takes one step of a redirect: *at becomes `next`, which is freed. */
static lk_status download_step(char **at, char *next, unsigned steps)
{
    lk_status status = LK_OK;
    if (steps >= MAX_REDIRECTS)
        status =
            lk_fail(LK_ERROR_NETWORK, "the server redirects more than %d times", MAX_REDIRECTS);
    else if (!lk_redirect_is_allowed(*at, next))
        status = lk_fail(LK_ERROR_NETWORK, "the server redirects from %s to %s, which is refused",
                         *at, next);
    if (status != LK_OK) {
        free(next);
        return status;
    }
    free(*at);
    *at = next;
    return LK_OK;
}

static lk_status download_follow(lk_download_part *part, const lk_store_progress *progress,
                                 lk_failure *found)
{
    char *at;
    LK_TRY(lk_strdup(&at, part->address));
    lk_status status = LK_OK;
    for (unsigned steps = 0; status == LK_OK; steps++) {
        char *next = NULL;
        status = lk_request(part, at, progress, found, &next);
        if (!next)
            break;
        status = download_step(&at, next, steps);
        found->transient = false;
    }
    free(at);
    return status;
}

/* Sleeps so long that nobody who wants to stop has to wait. */
static lk_status download_wait_for(uint64_t milliseconds, const lk_store_progress *progress)
{
    while (milliseconds > 0) {
        uint64_t now = milliseconds < SLICE ? milliseconds : SLICE;
        const struct timespec pause = {.tv_nsec = (long)now * 1000000};
        nanosleep(&pause, NULL);
        milliseconds -= now;
        LK_REQUIRE(lk_store_go_on(progress, "waiting for the server", 0, 0), LK_ERROR_CANCELLED,
                   "the download was stopped; pull again to continue");
    }
    return LK_OK;
}

static lk_status try_often(lk_download_part *part, const lk_store_progress *progress)
{
    const lk_patience *patience = &lk_download_patience;
    uint64_t left = patience->most_wait, wait = patience->first_wait;
    for (unsigned tries = 1;; tries++, wait *= 2) {
        lk_failure found = {0};
        lk_status status = download_follow(part, progress, &found);
        if (status == LK_OK || !found.transient || tries >= patience->tries)
            return status;
        if (found.asked_seconds > (curl_off_t)(left / 1000))
            return lk_fail(status, "%s; the server asks to come back in %" PRId64 " seconds",
                           lk_error_text(), (int64_t)found.asked_seconds);
        uint64_t asked = (uint64_t)found.asked_seconds * 1000, pause = asked > wait ? asked : wait;
        if (pause > left)
            return status;
        LK_TRY(download_wait_for(pause, progress));
        left -= pause;
    }
}

lk_status lk_download(const char *path, const char *address, uint64_t limit,
                      const lk_store_progress *progress)
{
    lk_download_part part;
    pthread_once(&curl_once, start_curl);
    LK_TRY(lk_download_part_open(&part, path, address, limit));
    return lk_download_part_close(
        &part, lk_download_part_is_whole(&part) ? LK_OK : try_often(&part, progress));
}

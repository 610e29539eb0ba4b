/* One request of a download: what is asked for, what the answer says that it is, and
 * whether that belongs to the part that is here. */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "lk_built.h"
#include "weights/download.h"
#include "weights/store.h"

lk_patience lk_download_patience = {
    .stall_seconds = 60, .tries = 4, .first_wait = 1000, .most_wait = 120000};

enum { MAX_HEADERS = 1 << 18, MAX_UNWANTED = 1 << 20 }; /* bytes */

/* One request and what becomes of it. */
typedef struct transfer {
    CURL *curl;
    lk_download_part *part;
    const lk_store_progress *progress;
    size_t header_bytes, unwanted_bytes;
    bool begun;           /* the first byte of the body has come */
    bool unwanted;        /* it is the body of a redirect */
    bool cannot_continue; /* what comes is not the rest of the part */
    bool cancelled;
    lk_status fault; /* ours, its text is set; curl's are told apart from it */
} transfer;

/* ---- what the server says ---- */

static long response_of(CURL *curl)
{
    long response = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response);
    return response;
}

/* The value of a header that came once, else NULL. */
static const char *header_of(CURL *curl, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return NULL;
    return header->amount == 1 ? header->value : NULL;
}

/* A date tells two versions apart only when the file had lain still for a while. */
static bool download_request_is_settled(const char *modified, const char *date)
{
    enum { A_MINUTE = 60 };
    time_t then = curl_getdate(modified, NULL), now = date ? curl_getdate(date, NULL) : -1;
    return then >= 0 && now >= 0 && now - then >= A_MINUTE;
}

/* What names this version of the file beyond doubt: a strong ETag, or its date; ""
 * when nothing does. */
static void read_validator(char out[LK_VALIDATOR], CURL *curl)
{
    const char *tag = header_of(curl, "ETag"), *modified = header_of(curl, "Last-Modified");
    out[0] = '\0';
    if (tag && tag[0] == '"' && strlen(tag) < LK_VALIDATOR)
        memcpy(out, tag, strlen(tag) + 1);
    else if (modified && strlen(modified) < LK_VALIDATOR &&
             download_request_is_settled(modified, header_of(curl, "Date")))
        memcpy(out, modified, strlen(modified) + 1);
}

static bool has_same_validator(CURL *curl, const char *validator)
{
    const char *found = header_of(curl, validator[0] == '"' ? "ETag" : "Last-Modified");
    return found && strcmp(found, validator) == 0;
}

/* "bytes FIRST-LAST/TOTAL" */
static bool read_range(const char *text, uint64_t *first, uint64_t *last, uint64_t *total)
{
    int end = 0;
    return text && strlen(text) < 80 && lk_strncasecmp(text, "bytes ", 6) == 0 &&
           strspn(text + 6, "0123456789-/") == strlen(text + 6) &&
           sscanf(text + 6, "%" SCNu64 "-%" SCNu64 "/%" SCNu64 "%n", first, last, total, &end) ==
               3 &&
           text[6 + end] == '\0';
}

/* Whether what comes is the rest of exactly the file whose first bytes we have. */
static bool is_our_rest(const transfer *t, uint64_t *total)
{
    const lk_download_part *part = t->part;
    uint64_t first, last;
    return read_range(header_of(t->curl, "Content-Range"), &first, &last, total) &&
           first == part->size && last >= first && last == *total - 1 && *total <= part->limit &&
           (part->total == 0 || *total == part->total) &&
           has_same_validator(t->curl, part->validator);
}

/* ---- the body ---- */

static lk_status begin_whole(transfer *t)
{
    curl_off_t length = -1;
    char validator[LK_VALIDATOR];
    curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    read_validator(validator, t->curl);
    return lk_download_part_begin(t->part, length > 0 ? (uint64_t)length : 0, validator);
}

static lk_status begin_rest(transfer *t)
{
    uint64_t total;
    bool asked = t->part->size > 0;
    t->cannot_continue = asked && !is_our_rest(t, &total);
    LK_REQUIRE(asked && !t->cannot_continue, LK_ERROR_NETWORK,
               "the server sends another part of the file than was asked for");
    t->part->total = total;
    return LK_OK;
}

static lk_status begin_body(transfer *t)
{
    t->begun = true;
    long response = response_of(t->curl);
    const char *encoding = header_of(t->curl, "Content-Encoding");
    t->unwanted = response >= 300 && response < 400;
    if (t->unwanted)
        return LK_OK;
    LK_REQUIRE(!encoding || lk_strcasecmp(encoding, "identity") == 0, LK_ERROR_NETWORK,
               "the server sends the file in the encoding \"%s\", expected it as it is", encoding);
    if (response == 206)
        return begin_rest(t);
    LK_REQUIRE(response == 200 || response == 0, LK_ERROR_NETWORK,
               "the server answered %ld, expected 200", response);
    return begin_whole(t);
}

static lk_status download_request_take(transfer *t, const char *data, size_t count)
{
    if (!t->begun)
        LK_TRY(begin_body(t));
    if (!t->unwanted)
        return lk_download_part_append(t->part, data, count);
    t->unwanted_bytes += count;
    LK_REQUIRE(t->unwanted_bytes <= MAX_UNWANTED, LK_ERROR_NETWORK,
               "the server's redirect does not end");
    return LK_OK;
}

static size_t receive(char *data, size_t one, size_t count, void *user)
{
    transfer *t = user;
    (void)one;
    t->fault = download_request_take(t, data, count);
    return t->fault == LK_OK ? count : 0;
}

static size_t receive_header(char *data, size_t one, size_t count, void *user)
{
    transfer *t = user;
    (void)data;
    (void)one;
    t->header_bytes += count;
    if (t->header_bytes <= MAX_HEADERS)
        return count;
    t->fault =
        lk_fail(LK_ERROR_NETWORK, "the server sends more than %d bytes of headers", MAX_HEADERS);
    return 0;
}

static int download_request_report(void *user, curl_off_t total, curl_off_t now,
                                   curl_off_t up_total, curl_off_t up_now)
{
    transfer *t = user;
    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    const lk_store_progress *p = t->progress;
    t->cancelled = !lk_store_go_on(p, p->what, t->part->size, t->part->total);
    return t->cancelled;
}

/* ---- one request ---- */

static void set_options(transfer *t, const char *address, char *reason)
{
    enum { LEAST_SPEED = 100 }; /* bytes per second */
    CURL *curl = t->curl;
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L); /* see follow() */
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)LEAST_SPEED);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, lk_download_patience.stall_seconds);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "likeness/" LK_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, download_request_report);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* Asks for the file as it is and, where there is a part, only for the rest, provided
 * that the file is the one that the part is of. *out is the caller's. */
static lk_status set_headers(transfer *t, struct curl_slist **out)
{
    char range[32], condition[LK_VALIDATOR + 16];
    struct curl_slist *list = curl_slist_append(NULL, "Accept-Encoding: identity");
    if (list && t->part->size > 0) {
        snprintf(range, sizeof range, "%" PRIu64 "-", t->part->size);
        snprintf(condition, sizeof condition, "If-Range: %s", t->part->validator);
        curl_easy_setopt(t->curl, CURLOPT_RANGE, range);
        struct curl_slist *longer = curl_slist_append(list, condition);
        if (!longer)
            curl_slist_free_all(list);
        list = longer;
    }
    LK_REQUIRE(list, LK_ERROR_MEMORY, "cannot start a download");
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, list);
    *out = list;
    return LK_OK;
}

static lk_failure classify(CURL *curl, CURLcode code)
{
    lk_failure found = {0};
    long response = response_of(curl);
    double connected = 0;
    curl_off_t asked = 0;
    curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME, &connected);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &asked);
    found.asked_seconds = asked > 0 ? asked : 0;
    switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: found.transient = true; break;
    case CURLE_OPERATION_TIMEDOUT: found.transient = connected > 0; break;
    case CURLE_HTTP_RETURNED_ERROR:
        found.transient = response == 408 || response == 429 || response == 500 ||
                          response == 502 || response == 503 || response == 504;
        break;
    default: break;
    }
    return found;
}

/* Servers that give no length, or one for a part and another for the whole. */
static bool ended_early(const transfer *t)
{
    return !t->unwanted && t->part->total > t->part->size;
}

static lk_status download_request_explain(const transfer *t, CURLcode code, const char *reason)
{
    if (t->cancelled)
        return lk_fail(LK_ERROR_CANCELLED, "the download was stopped; pull again to continue");
    if (t->fault != LK_OK)
        return t->fault;
    if (code == CURLE_OK)
        return ended_early(t)
                   ? lk_fail(LK_ERROR_NETWORK, "the server sent %" PRIu64 " of %" PRIu64 " bytes",
                             t->part->size, t->part->total)
                   : LK_OK;
    return lk_fail(LK_ERROR_NETWORK, "%s", reason[0] ? reason : curl_easy_strerror(code));
}

static lk_status perform(transfer *t, const char *address, lk_failure *found)
{
    char reason[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers;
    set_options(t, address, reason);
    LK_TRY(set_headers(t, &headers));
    CURLcode code = curl_easy_perform(t->curl);
    if (code == CURLE_OK && !t->begun) /* a body of no bytes */
        t->fault = begin_body(t);
    *found = classify(t->curl, code);
    found->transient |= code == CURLE_OK && t->fault == LK_OK && ended_early(t);
    if (code == CURLE_HTTP_RETURNED_ERROR && response_of(t->curl) == 416)
        t->cannot_continue = t->part->size > 0;
    curl_slist_free_all(headers);
    return download_request_explain(t, code, reason);
}

lk_status lk_request(lk_download_part *part, const char *address, const lk_store_progress *progress,
                     lk_failure *found, char **next)
{
    transfer t = {.curl = curl_easy_init(), .part = part, .progress = progress};
    LK_REQUIRE(t.curl, LK_ERROR_MEMORY, "cannot start a download");
    lk_status status = perform(&t, address, found);
    if (status == LK_OK && t.unwanted) {
        const char *to = NULL;
        curl_easy_getinfo(t.curl, CURLINFO_REDIRECT_URL, &to);
        status = to ? lk_strdup(next, to)
                    : lk_fail(LK_ERROR_NETWORK, "the server answered %ld, expected 200",
                              response_of(t.curl));
    }
    curl_easy_cleanup(t.curl);
    if (status == LK_OK || !t.cannot_continue)
        return status;
    LK_TRY(
        lk_download_part_clear(part)); /* which cannot happen twice: now the whole is asked for */
    return lk_request(part, address, progress, found, next);
}

/* The inside of lk_download: the unfinished file, and what is remembered of where
 * its bytes came from. */
#ifndef LK_WEIGHTS_DOWNLOAD_H
#define LK_WEIGHTS_DOWNLOAD_H

#include "weights/store.h"

enum { LK_VALIDATOR = 256 };

/* An unfinished file. What a server said of the whole file lies beside it in
 * PATH.from, without which nothing is continued. */
typedef struct lk_download_part {
    const char *path, *address; /* borrowed */
    char *note;                 /* PATH.from */
    int fd;
    uint64_t size, limit;
    uint64_t total;               /* of the whole file; 0: nobody said */
    char validator[LK_VALIDATOR]; /* strong ETag or date for If-Range; "": none */
} lk_download_part;

/* Opens what is there of `path`, emptied unless it is a plain file, no longer than
 * it may be, whose bytes came from `address` and can be continued. */
lk_status lk_download_part_open(lk_download_part *out, const char *path, const char *address,
                                uint64_t limit) LK_MUST_USE;
/* Throws the bytes away and remembers nothing. */
lk_status lk_download_part_clear(lk_download_part *part) LK_MUST_USE;
/* The same, for a file of `total` bytes (0: nobody said) and this validator or "". */
lk_status lk_download_part_begin(lk_download_part *part, uint64_t total,
                                 const char *validator) LK_MUST_USE;
lk_status lk_download_part_append(lk_download_part *part, const void *bytes,
                                  size_t count) LK_MUST_USE;
bool lk_download_part_is_whole(const lk_download_part *part);
/* Closes; after the failure `status`, removes what cannot be continued. */
lk_status lk_download_part_close(lk_download_part *part, lk_status status) LK_MUST_USE;

/* Whether it is worth trying again, and how long the server asks to wait first. */
typedef struct lk_failure {
    bool transient;
    int64_t asked_seconds;
} lk_failure;

/* Asks `address` for the part's file, or for the rest of it, and takes what belongs to
 * it. *next is where the server sends us instead, the caller's, or stays as it is. */
lk_status lk_request(lk_download_part *part, const char *address, const lk_store_progress *progress,
                     lk_failure *found, char **next) LK_MUST_USE;

/* Whether a redirect may be followed: to http or https, and never from https back
 * to http, where anybody on the way could send another file. */
bool lk_redirect_is_allowed(const char *from, const char *to);

/* How long a download goes on trying. Only tests change it. */
typedef struct lk_patience {
    long stall_seconds;  /* as long with hardly a byte is a failure */
    unsigned tries;      /* of one file, the first included */
    unsigned first_wait; /* milliseconds before the second try, then doubled */
    unsigned most_wait;  /* milliseconds of waiting in all */
} lk_patience;
extern lk_patience lk_download_patience;

#endif

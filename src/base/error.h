/* Error returns: every failing function sets one line of text and returns its
 * status in the same statement. */
#ifndef LK_BASE_ERROR_H
#define LK_BASE_ERROR_H

#include <likeness/base.h>

/* Records the formatted line as this thread's error text and returns `status`. */
lk_status lk_fail(lk_status status, const char *format, ...) LK_PRINTF(2, 3);

/* Puts "CONTEXT: " in front of this thread's error text and returns `status`;
 * for a caller that knows the file's name when the callee did not. */
lk_status lk_fail_prefix(lk_status status, const char *context);

/* Returns from the calling function when `call` fails. */
#define LK_TRY(call)                                                                               \
    do {                                                                                           \
        lk_status lk_try_status_ = (call);                                                         \
        if (lk_try_status_ != LK_OK)                                                               \
            return lk_try_status_;                                                                 \
    } while (0)

/* Returns from the calling function with `status` and a text unless `cond`. */
#define LK_REQUIRE(cond, status, ...)                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            lk_fail((status), __VA_ARGS__);                                                        \
            return (status);                                                                       \
        }                                                                                          \
    } while (0)

#endif

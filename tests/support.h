/* What the tests share: cmocka, where data lie, loud skips. */
#ifndef LK_TESTS_SUPPORT_H
#define LK_TESTS_SUPPORT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <likeness/base.h>

/* Fails the test with the library's error text. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        lk_status assert_ok_status_ = (call);                                                      \
        if (assert_ok_status_ != LK_OK)                                                            \
            fail_msg("%s: %s: %s", #call, lk_status_text(assert_ok_status_), lk_error_text());     \
    } while (0)

/* The call fails with this status and its text holds `part`. */
#define assert_fails(call, expected, part)                                                         \
    do {                                                                                           \
        assert_int_equal((call), (expected));                                                      \
        if (!strstr(lk_error_text(), (part)))                                                      \
            fail_msg("error text \"%s\" does not hold \"%s\"", lk_error_text(), (part));           \
    } while (0)

/* The worse of two differences: fmax would forget a NaN, the worst there is. */
static inline double worse(double worst, double difference)
{
    return isnan(worst) || difference <= worst ? worst : difference;
}

/* Writes "ROOT/relative" into a static buffer (one of four, in turn). */
static inline const char *join_path(const char *root, const char *relative)
{
    static char buffers[4][4096];
    static int turn;
    char *buffer = buffers[turn++ % 4];
    snprintf(buffer, sizeof buffers[0], "%s/%s", root, relative);
    return buffer;
}

/* A file of the project's own test data: tests/RELATIVE. */
static inline const char *test_file(const char *relative)
{
    const char *source = getenv("LIKENESS_SOURCE");
    static char root[2048];
    snprintf(root, sizeof root, "%s/tests", source ? source : ".");
    return join_path(root, relative);
}

/* The shared reference data, or NULL where there are none. */
static inline const char *shared_directory(void)
{
    static char directory[2048];
    const char *set = getenv("LIKENESS_SHARED");
    const char *source = getenv("LIKENESS_SOURCE");
    if (set)
        snprintf(directory, sizeof directory, "%s", set);
    else
        snprintf(directory, sizeof directory, "%s/../shared", source ? source : ".");
    return access(join_path(directory, "reference"), R_OK) == 0 ? directory : NULL;
}

/* Skips the running test, out loud, where the shared data are absent. */
#define SKIP_WITHOUT_SHARED()                                                                      \
    do {                                                                                           \
        if (!shared_directory()) {                                                                 \
            print_message("SKIPPED %s: no shared reference data (set LIKENESS_SHARED)\n",          \
                          __func__);                                                               \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static inline const char *shared_file(const char *relative)
{
    return join_path(shared_directory(), relative);
}

#endif

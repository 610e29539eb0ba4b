/* A folder of a test program's own, made before its tests and removed after them:
 * cmocka_run_group_tests(tests, make_scratch, remove_scratch). */
#ifndef LK_TESTS_SCRATCH_H
#define LK_TESTS_SCRATCH_H

#include "support.h"

static char scratch[] = "/tmp/likeness-test-XXXXXX";

static int make_scratch(void **state)
{
    (void)state;
    return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

#endif

/* As much of cmocka as tests need that run where there is no cmocka: on an emulated
 * processor. A failure ends the program. */
#ifndef LK_TESTS_CROSS_CMOCKA_H
#define LK_TESTS_CROSS_CMOCKA_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

static jmp_buf cmocka_skipped;

#define cmocka_unit_test(function)                                                                 \
    {                                                                                              \
#function, function                                                                        \
    }

#define fail_msg(...)                                                                              \
    do {                                                                                           \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                            \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
        exit(1);                                                                                   \
    } while (0)

#define assert_true(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s", #condition);                                                            \
    } while (0)

#define assert_false(condition)             assert_true(!(condition))
#define assert_null(pointer)                assert_true((pointer) == NULL)
#define assert_non_null(pointer)            assert_true((pointer) != NULL)
#define assert_ptr_equal(a, b)              assert_true((a) == (b))
#define assert_int_equal(a, b)              assert_true((long long)(a) == (long long)(b))
#define assert_int_not_equal(a, b)          assert_true((long long)(a) != (long long)(b))
#define assert_string_equal(a, b)           assert_true(strcmp((a), (b)) == 0)
#define assert_memory_equal(a, b, size)     assert_true(memcmp((a), (b), (size)) == 0)
#define assert_memory_not_equal(a, b, size) assert_true(memcmp((a), (b), (size)) != 0)
#define print_message(...)                  printf(__VA_ARGS__)
#define skip()                              longjmp(cmocka_skipped, 1)

static inline int cmocka_run(const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (setjmp(cmocka_skipped) == 0)
            tests[i].run(NULL);
    printf("%zu tests passed\n", count);
    return 0;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests))

#endif

/* Files that ask for more than they are worth: each is read, or refused, within the
 * memory of an honest one and 200 MB, and within a time that a hanging reader passes. */
#include "scratch.h"

#include "support/hostile.h"

static void hostile_files_take_little(void **state)
{
    (void)state;
    size_t over = 0;
    const char *path = join_path(scratch, "hostile");
    for (size_t i = 0; i < hostile_case_count; i++) {
        const hostile_case *c = &hostile_cases[i];
        assert_int_equal(hostile_write(path, c->make, c->bytes), 0);
        over += !hostile_run_within(c->read, path, c->bytes, c->name);
    }
    assert_int_equal(over, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_files_take_little)};
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}

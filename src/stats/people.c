#include "stats/people.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static int people_by_value(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

lk_status lk_people_number(uint32_t *person, size_t *people, const size_t *group, size_t n)
{
    size_t *values, count = 0;
    LK_REQUIRE(n <= UINT32_MAX, LK_ERROR_ARGUMENT, "%zu rows are too many", n);
    LK_TRY(lk_alloc(&values, n, sizeof *values));
    memcpy(values, group, n * sizeof *values);
    qsort(values, n, sizeof *values, people_by_value);
    for (size_t i = 0; i < n; i++)
        if (count == 0 || values[count - 1] != values[i])
            values[count++] = values[i];
    for (size_t i = 0; i < n; i++) {
        const size_t *found = bsearch(&group[i], values, count, sizeof *values, people_by_value);
        person[i] = (uint32_t)(found - values);
    }
    free(values);
    *people = count;
    return LK_OK;
}

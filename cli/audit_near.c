/* The nearest pairs of photographs of different people: where two names are one person, it is
 * the labels that are wrong, and not the model. */
#include <math.h>
#include <stdlib.h>

#include "audit.h"

/* All pairs are compared, which beyond so many photographs takes too long for what it is. */
enum { MOST_ROWS = 3000 };

/* Puts a pair in its place among the nearest. */
static void near_take(audit_data *data, size_t a, size_t b, double distance)
{
    size_t at = data->near_count < AUDIT_MOST_NEAR ? data->near_count++ : AUDIT_MOST_NEAR - 1;
    while (at > 0 && data->near[at - 1].distance > distance) {
        data->near[at] = data->near[at - 1];
        at--;
    }
    data->near[at] = (audit_near){a, b, distance};
}

static bool near_is_wanted(const audit_data *data, double distance)
{
    return data->near_count < AUDIT_MOST_NEAR ||
           distance < data->near[AUDIT_MOST_NEAR - 1].distance;
}

static void near_compare(audit_data *data, const size_t *list, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            const audit_photo *a = &data->photos[list[j]], *b = &data->photos[list[i]];
            if (a->person == b->person)
                continue;
            double distance = audit_distance(data, a->row, b->row);
            if (near_is_wanted(data, distance))
                near_take(data, list[j], list[i], distance);
        }
}

void audit_near_find(audit_data *data)
{
    size_t *list = cli_alloc(data->count, sizeof *list), count = 0;
    for (size_t i = 0; i < data->count; i++)
        if (data->photos[i].row != SIZE_MAX && data->photos[i].count &&
            data->photos[i].same_as == SIZE_MAX)
            list[count++] = i;
    if (count <= MOST_ROWS)
        near_compare(data, list, count);
    free(list);
}

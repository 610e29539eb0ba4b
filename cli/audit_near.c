/* The nearest pairs of photographs of different people: where two names are one person, it is
 * the labels that are wrong, and not the model. */
#include <stdlib.h>

#include "audit.h"

/* The photographs that count: [return] numbers of them. */
static size_t near_list(size_t *list, const audit_data *data)
{
    size_t count = 0;
    for (size_t i = 0; i < data->count; i++)
        if (data->photos[i].row != SIZE_MAX && data->photos[i].count &&
            data->photos[i].same_as == SIZE_MAX)
            list[count++] = i;
    return count;
}

static lk_status near_search(audit_data *data, const size_t *list, size_t count)
{
    size_t *rows = cli_alloc(count, sizeof *rows), *person = cli_alloc(count, sizeof *person);
    lk_near_pair found[AUDIT_MOST_NEAR];
    for (size_t i = 0; i < count; i++) {
        rows[i] = data->photos[list[i]].row;
        person[i] = data->photos[list[i]].person;
    }
    double *x = cli_vectors_take(&data->vectors, rows, count);
    lk_status status = lk_stats_nearest_pairs(found, &data->near_count, AUDIT_MOST_NEAR, x, person,
                                              count, data->vectors.d, data->metric, NULL, NULL);
    for (size_t i = 0; i < data->near_count; i++)
        data->near[i] =
            (audit_near){list[found[i].first], list[found[i].second], found[i].distance};
    free(x);
    free(person);
    free(rows);
    return status;
}

lk_status audit_near_find(audit_data *data)
{
    size_t *list = cli_alloc(data->count, sizeof *list), count = near_list(list, data);
    lk_status status = count ? near_search(data, list, count) : LK_OK;
    free(list);
    return status == LK_ERROR_NUMBER ? LK_OK : status; /* the audit says of which row */
}

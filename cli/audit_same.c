/* What is there twice: photographs by their bytes, pixels and looks, rows without a photograph
 * by their vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

const char *audit_same_name(lk_same how)
{
    switch (how) {
    case LK_SAME_BYTES: return "bytes";
    case LK_SAME_PIXELS: return "pixels";
    case LK_SAME_PICTURE: return "picture";
    case LK_SAME_VECTOR: return "vector";
    default: return "";
    }
}

double audit_distance(const audit_data *data, size_t a, size_t b)
{
    size_t d = data->vectors.d;
    const double *x = data->vectors.x + a * d, *y = data->vectors.x + b * d;
    double squares = 0, dot = 0, xx = 0, yy = 0;
    for (size_t k = 0; k < d; k++) {
        squares += (x[k] - y[k]) * (x[k] - y[k]);
        dot += x[k] * y[k];
        xx += x[k] * x[k];
        yy += y[k] * y[k];
    }
    return data->metric == LK_METRIC_EUCLIDEAN ? sqrt(squares) : 1 - dot / sqrt(xx * yy);
}

/* list[n]: photographs in a group that have a row. */
static size_t list_enrolled(size_t *list, const audit_data *data)
{
    size_t n = 0;
    for (size_t i = 0; i < data->count; i++)
        if (data->photos[i].row != SIZE_MAX && data->photos[i].count)
            list[n++] = i;
    return n;
}

static void audit_same_note(audit_data *data, const size_t *list, const lk_duplicate *found,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        audit_photo *photo = &data->photos[list[found[i].second]];
        const audit_photo *first = &data->photos[list[found[i].first]];
        if (photo->same_as != SIZE_MAX || first->same_as == list[found[i].second])
            continue;
        photo->same_as = first->same_as == SIZE_MAX ? list[found[i].first] : first->same_as;
        photo->how = found[i].how;
        photo->correlation = found[i].correlation;
        photo->distance = audit_distance(data, data->photos[photo->same_as].row, photo->row);
    }
}

static lk_status find_pictures(audit_data *data, size_t *list)
{
    lk_duplicate *found = NULL;
    size_t n = 0, count = 0;
    lk_print *prints = cli_alloc(data->count, sizeof *prints);
    for (size_t i = 0; i < data->count; i++)
        if (data->photos[i].measured) {
            prints[n] = data->photos[i].print;
            list[n++] = i;
        }
    lk_status status = lk_duplicates_find(&found, &count, prints, n);
    if (status == LK_OK)
        audit_same_note(data, list, found, count);
    lk_free(found);
    free(prints);
    return status;
}

/* Two photographs never have vectors this near, one that was embedded twice has. */
static const double VECTORS_APART = 1e-5; /* of the vectors' length */

static lk_status find_vectors(audit_data *data, size_t *list)
{
    size_t n = list_enrolled(list, data), d = data->vectors.d, count = 0;
    double *x = cli_alloc(n * d, sizeof *x), squares = 0;
    lk_duplicate *found = NULL;
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * d, data->vectors.x + data->photos[list[i]].row * d, d * sizeof *x);
    for (size_t i = 0; i < n * d; i++)
        squares += x[i] * x[i];
    double length = n ? sqrt(squares / (double)n) : 0;
    lk_status status = lk_same_rows(&found, &count, x, n, d, VECTORS_APART * length);
    if (status == LK_OK)
        audit_same_note(data, list, found, count);
    lk_free(found);
    free(x);
    return status;
}

int audit_same_find(audit_data *data)
{
    size_t *list = cli_alloc(data->count, sizeof *list);
    lk_status status = find_pictures(data, list);
    if (status == LK_OK)
        status = find_vectors(data, list);
    free(list);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

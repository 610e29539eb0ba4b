/* The same numbers under every model, one model after the other. */
#include "report/lesson/models_numbers.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/lesson/rates.h"
#include "stats/audit.h"
#include "stats/special.h"

/* The two groups whose spreads lie furthest apart under the lesson's own model, in their order.
 * False: there are no two. */
static bool compared_choose(size_t pair[2], const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    size_t low = SIZE_MAX, high = SIZE_MAX;
    for (size_t g = 0; g < lesson->group_count; g++) {
        if (isnan(n->groups[g].wss_per_df))
            continue;
        if (low == SIZE_MAX || n->groups[g].wss_per_df < n->groups[low].wss_per_df)
            low = g;
        if (high == SIZE_MAX || n->groups[g].wss_per_df > n->groups[high].wss_per_df)
            high = g;
    }
    pair[0] = low < high ? low : high;
    pair[1] = low < high ? high : low;
    return low != high;
}

/* The first spread over the second, with an interval on the scale of its logarithm. */
static lk_status compared_spreads(lk_lesson_compared *out, const lk_lesson_numbers *n,
                                  const size_t pair[2], size_t d)
{
    lk_spread spread[2];
    out->ratio = out->low = out->high = NAN;
    for (size_t k = 0; k < 2; k++) {
        size_t first = 0;
        out->wss[k] = n->groups[pair[k]];
        if (out->wss[k].n < 2)
            return LK_OK;
        for (size_t g = 0; g < pair[k]; g++)
            first += n->groups[g].n;
        LK_TRY(lk_audit_spread_of(&spread[k], n->grouped.x + first * d, out->wss[k].n, d));
    }
    double a = spread[0].wss, b = spread[1].wss;
    if (!(a > 0 && b > 0))
        return LK_OK;
    out->ratio = a / b;
    double wide = sqrt(spread[0].variance / (a * a) + spread[1].variance / (b * b));
    wide *= lk_t_two_sided(0.95, lk_audit_welch(&spread[0], &spread[1]).df);
    out->low = out->ratio * exp(-wide);
    out->high = out->ratio * exp(wide);
    return LK_OK;
}

static lk_status compared_passing(lk_lesson_compared *out, const lk_lesson_numbers *n,
                                  const size_t pair[2])
{
    double threshold = out->model.threshold;
    if (out->model.metric == LK_METRIC_COSINE)
        threshold = sqrt(2 * threshold); /* of rows of length 1 */
    for (size_t k = 0; k < 2 && out->model.threshold > 0; k++)
        if (out->wss[k].n > 1)
            LK_TRY(lk_lesson_rate_at(&out->passing[k], n, pair[k], threshold));
    return LK_OK;
}

static lk_status compared_under(lk_lesson_compared *out, const lk_lesson_model *model,
                                const lk_lesson_numbers *n, const size_t pair[2])
{
    *out = (lk_lesson_compared){
        .model = *model, .nearest_tried = n->nearest_tried, .nearest_same = n->nearest_same};
    LK_TRY(compared_spreads(out, n, pair, model->embedding_size));
    return compared_passing(out, n, pair);
}

/* The spreads of all groups; and, unless `out` is NULL, two of them compared. */
static lk_status compared_other(lk_lesson_compared *out, lk_wss *spreads, const lk_lesson *lesson,
                                const lk_lesson_model *model, const size_t pair[2])
{
    lk_lesson seen = {.people = model->people,
                      .people_count = out ? lesson->people_count : 0,
                      .groups = model->groups,
                      .group_count = lesson->group_count,
                      .embedding_size = model->embedding_size};
    lk_lesson_numbers numbers;
    LK_REQUIRE(model->weights, LK_ERROR_ARGUMENT, "lesson: a model has no name");
    for (size_t g = 0; model->groups && g < lesson->group_count; g++)
        LK_REQUIRE(model->groups[g].count == lesson->groups[g].count, LK_ERROR_ARGUMENT,
                   "lesson: %s: found %zu photographs of group %zu, expected %zu", model->weights,
                   model->groups[g].count, g, lesson->groups[g].count);
    LK_TRY(lk_lesson_compute(&numbers, &seen));
    for (size_t g = 0; g < lesson->group_count; g++)
        spreads[g] = numbers.groups[g];
    lk_status status = out ? compared_under(out, model, &numbers, pair) : LK_OK;
    lk_lesson_numbers_clear(&numbers);
    return status;
}

/* The lesson's own model first, where there are two groups to compare. */
static lk_status compared_begin(lk_lesson_numbers *numbers, const lk_lesson *lesson,
                                const lk_lesson_model *own)
{
    if (!compared_choose(numbers->pair, lesson, numbers))
        return LK_OK;
    LK_TRY(lk_alloc(&numbers->models, lesson->model_count + 1, sizeof *numbers->models));
    LK_TRY(compared_under(&numbers->models[0], own, numbers, numbers->pair));
    numbers->model_count = lesson->model_count + 1;
    return LK_OK;
}

lk_status lk_lesson_compare(lk_lesson_numbers *numbers, const lk_lesson *lesson)
{
    const lk_lesson_model own = {.weights = lesson->weights ? lesson->weights : "",
                                 .weights_about = lesson->weights_about,
                                 .faces = lesson->faces,
                                 .size = lesson->group_size,
                                 .margin = lesson->group_margin,
                                 .embedding_size = lesson->embedding_size,
                                 .metric = lesson->metric,
                                 .threshold = lesson->threshold,
                                 .threshold_source = lesson->threshold_source};
    LK_REQUIRE(lesson->models || lesson->model_count == 0, LK_ERROR_ARGUMENT,
               "lesson: NULL models");
    if (lesson->model_count == 0 || lesson->group_count == 0)
        return LK_OK;
    LK_TRY(compared_begin(numbers, lesson, &own));
    LK_TRY(lk_alloc(&numbers->others, lesson->model_count,
                    lesson->group_count * sizeof *numbers->others));
    for (size_t m = 0; m < lesson->model_count; m++)
        LK_TRY(compared_other(numbers->models ? &numbers->models[m + 1] : NULL,
                              numbers->others + m * lesson->group_count, lesson, &lesson->models[m],
                              numbers->pair));
    return LK_OK;
}

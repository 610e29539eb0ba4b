/* lesson.json: every number of the page, and those it has no room for. A number
 * that does not exist (a mean of no pairs) is null. */
#include "report/lesson/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "base/options_json.h"

/* Above this many rows the matrix stays out: `likeness distances` writes it. */
enum { MOST_ROWS = 1000 };

static json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *integer(size_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *numbers_array(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_number(values[i]));
    return array;
}

static json_t *matrix(const double *values, size_t rows, size_t columns)
{
    if (rows > MOST_ROWS)
        return json_null();
    json_t *array = json_array();
    for (size_t i = 0; i < rows; i++)
        json_array_append_new(array, numbers_array(values + i * columns, columns));
    return array;
}

static void json_set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* Where the name is not UTF-8 its bytes follow. */
static void set_path(json_t *object, const char *path)
{
    json_t *value = json_string(path);
    json_set(object, "path", value ? value : lk_json_text(path));
    if (value)
        return;
    lk_buffer base64 = {0};
    lk_buffer_base64(&base64, (const uint8_t *)path, strlen(path));
    if (base64.status == LK_OK && base64.data)
        json_set(object, "path_base64", json_string(base64.data));
    lk_buffer_clear(&base64);
}

static json_t *image(const lk_lesson_image *i)
{
    json_t *object = json_object();
    set_path(object, i->path);
    json_set(object, "label", lk_json_text(i->label));
    json_set(object, "status", json_string(lk_status_text(i->status)));
    if (i->problem)
        json_set(object, "problem", lk_json_text(i->problem));
    json_set(object, "width", integer(i->width));
    json_set(object, "height", integer(i->height));
    if (i->status != LK_OK)
        return object;
    double box[4], probability = lk_json_float(i->probability);
    for (int j = 0; j < 4; j++)
        box[j] = lk_json_float(i->box[j]);
    json_set(object, "probability", json_number(probability >= 0 ? probability : NAN));
    json_set(object, "box", numbers_array(box, 4));
    return object;
}

/* Adds what is known of embedded photograph `row`. */
static void json_add_row(json_t *object, const lk_lesson_numbers *n, size_t row)
{
    const lk_embedded *e = &n->people;
    json_set(object, "row", integer(row));
    if (n->pca)
        json_set(object, "pca", numbers_array(n->pca + 2 * row, 2));
    if (!n->nearest)
        return;
    size_t nearest = n->nearest[row];
    json_t *found = json_object();
    json_set(found, "row", integer(nearest));
    set_path(found, e->images[nearest]->path);
    json_set(found, "distance", json_number(e->distances[row * e->n + nearest]));
    json_set(found, "same_person", json_boolean(e->group[nearest] == e->group[row]));
    json_set(object, "nearest", found);
    json_set(object, "nearest_own_distance", json_number(n->nearest_own[row]));
    json_set(object, "nearest_other_distance", json_number(n->nearest_other[row]));
}

static json_t *people(const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    json_t *object = json_object(), *images = json_array();
    size_t row = 0;
    for (size_t i = 0; i < lesson->people_count; i++) {
        json_t *one = image(&lesson->people[i]);
        if (lesson->people[i].status == LK_OK)
            json_add_row(one, n, row++);
        json_array_append_new(images, one);
    }
    json_set(object, "photographs", integer(lesson->people_count));
    json_set(object, "embedded", integer(n->people.n));
    json_set(object, "persons", integer(n->person_count));
    json_set(object, "pca_variance", n->pca ? numbers_array(n->variance, 2) : json_null());
    json_set(object, "pca_ratio", n->pca ? numbers_array(n->ratio, 2) : json_null());
    json_set(object, "silhouette", json_number(n->silhouette));
    json_set(object, "nearest_tried", integer(n->nearest_tried));
    json_set(object, "nearest_same", integer(n->nearest_same));
    json_set(object, "images", images);
    json_set(object, "distances", matrix(n->people.distances, n->people.n, n->people.n));
    return object;
}

static json_t *group(const lk_lesson_group *g, const lk_wss *wss)
{
    json_t *object = json_object(), *images = json_array();
    for (size_t i = 0; i < g->count; i++)
        json_array_append_new(images, image(&g->images[i]));
    json_set(object, "name", lk_json_text(g->name));
    json_set(object, "photographs", integer(g->count));
    json_set(object, "n", integer(wss->n));
    json_set(object, "wss", json_number(wss->wss));
    json_set(object, "wss_per_df", json_number(wss->wss_per_df));
    json_set(object, "mean_cosine", json_number(wss->mean_cosine));
    json_set(object, "mean_distance", json_number(wss->mean_distance));
    json_set(object, "images", images);
    return object;
}

static json_t *notes(const lk_report_note *list, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        lk_buffer key = {0};
        lk_buffer_add(&key, "", 0);
        lk_buffer_clean(&key, list[i].name);
        if (key.status == LK_OK)
            json_set(object, key.data, lk_json_text(list[i].value));
        lk_buffer_clear(&key);
    }
    return object;
}

/* The user's words and the remarks. */
static json_t *json_warning(const lk_lesson *l)
{
    lk_buffer text = {0};
    if (l->warning)
        lk_buffer_text(&text, l->warning);
    for (size_t i = 0; i < l->remark_count; i++) {
        lk_buffer_text(&text, text.count ? " " : "");
        lk_buffer_text(&text, l->remarks[i]);
    }
    json_t *value = lk_json_text(text.data);
    lk_buffer_clear(&text);
    return value;
}

static json_t *settings(const lk_lesson *l)
{
    json_t *object = notes(l->settings, l->setting_count);
    json_set(object, "people_size", integer(l->people_size));
    json_set(object, "people_margin", integer(l->people_margin));
    json_set(object, "group_size", integer(l->group_size));
    json_set(object, "group_margin", integer(l->group_margin));
    json_set(object, "embedding_size", integer(l->embedding_size));
    json_set(object, "weights", lk_json_text(l->weights));
    json_set(object, "detector", lk_json_text(l->detector));
    json_set(object, "compat", lk_json_text(l->compat));
    json_set(object, "command", lk_json_text(l->command));
    json_set(object, "device", lk_json_text(l->device));
    json_set(object, "date", lk_json_text(l->date));
    json_set(object, "warning", json_warning(l));
    json_set(object, "seed", json_integer((json_int_t)l->seed));
    json_set(object, "threads", integer(l->threads ? l->threads : lk_threads_get()));
    return object;
}

/* The page that these numbers belong to: a process that is killed between its two files
 * leaves new numbers beside an old page. */
static json_t *json_digest(const lk_buffer *page)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    char digits[2 * EVP_MAX_MD_SIZE + 1];
    size_t count;
    if (EVP_Q_digest(NULL, "SHA256", NULL, page->data, page->count, bytes, &count) != 1)
        return NULL;
    for (size_t i = 0; i < count; i++)
        snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    return json_string(digits);
}

static json_t *json_passing(const lk_part_rate *rate)
{
    json_t *object = json_object();
    if (!(rate->pairs > 0)) {
        json_decref(object);
        return json_null();
    }
    json_set(object, "wrong", json_integer((json_int_t)rate->wrong));
    json_set(object, "pairs", json_integer((json_int_t)rate->pairs));
    json_set(object, "low", json_number(rate->low));
    json_set(object, "high", json_number(rate->high));
    json_set(object, "people_wrong", integer(rate->people_wrong));
    json_set(object, "people", integer(rate->people));
    return object;
}

/* The two groups under one model. */
static json_t *json_model(const lk_lesson_compared *c, const lk_lesson *lesson,
                          const size_t pair[2])
{
    json_t *object = json_object(), *groups = json_array();
    for (size_t k = 0; k < 2; k++) {
        json_t *one = json_object();
        json_set(one, "name", lk_json_text(lesson->groups[pair[k]].name));
        json_set(one, "n", integer(c->wss[k].n));
        json_set(one, "wss", json_number(c->wss[k].wss));
        json_set(one, "wss_per_df", json_number(c->wss[k].wss_per_df));
        json_set(one, "below_threshold", json_passing(&c->passing[k]));
        json_array_append_new(groups, one);
    }
    json_set(object, "weights", lk_json_text(c->model.weights));
    json_set(object, "size", integer(c->model.size));
    json_set(object, "margin", integer(c->model.margin));
    json_set(object, "threshold", json_number(c->model.threshold > 0 ? c->model.threshold : NAN));
    json_set(object, "nearest_tried", integer(c->nearest_tried));
    json_set(object, "nearest_same", integer(c->nearest_same));
    json_set(object, "wss_per_df_ratio", json_number(c->ratio));
    json_set(object, "low", json_number(c->low));
    json_set(object, "high", json_number(c->high));
    json_set(object, "groups", groups);
    return object;
}

static json_t *json_models(const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    json_t *models = json_array();
    for (size_t m = 0; m < n->model_count; m++)
        json_array_append_new(models, json_model(&n->models[m], lesson, n->pair));
    return models;
}

static json_t *json_build(const lk_lesson *lesson, const lk_lesson_numbers *n,
                          const lk_buffer *page)
{
    json_t *object = json_object(), *groups = json_array(), *timings = json_array();
    json_t *versions = notes(lesson->versions, lesson->version_count);
    for (size_t g = 0; g < lesson->group_count; g++)
        json_array_append_new(groups, group(&lesson->groups[g], &n->groups[g]));
    for (size_t t = 0; t < lesson->timing_count; t++) {
        json_t *timing = json_object();
        json_set(timing, "name", lk_json_text(lesson->timings[t].name));
        json_set(timing, "seconds", json_number(lesson->timings[t].seconds));
        json_array_append_new(timings, timing);
    }
    json_set(versions, "likeness", json_string(lk_version()));
    json_set(object, "page_sha256", json_digest(page));
    json_set(object, "versions", versions);
    json_set(object, "settings", settings(lesson));
    json_set(object, "timings", timings);
    json_set(object, "people", people(lesson, n));
    json_set(object, "groups", groups);
    json_set(object, "between_groups_mean_distance",
             matrix(n->between, lesson->group_count, lesson->group_count));
    json_set(object, "models", json_models(lesson, n));
    json_set(object, "group_distances", matrix(n->grouped.distances, n->grouped.n, n->grouped.n));
    return object;
}

lk_status lk_lesson_json(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers,
                         const lk_buffer *page)
{
    json_t *object = json_build(lesson, numbers, page);
    char *dump = json_dumps(object, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17));
    json_decref(object);
    LK_REQUIRE(dump, LK_ERROR_MEMORY, "lesson.json: no memory");
    lk_json_shorten(dump);
    lk_buffer_text(out, dump);
    lk_buffer_text(out, "\n");
    free(dump);
    return out->status;
}

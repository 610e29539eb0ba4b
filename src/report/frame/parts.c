/* Questions, and what can be pointed at. */
#include "report/frame/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/options_json.h"
#include "base/utf8.h"
#include "report/frame/script.h"
#include "report/frame/template.h"

enum { NAME_LETTERS = 120 };

void lk_part_room(lk_buffer *html, const char *key, const lk_buffer *question)
{
    LK_FILL(html, "frame/parts#room", lk_text("key", key), lk_markup("question", question));
}

static void parts_add_choices(lk_buffer *choices, lk_buffer *whys, const lk_ask *ask)
{
    for (size_t i = 0; i < ask->count; i++) {
        const lk_value number = lk_count("number", i + 1);
        LK_FILL(choices, "frame/parts#choice", lk_text("key", ask->key), number,
                lk_markup("text", ask->choices[i].text));
        LK_FILL(whys, i + 1 == ask->right ? "frame/parts#why_right" : "frame/parts#why", number,
                lk_markup("why", ask->choices[i].why));
    }
}

void lk_part_ask(lk_buffer *html, const lk_ask *ask)
{
    lk_buffer right = {0}, opens = {0}, choices = {0}, whys = {0};
    if (ask->right)
        LK_FILL(&right, "frame/parts#right", lk_count("number", ask->right));
    if (ask->opens)
        LK_FILL(&opens, "frame/parts#opens", lk_text("selector", ask->opens));
    parts_add_choices(&choices, &whys, ask);
    LK_FILL(html, "frame/parts#ask", lk_text("key", ask->key), lk_markup("right", &right),
            lk_markup("opens", &opens), lk_markup("question", ask->question),
            lk_markup("choices", &choices), lk_markup("whys", &whys));
    lk_buffer_clear(&right);
    lk_buffer_clear(&opens);
    lk_buffer_clear(&choices);
    lk_buffer_clear(&whys);
}

/* The fragments of one choice; false: there is no such choice. */
static bool parts_read_choice(lk_buffer *text, lk_buffer *why, const char *fragment, size_t number)
{
    char name[128];
    snprintf(name, sizeof name, "%s_%zu", fragment, number);
    if (!lk_template_has(name))
        return false;
    lk_template_add(text, name);
    snprintf(name, sizeof name, "%s_%zu_why", fragment, number);
    lk_template_add(why, name);
    return true;
}

void lk_part_quiz(lk_buffer *html, const char *fragment, size_t right)
{
    enum { MOST = 6 };
    lk_buffer question = {0}, texts[MOST] = {{0}}, whys[MOST] = {{0}};
    lk_choice choices[MOST];
    char key[64];
    lk_ask ask = {key, &question, choices, 0, right, NULL};
    snprintf(key, sizeof key, "quiz-%s", strchr(fragment, '#') + 1);
    lk_template_add(&question, fragment);
    while (ask.count < MOST &&
           parts_read_choice(&texts[ask.count], &whys[ask.count], fragment, ask.count + 1)) {
        choices[ask.count] = (lk_choice){&texts[ask.count], &whys[ask.count]};
        ask.count++;
    }
    lk_part_ask(html, &ask);
    lk_buffer_clear(&question);
    for (size_t i = 0; i < MOST; i++) {
        lk_buffer_clear(&texts[i]);
        lk_buffer_clear(&whys[i]);
    }
}

/* A name for the script: short, and nothing in it that turns the direction of writing. */
static json_t *parts_name(const char *name)
{
    lk_buffer clean = {0};
    lk_buffer_add(&clean, "", 0);
    lk_buffer_clean(&clean, LK_SHORT(name ? name : "", NAME_LETTERS));
    json_t *value = clean.status == LK_OK ? json_string(clean.data) : NULL;
    lk_buffer_clear(&clean);
    return value;
}

static json_t *parts_images(const lk_part_images *images)
{
    json_t *object = json_object(), *names = json_array(), *ids = json_array();
    for (size_t i = 0; i < images->count; i++) {
        json_array_append_new(names, parts_name(images->names[i]));
        json_array_append_new(ids, images->ids[i] ? json_string(images->ids[i]) : json_null());
    }
    json_object_set_new(object, "names", names);
    json_object_set_new(object, "images", ids);
    return object;
}

static json_t *parts_near_row(const double *distances, size_t row, size_t n)
{
    enum { NEAREST = 5 };
    json_t *near = json_array();
    char text[32];
    size_t last = n; /* none */
    for (size_t k = 0; k < NEAREST && k + 1 < n; k++) {
        size_t best = n;
        for (size_t j = 0; j < n; j++) {
            bool later = last == n || distances[j] > distances[last] ||
                         (!(distances[j] < distances[last]) && j > last);
            if (j != row && later && (best == n || distances[j] < distances[best]))
                best = j;
        }
        lk_snprintf(text, sizeof text, "%.3f", distances[best]);
        lk_mark_decimals(text);
        json_array_append_new(near, json_pack("[is]", (int)best, text));
        last = best;
    }
    return near;
}

static void parts_add_live(lk_buffer *html, const char *id, const lk_buffer *figure, json_t *data)
{
    lk_buffer element = {0};
    lk_script_data(&element, id, data);
    LK_FILL(html, "frame/parts#scatter", lk_text("id", id), lk_markup("figure", figure),
            lk_markup("data", &element));
    lk_buffer_clear(&element);
}

void lk_part_scatter(lk_buffer *html, const char *id, const lk_buffer *figure,
                     const lk_part_images *images, const double *distances)
{
    json_t *data = parts_images(images), *near = json_array();
    for (size_t i = 0; i < images->count; i++)
        json_array_append_new(near,
                              parts_near_row(distances + i * images->count, i, images->count));
    json_object_set_new(data, "near", near);
    parts_add_live(html, id, figure, data);
}

/* Distances as whole thousandths, rounded as a text of three decimals is. */
static json_t *parts_triangle(const double *distances, size_t n)
{
    json_t *array = json_array();
    char text[64];
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            lk_snprintf(text, sizeof text, "%.3f", distances[i * n + j]);
            json_array_append_new(array, json_integer(llround(1000 * lk_strtod(text, NULL))));
        }
    return array;
}

void lk_part_matrix(lk_buffer *html, const char *id, const char *slider, const lk_buffer *figure,
                    const lk_part_images *images, const double *distances)
{
    if (images->count > LK_MATRIX_MOST) {
        lk_buffer_add(html, figure->data ? figure->data : "", figure->count);
        return;
    }
    lk_buffer element = {0}, told = {0};
    json_t *data = parts_images(images);
    json_object_set_new(data, "unit", json_integer(1000));
    json_object_set_new(data, "decimals", json_integer(3));
    json_object_set_new(data, "distances", parts_triangle(distances, images->count));
    lk_script_data(&element, id, data);
    if (slider)
        LK_FILL(&told, "frame/parts#slider", lk_text("id", slider));
    LK_FILL(html, "frame/parts#matrix", lk_text("id", id), lk_markup("slider", &told),
            lk_markup("figure", figure), lk_count("count", images->count),
            lk_count("second", images->count < 2 ? 1 : 2), lk_markup("data", &element));
    lk_buffer_clear(&element);
    lk_buffer_clear(&told);
}

void lk_part_names(lk_buffer *html, const lk_buffer *pictures)
{
    LK_FILL(html, "frame/parts#names", lk_markup("pictures", pictures));
}

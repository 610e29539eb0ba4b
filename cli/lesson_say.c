#include "lesson_say.h"

#include <math.h>

#include "json.h"

/* "-" where there are too few photographs for it. */
static void lesson_say_number(const char *name, int decimals, double value)
{
    if (isnan(value))
        cli_print(stdout, ", %s -", name);
    else
        cli_print(stdout, ", %s %.*f", name, decimals, value);
}

static void lesson_say_group(const char *name, const lk_wss *spread)
{
    cli_print(stdout, "group       %s: n %zu", name, spread->n);
    lesson_say_number("WSS", 4, spread->wss);
    lesson_say_number("WSS/(n-1)", 6, spread->wss_per_df);
    lesson_say_number("mean cosine", 4, spread->mean_cosine);
    cli_end_line(stdout);
}

static void lesson_say_people(const lk_lesson_summary *s)
{
    cli_line(stdout, "people      %zu %s of %zu %s embedded", s->people_embedded,
             cli_word(s->people_embedded, "photograph", "photographs"), s->person_count,
             cli_word(s->person_count, "person", "people"));
    if (s->nearest_tried)
        cli_line(stdout,
                 "nearest     %zu of %zu %s nearest to another photograph of the same person",
                 s->nearest_same, s->nearest_tried, cli_word(s->nearest_same, "is", "are"));
    if (!isnan(s->silhouette))
        cli_line(stdout, "silhouette  %.4f", s->silhouette);
}

/* A group's spread under another model. */
static const lk_wss *lesson_say_of(const cli_lesson_say *say, size_t model, size_t group)
{
    return &say->summary->models[model * say->lesson->group_count + group];
}

void cli_lesson_say_text(const cli_lesson_say *say)
{
    const cli_lesson *lesson = say->lesson;
    if (say->models->count)
        cli_line(stdout, "model       %s", say->weights);
    lesson_say_people(say->summary);
    for (size_t g = 0; g < lesson->group_count; g++)
        lesson_say_group(lesson->groups[g].name, &say->summary->groups[g]);
    for (size_t m = 0; m < say->models->count; m++) {
        const cli_lesson *other = say->models->others[m];
        cli_line(stdout, "model       %s%s", say->models->models[m].weights,
                 other->group_count ? ""
                                    : ": models are compared by groups, of which there are none");
        for (size_t g = 0; g < other->group_count; g++)
            lesson_say_group(other->groups[g].name, lesson_say_of(say, m, g));
    }
    cli_line(stdout, "page        %s/lesson.html", say->directory);
    cli_line(stdout, "numbers     %s/lesson.json", say->directory);
}

static json_t *lesson_say_json_group(const char *name, const lk_wss *spread)
{
    json_t *group = json_object();
    cli_json_set(group, "name", cli_json_text(name));
    cli_json_set(group, "n", json_integer((json_int_t)spread->n));
    cli_json_set(group, "wss", cli_json_number(spread->wss));
    cli_json_set(group, "wss_per_df", cli_json_number(spread->wss_per_df));
    cli_json_set(group, "mean_cosine", cli_json_number(spread->mean_cosine));
    return group;
}

static json_t *lesson_say_json_model(const cli_lesson_say *say, size_t m)
{
    json_t *object = json_object(), *groups = json_array();
    const cli_lesson *model = say->models->others[m];
    cli_json_set_path(object, "weights", say->models->models[m].weights);
    for (size_t g = 0; g < model->group_count; g++)
        cli_json_append(groups,
                        lesson_say_json_group(model->groups[g].name, lesson_say_of(say, m, g)));
    cli_json_set(object, "groups", groups);
    return object;
}

void cli_lesson_say_json(const cli_lesson_say *say)
{
    const lk_lesson_summary *s = say->summary;
    json_t *object = json_object(), *groups = json_array(), *models = json_array();
    cli_json_set(object, "people_embedded", json_integer((json_int_t)s->people_embedded));
    cli_json_set(object, "persons", json_integer((json_int_t)s->person_count));
    cli_json_set(object, "nearest_tried", json_integer((json_int_t)s->nearest_tried));
    cli_json_set(object, "nearest_same", json_integer((json_int_t)s->nearest_same));
    cli_json_set(object, "silhouette", cli_json_number(s->silhouette));
    for (size_t g = 0; g < say->lesson->group_count; g++)
        cli_json_append(groups, lesson_say_json_group(say->lesson->groups[g].name, &s->groups[g]));
    for (size_t m = 0; m < say->models->count; m++)
        cli_json_append(models, lesson_say_json_model(say, m));
    cli_json_set_path(object, "weights", say->weights);
    cli_json_set(object, "groups", groups);
    cli_json_set(object, "other_models", models);
    cli_json_set_path(object, "directory", say->directory);
    cli_json_print(stdout, object);
}

/* The groups under several models, side by side. */
#include <math.h>

#include "base/utf8.h"
#include "report/frame/html.h"
#include "report/frame/parts.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

/* Which of the two groups lies closer together, by more than chance: 0, 1; 2: cannot tell. */
static unsigned models_closer(const lk_lesson_compared *c)
{
    return c->high < 1 ? 0 : c->low > 1 ? 1 : 2;
}

/* 1: all say the same, 2: two say opposite things, 3: else. As the choices of the question. */
static size_t models_verdict(const lk_lesson_numbers *n)
{
    size_t say[3] = {0};
    for (size_t m = 0; m < n->model_count; m++)
        say[models_closer(&n->models[m])]++;
    return say[0] && say[1] ? 2 : say[2] ? 3 : 1;
}

static void models_tell(lk_buffer *html, const lk_lesson_page_data *page)
{
    static const char *const verdicts[] = {"lesson/models#agree", "lesson/models#oppose",
                                           "lesson/models#open"};
    const lk_lesson_numbers *n = page->numbers;
    const lk_lesson_group *groups = page->lesson->groups;
    const lk_value values[] = {
        lk_count("models", n->model_count),
        lk_name("closer", LK_SHORT(groups[n->pair[models_closer(n->models) & 1]].name, 80))};
    lk_template_fill_some(html, verdicts[models_verdict(n) - 1], values, 2);
}

static void models_ask(lk_buffer *html, const lk_lesson_page_data *page)
{
    enum { CHOICES = 3 };
    static const char *const choices[CHOICES] = {"lesson/models#all", "lesson/models#not_all",
                                                 "lesson/models#some"};
    size_t right = models_verdict(page->numbers);
    lk_buffer question = {0}, why = {0}, not_so = {0}, texts[CHOICES] = {{0}};
    lk_choice asked[CHOICES];
    lk_template_add(&question, "lesson/models#question");
    models_tell(&why, page);
    lk_template_add(&not_so, "lesson/models#not_so");
    for (size_t i = 0; i < CHOICES; i++) {
        lk_template_add(&texts[i], choices[i]);
        asked[i] = (lk_choice){&texts[i], i + 1 == right ? &why : &not_so};
    }
    lk_part_ask(html,
                &(lk_ask){"models-guess", &question, asked, CHOICES, right, "#models-results"});
    lk_buffer_clear(&question);
    lk_buffer_clear(&why);
    lk_buffer_clear(&not_so);
    for (size_t i = 0; i < CHOICES; i++)
        lk_buffer_clear(&texts[i]);
}

static void models_add_ratio(lk_buffer *cells, const lk_lesson_compared *c)
{
    if (isnan(c->ratio))
        lk_template_add(cells, "frame/page#none");
    else if (isnan(c->low) || isnan(c->high))
        lk_html_number(cells, c->ratio, 3);
    else
        LK_FILL(cells, "lesson/models#ratio", lk_fixed("ratio", c->ratio, 3),
                lk_fixed("low", c->low, 3), lk_fixed("high", c->high, 3));
}

static void models_add_passing(lk_buffer *cells, const lk_lesson_compared *c)
{
    char texts[LK_RATE_TEXTS][LK_RATE_TEXT];
    if (!(c->model.threshold > 0)) {
        lk_template_add(cells, "lesson/models#no_threshold");
        return;
    }
    for (size_t k = 0; k < 2; k++) {
        lk_part_rate_texts(texts, &c->passing[k]);
        LK_FILL(cells, "lesson/models#passing", lk_text("pairs", texts[0]),
                lk_text("rate", texts[1]));
    }
}

static void models_add_row(lk_buffer *rows, const lk_lesson_compared *c)
{
    lk_buffer cells = {0};
    for (size_t k = 0; k < 2; k++)
        LK_FILL(&cells, "lesson/models#wss", lk_fixed("wss", c->wss[k].wss, 2),
                lk_count("n", c->wss[k].n));
    models_add_ratio(&cells, c);
    models_add_passing(&cells, c);
    LK_FILL(rows, "lesson/models#row", lk_shown("weights", LK_SHORT(c->model.weights, 200)),
            lk_markup("cells", &cells));
    lk_buffer_clear(&cells);
}

/* What is known of one model: its faces, its threshold, and who is nearest to whom. */
static void models_describe(lk_buffer *list, const lk_lesson_compared *c)
{
    lk_buffer faces = {0}, threshold = {0}, nearest = {0};
    if (c->model.faces)
        LK_FILL(&faces, "lesson/models#aligned", lk_said("faces", LK_SHORT(c->model.faces, 300)));
    else
        LK_FILL(&faces, "lesson/models#boxes", lk_count("margin", c->model.margin));
    if (c->model.threshold > 0)
        LK_FILL(
            &threshold,
            c->model.metric == LK_METRIC_COSINE ? "lesson/models#threshold_cosine"
                                                : "lesson/models#threshold",
            lk_short("threshold", c->model.threshold),
            lk_said("source",
                    LK_SHORT(c->model.threshold_source ? c->model.threshold_source : "–", 300)));
    if (c->nearest_tried)
        LK_FILL(&nearest, "lesson/models#nearest", lk_count("same", c->nearest_same),
                lk_count("tried", c->nearest_tried));
    LK_FILL(list, "lesson/models#described", lk_shown("weights", LK_SHORT(c->model.weights, 200)),
            lk_said("about", LK_SHORT(c->model.weights_about ? c->model.weights_about : "", 400)),
            lk_count("size", c->model.size), lk_markup("faces", &faces),
            lk_markup("threshold", &threshold), lk_markup("nearest", &nearest));
    lk_buffer_clear(&faces);
    lk_buffer_clear(&threshold);
    lk_buffer_clear(&nearest);
}

static void models_show(lk_buffer *html, const lk_lesson_page_data *page)
{
    lk_buffer rows = {0}, list = {0}, verdict = {0};
    const lk_lesson_numbers *n = page->numbers;
    for (size_t m = 0; m < n->model_count; m++) {
        models_add_row(&rows, &n->models[m]);
        models_describe(&list, &n->models[m]);
    }
    models_tell(&verdict, page);
    LK_FILL(html, "lesson/models#results",
            lk_name("first", LK_SHORT(page->lesson->groups[n->pair[0]].name, 60)),
            lk_name("second", LK_SHORT(page->lesson->groups[n->pair[1]].name, 60)),
            lk_markup("rows", &rows), lk_markup("list", &list), lk_markup("verdict", &verdict));
    lk_buffer_clear(&rows);
    lk_buffer_clear(&list);
    lk_buffer_clear(&verdict);
}

void lk_lesson_models(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    lk_template_add(html, "lesson/models#models");
    if (page->lesson->model_count == 0)
        lk_template_add(html, "lesson/models#one");
    else if (page->numbers->model_count == 0)
        lk_template_add(html, "lesson/models#missing");
    else {
        models_ask(html, page);
        models_show(html, page);
    }
    lk_template_add(html, "lesson/models#alignment");
    if (page->lesson->squeezed)
        lk_template_add(html, "lesson/models#squeezed");
    lk_lesson_think(html, "lesson/models#shared_question", "lesson/models#shared_answer");
    lk_lesson_by_hand(html, page, "models");
}

/* Groups of people: their images, and their spread. */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/frame/html.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"
#include "stats/audit.h"
#include "stats/special.h"

static void add_group(lk_buffer *html, const lk_lesson_page_data *page, size_t g)
{
    const lk_lesson_group *group = &page->lesson->groups[g];
    LK_FILL(html, "lesson/groups#group", lk_name("name", LK_SHORT(group->name, 200)),
            lk_count("embedded", page->numbers->groups[g].n), lk_count("images", group->count),
            lk_word("image_word", group->count, "image", "images"));
    if (group->count == 0)
        lk_template_add(html, "lesson/groups#empty");
    char id[32];
    snprintf(id, sizeof id, "group-%zu", g);
    lk_lesson_grid(html, id, group->images, group->count, page->groups[g].crops, false, false);
    lk_lesson_problems(html, group->images, group->count);
}

void lk_lesson_groups(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson *l = page->lesson;
    if (l->group_count == 0) {
        lk_template_add(html, "lesson/groups#missing");
        return;
    }
    LK_FILL(html, "lesson/groups#groups",
            lk_said("groups", l->group_count == 1 ? "a group" : "groups"),
            lk_count("size", l->group_size), lk_count("margin", l->group_margin));
    if (l->tutorial_groups)
        lk_template_add(html, "lesson/groups#tutorial");
    for (size_t g = 0; g < l->group_count; g++)
        add_group(html, page, g);
}

static void add_spread_row(lk_buffer *rows, const char *group, const lk_wss *wss)
{
    lk_buffer numbers = {0};
    lk_html_number(&numbers, wss->wss, 2);
    lk_html_number(&numbers, wss->wss_per_df, 4);
    lk_html_number(&numbers, wss->mean_cosine, 4);
    lk_html_number(&numbers, wss->mean_distance, 4);
    LK_FILL(rows, "lesson/groups#spread_row", lk_name("group", LK_SHORT(group, 80)),
            lk_count("n", wss->n), lk_markup("numbers", &numbers));
    lk_buffer_clear(&numbers);
}

static void add_spread_table(lk_buffer *html, const lk_lesson_page_data *page)
{
    lk_buffer rows = {0};
    for (size_t g = 0; g < page->lesson->group_count; g++)
        add_spread_row(&rows, page->lesson->groups[g].name, &page->numbers->groups[g]);
    LK_FILL(html, "lesson/groups#spread_table", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

static void add_between_row(lk_buffer *rows, const char *group, const double *distances,
                            size_t count)
{
    lk_buffer numbers = {0};
    for (size_t i = 0; i < count; i++)
        lk_html_number(&numbers, distances[i], 4);
    LK_FILL(rows, "lesson/groups#between_row", lk_name("group", LK_SHORT(group, 80)),
            lk_markup("numbers", &numbers));
    lk_buffer_clear(&numbers);
}

static void add_between_table(lk_buffer *html, const lk_lesson_page_data *page)
{
    enum { MOST = 12 };
    const lk_lesson *l = page->lesson;
    size_t count = l->group_count;
    lk_buffer heads = {0}, rows = {0};
    if (count < 2 || count > MOST)
        return;
    for (size_t g = 0; g < count; g++) {
        LK_FILL(&heads, "lesson/groups#between_head",
                lk_name("group", LK_SHORT(l->groups[g].name, 80)));
        add_between_row(&rows, l->groups[g].name, page->numbers->between + g * count, count);
    }
    LK_FILL(html, "lesson/groups#between_table", lk_markup("heads", &heads),
            lk_markup("rows", &rows));
    lk_buffer_clear(&heads);
    lk_buffer_clear(&rows);
}

static lk_status spread_of_group(lk_spread *out, const lk_lesson_page_data *page, size_t g)
{
    size_t d = page->lesson->embedding_size, first = 0;
    for (size_t k = 0; k < g; k++)
        first += page->numbers->groups[k].n;
    return lk_audit_spread_of(out, page->numbers->grouped.x + first * d, page->numbers->groups[g].n,
                              d);
}

/* Whether the two groups that lie furthest apart in spread differ by more than chance; the
 * choice among all pairs of groups is paid for by their number (Bonferroni). */
static lk_status groups_compare(const char **verdict, double *wide, const lk_lesson_page_data *page,
                                size_t low, size_t high)
{
    lk_spread a, b;
    double count = (double)page->lesson->group_count;
    LK_TRY(spread_of_group(&a, page, low));
    LK_TRY(spread_of_group(&b, page, high));
    lk_test test = lk_audit_welch(&b, &a);
    *wide = lk_t_two_sided(0.95, test.df) * sqrt(a.variance + b.variance);
    *verdict = isnan(test.p)                             ? "lesson/groups#too_few"
               : test.p * count * (count - 1) / 2 < 0.05 ? "lesson/groups#can_tell"
                                                         : "lesson/groups#cannot_tell";
    return LK_OK;
}

/* Compares the closest and the widest group, and says no more than the sample does. */
static void add_comparison(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_lesson *l = page->lesson;
    const lk_wss *groups = page->numbers->groups;
    size_t low = l->group_count, high = l->group_count;
    for (size_t g = 0; g < l->group_count; g++) {
        if (isnan(groups[g].wss_per_df))
            continue;
        if (low == l->group_count || groups[g].wss_per_df < groups[low].wss_per_df)
            low = g;
        if (high == l->group_count || groups[g].wss_per_df > groups[high].wss_per_df)
            high = g;
    }
    if (low == high) {
        lk_template_add(html, "lesson/groups#no_comparison");
        return;
    }
    double closer = groups[low].wss_per_df, wider = groups[high].wss_per_df, wide = NAN;
    const char *verdict = "lesson/groups#too_few";
    lk_buffer difference = {0};
    if (html->status == LK_OK)
        html->status = groups_compare(&verdict, &wide, page, low, high);
    if (!isnan(wide))
        LK_FILL(&difference, "lesson/groups#difference", lk_fixed("value", wider - closer, 3),
                lk_fixed("wide", wide, 3));
    LK_FILL(html, verdict, lk_name("closer", LK_SHORT(l->groups[low].name, 80)),
            lk_fixed("low", closer, 4), lk_name("wider", LK_SHORT(l->groups[high].name, 80)),
            lk_fixed("high", wider, 4), lk_markup("difference", &difference),
            lk_count("limits", page->places.limits));
    lk_buffer_clear(&difference);
}

void lk_lesson_spread(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    if (page->numbers->grouped.n == 0) {
        lk_template_add(html, "lesson/groups#no_embedding");
        return;
    }
    lk_buffer length = {0};
    bool unit = lk_lesson_is_unit(&page->numbers->grouped, page->lesson->embedding_size);
    lk_template_add(&length, unit ? "lesson/groups#spread_unit" : "lesson/groups#spread_raw");
    LK_FILL(html, "lesson/groups#spread", lk_markup("length", &length));
    lk_buffer_clear(&length);
    lk_lesson_guess_spread(html, page);
    lk_buffer results = {0};
    add_spread_table(&results, page);
    add_comparison(&results, page);
    add_between_table(&results, page);
    LK_FILL(html, "lesson/groups#results", lk_markup("results", &results));
    lk_buffer_clear(&results);
    lk_lesson_draw_anew(html, page);
    lk_lesson_think(html, "lesson/groups#lock_question", "lesson/groups#lock_answer");
    lk_lesson_by_hand(html, page, "spread");
}

/* Groups of people: their images, and their spread. */
#include <math.h>
#include <stdio.h>

#include "report/frame/html.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

static void add_group(lk_buffer *html, const lk_lesson_page_data *page, size_t g)
{
    const lk_lesson_group *group = &page->lesson->groups[g];
    LK_FILL(html, "lesson/groups#group", lk_name("name", group->name),
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
            lk_text("groups", l->group_count == 1 ? "a group" : "groups"),
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
    LK_FILL(rows, "lesson/groups#spread_row", lk_text("group", group), lk_count("n", wss->n),
            lk_markup("numbers", &numbers));
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
    LK_FILL(rows, "lesson/groups#between_row", lk_text("group", group),
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
        LK_FILL(&heads, "lesson/groups#between_head", lk_text("group", l->groups[g].name));
        add_between_row(&rows, l->groups[g].name, page->numbers->between + g * count, count);
    }
    LK_FILL(html, "lesson/groups#between_table", lk_markup("heads", &heads),
            lk_markup("rows", &rows));
    lk_buffer_clear(&heads);
    lk_buffer_clear(&rows);
}

/* Names the closest and the widest group, in so many words. */
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
    double closer = groups[low].wss_per_df, wider = groups[high].wss_per_df;
    LK_FILL(html, "lesson/groups#comparison", lk_name("closer", l->groups[low].name),
            lk_fixed("low", closer, 4), lk_name("wider", l->groups[high].name),
            lk_fixed("high", wider, 4), lk_fixed("ratio", closer / wider, 3),
            lk_count("limits", page->places.limits));
}

void lk_lesson_spread(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    if (page->numbers->grouped.n == 0) {
        lk_template_add(html, "lesson/groups#no_embedding");
        return;
    }
    lk_template_add(html, "lesson/groups#spread");
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

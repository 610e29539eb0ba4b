/* The matrix of distances. */
#include <stdlib.h>

#include <likeness/plot.h>

#include "base/memory.h"
#include "report/frame/html.h"
#include "report/frame/parts.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

static lk_status make_heatmap(lk_plot **out, const lk_lesson_page_data *page)
{
    const lk_lesson *l = page->lesson;
    const lk_embedded *e = &page->numbers->grouped;
    const char **names = NULL;
    size_t *sizes = NULL;
    lk_buffer title = {0}, distance = {0};
    lk_say(&title, "Euclidean distances between all embeddings");
    lk_say(&distance, "Euclidean distance");
    lk_status status = lk_alloc(&names, l->group_count, sizeof *names);
    if (status == LK_OK)
        status = lk_alloc(&sizes, l->group_count, sizeof *sizes);
    for (size_t g = 0; status == LK_OK && g < l->group_count; g++) {
        names[g] = l->groups[g].name;
        sizes[g] = page->numbers->groups[g].n;
    }
    const lk_plot_heatmap heatmap = {.values = e->distances,
                                     .count = e->n,
                                     .groups = names,
                                     .group_sizes = sizes,
                                     .group_count = l->group_count,
                                     .title = title.data,
                                     .value_title = distance.data,
                                     .say = lk_say_text};
    if (status == LK_OK)
        status = lk_plot_heatmap_create(out, &heatmap);
    lk_buffer_clear(&title);
    lk_buffer_clear(&distance);
    free(names);
    free(sizes);
    return status;
}

static void add_small(lk_buffer *html, size_t n)
{
    lk_buffer question = {0}, answer = {0};
    lk_template_add(html, "lesson/matrix#small");
    lk_template_add(&question, "lesson/matrix#small_question");
    LK_FILL(&answer, "lesson/matrix#small_answer", lk_count("n", n),
            lk_word("image_word", n, "image", "images"),
            lk_count("pairs", n ? n * (n - 1) / 2 : 0));
    lk_lesson_think_of(html, "small_question", &question, &answer);
    lk_buffer_clear(&question);
    lk_buffer_clear(&answer);
}

static void add_matrix(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_embedded *e = &page->numbers->grouped;
    const lk_value n = lk_count("n", e->n);
    lk_plot *plot = NULL;
    lk_buffer caption = {0}, figure = {0};
    lk_lesson_names list = {0};
    LK_FILL(html, "lesson/groups#matrix", n);
    if (html->status == LK_OK)
        html->status = make_heatmap(&plot, page);
    LK_FILL(&caption, "lesson/groups#heatmap", n,
            lk_word("embedding_word", e->n, "embedding", "embeddings"));
    lk_html_figure(&figure, plot, &caption);
    if (html->status == LK_OK)
        html->status = lk_lesson_list(&list, e->images, e->n, page->lesson);
    lk_part_matrix(html, "matrix-data", page->rates.part.row_count ? page->rates.part.id : NULL,
                   &figure, &list.images, e->distances);
    lk_lesson_list_clear(&list);
    lk_buffer_clear(&figure);
    lk_buffer_clear(&caption);
}

void lk_lesson_matrix(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    if (page->numbers->grouped.n == 0) {
        lk_template_add(html, "lesson/groups#no_embedding");
        return;
    }
    add_small(html, page->numbers->grouped.n);
    add_matrix(html, page);
    lk_lesson_think(html, "lesson/matrix#see_question", "lesson/matrix#see_answer");
    lk_lesson_by_hand(html, page, "matrix");
}

/* What an embedding is, how it is learnt, and how it looks in two dimensions. */
#include <math.h>
#include <stdlib.h>

#include <likeness/plot.h>

#include "base/memory.h"
#include "report/frame/html.h"
#include "report/frame/parts.h"
#include "report/frame/shown.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

/* What the network was trained to do is claimed only where it is known. */
static void add_network(lk_buffer *html, const lk_lesson *l)
{
    lk_buffer unknown = {0};
    lk_template_add(&unknown, "lesson/embedding#how_unknown");
    LK_FILL(html, "lesson/embedding#network", lk_shown("weights", l->weights),
            l->weights_about ? lk_said("about", l->weights_about) : lk_text("about", NULL),
            lk_said("how", l->weights_how ? l->weights_how
                           : unknown.data ? unknown.data
                                          : ""));
    lk_buffer_clear(&unknown);
}

void lk_lesson_embedding(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson *l = page->lesson;
    lk_buffer length = {0};
    if (lk_lesson_is_unit(&page->numbers->people, l->embedding_size))
        LK_FILL(&length, "lesson/embedding#unit", lk_count("size", l->embedding_size));
    else
        lk_template_add(&length, "lesson/embedding#raw");
    LK_FILL(html, "lesson/embedding#embedding", lk_count("size", l->embedding_size),
            lk_markup("length", &length));
    lk_buffer_clear(&length);
    if (l->weights)
        add_network(html, l);
    lk_lesson_by_hand(html, data, "embedding");
}

void lk_lesson_triplet(lk_buffer *html, const void *page)
{
    (void)page;
    lk_template_add(html, "lesson/embedding#triplet");
    lk_template_add(html, "lesson/embedding#drag");
    lk_lesson_think(html, "lesson/embedding#mining_question", "lesson/embedding#mining_answer");
}

static lk_status make_scatter(lk_plot **out, const lk_lesson_numbers *n)
{
    const char **labels = NULL;
    char **names = NULL;
    lk_buffer words[3] = {{0}};
    lk_say(&words[0], "Embeddings, first two principal components");
    lk_say(&words[1], "Principal component 1");
    lk_say(&words[2], "Principal component 2");
    lk_status status = lk_alloc(&labels, n->people.n, sizeof *labels);
    if (status == LK_OK)
        status = lk_alloc(&names, n->people.n, sizeof *names);
    for (size_t i = 0; status == LK_OK && i < n->people.n; i++) {
        lk_buffer path = {0};
        labels[i] = n->persons[n->people.group[i]];
        lk_shown_path(&path, n->people.images[i]->path, n->people.images[i]->label);
        names[i] = path.data;
        status = path.status;
    }
    const lk_plot_scatter scatter = {.points = n->pca,
                                     .labels = labels,
                                     .names = (const char *const *)names,
                                     .count = n->people.n,
                                     .ratio = n->ratio,
                                     .title = words[0].data,
                                     .x_title = words[1].data,
                                     .y_title = words[2].data,
                                     .say = lk_say_text};
    if (status == LK_OK)
        status = lk_plot_scatter_create(out, &scatter);
    for (size_t i = 0; names && i < n->people.n; i++)
        free(names[i]);
    for (size_t i = 0; i < 3; i++)
        lk_buffer_clear(&words[i]);
    free(labels);
    free(names);
    return status;
}

static void add_scatter(lk_buffer *html, const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    lk_plot *plot = NULL;
    lk_buffer caption = {0}, figure = {0};
    lk_lesson_names list = {0};
    if (html->status == LK_OK)
        html->status = make_scatter(&plot, n);
    double shown = n->ratio[0] + n->ratio[1];
    LK_FILL(&caption, "lesson/embedding#scatter", lk_fixed("shown", 100 * shown, 1),
            lk_fixed("hidden", 100 * (1 - n->ratio[0] - n->ratio[1]), 1));
    lk_html_figure(&figure, plot, &caption);
    if (html->status == LK_OK)
        html->status = lk_lesson_list(&list, n->people.images, n->people.n, lesson);
    lk_part_scatter(html, "pca-data", &figure, &list.images, n->people.distances);
    lk_lesson_list_clear(&list);
    lk_buffer_clear(&figure);
    lk_buffer_clear(&caption);
}

void lk_lesson_pca(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson_numbers *n = page->numbers;
    const lk_value size = lk_count("size", page->lesson->embedding_size);
    LK_FILL(html, "lesson/embedding#pca", size);
    if (n->pca)
        add_scatter(html, page->lesson, n);
    else
        lk_template_add(html, "lesson/embedding#missing");
    lk_lesson_think(html, "lesson/embedding#see_question", "lesson/embedding#see_answer");
    if (n->pca && !isnan(n->silhouette))
        LK_FILL(html, "lesson/embedding#silhouette", size,
                lk_fixed("silhouette", n->silhouette, 3));
    lk_lesson_think(html, "lesson/embedding#overlap_question", "lesson/embedding#overlap_answer");
    lk_lesson_by_hand(html, page, "pca");
}

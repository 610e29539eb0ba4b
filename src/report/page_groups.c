/* Groups of people: their images, the matrix of distances, their spread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <likeness/plot.h>

#include "base/memory.h"
#include "report/html.h"
#include "report/lesson.h"

static void add_group(lk_page *page, size_t g)
{
    const lk_lesson_group *group = &page->lesson->groups[g];
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<h3>");
    lk_html_name(html, group->name);
    lk_buffer_printf(html, " <small>(%zu of %zu %s)</small></h3>\n", page->numbers->groups[g].n,
                     group->count, lk_html_word(group->count, "image", "images"));
    if (group->count == 0)
        lk_buffer_text(html, "<p class=\"missing\">No image belongs to this group: does its "
                             "pattern match any file?</p>\n");
    lk_page_grid(page, group->images, group->count, page->groups[g].crops, false, false);
    lk_page_problems(page, group->images, group->count);
}

static void add_groups(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<section id=\"groups\"><h2>8. Groups of people</h2>\n");
    if (l->group_count == 0) {
        lk_buffer_text(html, "<p class=\"missing\">This run was given no groups. Name two or more, "
                             "for example <code>--group \"first=faces/a_*\" --group "
                             "\"second=faces/b_*\"</code>.</p></section>\n");
        return;
    }
    lk_buffer_printf(html,
                     "<p>So far each photograph was one of a few people. Now we look at %s of "
                     "people, normally with one image a person, cropped to %zu × %zu pixels with a "
                     "margin of %zu. The tutorial's question is whether the model keeps the people "
                     "of each group about equally far from each other. The names are those that "
                     "the user of this program gave; nothing here checks who belongs where.</p>\n",
                     l->group_count == 1 ? "a group" : "groups", l->group_size, l->group_size,
                     l->group_margin);
    for (size_t g = 0; g < l->group_count; g++)
        add_group(page, g);
    lk_buffer_text(html, "</section>\n");
}

static lk_status make_heatmap(lk_plot **out, const lk_page *page)
{
    const lk_lesson *l = page->lesson;
    const lk_embedded *e = &page->numbers->grouped;
    const char **names = NULL;
    size_t *sizes = NULL;
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
                                     .title = "Euclidean distances between all embeddings"};
    if (status == LK_OK)
        status = lk_plot_heatmap_create(out, &heatmap);
    free(names);
    free(sizes);
    return status;
}

static void add_matrix(lk_page *page)
{
    const lk_embedded *e = &page->numbers->grouped;
    lk_plot *plot = NULL;
    char caption[512];
    lk_buffer_printf(&page->html,
                     "<p>The distance of every image to every other makes a matrix of %zu × %zu. "
                     "The squares along the diagonal are distances within a group, the rest are "
                     "distances between groups. Dark squares mean: to this model, these people "
                     "look alike.</p>\n",
                     e->n, e->n);
    if (page->html.status == LK_OK)
        page->html.status = make_heatmap(&plot, page);
    if (page->html.status != LK_OK)
        return;
    snprintf(caption, sizeof caption,
             "Distances of %zu %s. The colours span the smallest to the largest distance of two "
             "different images; the grey diagonal is each image with itself, exactly 0.",
             e->n, lk_html_word(e->n, "embedding", "embeddings"));
    lk_html_figure(&page->html, plot, caption);
}

static void add_number(lk_buffer *html, const char *format, double value)
{
    lk_buffer_text(html, "<td class=\"n\">");
    if (isnan(value))
        lk_buffer_text(html, "–");
    else if (format[2] == '2')
        lk_buffer_printf(html, "%.2f", value);
    else
        lk_buffer_printf(html, "%.4f", value);
    lk_buffer_text(html, "</td>");
}

static void add_spread_table(lk_page *page)
{
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Group</th>"
                         "<th class=\"n\" scope=\"col\">n</th><th class=\"n\" scope=\"col\">WSS"
                         "</th><th class=\"n\" scope=\"col\">WSS / (n − 1)</th><th class=\"n\" "
                         "scope=\"col\">mean cosine</th><th class=\"n\" scope=\"col\">mean distance"
                         "</th></tr></thead><tbody>");
    for (size_t g = 0; g < page->lesson->group_count; g++) {
        const lk_wss *wss = &page->numbers->groups[g];
        lk_buffer_text(html, "<tr><th scope=\"row\">");
        lk_buffer_escape(html, page->lesson->groups[g].name);
        lk_buffer_printf(html, "</th><td class=\"n\">%zu</td>", wss->n);
        add_number(html, "%.2f", wss->wss);
        add_number(html, "%.4f", wss->wss_per_df);
        add_number(html, "%.4f", wss->mean_cosine);
        add_number(html, "%.4f", wss->mean_distance);
        lk_buffer_text(html, "</tr>");
    }
    lk_buffer_text(html, "</tbody><caption>Smaller WSS and distance, and larger cosine, mean "
                         "closer together. Cosine and distance are means over all pairs within "
                         "the group.</caption></table></div>\n");
}

static void add_between_table(lk_page *page)
{
    enum { MOST = 12 };
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    if (l->group_count < 2 || l->group_count > MOST)
        return;
    lk_buffer_text(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Mean distance "
                         "of pairs</th>");
    for (size_t b = 0; b < l->group_count; b++) {
        lk_buffer_text(html, "<th class=\"n\" scope=\"col\">");
        lk_buffer_escape(html, l->groups[b].name);
        lk_buffer_text(html, "</th>");
    }
    lk_buffer_text(html, "</tr></thead><tbody>");
    for (size_t a = 0; a < l->group_count; a++) {
        lk_buffer_text(html, "<tr><th scope=\"row\">");
        lk_buffer_escape(html, l->groups[a].name);
        lk_buffer_text(html, "</th>");
        for (size_t b = 0; b < l->group_count; b++)
            add_number(html, "%.4f", page->numbers->between[a * l->group_count + b]);
        lk_buffer_text(html, "</tr>");
    }
    lk_buffer_text(html, "</tbody></table></div>\n");
}

/* Names the closest and the widest group, in so many words. */
static void add_comparison(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    const lk_wss *groups = page->numbers->groups;
    lk_buffer *html = &page->html;
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
        lk_buffer_text(html, "<p class=\"missing\">A comparison needs two groups with two or more "
                             "embeddings each.</p>\n");
        return;
    }
    lk_buffer_text(html, "<p>To this model, on these images, the embeddings of <b>");
    lk_html_name(html, l->groups[low].name);
    lk_buffer_printf(html,
                     "</b> lie closer together (%.4f per degree of freedom) than those of <b>",
                     groups[low].wss_per_df);
    lk_html_name(html, l->groups[high].name);
    lk_buffer_printf(html,
                     "</b> (%.4f): a ratio of %.3f. Section 10 says what such a difference "
                     "can mean, and what it cannot.</p>\n",
                     groups[high].wss_per_df, groups[low].wss_per_df / groups[high].wss_per_df);
}

static void add_spread(lk_page *page)
{
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<section id=\"spread\"><h2>9. How close together is a group?</h2>\n");
    if (page->numbers->grouped.n == 0) {
        lk_buffer_text(html, "<p class=\"missing\">No image of a group has an embedding, so there "
                             "is no matrix to draw.</p></section>\n");
        return;
    }
    add_matrix(page);
    lk_buffer_text(
        html,
        "<p>One number for a group's spread is the <em>within-group sum of squares</em>: the "
        "squared distances of all its embeddings x<sub>i</sub> to their mean x̄, added up.</p>\n"
        "<p class=\"formula\">WSS = Σ<sub>i</sub> ‖x<sub>i</sub> − x̄‖²</p>\n"
        "<p>It grows with the number of images n, so groups of different size can only be compared "
        "by WSS / (n − 1).</p>\n");
    add_spread_table(page);
    add_comparison(page);
    add_between_table(page);
    lk_page_think(page,
                  "Suppose a lock uses one distance threshold for everybody, and one group lies "
                  "closer together than another. Who is more likely to open somebody else's phone?",
                  "<p>If, with this model, the smallest distances within a group follow the mean "
                  "ones, then members of the group that lies closer together: two different people "
                  "of that group would fall below the threshold more often. But it is the smallest "
                  "distances that open locks, and means do not show them: whether they follow has "
                  "to be counted.</p>");
    lk_buffer_text(html, "</section>\n");
}

void lk_page_groups(lk_page *page)
{
    add_groups(page);
    add_spread(page);
}

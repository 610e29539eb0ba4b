/* Photographs, crops, and the shapes of the arrays they become. */
#include <math.h>
#include <stdio.h>

#include "base/locale.h"
#include "report/html.h"
#include "report/lesson.h"

static void missing_people(lk_page *page)
{
    lk_buffer_text(&page->html,
                   "<p class=\"missing\">This run was given no photographs of people, so the "
                   "sections up to the phone have words but no figures. Give a folder with one "
                   "folder per person, for example <code>--faces DIR</code>.</p>\n");
}

static void add_photographs(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<section id=\"photographs\"><h2>1. The photographs</h2>\n");
    if (l->people_count == 0) {
        missing_people(page);
    } else {
        lk_buffer_printf(html,
                         "<p>We start with %zu %s. The folder that a photograph lies in "
                         "tells us who is on it; the model is never told. Look at how much "
                         "changes between two photographs of the same person: light, pose, age, "
                         "hair, glasses, the camera. Raw pixels would call almost all of them "
                         "different.</p>\n",
                         l->people_count,
                         lk_html_word(l->people_count, "photograph", "photographs"));
        lk_page_grid(page, l->people, l->people_count, page->people.photos, true, true);
    }
    lk_buffer_text(html, "</section>\n");
}

static void add_detector_facts(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    double low = INFINITY;
    size_t found = 0, known = 0;
    for (size_t i = 0; i < l->people_count; i++) {
        found += l->people[i].crop.rgb != NULL;
        if (l->people[i].status != LK_OK || !(l->people[i].probability >= 0))
            continue;
        known++;
        low = fmin(low, (double)l->people[i].probability);
    }
    lk_buffer_printf(&page->html, "<p>Here %zu of %zu %s gave a face crop.", found, l->people_count,
                     lk_html_word(l->people_count, "photograph", "photographs"));
    if (known)
        lk_buffer_printf(&page->html,
                         " The least certain face that was kept had a probability of %.4f.", low);
    lk_buffer_text(&page->html, "</p>\n");
}

static void add_crops(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<section id=\"crop\"><h2>2. Finding and cropping the face</h2>\n");
    lk_buffer_printf(
        html,
        "<p>The network that compares faces expects a face and little else. A detector called "
        "MTCNN (Zhang and others, 2016) finds it with three small networks in a row. The first "
        "looks at the photograph in many sizes and proposes windows quickly and carelessly; the "
        "second throws most of them away; the third decides, adjusts the box, and marks eyes, nose "
        "and corners of the mouth. The box is cut out, with a margin of %zu pixels, and scaled to "
        "%zu × %zu pixels.</p>\n",
        l->people_margin, l->people_size, l->people_size);
    if (l->people_count) {
        add_detector_facts(page);
        lk_page_grid(page, l->people, l->people_count, page->people.crops, false, true);
        lk_page_problems(page, l->people, l->people_count);
    }
    lk_buffer_text(html, "</section>\n");
}

/* The photographs' sizes, as "250 × 250" or a range. */
static void describe_sizes(char *out, size_t room, const lk_lesson *l)
{
    size_t low[2] = {SIZE_MAX, SIZE_MAX}, high[2] = {0, 0};
    for (size_t i = 0; i < l->people_count; i++) {
        const size_t size[2] = {l->people[i].height, l->people[i].width};
        for (size_t k = 0; k < 2 && size[0] && size[1]; k++) {
            low[k] = size[k] < low[k] ? size[k] : low[k];
            high[k] = size[k] > high[k] ? size[k] : high[k];
        }
    }
    if (high[0] == 0)
        snprintf(out, room, "[height, width, 3]");
    else if (low[0] == high[0] && low[1] == high[1])
        snprintf(out, room, "[%zu, %zu, 3]", high[0], high[1]);
    else
        snprintf(out, room, "[%zu to %zu, %zu to %zu, 3]", low[0], high[0], low[1], high[1]);
}

static void add_shape(lk_buffer *html, const char *what, const char *shape, const char *meaning)
{
    lk_buffer_printf(html,
                     "<tr><th scope=\"row\">%s</th><td class=\"mono\">%s</td><td>%s</td></tr>",
                     what, shape, meaning);
}

static void add_shape_table(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    char shape[128];
    lk_buffer_text(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Array</th><th "
                         "scope=\"col\">Shape in this run</th><th scope=\"col\">Values</th></tr>"
                         "</thead><tbody>");
    describe_sizes(shape, sizeof shape, l);
    add_shape(html, "One photograph", shape, "rows, columns, colours; whole numbers 0 to 255");
    snprintf(shape, sizeof shape, "[3, %zu, %zu]", l->people_size, l->people_size);
    add_shape(html, "One crop", shape, "colours first; (value − 127.5) / 128, so about −1 to 1");
    snprintf(shape, sizeof shape, "[%zu, 3, %zu, %zu]", page->numbers->people.n, l->people_size,
             l->people_size);
    add_shape(html, "All crops", shape, "a batch: the first number counts images");
    snprintf(shape, sizeof shape, "[%zu, %zu]", page->numbers->people.n, l->embedding_size);
    add_shape(html, "All embeddings", shape, "one row a face, each of length 1");
    lk_buffer_text(html, "</tbody></table></div>\n");
}

static void add_shapes(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    size_t n = page->numbers->people.n, side = l->people_size;
    char answer[1024];
    lk_buffer_text(&page->html,
                   "<section id=\"shapes\"><h2>3. The shapes of things</h2>\n<p>A neural network "
                   "is a chain of functions on arrays. Half of understanding one is to know "
                   "the shape of what goes in and comes out. Try before you read the table.</p>\n");
    snprintf(answer, sizeof answer,
             "<p>[%zu, 3, %zu, %zu]: %zu %s, 3 colours (red, green, blue), %zu rows, %zu "
             "columns. That is %zu numbers for each face.</p>",
             n, side, side, n, lk_html_word(n, "face", "faces"), side, side, 3 * side * side);
    lk_page_think(page,
                  "All face crops enter the network together. What is the shape of that array, "
                  "and what does each of its numbers count?",
                  answer);
    lk_snprintf(answer, sizeof answer,
                "<p>[%zu, %zu]: one row a face. %zu pixel values have become %zu numbers, %.0f "
                "times fewer, and the number does not depend on the crop's size. What was lost is, "
                "if training went well, what does not matter for telling who it is.</p>",
                n, l->embedding_size, 3 * side * side, l->embedding_size,
                (double)(3 * side * side) / (double)l->embedding_size);
    lk_page_think(page, "What is the shape of what comes out, and how much smaller is it?", answer);
    lk_buffer_text(&page->html, "<details><summary>All shapes of this run</summary>");
    add_shape_table(page);
    lk_buffer_text(&page->html, "</details><div class=\"paper\">");
    add_shape_table(page);
    lk_buffer_text(&page->html, "</div></section>\n");
}

void lk_page_people(lk_page *page)
{
    add_photographs(page);
    add_crops(page);
    add_shapes(page);
}

/* Every photograph in turn plays the face in front of a locked phone; all the
 * others are registered. */
#include <math.h>
#include <stdio.h>

#include "report/html.h"
#include "report/lesson.h"

/* Smallest, mean and largest of the numbers that exist. */
typedef struct range {
    double low, mean, high;
    size_t count;
} range;

static range find_range(const double *values, size_t count)
{
    range r = {INFINITY, 0, -INFINITY, 0};
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        r.low = fmin(r.low, values[i]);
        r.high = fmax(r.high, values[i]);
        r.mean += values[i];
        r.count++;
    }
    r.mean /= r.count ? (double)r.count : 1;
    return r;
}

static void add_range(lk_buffer *html, const char *what, range r)
{
    lk_buffer_printf(html, "<tr><th scope=\"row\">%s</th><td class=\"n\">%zu</td>", what, r.count);
    if (r.count)
        lk_buffer_printf(html,
                         "<td class=\"n\">%.3f</td><td class=\"n\">%.3f</td><td "
                         "class=\"n\">%.3f</td></tr>",
                         r.low, r.mean, r.high);
    else
        lk_buffer_text(html, "<td class=\"n\">–</td><td class=\"n\">–</td><td class=\"n\">–</td>"
                             "</tr>");
}

static void add_ranges(lk_page *page)
{
    const lk_lesson_numbers *n = page->numbers;
    lk_buffer *html = &page->html;
    lk_buffer_text(html,
                   "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Distance to the "
                   "nearest photograph of</th><th class=\"n\" scope=\"col\">photographs</th><th "
                   "class=\"n\" scope=\"col\">smallest</th><th class=\"n\" scope=\"col\">mean</th>"
                   "<th class=\"n\" scope=\"col\">largest</th></tr></thead><tbody>");
    add_range(html, "the same person", find_range(n->nearest_own, n->people.n));
    add_range(html, "anybody else", find_range(n->nearest_other, n->people.n));
    lk_buffer_text(html, "</tbody></table></div>\n");
}

static void add_name(lk_buffer *html, const lk_lesson_image *image)
{
    if (image->label && *image->label)
        lk_html_name(html, image->label);
    lk_buffer_text(html, image->label && *image->label ? " (" : "(");
    lk_html_name(html, lk_file_name(image->path));
    lk_buffer_text(html, ")");
}

static void add_example(lk_page *page)
{
    const lk_lesson_numbers *n = page->numbers;
    const lk_embedded *e = &n->people;
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<p>For example, take ");
    add_name(html, e->images[0]);
    lk_buffer_text(html, ": the nearest registered face is ");
    add_name(html, e->images[n->nearest[0]]);
    lk_buffer_printf(html, " at a distance of <b>%.3f</b>.</p>\n", e->distances[n->nearest[0]]);
}

/* Where the small copy of an image of the people lies. */
static const char *crop_of(const lk_page *page, const lk_lesson_image *image)
{
    return page->people.crops[image - page->lesson->people];
}

static void add_crop(lk_page *page, const lk_lesson_image *image)
{
    const char *address = crop_of(page, image);
    if (!address)
        return;
    lk_buffer_printf(&page->html, "<img src=\"%s\" alt=\"Face crop, ", address);
    lk_buffer_escape(&page->html, lk_file_name(image->path));
    lk_buffer_text(&page->html, "\">");
}

static void add_exception(lk_page *page, size_t row)
{
    const lk_embedded *e = &page->numbers->people;
    size_t nearest = page->numbers->nearest[row];
    lk_buffer *html = &page->html;
    lk_buffer_text(html, "<li>");
    add_crop(page, e->images[row]);
    add_crop(page, e->images[nearest]);
    lk_buffer_text(html, "<br>");
    add_name(html, e->images[row]);
    lk_buffer_text(html, " is nearest to ");
    add_name(html, e->images[nearest]);
    lk_buffer_printf(html, ": %.3f. Nearest of the same person: %.3f.</li>\n",
                     e->distances[row * e->n + nearest], page->numbers->nearest_own[row]);
}

static void add_exceptions(lk_page *page)
{
    enum { MOST = 24 };
    const lk_lesson_numbers *n = page->numbers;
    lk_buffer *html = &page->html;
    size_t wrong = n->nearest_tried - n->nearest_same, shown = 0;
    if (n->nearest_tried == 0) {
        lk_buffer_text(html, "<p class=\"missing\">No person here has two photographs with an "
                             "embedding, so nobody could unlock.</p>\n");
        return;
    }
    lk_buffer_printf(html,
                     "<p>The nearest other photograph is of the same person for <b>%zu of %zu</b> "
                     "%s.%s</p>\n",
                     n->nearest_same, n->nearest_tried,
                     lk_html_word(n->nearest_tried, "photograph", "photographs"),
                     wrong == 1  ? " The exception:"
                     : wrong > 1 ? " The exceptions:"
                                 : "");
    lk_buffer_text(html, wrong ? "<ul class=\"pairs\">" : "");
    for (size_t i = 0; i < n->people.n && shown < MOST; i++)
        if (!isnan(n->nearest_own[i]) && n->people.group[n->nearest[i]] != n->people.group[i]) {
            add_exception(page, i);
            shown++;
        }
    lk_buffer_text(html, wrong ? "</ul>\n" : "");
    if (shown < wrong)
        lk_buffer_printf(html, "<p>… and %zu more, all in <code>lesson.json</code>.</p>\n",
                         wrong - shown);
}

void lk_page_unlock(lk_page *page)
{
    lk_buffer *html = &page->html;
    lk_buffer_text(
        html,
        "<section id=\"unlock\"><h2>7. Unlocking a phone</h2>\n<p>A phone that knows you holds a "
        "few registered embeddings. When a face appears it computes the new embedding, looks for "
        "the nearest registered one, and opens if that is close enough. We can play this with the "
        "photographs above: each in turn is the new face, all the others are registered.</p>\n");
    if (page->numbers->people.n < 2) {
        lk_buffer_text(html, "<p class=\"missing\">This needs at least two photographs with an "
                             "embedding.</p>\n");
    } else {
        add_example(page);
        add_exceptions(page);
        add_ranges(page);
    }
    lk_page_think(
        page,
        "“Close enough” is a number that somebody has to choose. What happens when it is "
        "chosen too large, and too small? Can the table above choose it for you?",
        "<p>Too large, and strangers get in (a false match). Too small, and you stay outside (a "
        "false non-match). Where the two ranges of the table overlap, no threshold avoids both. "
        "And a threshold chosen on these few photographs fits these few people: for a real lock "
        "one would need many thousands of pairs of people who were not used to train the model, "
        "and to look at the errors of each group of people apart.</p>");
    lk_buffer_text(html, "</section>\n");
}

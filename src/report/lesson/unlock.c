/* Every photograph in turn plays the face in front of a locked phone; all the
 * others are registered. */
#include <math.h>

#include "base/utf8.h"
#include "report/frame/html.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

/* Smallest, mean and largest of the numbers that exist. */
typedef struct range {
    double low, mean, high;
    size_t count;
} range;

static range unlock_find_range(const double *values, size_t count)
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
    r.mean /= (double)r.count; /* NaN of none */
    return r;
}

static void add_range(lk_buffer *html, const double *values, size_t count)
{
    range r = unlock_find_range(values, count);
    lk_html_number(html, (double)r.count, 0);
    lk_html_number(html, r.low, 3);
    lk_html_number(html, r.mean, 3);
    lk_html_number(html, r.high, 3);
}

static void add_ranges(lk_buffer *html, const lk_lesson_numbers *n)
{
    lk_buffer own = {0}, other = {0};
    add_range(&own, n->nearest_own, n->people.n);
    add_range(&other, n->nearest_other, n->people.n);
    LK_FILL(html, "lesson/unlock#ranges", lk_markup("own", &own), lk_markup("other", &other));
    lk_buffer_clear(&own);
    lk_buffer_clear(&other);
}

/* Who is on a photograph, and its file. */
static void add_face(lk_buffer *html, const lk_lesson_image *image)
{
    const lk_value file = lk_name("file", lk_file_name(image->path));
    if (image->label && *image->label)
        LK_FILL(html, "lesson/unlock#labelled", lk_name("label", LK_SHORT(image->label, 80)), file);
    else
        LK_FILL(html, "lesson/unlock#unlabelled", file);
}

static void add_example(lk_buffer *html, const lk_lesson_numbers *n)
{
    const lk_embedded *e = &n->people;
    lk_buffer face = {0}, nearest = {0};
    add_face(&face, e->images[0]);
    add_face(&nearest, e->images[n->nearest[0]]);
    LK_FILL(html, "lesson/unlock#example", lk_markup("face", &face), lk_markup("nearest", &nearest),
            lk_fixed("distance", e->distances[n->nearest[0]], 3));
    lk_buffer_clear(&face);
    lk_buffer_clear(&nearest);
}

static void add_crop(lk_buffer *html, const lk_lesson_page_data *page, const lk_lesson_image *image)
{
    const char *address = page->people.crops[image - page->lesson->people];
    if (address)
        LK_FILL(html, "lesson/unlock#crop", lk_text("address", address),
                lk_text("file", lk_file_name(image->path)));
}

static void add_exception(lk_buffer *html, const lk_lesson_page_data *page, size_t row)
{
    const lk_embedded *e = &page->numbers->people;
    size_t nearest = page->numbers->nearest[row];
    lk_buffer crops = {0}, face = {0}, other = {0};
    add_crop(&crops, page, e->images[row]);
    add_crop(&crops, page, e->images[nearest]);
    add_face(&face, e->images[row]);
    add_face(&other, e->images[nearest]);
    LK_FILL(html, "lesson/unlock#exception", lk_markup("crops", &crops), lk_markup("face", &face),
            lk_markup("nearest", &other),
            lk_fixed("distance", e->distances[row * e->n + nearest], 3),
            lk_fixed("own", page->numbers->nearest_own[row], 3));
    lk_buffer_clear(&crops);
    lk_buffer_clear(&face);
    lk_buffer_clear(&other);
}

/* Those whose nearest is somebody else, as many as there is room for; returns how many
 * are shown. */
static size_t add_wrong(lk_buffer *html, const lk_lesson_page_data *page)
{
    enum { MOST = 24 };
    const lk_lesson_numbers *n = page->numbers;
    size_t shown = 0;
    for (size_t i = 0; i < n->people.n && shown < MOST; i++)
        if (!isnan(n->nearest_own[i]) && n->people.group[n->nearest[i]] != n->people.group[i]) {
            add_exception(html, page, i);
            shown++;
        }
    return shown;
}

static void add_exceptions(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_lesson_numbers *n = page->numbers;
    const lk_value same = lk_count("same", n->nearest_same),
                   tried = lk_count("tried", n->nearest_tried);
    const lk_value word = lk_word("photograph_word", n->nearest_tried, "photograph", "photographs");
    size_t wrong = n->nearest_tried - n->nearest_same;
    lk_buffer exceptions = {0};
    size_t shown = add_wrong(&exceptions, page);
    if (wrong)
        LK_FILL(html, "lesson/unlock#exceptions", same, tried, word,
                lk_word("exception_word", wrong, "exception", "exceptions"),
                lk_markup("exceptions", &exceptions));
    else
        LK_FILL(html, "lesson/unlock#all_same", same, tried, word);
    if (shown < wrong)
        LK_FILL(html, "lesson/unlock#more", lk_count("count", wrong - shown));
    lk_buffer_clear(&exceptions);
}

void lk_lesson_unlock(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson_numbers *n = page->numbers;
    lk_template_add(html, "lesson/unlock#unlock");
    if (n->people.n < 2) {
        lk_template_add(html, "lesson/unlock#missing");
    } else {
        lk_lesson_guess_pairs(html, page);
        add_example(html, n);
        if (n->nearest_tried)
            add_exceptions(html, page);
        else
            lk_template_add(html, "lesson/unlock#alone");
        add_ranges(html, n);
    }
    lk_lesson_think(html, "lesson/unlock#threshold_question", "lesson/unlock#threshold_answer");
    lk_lesson_by_hand(html, page, "unlock");
}

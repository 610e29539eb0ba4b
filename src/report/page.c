/* The page's frame and the pieces that its sections share. Everything is in the
 * one file: no script, no network, which the content policy also tells the
 * browser. Answers are folded on screen and plain on paper. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <likeness/plot.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "report/html.h"
#include "report/lesson.h"
#include "report/shown.h"

void lk_page_think(lk_page *page, const char *question, const char *answer)
{
    lk_buffer *html = &page->html;
    lk_buffer_printf(html, "<div class=\"think\" role=\"group\"><h3>Think!</h3><p>%s</p>",
                     question);
    lk_buffer_text(html, "<textarea aria-label=\"Room for your own thoughts\" "
                         "placeholder=\"Room for your own thoughts\"></textarea>");
    lk_buffer_printf(html, "<details><summary>One answer</summary>%s</details>", answer);
    lk_buffer_printf(html, "<div class=\"paper\"><b>One answer.</b> %s</div></div>\n", answer);
}

static const char *label_of(const lk_lesson_image *image)
{
    return image->label ? image->label : "";
}

static void add_cell(lk_buffer *html, const lk_lesson_image *image, const char *address, bool photo)
{
    if (!address) {
        lk_buffer_text(html, "<div class=\"none\" title=\"");
        lk_buffer_escape(html, lk_file_name(image->path));
        lk_buffer_printf(html, "\">%s</div>",
                         image->status == LK_ERROR_NO_FACE ? "no face" : "none");
        return;
    }
    lk_buffer_printf(html, "<img src=\"%s\" alt=\"%s", address, photo ? "Photograph" : "Face crop");
    if (*label_of(image)) {
        lk_buffer_text(html, " of ");
        lk_buffer_escape(html, image->label);
    }
    lk_buffer_text(html, ", ");
    lk_buffer_escape(html, lk_file_name(image->path));
    lk_buffer_text(html, "\" title=\"");
    lk_buffer_escape(html, lk_file_name(image->path));
    lk_buffer_text(html, "\">");
}

/* Images without a copy at the end of a large set are counted, not drawn. */
static size_t count_shown(const lk_lesson_image *images, size_t count, char **addresses,
                          bool photos)
{
    size_t shown = count;
    while (shown > 0 && !addresses[shown - 1] &&
           (photos ? images[shown - 1].photo.rgb : images[shown - 1].crop.rgb))
        shown--;
    return shown;
}

void lk_page_grid(lk_page *page, const lk_lesson_image *images, size_t count, char **addresses,
                  bool photos, bool rows)
{
    lk_buffer *html = &page->html;
    size_t shown = count_shown(images, count, addresses, photos);
    for (size_t i = 0; i < shown; i++) {
        bool begins =
            i == 0 || (rows && strcmp(label_of(&images[i]), label_of(&images[i - 1])) != 0);
        if (begins) {
            lk_buffer_text(html, i ? "</div>\n" : "");
            if (photos && *label_of(&images[i])) {
                lk_buffer_text(html, "<h3 class=\"row\">");
                lk_buffer_escape(html, images[i].label);
                lk_buffer_text(html, "</h3>");
            }
            lk_buffer_text(html, "<div class=\"grid\" style=\"margin-bottom:3px\">");
        }
        add_cell(html, &images[i], addresses[i], photos);
    }
    lk_buffer_text(html, shown ? "</div>\n" : "");
    if (shown < count)
        lk_buffer_printf(html, "<p>… and %zu more, counted but not drawn.</p>\n", count - shown);
}

static void add_path(lk_buffer *html, const lk_lesson_image *image)
{
    lk_buffer path = {0};
    lk_shown_path(&path, image->path, image->label);
    if (path.status == LK_OK)
        lk_html_name(html, path.data);
    else if (html->status == LK_OK)
        html->status = path.status;
    lk_buffer_clear(&path);
}

void lk_page_problems(lk_page *page, const lk_lesson_image *images, size_t count)
{
    enum { MOST = 50 };
    lk_buffer *html = &page->html;
    size_t problems = 0;
    for (size_t i = 0; i < count; i++) {
        if (images[i].status == LK_OK || problems++ >= MOST)
            continue;
        lk_buffer_text(html, problems == 1 ? "<div class=\"missing\"><p>Without an embedding, "
                                             "and so left out of the figures:</p><ul>"
                                           : "");
        lk_buffer_text(html, "<li><code>");
        add_path(html, &images[i]);
        lk_buffer_text(html, "</code>: ");
        lk_html_text(html,
                     images[i].problem ? images[i].problem : lk_status_text(images[i].status));
        lk_buffer_text(html, "</li>");
    }
    if (problems > MOST)
        lk_buffer_printf(html, "<li>and %zu more, all in <code>lesson.json</code></li>",
                         problems - MOST);
    lk_buffer_text(html, problems ? "</ul></div>\n" : "");
}

static void add_facts(lk_page *page)
{
    const lk_lesson_numbers *n = page->numbers;
    char value[64], what[128];
    lk_buffer_text(&page->html, "<ul class=\"facts\">");
    snprintf(value, sizeof value, "%zu of %zu", n->people.n, page->lesson->people_count);
    snprintf(what, sizeof what, "%s embedded, of %zu %s",
             lk_html_word(page->lesson->people_count, "photograph", "photographs"), n->person_count,
             lk_html_word(n->person_count, "person", "people"));
    lk_html_fact(&page->html, value, what);
    if (n->nearest_tried) {
        snprintf(value, sizeof value, "%zu of %zu", n->nearest_same, n->nearest_tried);
        lk_html_fact(&page->html, value, "nearest neighbours are photographs of the same person");
    }
    for (size_t g = 0; g < page->lesson->group_count && g < 6; g++) {
        if (isnan(n->groups[g].wss))
            continue;
        lk_snprintf(value, sizeof value, "%.2f", n->groups[g].wss);
        snprintf(what, sizeof what, "within-group sum of squares of %.40s (n = %zu)",
                 page->lesson->groups[g].name, n->groups[g].n);
        lk_html_fact(&page->html, value, what);
    }
    lk_buffer_text(&page->html, "</ul>\n");
}

static void open_page(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    const char *title = l->title ? l->title : "Recognising faces";
    lk_buffer *html = &page->html;
    lk_html_open(html, title, 0);
    lk_buffer_text(html,
                   "<p class=\"lede\">A lesson in twelve steps: photographs become "
                   "crops, crops become lists of numbers, and distances between the lists say who "
                   "looks like whom to one particular model. Then we ask what that model does with "
                   "groups of people. All numbers and pictures come from one run on the images "
                   "named here.</p>\n");
    if (l->warning)
        lk_html_warning(html, "Note.", l->warning);
    add_facts(page);
}

static void add_contents(lk_buffer *html)
{
    static const char *const sections[][2] = {
        {"photographs", "The photographs"},
        {"crop", "Finding and cropping the face"},
        {"shapes", "The shapes of things"},
        {"embedding", "What an embedding is"},
        {"triplet", "How such a network learns: triplet loss"},
        {"pca", "From many dimensions to two"},
        {"unlock", "Unlocking a phone"},
        {"groups", "Groups of people"},
        {"spread", "How close together is a group?"},
        {"limits", "What these figures can say, and what not"},
        {"ethics", "What it means for people"},
        {"reproduce", "Doing it again"},
    };
    lk_buffer_text(html, "<nav aria-label=\"Contents\"><ol>");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        lk_buffer_printf(html, "<li><a href=\"#%s\">%s</a></li>", sections[i][0], sections[i][1]);
    lk_buffer_text(html, "</ol></nav></header>\n<main>\n");
}

static lk_status make_thumbnails(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    LK_TRY(lk_thumbnails_create(&page->people, l->people, l->people_count));
    LK_TRY(lk_alloc(&page->groups, l->group_count, sizeof *page->groups));
    for (size_t g = 0; g < l->group_count; g++)
        LK_TRY(lk_thumbnails_create(&page->groups[g], l->groups[g].images, l->groups[g].count));
    return LK_OK;
}

static void write_sections(lk_page *page)
{
    open_page(page);
    add_contents(&page->html);
    lk_page_people(page);
    lk_page_embedding(page);
    lk_page_unlock(page);
    lk_page_groups(page);
    lk_page_questions(page);
    lk_page_reproduce(page);
    lk_buffer_printf(&page->html,
                     "</main>\n<footer>Made with likeness %s. The lesson's thread follows the "
                     "Neuromatch Academy deep learning tutorial on facial recognition; the words, "
                     "figures and code are our own. Treat faces, and the numbers made of them, as "
                     "personal data.</footer>\n</body></html>\n",
                     lk_version());
}

lk_status lk_page_write(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers)
{
    lk_page page = {.lesson = lesson, .numbers = numbers};
    lk_status status = make_thumbnails(&page);
    if (status == LK_OK) {
        write_sections(&page);
        status = page.html.status;
    }
    lk_thumbnails_clear(&page.people);
    for (size_t g = 0; page.groups && g < lesson->group_count; g++)
        lk_thumbnails_clear(&page.groups[g]);
    free(page.groups);
    if (status == LK_OK)
        *out = page.html;
    else
        lk_buffer_clear(&page.html);
    return status;
}

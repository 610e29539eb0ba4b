/* The table of the lesson's sections, and what stands above them. */
#include "report/lesson/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/frame/html.h"
#include "report/lesson/sections.h"

static const lk_section sections[] = {
    {"photographs", "The photographs", lk_lesson_photographs, NULL},
    {"crop", "Finding and cropping the face", lk_lesson_crops, NULL},
    {"shapes", "The shapes of things", lk_lesson_shapes, NULL},
    {"embedding", "What an embedding is", lk_lesson_embedding, NULL},
    {"triplet", "How such a network learns: triplet loss", lk_lesson_triplet, NULL},
    {"pca", "From many dimensions to two", lk_lesson_pca, NULL},
    {"unlock", "Unlocking a phone", lk_lesson_unlock, NULL},
    {"groups", "Groups of people", lk_lesson_groups, NULL},
    {"spread", "How close together is a group?", lk_lesson_spread, NULL},
    {"limits", "What these figures can say, and what not", lk_lesson_limits, NULL},
    {"ethics", "What it means for people", lk_lesson_ethics, NULL},
    {"reproduce", "Doing it again", lk_lesson_reproduce, NULL},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static void add_embedded(lk_buffer *facts, const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    lk_buffer what = {0};
    char value[64];
    snprintf(value, sizeof value, "%zu of %zu", n->people.n, lesson->people_count);
    LK_FILL(&what, "lesson/page#embedded",
            lk_word("photograph_word", lesson->people_count, "photograph", "photographs"),
            lk_count("people", n->person_count),
            lk_word("person_word", n->person_count, "person", "people"));
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void add_nearest(lk_buffer *facts, const lk_lesson_numbers *n)
{
    lk_buffer what = {0};
    char value[64];
    snprintf(value, sizeof value, "%zu of %zu", n->nearest_same, n->nearest_tried);
    lk_template_add(&what, "lesson/page#nearest");
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void page_add_spread(lk_buffer *facts, const lk_lesson_group *group, const lk_wss *wss)
{
    lk_buffer what = {0};
    char value[64];
    lk_snprintf(value, sizeof value, "%.2f", wss->wss);
    LK_FILL(&what, "lesson/page#spread", lk_text("group", LK_SHORT(group->name, 40)),
            lk_count("n", wss->n));
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void page_add_facts(lk_buffer *html, const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    enum { MOST_GROUPS = 6 };
    lk_buffer facts = {0};
    add_embedded(&facts, lesson, n);
    if (n->nearest_tried)
        add_nearest(&facts, n);
    for (size_t g = 0; g < lesson->group_count && g < MOST_GROUPS; g++)
        if (!isnan(n->groups[g].wss))
            page_add_spread(&facts, &lesson->groups[g], &n->groups[g]);
    lk_html_facts(html, &facts);
    lk_buffer_clear(&facts);
}

static const char *in_words(size_t count)
{
    static const char *const words[] = {"no",    "one",   "two",  "three", "four",   "five",  "six",
                                        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    return count < sizeof words / sizeof *words ? words[count] : "many";
}

static void page_write_page(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer opening = {0};
    LK_FILL(&opening, "lesson/page#opening", lk_text("sections", in_words(SECTIONS)));
    if (l->warning)
        lk_html_warning(&opening, "Note.", l->warning);
    page_add_facts(&opening, l, page->numbers);
    const lk_frame frame = {.title = l->title ? l->title : "Recognising faces",
                            .opening = &opening,
                            .sections = sections,
                            .section_count = SECTIONS,
                            .numbered = true,
                            .closing = "lesson/page#closing"};
    lk_html_page(html, &frame, page);
    lk_buffer_clear(&opening);
}

static lk_status make_thumbnails(lk_lesson_page_data *page)
{
    const lk_lesson *l = page->lesson;
    LK_TRY(lk_thumbnails_create(&page->people, l->people, l->people_count));
    LK_TRY(lk_alloc(&page->groups, l->group_count, sizeof *page->groups));
    for (size_t g = 0; g < l->group_count; g++)
        LK_TRY(lk_thumbnails_create(&page->groups[g], l->groups[g].images, l->groups[g].count));
    return LK_OK;
}

lk_status lk_lesson_page(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers)
{
    lk_buffer html = {0};
    lk_lesson_page_data page = {.lesson = lesson,
                                .numbers = numbers,
                                .limits = lk_section_number(sections, SECTIONS, "limits")};
    html.status = make_thumbnails(&page);
    if (html.status == LK_OK)
        page_write_page(&html, &page);
    lk_status status = html.status;
    lk_thumbnails_clear(&page.people);
    for (size_t g = 0; page.groups && g < lesson->group_count; g++)
        lk_thumbnails_clear(&page.groups[g]);
    free(page.groups);
    if (status == LK_OK)
        *out = html;
    else
        lk_buffer_clear(&html);
    return status;
}

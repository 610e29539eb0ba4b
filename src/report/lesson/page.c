/* The table of the lesson's sections, and what stands above them. */
#include "report/lesson/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "report/frame/html.h"
#include "report/frame/script.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

static const lk_section sections[] = {
    {"objectives", "What you will learn", lk_lesson_objectives, NULL},
    {"photographs", "The photographs", lk_lesson_photographs, NULL},
    {"crop", "Finding and cropping the face", lk_lesson_crops, NULL},
    {"shapes", "The shapes of things", lk_lesson_shapes, NULL},
    {"embedding", "What an embedding is", lk_lesson_embedding, NULL},
    {"triplet", "How such a network learns: triplet loss", lk_lesson_triplet, NULL},
    {"pca", "From many dimensions to two", lk_lesson_pca, NULL},
    {"unlock", "Unlocking a phone", lk_lesson_unlock, NULL},
    {"groups", "Groups of people", lk_lesson_groups, NULL},
    {"matrix", "Every distance at once", lk_lesson_matrix, NULL},
    {"evidence", "Do the training data decide?", lk_lesson_evidence, NULL},
    {"spread", "How close together is a group?", lk_lesson_spread, NULL},
    {"threshold", "Where errors happen: the threshold", lk_lesson_threshold, NULL},
    {"models", "Would another model say the same?", lk_lesson_models, NULL},
    {"limits", "What these figures can say, and what not", lk_lesson_limits, NULL},
    {"ethics", "What it means for people", lk_lesson_ethics, NULL},
    {"quiz", "What have you learnt?", lk_lesson_quiz, NULL},
    {"summary", "In short", lk_lesson_summary_section, NULL},
    {"reading", "Further reading", lk_lesson_reading, NULL},
    {"reproduce", "Doing it again", lk_lesson_reproduce, NULL},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static void add_embedded(lk_buffer *facts, const lk_lesson *lesson, const lk_lesson_numbers *n)
{
    lk_buffer what = {0};
    char value[64];
    snprintf(value, sizeof value, "%zu of %zu", n->people.n, lesson->people_count);
    lk_say_text(value, sizeof value);
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
    lk_say_text(value, sizeof value);
    lk_template_add(&what, "lesson/page#nearest");
    lk_html_fact(facts, value, &what);
    lk_buffer_clear(&what);
}

static void page_add_spread(lk_buffer *facts, const lk_lesson_group *group, const lk_wss *wss)
{
    lk_buffer what = {0};
    char value[64];
    lk_snprintf(value, sizeof value, "%.2f", wss->wss);
    lk_mark_decimals(value);
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

static void key_add(lk_buffer *text, const char *word)
{
    lk_buffer_text(text, word ? word : "");
    lk_buffer_text(text, "\n");
}

/* What answers are kept under: the same for the same photographs, groups and weights, in
 * every language. */
static void page_make_key(lk_buffer *key, const lk_lesson *l)
{
    enum { DIGITS = 16 };
    lk_buffer text = {0}, digest = {0};
    key_add(&text, l->weights);
    for (size_t i = 0; i < l->people_count; i++) {
        key_add(&text, l->people[i].label);
        key_add(&text, lk_file_name(l->people[i].path));
    }
    for (size_t g = 0; g < l->group_count; g++)
        key_add(&text, l->groups[g].name);
    lk_digest_add(&digest, text.data ? text.data : "", text.count);
    key->status = text.status != LK_OK ? text.status : digest.status;
    if (digest.data)
        lk_buffer_add(key, digest.data, DIGITS);
    lk_buffer_clear(&text);
    lk_buffer_clear(&digest);
}

/* The user's words, and what the program has to say of the run. */
static void page_add_note(lk_buffer *html, const lk_lesson *l)
{
    lk_buffer remarks = {0};
    for (size_t i = 0; i < l->remark_count; i++) {
        lk_buffer_text(&remarks, " ");
        lk_say(&remarks, l->remarks[i]);
    }
    if (l->warning || l->remark_count)
        LK_FILL(html, "lesson/page#note", lk_shown("text", l->warning),
                lk_markup("remarks", &remarks));
    lk_buffer_clear(&remarks);
}

static void page_write_page(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer opening = {0};
    LK_FILL(&opening, "lesson/page#opening", lk_count("sections", SECTIONS));
    page_add_note(&opening, l);
    page_add_facts(&opening, l, page->numbers);
    lk_buffer title = {0}, key = {0};
    if (l->title)
        lk_buffer_text(&title, l->title);
    else
        lk_say(&title, "Recognising faces");
    page_make_key(&key, l);
    if (html->status == LK_OK)
        html->status = title.status != LK_OK ? title.status : key.status;
    const lk_frame frame = {.title = title.data,
                            .opening = &opening,
                            .sections = sections,
                            .section_count = SECTIONS,
                            .numbered = true,
                            .closing = "lesson/page#closing",
                            .live = true,
                            .key = key.data};
    lk_html_page(html, &frame, page);
    lk_buffer_clear(&title);
    lk_buffer_clear(&key);
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

static size_t place_of(const char *id, const lk_lesson_page_data *page)
{
    return lk_section_number(sections, SECTIONS, id, page);
}

static void page_find_places(lk_lesson_page_data *page)
{
    page->places = (lk_lesson_places){.photographs = place_of("photographs", page),
                                      .unlock = place_of("unlock", page),
                                      .groups = place_of("groups", page),
                                      .evidence = place_of("evidence", page),
                                      .spread = place_of("spread", page),
                                      .limits = place_of("limits", page),
                                      .ethics = place_of("ethics", page)};
}

static lk_status page_count_rates(lk_lesson_page_data *page)
{
    lk_buffer people = {0};
    lk_say(&people, "People of section 2");
    lk_status status = people.status;
    if (status == LK_OK)
        status = lk_lesson_rates_create(&page->rates, page->lesson, page->numbers, people.data);
    page->people_name = people.data;
    return status;
}

static void page_clear(lk_lesson_page_data *page)
{
    lk_thumbnails_clear(&page->people);
    for (size_t g = 0; page->groups && g < page->lesson->group_count; g++)
        lk_thumbnails_clear(&page->groups[g]);
    free(page->groups);
    free(page->people_name);
    lk_lesson_rates_clear(&page->rates);
}

lk_status lk_lesson_page(lk_buffer *out, const lk_lesson *lesson, const lk_lesson_numbers *numbers)
{
    lk_buffer html = {0};
    lk_lesson_page_data page = {.lesson = lesson, .numbers = numbers};
    lk_template_speak(lesson->language && strcmp(lesson->language, "de") == 0 ? "de" : "en");
    page_find_places(&page);
    html.status = make_thumbnails(&page);
    if (html.status == LK_OK)
        html.status = page_count_rates(&page);
    if (html.status == LK_OK)
        page_write_page(&html, &page);
    lk_template_speak("en");
    page_clear(&page);
    lk_status status = html.status;
    if (status == LK_OK)
        *out = html;
    else
        lk_buffer_clear(&html);
    return status;
}

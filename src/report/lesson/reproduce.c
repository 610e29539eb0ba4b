/* Everything that is needed to get the same numbers again. */
#include <stdio.h>

#include "report/frame/html.h"
#include "report/lesson/sections.h"

static void add_crop_row(lk_buffer *rows, const char *name, size_t size, size_t margin)
{
    lk_buffer value = {0};
    LK_FILL(&value, "lesson/reproduce#crop", lk_count("size", size), lk_count("margin", margin));
    lk_html_row(rows, name, value.data);
    lk_buffer_clear(&value);
}

static void reproduce_add_settings(lk_buffer *html, const lk_lesson *l)
{
    lk_buffer rows = {0};
    char seed[32], threads[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)l->seed);
    snprintf(threads, sizeof threads, "%zu", l->threads ? l->threads : lk_threads_get());
    lk_html_row(&rows, "Command", l->command);
    lk_html_row(&rows, "Date", l->date);
    lk_html_row(&rows, "Weights", l->weights);
    lk_html_notes(&rows, &(lk_report_note){"Detector", l->detector}, 1);
    lk_html_row(&rows, "Compatible with", l->compat);
    add_crop_row(&rows, "Crops of people", l->people_size, l->people_margin);
    add_crop_row(&rows, "Crops of groups", l->group_size, l->group_margin);
    lk_html_row(&rows, "Device", l->device);
    lk_html_row(&rows, "Threads", threads);
    lk_html_row(&rows, "Seed", seed);
    lk_html_notes(&rows, l->settings, l->setting_count);
    lk_html_row(&rows, "likeness", lk_version());
    lk_html_notes(&rows, l->versions, l->version_count);
    lk_html_settings(html, &rows);
    lk_buffer_clear(&rows);
}

static void add_timings(lk_buffer *html, const lk_lesson *l)
{
    lk_buffer rows = {0};
    for (size_t i = 0; i < l->timing_count; i++)
        LK_FILL(&rows, "lesson/reproduce#timing", lk_said("stage", l->timings[i].name),
                lk_fixed("seconds", l->timings[i].seconds, 3));
    if (l->timing_count)
        LK_FILL(html, "lesson/reproduce#timings", lk_markup("rows", &rows));
    lk_buffer_clear(&rows);
}

void lk_lesson_reproduce(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    lk_template_add(html, "lesson/reproduce#reproduce");
    reproduce_add_settings(html, page->lesson);
    add_timings(html, page->lesson);
}

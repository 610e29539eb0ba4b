/* Everything that is needed to get the same numbers again. */
#include <stdio.h>

#include "report/html.h"
#include "report/lesson.h"

static void add_crop_row(lk_buffer *html, const char *name, size_t size, size_t margin)
{
    char value[96];
    snprintf(value, sizeof value, "%zu x %zu pixels, margin %zu", size, size, margin);
    lk_html_row(html, name, value);
}

static void add_settings(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    char seed[32], threads[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)l->seed);
    snprintf(threads, sizeof threads, "%zu", l->threads ? l->threads : lk_threads_get());
    lk_buffer_text(html, "<div class=\"scroll\"><table><tbody>");
    lk_html_row(html, "Command", l->command);
    lk_html_row(html, "Date", l->date);
    lk_html_row(html, "Weights", l->weights);
    lk_html_row(html, "Detector", l->detector);
    lk_html_row(html, "Compatible with", l->compat);
    add_crop_row(html, "Crops of people", l->people_size, l->people_margin);
    add_crop_row(html, "Crops of groups", l->group_size, l->group_margin);
    lk_html_row(html, "Device", l->device);
    lk_html_row(html, "Threads", threads);
    lk_html_row(html, "Seed", seed);
    for (size_t i = 0; i < l->setting_count; i++)
        lk_html_row(html, l->settings[i].name, l->settings[i].value);
    lk_html_row(html, "likeness", lk_version());
    for (size_t i = 0; i < l->version_count; i++)
        lk_html_row(html, l->versions[i].name, l->versions[i].value);
    lk_buffer_text(html, "</tbody></table></div>\n");
}

static void add_timings(lk_page *page)
{
    const lk_lesson *l = page->lesson;
    lk_buffer *html = &page->html;
    if (l->timing_count == 0)
        return;
    lk_buffer_text(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Stage</th><th "
                         "class=\"n\" scope=\"col\">seconds</th></tr></thead><tbody>");
    for (size_t i = 0; i < l->timing_count; i++) {
        lk_buffer_text(html, "<tr><th scope=\"row\">");
        lk_buffer_escape(html, l->timings[i].name);
        lk_buffer_printf(html, "</th><td class=\"n\">%.3f</td></tr>", l->timings[i].seconds);
    }
    lk_buffer_text(html, "</tbody></table></div>\n");
}

void lk_page_reproduce(lk_page *page)
{
    lk_buffer_text(&page->html,
                   "<section id=\"reproduce\"><h2>12. Doing it again</h2>\n<p>The same files, "
                   "settings and versions give the same numbers. All of them, also those that "
                   "this page has no room for, are in <code>lesson.json</code> beside it. Paths "
                   "begin in the folder in which the command was run; of what lies elsewhere this "
                   "page shows the last part only.</p>\n");
    add_settings(page);
    add_timings(page);
    lk_buffer_text(&page->html, "</section>\n");
}

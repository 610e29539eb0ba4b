/* Rates as texts and cells. Nothing is said of a rate that its state does not allow. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/locale.h"
#include "base/utf8.h"
#include "report/audit/sections.h"

/* A blank at which no line breaks, so that cells break before their brackets only. */
#define NB "\xc2\xa0"

static const char audit_words_none[] = "–";

static void audit_words_state(char out[LK_AUDIT_TEXT], const lk_rate *r)
{
    if (r->state == LK_RATE_NONE)
        lk_snprintf(out, LK_AUDIT_TEXT, "%s", audit_words_none);
    else if (r->state == LK_RATE_ESTIMATED && isfinite(r->low) && isfinite(r->high))
        lk_snprintf(out, LK_AUDIT_TEXT, "%.3g" NB "%% (%.3g" NB "to" NB "%.3g)", 100 * r->rate,
                    100 * r->low, 100 * r->high);
    else if (r->state == LK_RATE_ESTIMATED)
        lk_snprintf(out, LK_AUDIT_TEXT, "%.3g" NB "%%", 100 * r->rate);
    else if (!(r->high < 1))
        lk_snprintf(out, LK_AUDIT_TEXT, "not estimable");
    else
        lk_snprintf(out, LK_AUDIT_TEXT, "%s (at" NB "most" NB "%.3g" NB "%%)",
                    r->state == LK_RATE_ZERO ? "none found" : "not estimable", 100 * r->high);
}

static void audit_words_star(char out[LK_AUDIT_TEXT], const lk_rate *r)
{
    size_t length = strlen(out);
    if (r->state != LK_RATE_NONE && r->few_errors)
        snprintf(out + length, LK_AUDIT_TEXT - length, NB "*");
}

void lk_audit_rate_text(char out[LK_AUDIT_TEXT], const lk_rate *rate)
{
    audit_words_state(out, rate);
    audit_words_star(out, rate);
}

void lk_audit_count_text(char out[LK_AUDIT_TEXT], const lk_rate *rate)
{
    if (rate->state == LK_RATE_NONE)
        snprintf(out, LK_AUDIT_TEXT, "%s", audit_words_none);
    else
        lk_snprintf(out, LK_AUDIT_TEXT, "%.0f" NB "of" NB "%.0f", rate->errors, rate->pairs);
}

void lk_audit_cell_text(char out[LK_AUDIT_TEXT], const lk_rate *rate)
{
    if (rate->state != LK_RATE_ESTIMATED)
        lk_audit_count_text(out, rate);
    else if (isfinite(rate->low) && isfinite(rate->high))
        lk_snprintf(out, LK_AUDIT_TEXT, "%.2g" NB "%% (%.2g" NB "to" NB "%.2g)", 100 * rate->rate,
                    100 * rate->low, 100 * rate->high);
    else
        lk_snprintf(out, LK_AUDIT_TEXT, "%.2g" NB "%%", 100 * rate->rate);
    audit_words_star(out, rate);
}

/* "6.7", "760"; "760,000" would claim digits that nobody has. */
static void audit_words_times(char out[32], double ratio)
{
    lk_snprintf(out, 32, ratio < 100 ? "%.2g" : "%.0f", ratio);
}

void lk_audit_ratio_text(char out[LK_AUDIT_TEXT], const lk_contrast *ratio)
{
    char value[32], low[32], high[32];
    audit_words_times(value, ratio->value);
    audit_words_times(low, ratio->low);
    audit_words_times(high, ratio->high);
    if (isnan(ratio->value) && isnan(ratio->low))
        snprintf(out, LK_AUDIT_TEXT, "%s", audit_words_none);
    else if (isnan(ratio->low))
        snprintf(out, LK_AUDIT_TEXT, "%s times (no interval)", value);
    else if (isnan(ratio->value))
        snprintf(out, LK_AUDIT_TEXT, "%s times or more", low);
    else if (!isfinite(ratio->high))
        snprintf(out, LK_AUDIT_TEXT, "%s" NB "times (%s" NB "or" NB "more)", value, low);
    else
        snprintf(out, LK_AUDIT_TEXT, "%s" NB "times (%s" NB "to" NB "%s)", value, low, high);
}

void lk_audit_add_cell(lk_buffer *html, const char *text)
{
    size_t length = strlen(text);
    bool few = length > 0 && text[length - 1] == '*';
    LK_FILL(html, few ? "audit/errors#few_cell" : "audit/errors#cell", lk_text("text", text));
}

void lk_audit_add_rate(lk_buffer *html, const lk_rate *rate)
{
    char text[LK_AUDIT_TEXT];
    lk_audit_rate_text(text, rate);
    lk_audit_add_cell(html, text);
}

void lk_audit_add_heads(lk_buffer *html, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        LK_FILL(html, "audit/errors#head", lk_audit_group_name("name", names[i]));
}

lk_value lk_audit_group_name(const char *name, const char *text)
{
    static _Thread_local char room[4][LK_SHORT_ROOM]; /* for as many in one fragment */
    static _Thread_local size_t next;
    char *short_name = room[next++ & 3];
    return lk_name(name,
                   lk_utf8_shorten(short_name, text ? text : "", text ? strlen(text) : 0, 60));
}

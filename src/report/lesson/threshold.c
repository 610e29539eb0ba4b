/* Errors of the people and of each group at a threshold. */
#include "report/frame/parts.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"
#include "report/lesson/sections.h"

static bool threshold_knows_fnmr(const lk_threshold_part *p)
{
    for (size_t r = 0; r < p->row_count; r++)
        if (p->rows[r].fnmr[0].pairs > 0)
            return true;
    return false;
}

/* An audit sets thresholds of its own. */
static void threshold_by_hand(lk_buffer *html, const lk_lesson_page_data *page)
{
    const lk_threshold_part *p = &page->rates.part;
    lk_buffer hand = {0};
    lk_lesson_by_hand(&hand, page, "threshold");
    if (hand.count)
        LK_FILL(html, "lesson/threshold#by_hand", lk_markup("hand", &hand),
                lk_place("threshold", p->thresholds[p->start], p->decimals));
    lk_buffer_clear(&hand);
}

void lk_lesson_threshold(lk_buffer *html, const void *data)
{
    const lk_lesson_page_data *page = data;
    const lk_lesson_rates *rates = &page->rates;
    lk_template_add(html, "lesson/threshold#threshold");
    if (!rates->part.row_count) {
        lk_template_add(html, "lesson/threshold#missing");
        return;
    }
    lk_lesson_think(html, "lesson/threshold#move_question", "lesson/threshold#move_answer");
    lk_template_add(html,
                    rates->by_people ? "lesson/threshold#by_people" : "lesson/threshold#by_groups");
    if (!threshold_knows_fnmr(&rates->part))
        lk_template_add(html, "lesson/threshold#alone");
    lk_part_threshold(html, &rates->part);
    lk_lesson_think(html, "lesson/threshold#same_question", "lesson/threshold#same_answer");
    threshold_by_hand(html, page);
}

/* What is guessed before it is told: which pairs are one person, which group lies wider.
 * And what the latter is worth: the people drawn anew. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/utf8.h"
#include "report/frame/parts.h"
#include "report/frame/template.h"
#include "report/lesson/pieces.h"

/* ---- One person or two? ---- */

typedef struct guess_pair {
    size_t a, b;
    double distance;
} guess_pair;

static int guess_by_distance(const void *left, const void *right)
{
    const guess_pair *a = left, *b = right;
    return (a->distance > b->distance) - (a->distance < b->distance);
}

/* All pairs of one kind among the first photographs, nearest first. Those that are the same
 * to the bit would give nothing to guess. */
static lk_status guess_list(guess_pair **out, size_t *count, const lk_embedded *e, bool same)
{
    enum { MOST = 200 };
    size_t n = e->n < MOST ? e->n : MOST;
    *count = 0;
    LK_TRY(lk_alloc(out, n * n / 2 + 1, sizeof **out));
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if ((e->group[i] == e->group[j]) == same && e->distances[i * e->n + j] > 0)
                (*out)[(*count)++] = (guess_pair){i, j, e->distances[i * e->n + j]};
    qsort(*out, *count, sizeof **out, guess_by_distance);
    return LK_OK;
}

static void guess_add_crop(lk_buffer *html, const lk_lesson_page_data *page, size_t row)
{
    const lk_lesson_image *image = page->numbers->people.images[row];
    const char *address = page->people.crops[image - page->lesson->people];
    if (address)
        LK_FILL(html, "lesson/guess#crop", lk_text("address", address));
}

static void guess_ask_pair(lk_buffer *html, const lk_lesson_page_data *page, size_t number,
                           const guess_pair *pair, bool same)
{
    lk_buffer question = {0}, crops = {0}, yes = {0}, no = {0}, why = {0};
    const lk_embedded *e = &page->numbers->people;
    char key[32];
    snprintf(key, sizeof key, "pair-%zu", number);
    guess_add_crop(&crops, page, pair->a);
    guess_add_crop(&crops, page, pair->b);
    LK_FILL(&question, "lesson/guess#pair", lk_count("number", number), lk_markup("crops", &crops));
    lk_template_add(&yes, "lesson/guess#yes");
    lk_template_add(&no, "lesson/guess#no");
    const lk_value told[] = {
        lk_name("first", LK_SHORT(page->numbers->persons[e->group[pair->a]], 80)),
        lk_name("second", LK_SHORT(page->numbers->persons[e->group[pair->b]], 80)),
        lk_fixed("distance", pair->distance, 3)};
    lk_template_fill_some(&why, same ? "lesson/guess#is_one" : "lesson/guess#are_two", told, 3);
    const lk_choice choices[] = {{&yes, &why}, {&no, &why}};
    lk_part_ask(html, &(lk_ask){key, &question, choices, 2, same ? 1 : 2, NULL});
    lk_buffer_clear(&question);
    lk_buffer_clear(&crops);
    lk_buffer_clear(&yes);
    lk_buffer_clear(&no);
    lk_buffer_clear(&why);
}

/* Hard and easy ones of both kinds, by their place among all pairs of the kind. */
static void guess_ask_pairs(lk_buffer *html, const lk_lesson_page_data *page,
                            guess_pair *const pairs[2], const size_t counts[2])
{
    static const struct {
        bool same;
        double place;
    } asked[] = {{false, 0}, {true, 1}, {true, 0.5}, {false, 0.1}, {true, 0.9}, {false, 0.5}};
    size_t last[2] = {SIZE_MAX, SIZE_MAX};
    lk_template_add(html, "lesson/guess#pairs");
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        bool same = asked[i].same;
        if (counts[same] == 0)
            continue;
        size_t at = (size_t)llround(asked[i].place * (double)(counts[same] - 1));
        if (at != last[same])
            guess_ask_pair(html, page, i + 1, &pairs[same][at], same);
        last[same] = at;
    }
}

void lk_lesson_guess_pairs(lk_buffer *html, const lk_lesson_page_data *page)
{
    guess_pair *pairs[2] = {NULL, NULL};
    size_t counts[2] = {0};
    for (size_t k = 0; k < 2 && html->status == LK_OK; k++)
        html->status = guess_list(&pairs[k], &counts[k], &page->numbers->people, k == 1);
    if (html->status == LK_OK && counts[0] + counts[1])
        guess_ask_pairs(html, page, pairs, counts);
    free(pairs[0]);
    free(pairs[1]);
}

/* ---- Which group lies wider? ---- */

/* The groups with the largest and the smallest spread; equal: there are no two. */
static void guess_extremes(size_t *high, size_t *low, const lk_lesson_page_data *page)
{
    const lk_wss *groups = page->numbers->groups;
    *high = *low = SIZE_MAX;
    for (size_t g = 0; g < page->lesson->group_count; g++) {
        if (isnan(groups[g].wss_per_df))
            continue;
        if (*high == SIZE_MAX || groups[g].wss_per_df > groups[*high].wss_per_df)
            *high = g;
        if (*low == SIZE_MAX || groups[g].wss_per_df < groups[*low].wss_per_df)
            *low = g;
    }
}

void lk_lesson_guess_spread(lk_buffer *html, const lk_lesson_page_data *page)
{
    enum { MOST = 6 };
    size_t high, low, count = page->lesson->group_count;
    guess_extremes(&high, &low, page);
    if (high == low || count > MOST)
        return;
    lk_buffer question = {0}, texts[MOST] = {{0}}, why = {0};
    lk_choice choices[MOST];
    lk_template_add(&question, "lesson/guess#spread");
    LK_FILL(&why, "lesson/guess#spread_why",
            lk_name("wider", LK_SHORT(page->lesson->groups[high].name, 80)),
            lk_fixed("high", page->numbers->groups[high].wss_per_df, 4));
    for (size_t g = 0; g < count; g++) {
        LK_FILL(&texts[g], "lesson/guess#group",
                lk_name("name", LK_SHORT(page->lesson->groups[g].name, 80)));
        choices[g] = (lk_choice){&texts[g], &why};
    }
    lk_part_ask(html,
                &(lk_ask){"spread-guess", &question, choices, count, high + 1, "#spread-results"});
    lk_buffer_clear(&question);
    lk_buffer_clear(&why);
    for (size_t g = 0; g < count; g++)
        lk_buffer_clear(&texts[g]);
}

/* ---- The people drawn anew ---- */

enum { DRAWS = 100, MOST_PEOPLE = 1000 };

/* WSS / (n - 1) of a group, its people as they are and drawn anew; [0] is as they are. */
static lk_status draw_group(double out[DRAWS + 1], const lk_lesson_page_data *page, size_t g,
                            lk_random *random)
{
    const lk_lesson_numbers *n = page->numbers;
    double measures[LK_BIAS_MEASURES], *weights = NULL;
    size_t first = 0, d = page->lesson->embedding_size, people = n->group_people[g];
    for (size_t k = 0; k < g; k++)
        first += n->groups[k].n;
    const lk_bias_rows rows = {n->grouped.x + first * d, n->grouped_person + first, n->groups[g].n,
                               d, people};
    lk_pair_sums *sums;
    LK_TRY(lk_stats_pair_sums_create(&sums, &rows, 0));
    lk_status status = lk_alloc(&weights, people, sizeof *weights);
    for (size_t i = 0; i <= DRAWS && status == LK_OK; i++) {
        memset(weights, 0, people * sizeof *weights);
        for (size_t k = 0; k < people; k++)
            weights[lk_random_below(random, people)]++;
        lk_stats_pair_measures(measures, sums, i ? weights : NULL);
        out[i] = measures[LK_BIAS_WSS];
    }
    free(weights);
    lk_stats_pair_sums_destroy(sums);
    return status;
}

/* Words for the figure, which escapes them: the name as it is, but for what turns writing. */
static void draw_name(lk_buffer *out, const char *fragment, const char *name)
{
    lk_buffer clean = {0};
    lk_buffer_clean(&clean, LK_SHORT(name, 30));
    LK_FILL(out, fragment, lk_markup("name", &clean));
    lk_buffer_clear(&clean);
}

static void draw_show(lk_buffer *html, const lk_lesson_page_data *page, size_t a, size_t b,
                      const double *differences)
{
    lk_buffer caption = {0}, below = {0}, above = {0};
    double kept[DRAWS];
    size_t count = 0;
    for (size_t i = 1; i <= DRAWS; i++)
        if (isfinite(differences[i]))
            kept[count++] = differences[i];
    const lk_value first = lk_name("first", LK_SHORT(page->lesson->groups[a].name, 40)),
                   second = lk_name("second", LK_SHORT(page->lesson->groups[b].name, 40));
    LK_FILL(&caption, "lesson/guess#draw", first, second, lk_count("count", count),
            lk_fixed("observed", differences[0], 4));
    draw_name(&below, "lesson/guess#below", page->lesson->groups[a].name);
    draw_name(&above, "lesson/guess#above", page->lesson->groups[b].name);
    if (html->status == LK_OK)
        html->status = below.status != LK_OK ? below.status : above.status;
    if (html->status == LK_OK)
        lk_part_redraw(html, &(lk_redraw_part){.values = kept,
                                               .count = count,
                                               .observed = differences[0],
                                               .decimals = 4,
                                               .caption = &caption,
                                               .below = below.data,
                                               .above = above.data});
    lk_buffer_clear(&caption);
    lk_buffer_clear(&below);
    lk_buffer_clear(&above);
}

void lk_lesson_draw_anew(lk_buffer *html, const lk_lesson_page_data *page)
{
    double first[DRAWS + 1], second[DRAWS + 1];
    size_t high, low;
    lk_random random;
    guess_extremes(&high, &low, page);
    if (high == low)
        return;
    size_t a = high < low ? high : low, b = high < low ? low : high;
    const size_t *people = page->numbers->group_people;
    if (people[a] > MOST_PEOPLE || people[b] > MOST_PEOPLE)
        return;
    lk_random_init(&random, page->lesson->seed, 0);
    if (html->status == LK_OK)
        html->status = draw_group(first, page, a, &random);
    if (html->status == LK_OK)
        html->status = draw_group(second, page, b, &random);
    for (size_t i = 0; i <= DRAWS && html->status == LK_OK; i++)
        first[i] -= second[i];
    if (html->status == LK_OK && isfinite(first[0]))
        draw_show(html, page, a, b, first);
}

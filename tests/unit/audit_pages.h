/* Findings by hand, for the page of an audit: whatever state a test wants. */
#ifndef AUDIT_PAGES_H
#define AUDIT_PAGES_H

#include <math.h>
#include <string.h>

#include <likeness-program/audit_page.h>

enum { PAGE_GROUPS = 3, PAGE_FACES = 6, PAGE_MANY = 120 };

typedef struct made_page {
    lk_audit_findings findings;
    lk_audit_level level;
    lk_audit_group group[PAGE_GROUPS];
    lk_rate fmr[PAGE_GROUPS], fnmr[PAGE_GROUPS], matrix[PAGE_GROUPS * PAGE_GROUPS];
    lk_contrast rest_ratio[PAGE_GROUPS];
    lk_test rest[PAGE_GROUPS], spread[PAGE_GROUPS * PAGE_GROUPS];
    double own[PAGE_GROUPS][2];
    double impostor[PAGE_GROUPS * PAGE_GROUPS * LK_AUDIT_BINS],
        genuine[PAGE_GROUPS * LK_AUDIT_BINS];
    const char *names[PAGE_GROUPS], *sentences[PAGE_GROUPS];
    lk_audit_page_group groups[PAGE_GROUPS];
    lk_audit_page_quartiles quartiles[1];
    lk_audit_page_measure measures[1];
    lk_audit_page_pair pairs[PAGE_MANY];
    const char *problems[PAGE_MANY];
    lk_lesson_image faces[PAGE_FACES];
    size_t face_group[PAGE_FACES];
    double distances[PAGE_FACES * PAGE_FACES], pca[PAGE_FACES * 2];
    lk_report_note note;
    const lk_audit_level *steps[1];
    lk_audit_what_if what_if;
    lk_audit_page_setting settings[1];
    lk_audit_page page;
} made_page;

static inline lk_rate made_rate(lk_rate_state state, double errors, double pairs)
{
    return (lk_rate){.state = state,
                     .few_errors = errors < 10,
                     .rate = errors / pairs,
                     .low = errors / pairs / 2,
                     .high = fmin(.9, (errors + 1) / pairs * 2),
                     .errors = errors,
                     .pairs = pairs};
}

static inline void made_counts(made_page *m)
{
    for (size_t b = 0; b < LK_AUDIT_BINS; b++)
        m->findings.counts.edges[b] = 2.0 * (double)(b + 1) / LK_AUDIT_BINS;
    for (size_t i = 0; i < PAGE_GROUPS * PAGE_GROUPS; i++)
        for (size_t b = 100; b < 400; b++)
            m->impostor[i * LK_AUDIT_BINS + b] = 3;
    for (size_t g = 0; g < PAGE_GROUPS; g++)
        for (size_t b = 50; b < 300; b++)
            m->genuine[g * LK_AUDIT_BINS + b] = 1;
    m->findings.counts.impostor = m->impostor;
    m->findings.counts.genuine = m->genuine;
}

static inline void made_level(made_page *m)
{
    for (size_t g = 0; g < PAGE_GROUPS; g++) {
        m->fmr[g] = made_rate(LK_RATE_ESTIMATED, 20 + 5 * (double)g, 900);
        m->fnmr[g] = made_rate(LK_RATE_ESTIMATED, 30, 250);
        m->group[g] = (lk_audit_group){.rows = 40,
                                       .people = 20,
                                       .impostor = 900,
                                       .genuine = 250,
                                       .spread = {20, .5, .4, .6, .01, .5, .4, .6}};
        m->rest_ratio[g] = (lk_contrast){1.5, .8, 3, false};
        m->rest[g] = (lk_test){1, NAN, .3, .5};
    }
    for (size_t i = 0; i < PAGE_GROUPS * PAGE_GROUPS; i++) {
        m->matrix[i] = made_rate(LK_RATE_FEW, 3, 900);
        m->spread[i] = (lk_test){1.5, 30, .1, .2};
    }
    m->level = (lk_audit_level){.target = 0.01,
                                .threshold = 0.9,
                                .fmr = m->fmr,
                                .fnmr = m->fnmr,
                                .matrix = m->matrix,
                                .rest_ratio = m->rest_ratio,
                                .rest = m->rest,
                                .omnibus = {3, 2, .2, NAN},
                                .verdict = LK_AUDIT_CANNOT_TELL,
                                .plan = {80, 40, 80}};
    m->level.fmr_extremes =
        (lk_audit_extremes){.worst = 2, .best = 0, .groups = 3, .ratio = {1.5, .8, 3, false}};
    m->level.indices[LK_AUDIT_MAX_OVER_MEAN] = (lk_audit_index){1.3, 1.2, 1.6};
    m->level.what_if = (lk_audit_what_if){.least_expected = 12};
}

static inline void made_photographs(made_page *m)
{
    m->quartiles[0] = (lk_audit_page_quartiles){20, 1, 2, 3};
    m->measures[0] = (lk_audit_page_measure){"brightness", "0 to 255"};
    for (size_t g = 0; g < PAGE_GROUPS; g++)
        m->groups[g] = (lk_audit_page_group){.name = m->names[g],
                                             .photographs = 40,
                                             .people = 20,
                                             .compared = g < 2,
                                             .failure = made_rate(LK_RATE_ZERO, 0, 40),
                                             .measures = m->quartiles};
    for (size_t i = 0; i < PAGE_MANY; i++) {
        m->pairs[i] =
            (lk_audit_page_pair){{"a.jpg", "b.jpg"}, {"ann", NULL}, "bytes", .1, {0, SIZE_MAX}};
        m->problems[i] = "something is odd";
    }
    for (size_t i = 0; i < PAGE_FACES; i++) {
        m->faces[i].path = "f.jpg";
        m->face_group[i] = i / 2;
        m->pca[2 * i] = (double)i;
        for (size_t j = 0; j < PAGE_FACES; j++)
            m->distances[i * PAGE_FACES + j] = fabs((double)i - (double)j);
    }
}

/* A page with something in every section, and no step for the slider but the level. */
static inline void made_page_init(made_page *m)
{
    *m = (made_page){.names = {"A", "B", "C"}, .sentences = {"Ten.", "Twenty.", "Thirty."}};
    m->note = (lk_report_note){"Seed", "7"};
    made_counts(m);
    made_level(m);
    made_photographs(m);
    m->findings.groups = PAGE_GROUPS;
    m->findings.levels = 1;
    m->findings.rows = 120;
    m->findings.people = 60;
    m->findings.group = m->group;
    m->findings.level = &m->level;
    m->findings.spread = m->spread;
    m->page = (lk_audit_page){.scope = &m->note,
                              .scope_count = 1,
                              .settings = &m->note,
                              .setting_count = 1,
                              .headline = &m->findings,
                              .names = m->names,
                              .sentences = m->sentences,
                              .groups = m->groups,
                              .group_count = PAGE_GROUPS,
                              .measures = m->measures,
                              .measure_count = 1,
                              .problems = m->problems,
                              .problem_count = 1,
                              .duplicates = m->pairs,
                              .duplicate_count = 1,
                              .duplicate_pairs = 1,
                              .near = m->pairs,
                              .near_count = 2,
                              .faces = m->faces,
                              .face_group = m->face_group,
                              .face_count = PAGE_FACES,
                              .distances = m->distances,
                              .pca = m->pca,
                              .pca_ratio = {.5, .25}};
    m->steps[0] = &m->level;
    m->what_if = (lk_audit_what_if){true, 50, {1, 2}, m->own, m->fmr, m->fnmr, m->fmr, m->fnmr};
    m->settings[0] = (lk_audit_page_setting){.01, &m->what_if};
}

#endif

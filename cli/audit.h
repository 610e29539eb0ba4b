/* An audit: photographs, who is on them and in which groups they are; what is wrong with
 * them; and what a model makes of them. */
#ifndef LK_CLI_AUDIT_H
#define LK_CLI_AUDIT_H

#include <likeness-program/audit_page.h>
#include <likeness/audit.h>

#include "embed.h"
#include "vectors.h"

enum {
    AUDIT_MOST_GLOBS = 1024,
    AUDIT_MOST_COLUMNS = 4,
    AUDIT_MOST_MATCHES = 8,
    AUDIT_MATCH_BINS = 5,
    AUDIT_MOST_NEAR = 20,
    AUDIT_MOST_PICTURES = 300 /* rows of which the page shows the faces */
};

/* --person. */
typedef enum audit_rule {
    AUDIT_AUTO = 0,
    AUDIT_PHOTOGRAPH,
    AUDIT_FIRST,
    AUDIT_LAST,
    AUDIT_PATH,
    AUDIT_COLUMN, /* what a table says; not to be asked for */
    AUDIT_FOLDER  /* the innermost folder wherever it lies; what auto may take */
} audit_rule;

typedef struct audit_options {
    embed_options embed; /* its output is the table of embeddings in `output` */
    lk_audit_options audit;
    const char *table;  /* E.npy; NULL: photographs are embedded first */
    const char *output; /* the folder */
    const char *labels; /* E.csv, or the one beside E.npy */
    const char *list;   /* --groups */
    char **globs;       /* NAME=GLOB, cut at the = */
    char **patterns;    /* [glob_count] behind it */
    const char *columns[AUDIT_MOST_COLUMNS];
    double thresholds[LK_AUDIT_LEVELS];
    int match[AUDIT_MOST_MATCHES]; /* of audit_measures */
    size_t glob_count, column_count, threshold_count, match_count;
    audit_rule person;
    bool metric_given, no_photos, json;
} audit_options;

/* What became of a line of E.csv. */
typedef enum audit_enrolment { AUDIT_ENROLLED = 0, AUDIT_NO_FACE, AUDIT_FAILED } audit_enrolment;

/* A face, or a photograph without one. */
typedef struct audit_photo {
    char *path;
    char *name;          /* of the person, as a column has it; NULL: none does */
    char *label;         /* likewise the label that `embed` has written */
    size_t row;          /* of the vectors; SIZE_MAX: none */
    size_t person;       /* below audit_data.person_count */
    size_t first, count; /* its groups: audit_data.member[first .. first + count) */
    audit_enrolment enrolment;
    lk_face face; /* with `has_box` */
    bool has_box, has_points;
    size_t found; /* faces in the photograph; 0: not known */
    double age;   /* NaN: not given */
    /* With `measured`, of the file itself: */
    bool measured, was_read;
    char *trouble; /* why it could not be measured, or NULL */
    size_t width, height;
    int jpeg; /* lk_quality_jpeg */
    lk_quality quality;
    lk_print print;
    /* The earlier one that it repeats; SIZE_MAX: none. */
    size_t same_as;
    lk_same how;
    double correlation, distance; /* of the two thumbnails, and embeddings */
    lk_image picture;             /* of the face, small; only of few photographs */
} audit_photo;

/* One group as it was given. */
typedef struct audit_group {
    char *name;
    size_t photos, people, enrolled, no_face, failed, several;
    size_t enrolled_people;
    size_t left_out; /* of those enrolled: they repeat others */
    lk_rate failure; /* to enrol */
    size_t place;    /* among the groups that are compared; SIZE_MAX: not compared */
} audit_group;

/* What is wrong with the data, or worth knowing before anything is concluded. */
typedef struct audit_problem {
    const char *kind; /* "duplicates", "one_person_group", ... */
    char *text;       /* a sentence */
    size_t count;     /* of what it is about */
} audit_problem;

/* Two photographs of different people, as far as the labels go. */
typedef struct audit_near {
    size_t first, second;
    double distance;
} audit_near;

typedef struct audit_data {
    const audit_options *options;
    cli_vectors vectors;
    json_t *about; /* E.json; NULL: none */
    lk_metric metric;
    audit_photo *photos;
    size_t count, capacity;
    audit_group *groups;
    size_t group_count, group_capacity;
    size_t *member; /* numbers of groups */
    size_t member_count, member_capacity;
    char **persons;
    size_t person_count;
    bool has_person, has_label; /* columns of the list */
    audit_rule rule;
    char *rule_reason; /* how people were told apart, and why so */
    char *group_reason;
    size_t ungrouped;                 /* photographs in no group, which are left out */
    audit_near near[AUDIT_MOST_NEAR]; /* [near_count], the nearest first */
    size_t near_count;
    audit_problem *problems;
    size_t problem_count, problem_capacity;
    size_t *compared; /* [compared_count] groups that are */
    size_t compared_count;
    bool photos_at_hand; /* one was read */
    size_t failed;       /* photographs that could not be used */
} audit_data;

/* ---- names (audit_names.c) ---- */

/* In Unicode's normal form C, without blanks around it; the caller frees it. */
char *audit_name(const char *text);
/* The same for names that differ by capitals, accents and blanks only. */
char *audit_name_fold(const char *text);
/* Calls `tell` for each two different names that fold to one. */
void audit_names_alike(char *const *names, size_t count,
                       void (*tell)(void *user, size_t a, size_t b), void *user);
/* Names by which to number things: adds one that is not there; its number. */
typedef struct audit_index audit_index;
audit_index *audit_index_create(void);
size_t audit_index_of(audit_index *index, const char *name);
size_t audit_index_count(const audit_index *index);
/* The names, the caller's from here on; the index is gone. */
char **audit_index_finish(audit_index *index);

/* ---- groups (audit_groups.c, audit_list.c) ---- */

/* Which photographs, by their paths, are in which groups: of --group and --groups. */
typedef struct audit_members {
    char **names; /* [name_count] */
    size_t name_count;
    size_t *start;         /* [count + 1] in `group` */
    size_t *group;         /* numbers of names, ascending for each photograph */
    char **persons;        /* [count]; NULL where nothing is said, or at all */
    double *ages;          /* [count] likewise NaN */
    size_t count;          /* of photographs */
    size_t unmatched;      /* rows of the file */
    char *first_unmatched; /* the path of the first of them; NULL: none */
    char *reason;
} audit_members;

/* For paths[count]. A pattern that matches nothing, and a file that is none, are reported;
 * an exit status. */
int audit_members_find(audit_members *out, const audit_options *options, const char *const *paths,
                       size_t count);
void audit_members_clear(audit_members *members);
/* What --groups says (audit_list.c). Likewise. */
int audit_members_read(audit_members *out, const char *file, const char *const *columns,
                       size_t column_count, const char *const *paths, size_t count);

/* ---- the data ---- */

/* Whether the table is there already, of these photographs, as they are now, by this model and
 * in this way (audit_again.c). */
bool audit_is_embedded(const audit_options *options, const cli_inputs *inputs);

/* Reads the table, its list and groups. An exit status, reported. */
int audit_data_read(audit_data *data, const audit_options *options);
void audit_data_clear(audit_data *data);
/* The list E.csv (audit_table.c): groups, too, unless patterns or a file give them.
 * Likewise. */
int audit_table_read(audit_data *data, const char *path);
/* Says who is who (audit_people.c). Likewise. */
int audit_people_find(audit_data *data);
const char *audit_rule_name(audit_rule rule);
bool audit_rule_parse(audit_rule *out, const char *name);
/* Opens the photographs (audit_photos.c). */
void audit_photos_measure(audit_data *data);
/* Marks what is there twice (audit_same.c). Likewise. */
int audit_same_find(audit_data *data);
/* Between two rows of the vectors. */
double audit_distance(const audit_data *data, size_t a, size_t b);
/* Fills in data->near (audit_near.c). */
lk_status audit_near_find(audit_data *data);
const char *audit_same_name(lk_same how);
/* Adds up the groups, says which are compared, and lists what is wrong (audit_problems.c). */
void audit_groups_sum(audit_data *data);
void audit_problems_find(audit_data *data);
void audit_problem_add(audit_data *data, const char *kind, size_t count, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- measures (audit_measures.c) ---- */

typedef struct audit_measure {
    const char *name, *title, *unit;
    double (*of)(const audit_photo *photo); /* NaN: not known */
} audit_measure;
extern const audit_measure audit_measures[];
extern const size_t audit_measure_count;
/* Quartiles over the photographs of a group, of all enrolled ones or (keep[member_count]) of
 * those marked. */
typedef struct audit_quartiles {
    size_t count;
    double low, middle, high; /* NaN without a number */
} audit_quartiles;
audit_quartiles audit_measure_of_group(const audit_data *data, const audit_measure *measure,
                                       size_t group, const bool *keep);

/* ---- the findings (audit_run.c) ---- */

typedef struct audit_findings {
    lk_audit_findings headline; /* without what is there twice */
    lk_audit_findings with_all; /* with it; only where there is some */
    lk_audit_findings matched;  /* with --match */
    bool has_all, has_matched;
    bool *kept;     /* [member_count] of the matched ones */
    char *no_match; /* why there are none */
} audit_findings;

int audit_run(audit_findings *out, const audit_data *data);
/* The headline's rows at thresholds of one's own; no index is drawn. lk_audit_clear. */
lk_status audit_run_at(lk_audit_findings *out, const audit_data *data, const double *thresholds,
                       size_t count);
/* The same with thresholds set by rates, of which there are at most LK_AUDIT_LEVELS. */
lk_status audit_run_for(lk_audit_findings *out, const audit_data *data, const double *fmr,
                        size_t count);
void audit_findings_clear(audit_findings *findings);
/* The level that is put first: the lowest FMR that every group's sample supports, else the
 * highest; 0 where there is none. */
size_t audit_first_level(const lk_audit_findings *findings);

/* ---- what comes out ---- */

void audit_say(const audit_data *data, const audit_findings *findings);
/* "In 10,000 comparisons of ..."; the caller frees it. */
char *audit_rate_sentence(const lk_rate *rate, const char *group);
const char *audit_state_name(lk_rate_state state);
const char *audit_verdict_name(lk_audit_verdict verdict);
json_t *audit_json(const audit_data *data, const audit_findings *findings);
/* What-if at many rates, for the page's other slider and its table (audit_settings.c). */
typedef struct audit_settings {
    lk_audit_page_setting *settings; /* [count] by rising rates */
    size_t count, start;
    lk_audit_findings *runs; /* [run_count] */
    lk_audit_what_if *counted;
    size_t run_count, counted_count;
} audit_settings;
lk_status audit_settings_find(audit_settings *out, const audit_data *data,
                              const lk_audit_findings *headline);
void audit_settings_clear(audit_settings *settings);
/* index.html (audit_page.c); the output stays the caller's. */
lk_status audit_page(lk_output *output, const audit_data *data, const audit_findings *findings,
                     const audit_settings *settings);
/* Rates at many thresholds, for the page's slider, the headline's among them; of large samples
 * none (audit_steps.c). */
typedef struct audit_steps {
    const lk_audit_level **levels; /* [count] by rising thresholds */
    size_t count;
    lk_audit_findings *runs; /* [run_count] */
    size_t run_count;
} audit_steps;
lk_status audit_steps_find(audit_steps *out, const audit_data *data,
                           const lk_audit_findings *headline);
void audit_steps_clear(audit_steps *steps);
/* The files of an audit; audit.json, the last, says that they are whole. */
enum { AUDIT_FILES = 8 };
extern const char *const audit_file_names[AUDIT_FILES];
/* All files into the folder. An exit status, reported. */
int audit_write(const audit_data *data, const audit_findings *findings);
/* The name of a group that is compared. */
const char *audit_place_name(const audit_data *data, size_t place);

/* likeness audit plan. */
int audit_plan(int argc, char **argv);

#endif

/* likeness distances: the distance of every pair of vectors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "analysis.h"
#include "inputs.h"
#include "json.h"
#include "metric.h"
#include "progress.h"

typedef struct distances_options {
    cli_analysis_options analysis;
    cli_metric_options metric;
} distances_options;

static const char doc[] =
    "Writes the distances (--metric) between all rows, [n, n] float64, and prints the smallest, "
    "mean and largest distance of two different rows. The figure brackets the labels; rows keep "
    "the order of E.npy in D.npy, and are sorted by label in the figure."
    "\vExample:\n"
    "  likeness distances E.npy -o D.npy --plot distances.png\n";

/* A matrix of at most so many bytes is found by halves, and written as its lines are finished;
 * of a larger one all lines are found, a band at a time. */
enum { WHOLE_BYTES = 256 << 20, BAND_BYTES = 64 << 20, FIGURE_ROWS = 20000 };

typedef struct distances_run {
    const cli_analysis_options *options;
    const cli_vectors *vectors;
    lk_metric metric;
    double *band;      /* [lines, n] */
    double *sorted;    /* [n, n], the figure's; NULL without one */
    cli_groups groups; /* of the figure */
    size_t *places;    /* [n]: where a row stands in the figure */
    size_t lines;      /* a band has */
    lk_output *output; /* NULL without -o */
    double low, high, sum;
} distances_run;

/* ---- room ---- */

/* In large pages, which the system hands out many times faster. */
static double *distances_band_alloc(size_t lines, size_t n)
{
    enum { PAGE = 2 << 20 };
    size_t bytes = lines * n * sizeof(double), whole = (bytes / PAGE + 1) * PAGE;
    if (whole < bytes)
        return NULL;
    double *band = aligned_alloc(PAGE, whole);
    if (band)
        (void)madvise(band, whole, MADV_HUGEPAGE); /* a wish: slower without, not wrong */
    return band;
}

/* A figure takes the whole matrix, a file does not. */
static int distances_make_room(distances_run *r)
{
    size_t n = r->vectors->n;
    const cli_analysis_options *o = r->options;
    if (o->plot && n > FIGURE_ROWS) {
        cli_error("%s: %zu rows are too many for a figure, which takes up to %d; -o alone does "
                  "without it",
                  o->input, n, FIGURE_ROWS);
        return CLI_SOME_FAILED;
    }
    r->lines = n <= WHOLE_BYTES / sizeof(double) / n ? n : BAND_BYTES / sizeof(double) / n;
    r->lines = r->lines < 1 ? 1 : r->lines;
    r->sorted = o->plot ? calloc(n, n * sizeof *r->sorted) : NULL;
    if (o->plot && !r->sorted) {
        cli_error("%s: out of memory: the figure of %zu rows takes %.2f GB; -o alone does without",
                  o->input, n, (double)n * (double)n * sizeof(double) / 1e9);
        return CLI_ENVIRONMENT;
    }
    while (!(r->band = distances_band_alloc(r->lines, n)) && r->lines > 1)
        r->lines /= 2; /* narrower bands do, too */
    if (r->band)
        return CLI_OK;
    cli_error("%s: out of memory: the distances of one row take %.2f MB", o->input,
              (double)n * sizeof(double) / 1e6);
    return CLI_ENVIRONMENT;
}

/* What cannot fit is not begun. */
static int distances_check_disk(const distances_run *r)
{
    struct statvfs disk;
    const char *path = r->options->output;
    double needed = (double)r->vectors->n * (double)r->vectors->n * sizeof(double);
    if (!r->output || fstatvfs(lk_output_descriptor(r->output), &disk) != 0 || disk.f_blocks == 0)
        return CLI_OK; /* a pipe, or a disk that does not say */
    double room = (double)disk.f_bavail * (double)disk.f_frsize;
    if (needed <= room)
        return CLI_OK;
    cli_error("%s: %s: the distances of %zu rows take %.2f GB, there is room for %.2f; take fewer "
              "rows ('likeness wss' and 'likeness pca' do without all pairs)",
              path, strerror(ENOSPC), r->vectors->n, needed / 1e9, room / 1e9);
    return CLI_ENVIRONMENT;
}

static void distances_place_rows(distances_run *r)
{
    cli_groups_make(&r->groups, r->vectors);
    r->places = cli_alloc(r->vectors->n, sizeof *r->places);
    for (size_t i = 0; i < r->vectors->n; i++)
        r->places[r->groups.rows[i]] = i;
}

static void clear_room(distances_run *r)
{
    free(r->band);
    free(r->sorted);
    free(r->places);
    cli_groups_clear(&r->groups);
}

/* ---- a band of lines ---- */

static void distances_take_line(distances_run *r, double *line, size_t row)
{
    size_t n = r->vectors->n;
    for (size_t j = 0; j < n && r->metric != LK_METRIC_EUCLIDEAN; j++)
        line[j] = cli_metric_distance(r->metric, line[j]);
    double low = row + 1 < n && row == 0 ? line[1] : r->low, high = r->high, sum = 0;
    for (size_t j = row + 1; j < n; j++) {
        low = line[j] < low ? line[j] : low;
        high = line[j] > high ? line[j] : high;
        sum += line[j];
    }
    r->low = low;
    r->high = high;
    r->sum += sum;
    for (size_t j = 0; j < n && r->sorted; j++)
        r->sorted[r->places[row] * n + r->places[j]] = line[j];
}

/* What the disk refuses is said at the end of the band. */
static void distances_take_lines(void *user, double *lines, size_t first, size_t count)
{
    distances_run *r = user;
    size_t n = r->vectors->n;
    for (size_t i = 0; i < count; i++)
        distances_take_line(r, lines + i * n, first + i);
    if (r->output)
        lk_output_write(r->output, lines, count * n * sizeof *lines);
}

static lk_status distances_band(distances_run *r, size_t first)
{
    const cli_vectors *v = r->vectors;
    size_t lines = r->lines < v->n - first ? r->lines : v->n - first;
    if (lines == v->n)
        return lk_stats_distances_told(r->band, v->x, v->n, v->d, distances_take_lines, r);
    lk_status status = lk_stats_distances_from(r->band, v->x, v->n, v->d, first, lines);
    if (status == LK_OK)
        distances_take_lines(r, r->band, first, lines);
    return status;
}

/* ---- results ---- */

static int distances_draw(distances_run *r)
{
    const cli_vectors *v = r->vectors;
    lk_plot *plot = NULL;
    lk_status made =
        lk_plot_heatmap_create(&plot, &(lk_plot_heatmap){
                                          .values = r->sorted,
                                          .count = v->n,
                                          .groups = v->labels ? r->groups.names : NULL,
                                          .group_sizes = r->groups.sizes,
                                          .group_count = v->labels ? r->groups.count : 0,
                                          .value_title = cli_metric_words(r->metric),
                                      });
    return cli_plot_finish(plot, made, r->options->plot);
}

static void print_summary(const distances_run *r)
{
    size_t n = r->vectors->n;
    FILE *stream = cli_analysis_stream(r->options);
    double mean = r->sum / ((double)n * ((double)n - 1) / 2);
    if (!r->options->json) {
        cli_print(stream, "%zu %s", n, cli_word(n, "row", "rows"));
        if (n > 1)
            cli_print(stream, "; %sdistances %.4f to %.4f, mean %.4f",
                      r->metric == LK_METRIC_COSINE ? "cosine " : "", r->low, r->high, mean);
        cli_end_line(stream);
        return;
    }
    json_t *object = json_object();
    cli_json_set(object, "n", json_integer((json_int_t)n));
    cli_json_set(object, "metric", json_string(cli_metric_name(r->metric)));
    cli_json_set(object, "min", n > 1 ? cli_json_number(r->low) : json_null());
    cli_json_set(object, "mean", n > 1 ? cli_json_number(mean) : json_null());
    cli_json_set(object, "max", n > 1 ? cli_json_number(r->high) : json_null());
    cli_json_print(stream, object);
}

static int distances_work(distances_run *r)
{
    const size_t shape[] = {r->vectors->n, r->vectors->n};
    lk_status status = r->output ? lk_npy_begin(r->output, LK_F64, shape, 2) : LK_OK;
    if (status != LK_OK)
        return cli_fail(status);
    cli_progress_begin("distances", r->vectors->n);
    for (size_t first = 0; status == LK_OK && first < r->vectors->n; first += r->lines) {
        status = distances_band(r, first);
        if (status == LK_OK && r->output)
            status = lk_output_flush(r->output);
        cli_progress_step(first + r->lines);
    }
    cli_progress_end();
    if (status == LK_ERROR_IO)
        return cli_fail(status);
    if (status != LK_OK)
        return cli_fail_vectors(status, r->options->input);
    return r->options->plot ? distances_draw(r) : CLI_OK;
}

static int distances_analyse(const distances_options *options, cli_vectors *v)
{
    distances_run r = {
        .options = &options->analysis, .vectors = v, .metric = cli_metric_of(&options->metric, v)};
    int status = cli_metric_prepare(v, r.metric, r.options->input);
    if (status == CLI_OK)
        status = distances_make_room(&r);
    if (status == CLI_OK && r.options->plot)
        distances_place_rows(&r);
    lk_status opened = LK_OK;
    if (status == CLI_OK && r.options->output)
        opened = lk_output_open(&r.output, r.options->output);
    if (opened != LK_OK)
        status = cli_fail(opened);
    if (status == CLI_OK)
        status = distances_check_disk(&r);
    if (status == CLI_OK)
        status = distances_work(&r);
    status = cli_output_finish(r.output, status == CLI_OK, status);
    if (status == CLI_OK)
        print_summary(&r);
    clear_room(&r);
    return status;
}

int cmd_distances(int argc, char **argv)
{
    distances_options o = {0};
    static const cli_part parts[] = {
        {&cli_analysis_argp, offsetof(distances_options, analysis)},
        {&cli_analysis_output_argp, offsetof(distances_options, analysis)},
        {&cli_metric_argp, offsetof(distances_options, metric)},
        {0}};
    const struct argp argp = {.args_doc = "E.npy", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_vectors vectors;
    int status = cli_analysis_read(&vectors, &o.analysis);
    if (status != CLI_OK)
        return status;
    status = distances_analyse(&o, &vectors);
    cli_vectors_clear(&vectors);
    return status;
}

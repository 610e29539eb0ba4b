/* Rows into groups. Rows that somebody says are of one person are one node from the
 * beginning; a node never takes the name of one that it must not be grouped with, and that
 * is asked each time it takes one, so that it holds throughout. */
#include <math.h>
#include <stdlib.h>

#include <likeness/cluster.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/random.h"
#include "gallery/near.h"

static const char *const cluster_methods[] = {"whispers", "dbscan", NULL};

#define LK_STRUCT lk_cluster_options
#define LK_PREFIX ""
#define LK_PART
static const lk_option cluster_rows[] = {
    LK_CHOICE("method", method, .choices = cluster_methods, .preset = "whispers",
              .help = "How faces become people: whispers, each takes the name that most near it "
                      "have; dbscan, whoever is near a face with neighbours enough belongs to it",
              .word = "method", .argument = "NAME", .commands = "cluster"),
    LK_REAL("threshold", threshold, .least = 0, .above = true, .most = 100, .preset = "0.9",
            .help = "Distance below which two faces are near each other", .word = "near",
            .argument = "T", .commands = "cluster"),
    LK_WHOLE("neighbours", neighbours, .least = 1, .most = 1000000, .preset = "3",
             .help = "With dbscan: how many faces near each other, itself among them, begin a "
                     "person",
             .word = "neighbours", .argument = "N", .commands = "cluster"),
    LK_WHOLE("rounds", rounds, .least = 1, .most = 10000, .preset = "30",
             .help = "With whispers: how often every face is asked at most"),
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .help = "Seed of the order in which faces are asked"),
};
LK_OPTIONS_TABLE(lk_cluster_options, "cluster", cluster_rows)

typedef struct lk_clusters {
    lk_cluster_options options;
    size_t n;
    lk_near near;
    uint32_t *node;          /* [n] of each row; the first of its rows */
    uint32_t *next;          /* [n] the next row of the same node; n: none */
    uint32_t *name;          /* [n] of each node; n: none */
    uint32_t *apart, *pairs; /* cannot-links of node i: apart[i] is the first pair, n: none */
    uint32_t *pair_next;
    float *weight;  /* [n] of names, while a node is asked */
    uint32_t *list; /* [n] scratch */
} lk_clusters;

/* ---- links ---- */

static uint32_t cluster_root(lk_clusters *c, uint32_t row)
{
    while (c->node[row] != row) {
        c->node[row] = c->node[c->node[row]];
        row = c->node[row];
    }
    return row;
}

static void cluster_join(lk_clusters *c, size_t a, size_t b)
{
    uint32_t x = cluster_root(c, (uint32_t)a), y = cluster_root(c, (uint32_t)b);
    c->node[x > y ? x : y] = x > y ? y : x;
}

/* Chains every node's rows, from its first on. */
static void cluster_chain(lk_clusters *c)
{
    for (uint32_t row = (uint32_t)c->n; row-- > 0;) {
        c->node[row] = cluster_root(c, row);
        c->next[row] = (uint32_t)c->n;
    }
    for (uint32_t row = (uint32_t)c->n; row-- > 0;)
        if (c->node[row] != row) {
            c->next[row] = c->next[c->node[row]];
            c->next[c->node[row]] = row;
        }
}

static void cluster_part(lk_clusters *c, uint32_t from, uint32_t to, uint32_t at)
{
    c->pairs[at] = to;
    c->pair_next[at] = c->apart[from];
    c->apart[from] = at;
}

static lk_status cluster_add_links(lk_clusters *c, const lk_cluster_link *links, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        LK_REQUIRE(links[i].a < c->n && links[i].b < c->n && links[i].a != links[i].b,
                   LK_ERROR_ARGUMENT, "link %zu is not between two of the %zu rows", i, c->n);
        if (links[i].same)
            cluster_join(c, links[i].a, links[i].b);
    }
    cluster_chain(c);
    for (size_t i = 0; i < c->n; i++)
        c->apart[i] = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t a = c->node[links[i].a], b = c->node[links[i].b];
        if (links[i].same)
            continue;
        LK_REQUIRE(a != b, LK_ERROR_ARGUMENT,
                   "row %zu and row %zu are said to be one person, and two", links[i].a,
                   links[i].b);
        cluster_part(c, a, b, (uint32_t)(2 * i));
        cluster_part(c, b, a, (uint32_t)(2 * i + 1));
    }
    return LK_OK;
}

static bool cluster_may(const lk_clusters *c, uint32_t node, uint32_t name)
{
    for (uint32_t at = c->apart[node]; at != UINT32_MAX; at = c->pair_next[at])
        if (c->name[c->pairs[at]] == name)
            return false;
    return true;
}

/* ---- chinese whispers ---- */

/* The name with most weight around a node; of equals its own, or the lowest. */
static uint32_t cluster_ask(lk_clusters *c, uint32_t node)
{
    size_t heard = 0;
    uint32_t best = c->name[node];
    float most = 0;
    for (uint32_t row = node; row < c->n; row = c->next[row])
        for (size_t e = c->near.start[row]; e < c->near.start[row + 1]; e++) {
            uint32_t other = c->node[c->near.edges[e].to];
            if (other == node)
                continue;
            uint32_t name = c->name[other];
            if (c->weight[name] == 0)
                c->list[heard++] = name;
            c->weight[name] += c->near.edges[e].weight + 1e-6f;
        }
    for (size_t i = 0; i < heard; i++) {
        uint32_t name = c->list[i];
        bool better = c->weight[name] > most ||
                      (c->weight[name] == most &&
                       (name == c->name[node] || (best != c->name[node] && name < best)));
        if (better && (name == c->name[node] || cluster_may(c, node, name))) {
            best = name;
            most = c->weight[name];
        }
    }
    for (size_t i = 0; i < heard; i++)
        c->weight[c->list[i]] = 0;
    return best;
}

static void cluster_shuffle(uint32_t *order, size_t count, lk_random *random)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = lk_random_below(random, i);
        uint32_t moved = order[i - 1];
        order[i - 1] = order[j];
        order[j] = moved;
    }
}

static lk_status cluster_whisper(lk_clusters *c)
{
    uint32_t *order;
    size_t count = 0;
    lk_random random;
    LK_TRY(lk_alloc(&order, c->n, sizeof *order));
    lk_random_init(&random, c->options.seed, 0);
    for (uint32_t row = 0; row < c->n; row++) {
        c->name[row] = row;
        if (c->node[row] == row)
            order[count++] = row;
    }
    bool changed = true;
    for (size_t round = 0; round < c->options.rounds && changed; round++) {
        changed = false;
        cluster_shuffle(order, count, &random);
        for (size_t i = 0; i < count; i++) {
            uint32_t name = cluster_ask(c, order[i]);
            changed = changed || name != c->name[order[i]];
            c->name[order[i]] = name;
        }
    }
    free(order);
    return LK_OK;
}

/* ---- DBSCAN ---- */

/* Whether a node has neighbours enough by one of its rows. */
static bool cluster_is_core(const lk_clusters *c, uint32_t node)
{
    for (uint32_t row = node; row < c->n; row = c->next[row])
        if (c->near.start[row + 1] - c->near.start[row] + 1 >= c->options.neighbours)
            return true;
    return false;
}

static void cluster_spread(lk_clusters *c, uint32_t first)
{
    size_t count = 0;
    c->list[count++] = first;
    c->name[first] = first;
    while (count) {
        uint32_t node = c->list[--count];
        for (uint32_t row = node; row < c->n; row = c->next[row])
            for (size_t e = c->near.start[row]; e < c->near.start[row + 1]; e++) {
                uint32_t other = c->node[c->near.edges[e].to];
                if (c->name[other] != c->n || !cluster_may(c, other, first))
                    continue;
                c->name[other] = first;
                if (cluster_is_core(c, other))
                    c->list[count++] = other;
            }
    }
}

static void cluster_scan(lk_clusters *c)
{
    for (uint32_t row = 0; row < c->n; row++)
        c->name[row] = (uint32_t)c->n;
    for (uint32_t row = 0; row < c->n; row++)
        if (c->node[row] == row && c->name[row] == c->n && cluster_is_core(c, row))
            cluster_spread(c, row);
    for (uint32_t row = 0; row < c->n; row++)
        if (c->node[row] == row && c->name[row] == c->n)
            c->name[row] = row;
}

/* ---- both ---- */

static lk_status cluster_allocate(lk_clusters *c, size_t links)
{
    uint32_t **rows[] = {&c->node, &c->next, &c->name, &c->apart, &c->list};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        LK_TRY(lk_alloc(rows[i], c->n, sizeof **rows));
    LK_TRY(lk_alloc(&c->weight, c->n, sizeof *c->weight));
    LK_TRY(lk_alloc(&c->pairs, 2 * links, sizeof *c->pairs));
    return lk_alloc(&c->pair_next, 2 * links, sizeof *c->pair_next);
}

static void cluster_free(lk_clusters *c)
{
    void *parts[] = {c->node, c->next,   c->name,  c->apart,
                     c->list, c->weight, c->pairs, c->pair_next};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        free(parts[i]);
    lk_near_clear(&c->near);
}

/* Numbers the names in the order in which they are met. */
static size_t cluster_number(lk_clusters *c, size_t *group)
{
    size_t groups = 0;
    for (size_t i = 0; i < c->n; i++)
        c->list[i] = UINT32_MAX;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t name = c->name[c->node[i]];
        if (c->list[name] == UINT32_MAX)
            c->list[name] = (uint32_t)groups++;
        group[i] = c->list[name];
    }
    return groups;
}

static lk_status cluster_run(lk_clusters *c, const float *x, size_t d, const lk_cluster_link *links,
                             size_t count)
{
    LK_TRY(cluster_allocate(c, count));
    for (uint32_t row = 0; row < c->n; row++)
        c->node[row] = row;
    LK_TRY(cluster_add_links(c, links, count));
    LK_TRY(lk_near_find(&c->near, x, c->n, d, c->options.threshold));
    if (c->options.method == LK_CLUSTER_WHISPERS)
        return cluster_whisper(c);
    cluster_scan(c);
    return LK_OK;
}

static lk_status cluster_check(const float *x, size_t n, size_t d)
{
    for (size_t i = 0; i < n; i++) {
        double squares = 0;
        for (size_t j = 0; j < d; j++)
            squares += (double)x[i * d + j] * (double)x[i * d + j];
        LK_REQUIRE(squares < 1e36, LK_ERROR_NUMBER, "row %zu cannot be worked with", i);
    }
    return LK_OK;
}

lk_status lk_cluster(size_t *group, size_t *groups, const float *x, size_t n, size_t d,
                     const lk_cluster_options *options, const lk_cluster_link *links,
                     size_t link_count)
{
    lk_clusters c = {.n = n};
    LK_REQUIRE(group && x && d && n < UINT32_MAX && (links || link_count == 0) &&
                   link_count < UINT32_MAX / 2,
               LK_ERROR_ARGUMENT, "lk_cluster: NULL argument, or too many rows");
    LK_TRY(lk_options_take(lk_cluster_options_table(), &c.options, options));
    LK_TRY(cluster_check(x, n, d));
    lk_status status = cluster_run(&c, x, d, links, link_count);
    if (status == LK_OK) {
        size_t count = cluster_number(&c, group);
        if (groups)
            *groups = count;
    }
    cluster_free(&c);
    return status;
}

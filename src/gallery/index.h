/* The short copies of many vectors in memory, and the exact search over them.
 *
 * With x = s c + r and y = t d + e (coarse.h), x.y = s t c.d + r.y + s c.e, so that
 * |x.y - s t c.d| <= |r||y| + |e|(|x| + |r|): what the whole numbers say of a distance holds
 * within a bound. Rows that cannot be among the nearest by it are left out; of the others
 * the vectors themselves are fetched and compared in float64, the most promising first,
 * until no row that is left can be near enough. So the result is that of comparing all. */
#ifndef LK_GALLERY_INDEX_H
#define LK_GALLERY_INDEX_H

#include <likeness/base.h>

#include "gallery/coarse.h"

/* What a database's faces were when an index was made of them. */
typedef struct lk_index_state {
    uint8_t random[16];         /* another after every change but adding faces */
    int64_t last, last_created; /* the face with the highest number; there may be later ones */
} lk_index_state;

typedef struct lk_gallery_index {
    size_t width, groups;   /* of four columns */
    bool secret;            /* wiped in the end */
    bool unit;              /* rows and queries are brought to length 1: the cosine */
    size_t count, capacity; /* rows; capacity is a multiple of LK_SCAN_ROWS */
    uint8_t *codes;         /* [capacity / LK_SCAN_ROWS] blocks, see scan_loop.h */
    lk_coarse *coarse;      /* [capacity] */
    float *plus;            /* [capacity] added to a squared distance; NULL: nothing */
    int64_t *ids, *people;  /* [count] */
    size_t person_count;    /* about how many there are among them */
    float *rows;            /* [count, width] the vectors, where no file has them; or NULL */
    size_t stored;          /* rows that a file beside the gallery has, too */
    lk_index_state state;   /* of the database that it was made from */
    uint64_t seen_own;      /* as long as these stay it is up to date */
    int64_t seen_others;
} lk_gallery_index;

/* Room for `capacity` rows. Errors: LK_ERROR_MEMORY. */
lk_status lk_gallery_index_create(lk_gallery_index **out, size_t width, bool unit,
                                  size_t capacity) LK_MUST_USE;
void lk_gallery_index_destroy(lk_gallery_index *index);
/* Makes room for so many rows in all. */
lk_status lk_gallery_index_grow(lk_gallery_index *index, size_t capacity) LK_MUST_USE;

/* The next row, for which there is room. */
void lk_gallery_index_add(lk_gallery_index *index, int64_t id, int64_t person,
                          const lk_coarse *coarse, const int8_t *codes);

/* The codes of a row: out[width]. */
void lk_gallery_index_codes(const lk_gallery_index *index, int8_t *out, size_t row);

/* The vector of rows[0], until the next call. The others are asked for next, unless enough is
 * known before. */
typedef lk_status (*lk_index_fetch_fn)(void *user, const float **vector, const size_t *rows,
                                       size_t count);

enum { LK_INDEX_AHEAD = 32 }; /* rows at most */

typedef struct lk_index_hit {
    size_t row;
    double square; /* the squared distance; under `unit` of vectors of length 1 */
} lk_index_hit;

/* The `most` nearest rows of queries[count, width], nearest first, of equals the one with
 * the lower number: out[count, most], found[count]. Once those of so many `people` (0: all
 * rows count) are known, what comes behind them need not be right. Errors: LK_ERROR_MEMORY, and
 * the fetch's. */
lk_status lk_gallery_index_search(const lk_gallery_index *index, lk_index_hit *out, size_t *found,
                                  const float *queries, size_t count, size_t most, size_t people,
                                  lk_index_fetch_fn fetch, void *user) LK_MUST_USE;

/* Rows that may be among the nearest of a query, and about how far they are. */
typedef struct lk_index_some {
    uint32_t *rows;
    float *squares;
    size_t count;
} lk_index_some;

/* The same among some rows alone: those of some[count] of each query, which lie before `from`,
 * and all from there on. */
lk_status lk_gallery_index_search_some(const lk_gallery_index *index, lk_index_hit *out,
                                       size_t *found, const float *queries, size_t count,
                                       size_t most, size_t people, const lk_index_some *some,
                                       size_t from, lk_index_fetch_fn fetch,
                                       void *user) LK_MUST_USE;

/* Calls for every pair of the index's own rows x[count, width] whose squared distance is below
 * `within`, in both directions, each row with itself too: by rising a, then b. */
typedef lk_status (*lk_index_near_fn)(void *user, size_t a, size_t b, double square);
lk_status lk_gallery_index_near(const lk_gallery_index *index, const float *x, double within,
                                lk_index_near_fn call, void *user) LK_MUST_USE;

/* The squared distance in float64, `unit` as above. */
double lk_gallery_square(const float *x, const float *y, size_t width, bool unit);

#endif

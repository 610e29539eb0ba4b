#include "gallery/stored.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "gallery/chunked.h"
#include "gallery/scan.h"

enum {
    STORED_MAGIC = 0x31494b4c, /* "LKI1", low byte first: on a machine of the other order it
                                * is another number */
    STORED_PARTS = 4
};

static const char stored_ending[] = "index";

typedef struct lk_stored_head {
    uint32_t magic, unit;
    uint64_t width, count;
    lk_index_state state;
} lk_stored_head;

typedef struct lk_stored_layout {
    lk_chunked_part parts[STORED_PARTS];
} lk_stored_layout;

static atomic_size_t stored_least = 20000;

size_t lk_stored_least(void)
{
    return stored_least;
}

void lk_stored_set_least(size_t faces)
{
    stored_least = faces;
}

static lk_stored_layout stored_layout(const lk_gallery_index *index, size_t count)
{
    size_t blocks = lk_ceil_div(count, LK_SCAN_ROWS);
    return (lk_stored_layout){{{index->codes, blocks * index->groups * LK_SCAN_ROWS * 4},
                               {index->coarse, count * sizeof *index->coarse},
                               {index->ids, count * sizeof *index->ids},
                               {index->people, count * sizeof *index->people}}};
}

/* ---- reading ---- */

/* Whether the numbers of a row are what an index can hold; CRC-32 is no signature. */
static bool stored_is_sound(const lk_gallery_index *index, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!lk_coarse_is_sound(&index->coarse[i]) || (i && index->ids[i] <= index->ids[i - 1]))
            return false;
    return true;
}

static lk_status stored_read_rows(lk_gallery_index *index, int fd, const lk_stored_head *head)
{
    bool whole;
    const lk_stored_layout layout = stored_layout(index, (size_t)head->count);
    LK_TRY(lk_chunked_read(fd, &whole, head, sizeof *head, layout.parts, STORED_PARTS));
    if (whole && stored_is_sound(index, (size_t)head->count)) {
        index->count = index->stored = (size_t)head->count;
        index->state = head->state;
    }
    return LK_OK;
}

/* A file must be as long as its head says before so much memory is asked for. */
static bool stored_head_fits(const lk_stored_head *head, const lk_index_state *state, size_t width,
                             bool unit, int fd)
{
    return head->magic == STORED_MAGIC && head->width == width && head->unit == unit &&
           head->count > 0 && head->count < UINT32_MAX &&
           memcmp(head->state.random, state->random, sizeof state->random) == 0 &&
           lk_chunked_holds(fd, head->count * width);
}

static lk_status stored_read_from(lk_gallery_index **out, int fd, const lk_index_state *state,
                                  size_t width, bool unit)
{
    lk_stored_head head;
    lk_gallery_index *index;
    if (!lk_chunked_read_head(fd, &head, sizeof head) ||
        !stored_head_fits(&head, state, width, unit, fd))
        return LK_OK;
    LK_TRY(
        lk_gallery_index_create(&index, width, unit, (size_t)head.count + (size_t)head.count / 16));
    lk_status status = stored_read_rows(index, fd, &head);
    if (status == LK_OK && index->count)
        *out = index;
    else
        lk_gallery_index_destroy(index);
    return status;
}

lk_status lk_stored_read(lk_gallery_index **out, const char *gallery, const lk_index_state *state,
                         size_t width, bool unit)
{
    *out = NULL;
    int fd = lk_chunked_open(gallery, stored_ending);
    if (fd < 0)
        return LK_OK;
    lk_status status = stored_read_from(out, fd, state, width, unit);
    close(fd);
    return status;
}

/* ---- writing, removing ---- */

void lk_stored_write(const lk_gallery_index *index, const char *gallery)
{
    const lk_stored_layout layout = stored_layout(index, index->count);
    const lk_stored_head head = {.magic = STORED_MAGIC,
                                 .unit = index->unit,
                                 .width = index->width,
                                 .count = index->count,
                                 .state = index->state};
    if (lk_chunked_write(gallery, stored_ending, &head, sizeof head, layout.parts, STORED_PARTS) !=
        LK_OK) {
        /* a full disk: the next one who opens the gallery takes longer */
    }
}

void lk_stored_remove(const char *gallery)
{
    lk_chunked_remove(gallery, stored_ending);
}

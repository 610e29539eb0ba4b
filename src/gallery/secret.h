/* How a gallery's vectors lie in its database: as they are, or sealed (seal.h).
 *
 * Everything above the tables calls these with plain bytes; everything below keeps what they
 * give. What is sealed is bound to its face, to the person's number and name, to the model,
 * and to which of the two copies it is. */
#ifndef LK_GALLERY_SECRET_H
#define LK_GALLERY_SECRET_H

#include "gallery/state.h"

typedef enum lk_secret_part { LK_SECRET_EXACT = 1, LK_SECRET_COARSE = 2 } lk_secret_part;

/* Whose a vector is; `name` is looked at where the gallery is sealed, and may be NULL else. */
typedef struct lk_owner {
    int64_t person;
    const char *name;
} lk_owner;

/* What the database says of it by now: on opening, and once in every transaction, since another
 * process may have encrypted it meanwhile (LK_ERROR_BUSY). */
lk_status lk_secret_read(lk_gallery *gallery) LK_MUST_USE;
lk_status lk_secret_check(lk_gallery *gallery) LK_MUST_USE;
/* LK_ERROR_ARGUMENT where the gallery is sealed and not unlocked. */
lk_status lk_secret_require(const lk_gallery *gallery) LK_MUST_USE;

enum { LK_SECRET_MORE = LK_SEAL_MORE }; /* bytes that sealing adds */

/* What is to be kept of bytes[count]: *stored in out[count + LK_SECRET_MORE]. */
void lk_secret_put(const lk_gallery *gallery, uint8_t *out, size_t *stored, lk_secret_part part,
                   int64_t face, lk_owner owner, const void *bytes, size_t count);
/* The reverse: out[count] of what is kept. Errors: LK_ERROR_DATABASE: not so many bytes, or
 * not what was put there. */
lk_status lk_secret_take(const lk_gallery *gallery, void *out, size_t count, lk_secret_part part,
                         int64_t face, lk_owner owner, const void *stored,
                         size_t stored_count) LK_MUST_USE;
/* The same of a column. */
lk_status lk_secret_take_row(const lk_gallery *gallery, void *out, size_t count,
                             lk_secret_part part, int64_t face, lk_owner owner, lk_rows *rows,
                             int column) LK_MUST_USE;

/* Both copies of a face's vector, in place of what there was. Errors: as lk_gallery_add. */
lk_status lk_gallery_keep_vector(lk_gallery *gallery, int64_t face, lk_owner owner,
                                 const float *vector) LK_MUST_USE;

/* The faces of a person, or of all (0); *out is the caller's. */
lk_status lk_secret_faces(lk_gallery *gallery, int64_t person, int64_t **out,
                          size_t *count) LK_MUST_USE;
/* Vectors that were kept for one owner are kept for another from here on. */
lk_status lk_secret_move(lk_gallery *gallery, const int64_t *faces, size_t count, lk_owner from,
                         lk_owner to) LK_MUST_USE;

/* What a vector was put by, and is to be put by. */
typedef struct lk_rewrite {
    const lk_seal *from_seal, *to_seal;
    lk_owner from, to;
} lk_rewrite;

/* Both copies of a face's vector, put anew. */
lk_status lk_secret_rewrite(lk_gallery *gallery, int64_t face, const lk_rewrite *how) LK_MUST_USE;

#endif

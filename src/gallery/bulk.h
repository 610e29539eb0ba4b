/* What a long transaction knows of people and faces without asking the database each time,
 * where every question is a journey to a server (lk_database_kind.remote). */
#ifndef LK_GALLERY_BULK_H
#define LK_GALLERY_BULK_H

#include "gallery/state.h"

/* Whether additions go this way: within lk_gallery_begin and lk_gallery_commit. */
bool lk_bulk_is_on(const lk_gallery *gallery);

/* The person of a name, 0: none. What they have is read the first time. */
lk_status lk_bulk_person(lk_gallery *gallery, int64_t *id, const char *name) LK_MUST_USE;
lk_status lk_bulk_add_person(lk_gallery *gallery, int64_t id, const char *name) LK_MUST_USE;

/* Whether a person that lk_bulk_person or lk_bulk_add_person has met has a face of that digest
 * and (to a pixel) that box, with one. */
bool lk_bulk_has_face(const lk_gallery *gallery, int64_t person, const lk_gallery_face *face);
lk_status lk_bulk_add_face(lk_gallery *gallery, int64_t person,
                           const lk_gallery_face *face) LK_MUST_USE;

/* After the transaction, and after changes that are no additions. */
void lk_bulk_forget(lk_gallery *gallery);

#endif

/* The inside of a gallery: what its files ask of each other. */
#ifndef LK_GALLERY_GALLERY_H
#define LK_GALLERY_GALLERY_H

#include "gallery/state.h"

/* The model as the file has it by now; another process may have said it. */
lk_status lk_gallery_read_model(lk_gallery *gallery) LK_MUST_USE;
void lk_gallery_forget_model(lk_gallery *gallery);

/* Another model from here on, within a transaction, whatever vectors there are. */
lk_status lk_gallery_change_model(lk_gallery *gallery, const lk_gallery_model *model) LK_MUST_USE;
/* LK_ERROR_ARGUMENT where it can be nobody's. */
lk_status lk_gallery_check_model(const lk_gallery_model *model) LK_MUST_USE;

/* Brackets of a change: a transaction unless one was begun. lk_gallery_leave takes the
 * status of what was between, undoes it where that failed, and returns it or its own. */
lk_status lk_gallery_enter(lk_gallery *gallery) LK_MUST_USE;
lk_status lk_gallery_leave(lk_gallery *gallery, lk_status status) LK_MUST_USE;
/* The same for what only reads and wants to see one state of the file throughout. */
lk_status lk_gallery_enter_to_read(lk_gallery *gallery) LK_MUST_USE;
lk_status lk_gallery_leave_read(lk_gallery *gallery, lk_status status) LK_MUST_USE;

/* A name as it is kept, the caller's. Errors: LK_ERROR_ARGUMENT. */
lk_status lk_gallery_take_name(char **out, const char *name) LK_MUST_USE;
/* Says within a change that faces were not only added: what was made of them is of no use. */
lk_status lk_gallery_touch(lk_gallery *gallery) LK_MUST_USE;
/* The person's id. `name` as it is kept. Errors: LK_ERROR_MISSING. */
lk_status lk_gallery_person_id(lk_gallery *gallery, int64_t *id, const char *name) LK_MUST_USE;
/* Makes the person where there is none of that name; `created` 0: now. */
lk_status lk_gallery_make_person(lk_gallery *gallery, int64_t *id, const char *name,
                                 int64_t created) LK_MUST_USE;
int64_t lk_gallery_now(void);

/* A face's vector, out[width]; *there: whether it has one. */
lk_status lk_gallery_exact_row(lk_gallery *gallery, float *out, bool *there,
                               int64_t face) LK_MUST_USE;
/* The same of several by one statement, where the database has such a one: out[count, width],
 * there[count]. */
lk_status lk_gallery_exact_rows(lk_gallery *gallery, float *out, bool *there, const int64_t *faces,
                                size_t count) LK_MUST_USE;

#endif

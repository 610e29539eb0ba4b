/* traits.h: what models say of themselves, as JSON. */
#ifndef LK_EMBED_TRAITS_H
#define LK_EMBED_TRAITS_H

#include <likeness/traits.h>

/* Copies of texts that lk_model_traits_destroy releases. */
lk_status lk_traits_set_text(const char **member, const char *text) LK_MUST_USE;

/* What is known of an ONNX file. Errors: LK_ERROR_MISSING where nothing is and nothing
 * stands beside it, with how to write that; and those of lk_model_traits_find. */
lk_status lk_traits_of_onnx(lk_model_traits **out, const char *path) LK_MUST_USE;

/* What depends on two members at a time. Errors: LK_ERROR_ARGUMENT. */
lk_status lk_traits_check(const lk_model_traits *traits) LK_MUST_USE;

/* Reads what a text says into traits whose texts are their own, and leaves the rest. `where`
 * stands before errors: LK_ERROR_FORMAT, LK_ERROR_LIMIT, LK_ERROR_MEMORY; some members may
 * have been read then. */
lk_status lk_traits_read(lk_model_traits *traits, const char *text, size_t length,
                         const char *where) LK_MUST_USE;

/* The text, with jansson's flags; *out is the caller's. */
lk_status lk_traits_write(char **out, const lk_model_traits *traits, size_t flags) LK_MUST_USE;

#endif

/* likeness/store.h: where weights and data sets are kept, found and pulled.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_STORE_H
#define LIKENESS_STORE_H

#include <likeness/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Finds a model: `name` is a name of the store ("vggface2", "casia-webface",
 * "mtcnn") or a path (anything with a '/' or an existing file or directory).
 * *out is the path of the weight file, or for MTCNN of the directory that holds
 * pnet.pt, rnet.pt and onet.pt; the caller frees it with lk_string_free. Looks
 * in the store, then in PyTorch's own caches.
 * Errors: LK_ERROR_MISSING; the text says which command gets the model.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_store_find(char **out, const char *name);
LK_API void lk_string_free(char *text);

#ifdef __cplusplus
}
#endif

#endif

/* kind.h: the networks that an embedder runs. A file says by its tensors which one it
 * holds; what follows from that is here, so that nothing else needs to know. */
#ifndef LK_EMBED_KIND_H
#define LK_EMBED_KIND_H

#include <likeness/embed.h>

#include "nn/nn.h"

/* A network with its weights, and what it takes and gives. */
typedef struct lk_embed_loaded {
    lk_nn_model *model;       /* the caller's */
    size_t output_size;       /* numbers of a row */
    bool embeds;              /* false: its rows are logits */
    bool unit;                /* rows of length 1 */
    size_t least, most;       /* sides that it takes; most 0: any from `least` on */
    float scale[3], shift[3]; /* of the planes, before they enter it; 1 and 0 but for ONNX */
} lk_embed_loaded;

/* What a kind of network usually is, by its tensors; others than ours leave the traits as
 * they are. Their texts are the traits' own. */
lk_status lk_embed_describe_kind(lk_model_traits *traits, const lk_tensors *tensors) LK_MUST_USE;
lk_status lk_embed_describe_inception(lk_model_traits *traits) LK_MUST_USE;
lk_status lk_embed_describe_dlib(lk_model_traits *traits, const lk_tensors *tensors) LK_MUST_USE;

/* Loads whichever network the tensors are, but for its numbers, which lk_nn_model_load takes
 * from them. Errors: those of lk_embedder_create_from; *out is then as it was. */
lk_status lk_embed_load_any(lk_embed_loaded *out, const lk_tensors *tensors,
                            const lk_embedder_options *options) LK_MUST_USE;

/* The one network each. */
lk_status lk_embed_load_inception(lk_embed_loaded *out, const lk_tensors *tensors,
                                  const lk_embedder_options *options) LK_MUST_USE;
bool lk_embed_is_inception(const lk_tensors *tensors);
/* Whether a file is ONNX, by its bytes. Errors: LK_ERROR_IO, LK_ERROR_FORMAT. */
lk_status lk_embed_is_onnx(const char *path, bool *onnx) LK_MUST_USE;
/* The traits of a file that is known; *known is false, and they are as they were, of others. */
lk_status lk_embed_describe_onnx(lk_model_traits *traits, const char *path,
                                 bool *known) LK_MUST_USE;
/* traits->width 0 gets what the network has. */
lk_status lk_embed_load_onnx(lk_embed_loaded *out, lk_model_traits *traits, const char *path,
                             const lk_embedder_options *options) LK_MUST_USE;
/* The same of one that stands among tensors (LK_EMBED_ONNX). */
lk_status lk_embed_load_onnx_in(lk_embed_loaded *out, lk_model_traits *traits,
                                const lk_tensors *tensors,
                                const lk_embedder_options *options) LK_MUST_USE;
/* LK_ERROR_ARGUMENT where the file is ONNX and takes faces of another size. */
lk_status lk_embed_check_onnx(const lk_model_traits *traits, const char *path) LK_MUST_USE;
bool lk_embed_is_dlib(const lk_tensors *tensors);
lk_status lk_embed_load_dlib(lk_embed_loaded *out, const lk_tensors *tensors,
                             const lk_embedder_options *options) LK_MUST_USE;

#endif

/* likeness/embed.h: face embeddings, by InceptionResnetV1 or dlib's network.
 *
 * An embedder never changes: any number of threads may use one at once.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_EMBED_H
#define LIKENESS_EMBED_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/image.h>
#include <likeness/options.h>
#include <likeness/traits.h>
#include <likeness/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of InceptionResnetV1; an embedder says its own: lk_embedder_output_size, _takes. */
enum { LK_EMBEDDING_SIZE = 512, LK_EMBEDDER_MIN_INPUT = 75 };

/* In what numbers a network runs. */
typedef enum lk_precision {
    LK_PRECISION_F32 = 0,
    LK_PRECISION_BF16 = 1, /* weights and activations of its convolutions, half the bytes; sums
                            * are f32 */
    LK_PRECISION_AUTO = 2, /* bf16 on processors where it is faster, else f32; int8 of quantised
                            * weights where the processor has instructions for it */
    LK_PRECISION_INT8 = 3, /* of quantised weights (lk_tensors_quantise): whole numbers in most
                            * convolutions, a quarter of the bytes; sums are exact */
    LK_PRECISION_OWN = 4   /* as the weights are: int8 of quantised ones, else f32 */
} lk_precision;

typedef struct lk_embedder_options {
    size_t struct_size; /* set by lk_embedder_options_init */
    double width;       /* multiplies every channel count; 1 is the published network;
                         * 0, the default: as the file's shapes say */
    bool classify;      /* logits instead of embeddings; the file must hold `logits` */
    size_t batch;       /* crops that go through the network together at most; default 8: more are
                         * no faster, and need more memory */
    lk_precision precision; /* default own; an embedder says which: lk_embedder_precision */
    uint32_t reserved;
    const char *packed;        /* a folder where laid out weights are kept (packed.h); NULL, the
                                * default: none */
    const char *packed_digest; /* SHA-256 of the file of weights, 64 hexadecimal digits, for
                                * callers who know it; NULL: the file is read for it */
    uint64_t packed_limit;     /* most bytes in the folder; default LK_PACKED_LIMIT */
} lk_embedder_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_embedder_options_table(void);
static inline void lk_embedder_options_init(lk_embedder_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_embedder_options_table(), options);
}

/* A loaded network: its weights are immutable and shared between threads. */
typedef struct lk_embedder lk_embedder;

/* Loads a network from a weight file, whose tensors say which: InceptionResnetV1 (.pt or
 * safetensors, the published tensor names; others are ignored), or dlib's
 * (dlib_face_recognition_resnet_model_v1.dat, or what lk_tensors made of it; `width` and
 * `classify` do not apply). What FILE.json beside it says is read, too (traits.h).
 * `options` NULL: the defaults. Errors: those of lk_model_traits_find and
 * lk_tensors_load_f32; LK_ERROR_FORMAT where the network is not as its traits say;
 * those of lk_precision_resolve. Threads: any. */
LK_API LK_MUST_USE lk_status lk_embedder_create(lk_embedder **out, const char *path,
                                                const lk_embedder_options *options);
/* The same from tensors in memory, which may be closed afterwards; nothing is kept of them.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_embedder_create_from(lk_embedder **out, const lk_tensors *tensors,
                                                     const lk_embedder_options *options);
LK_API void lk_embedder_destroy(lk_embedder *embedder);

/* Keeps what was laid out for this embedder so far, where its options named a folder, and
 * removes what was not used for longest beyond the folder's limit. Nothing is written where
 * all is there already, where another process is about to, or where the file of weights is no
 * longer what it was. Not while the embedder runs. Errors: LK_ERROR_IO (a full disk, a folder
 * that cannot be written), LK_ERROR_LIMIT (more than the folder may hold), LK_ERROR_MEMORY:
 * none is a reason not to go on. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_embedder_keep(lk_embedder *embedder);

/* The precision that it runs in: what the options asked for, auto settled. F32 of NULL.
 * Threads: any. */
LK_API lk_precision lk_embedder_precision(const lk_embedder *embedder);
/* Sets *out to what `asked` stands for on this processor with weights of floats, never auto or
 * own. bf16 is for those with AVX512_BF16, and faster on AMD's and where there is AMX. Errors:
 * LK_ERROR_ARGUMENT (no precision), LK_ERROR_INTERNAL (the processor has no bf16). Threads: any. */
LK_API LK_MUST_USE lk_status lk_precision_resolve(lk_precision *out, lk_precision asked);
/* The same with quantised weights: own is int8, auto where the processor has instructions for
 * it. Errors: those of lk_precision_resolve. Threads: any. */
LK_API LK_MUST_USE lk_status lk_precision_resolve_quantised(lk_precision *out, lk_precision asked);
/* Whether the processor has instructions for it: AVX512_BF16, AVX512_VNNI; f32 runs on any.
 * Without them bf16 is refused, and int8 takes many times as long as f32. False of auto and
 * own. Threads: any. */
LK_API bool lk_precision_has_instructions(lk_precision precision);
/* "f32", "bf16", "auto", "int8", "own"; NULL of others. Threads: any. */
LK_API const char *lk_precision_name(lk_precision precision);
/* Opens the weights of any network: as lk_tensors_open, but an ONNX file becomes a set of one
 * tensor, "onnx", which is its bytes, with what is known of the model. An embedder is made of it
 * as of others. Errors: those of lk_tensors_open and lk_embedder_create.
 * Ownership: lk_tensors_close releases *out. Threads: any. */
LK_API LK_MUST_USE lk_status lk_tensors_open_any(lk_tensors **out, const char *path);
/* Whether weights are quantised. false of NULL. Threads: any. */
LK_API bool lk_tensors_are_quantised(const lk_tensors *weights);
/* Makes weights that run in int8 of those of a network, which is run over crops[count], square
 * and of the size that it takes (lk_embedder_crop_size), to see how large its numbers become;
 * some hundred of many people are enough. Of each convolution but the first, and of each
 * matrix, the weights of an output channel become whole numbers from -127 to 127 and a scale;
 * what the traits say of the model is put in. Of an ONNX file (lk_tensors_open_any) the graph is
 * written anew. Errors: those of lk_embedder_create_from and
 * lk_embedder_run; LK_ERROR_ARGUMENT for weights that are quantised already.
 * Ownership: lk_tensors_close releases *out. Threads: any. Source: Jacob et al. 2018; Nagel et
 * al. 2019 (the correction of biases). */
LK_API LK_MUST_USE lk_status lk_tensors_quantise(lk_tensors **out, const lk_tensors *weights,
                                                 const lk_image *crops, size_t count);
/* Numbers an output row has: 512, dlib's 128, or the number of classes under classify.
 * Threads: any. */
LK_API size_t lk_embedder_output_size(const lk_embedder *embedder);
/* What is known of it. Borrowed. Threads: any. */
LK_API const lk_model_traits *lk_embedder_traits(const lk_embedder *embedder);
/* Of these: the side of the crops that it was trained with, in pixels: 160, dlib's 150.
 * Threads: any. */
LK_API size_t lk_embedder_crop_size(const lk_embedder *embedder);
/* Whether it takes crops of that side: 75 or more, dlib's network 150 only. Threads: any. */
LK_API bool lk_embedder_takes(const lk_embedder *embedder, size_t side);
/* Whether its rows have length 1. dlib's have not, and are compared as they are. Threads: any. */
LK_API bool lk_embedder_is_unit(const lk_embedder *embedder);
LK_API lk_metric lk_embedder_metric(const lk_embedder *embedder);
/* The distance from which on two faces usually are taken for two people: dlib's 0.6; 0 where
 * none is known. Threads: any. */
LK_API double lk_embedder_threshold(const lk_embedder *embedder);

/* Embeds `count` square crops of one size (lk_embedder_takes), standardised inside as the
 * network wants it: (x - mean) / deviation of each colour, as its traits say.
 * out[count, output_size] f32, rows of unit length (dlib's: of any; plain logits under
 * classify). Any count: batches are cut inside.
 * Errors: LK_ERROR_SHAPE (sizes differ, or it does not take them), LK_ERROR_NUMBER (weights
 * that overflow, or give a face nothing but zeros), LK_ERROR_MEMORY, LK_ERROR_INTERNAL. Threads:
 * any; calls on one embedder take turns over its scratch or use one of their own. Source: Schroff
 * et al. 2015; facenet-pytorch models/inception_resnet_v1.py; dlib.net (dlib's description). */
LK_API LK_MUST_USE lk_status lk_embedder_run(lk_embedder *embedder, float *out,
                                             const lk_image *crops, size_t count);

/* The same from standardised planes: input[count, 3, height, width] NCHW f32. Threads: any. */
LK_API LK_MUST_USE lk_status lk_embedder_run_planes(lk_embedder *embedder, float *out,
                                                    const float *input, size_t count, size_t height,
                                                    size_t width);

#ifdef __cplusplus
}
#endif

#endif

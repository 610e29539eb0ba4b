/* Which kind of network the tensors of a file are. */
#include "embed/kind.h"

lk_status lk_embed_describe_kind(lk_model_traits *traits, const lk_tensors *tensors)
{
    if (lk_embed_is_dlib(tensors))
        return lk_embed_describe_dlib(traits, tensors);
    return lk_embed_is_inception(tensors) ? lk_embed_describe_inception(traits) : LK_OK;
}

lk_status lk_embed_load_any(lk_embed_loaded *out, const lk_tensors *tensors,
                            const lk_embedder_options *options)
{
    return lk_embed_is_dlib(tensors) ? lk_embed_load_dlib(out, tensors, options)
                                     : lk_embed_load_inception(out, tensors, options);
}

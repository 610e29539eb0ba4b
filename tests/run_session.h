/* run_session.h: prepare, fill and run a session in one call. */
#ifndef LK_TESTS_RUN_SESSION_H
#define LK_TESTS_RUN_SESSION_H

#include <string.h>

#include "base/error.h"
#include "nn/infer/session.h"

/* `count` images of `image` [channels, height, width], one after the other; outputs
 * as lk_nn_session_run. */
static inline lk_status run_session(lk_nn_session *session, float *const *outputs,
                                    const float *images, size_t count, lk_nn_shape image)
{
    float *input;
    LK_TRY(lk_nn_session_prepare(session, &input, count, image.height, image.width));
    memcpy(input, images, count * image.channels * image.height * image.width * sizeof *input);
    return lk_nn_session_run(session, outputs);
}

#endif

/* A session: the plans of the input shapes it has seen, and one piece of working
 * memory for all of them, as large as the largest wants. */
#include "nn/infer/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/infer/plan.h"

enum { MAX_PLANS = 12 };

struct lk_nn_session {
    lk_nn_model *model;
    lk_dnnl_stream *stream;
    lk_nn_plan *plans[MAX_PLANS];
    size_t plan_count;
    lk_nn_plan *current; /* the prepared one */
    float *memory;
    size_t memory_bytes;
    uint64_t clock;
};

lk_status lk_nn_session_create(lk_nn_session **out, lk_nn_model *model)
{
    lk_nn_session *session;
    LK_TRY(lk_alloc(&session, 1, sizeof *session));
    session->model = model;
    lk_status status = lk_dnnl_stream_create(&session->stream);
    if (status != LK_OK) {
        lk_nn_session_destroy(session);
        return status;
    }
    *out = session;
    return LK_OK;
}

void lk_nn_session_destroy(lk_nn_session *session)
{
    if (!session)
        return;
    for (size_t i = 0; i < session->plan_count; i++)
        lk_nn_plan_destroy(session->plans[i]);
    lk_dnnl_stream_destroy(session->stream);
    lk_free_aligned(session->memory);
    free(session);
}

/* A plan is made for a number of threads, too. */
static lk_nn_plan *session_find_plan(const lk_nn_session *session, size_t count, size_t height,
                                     size_t width)
{
    size_t threads = lk_threads_get();
    for (size_t i = 0; i < session->plan_count; i++) {
        lk_nn_plan *plan = session->plans[i];
        if (plan->count == count && plan->height == height && plan->width == width &&
            plan->threads == threads)
            return plan;
    }
    return NULL;
}

/* A free slot; the plan that has not run for longest makes room. */
static lk_nn_plan **session_plan_slot(lk_nn_session *session)
{
    if (session->plan_count < MAX_PLANS)
        return &session->plans[session->plan_count++];
    lk_nn_plan **oldest = &session->plans[0];
    for (size_t i = 1; i < session->plan_count; i++)
        if (session->plans[i]->used < (*oldest)->used)
            oldest = &session->plans[i];
    lk_nn_plan_destroy(*oldest);
    return oldest;
}

/* Memory that holds the plan; what it held before is gone when it grows. */
static lk_status session_reserve(lk_nn_session *session, size_t bytes)
{
    if (bytes <= session->memory_bytes)
        return LK_OK;
    lk_free_aligned(session->memory);
    session->memory = NULL;
    session->memory_bytes = 0;
    for (size_t i = 0; i < session->plan_count; i++)
        session->plans[i]->base = NULL;
    LK_TRY(lk_alloc_aligned(&session->memory, bytes, 1));
    session->memory_bytes = bytes;
    return LK_OK;
}

lk_status lk_nn_session_prepare(lk_nn_session *session, float **input, size_t count, size_t height,
                                size_t width)
{
    lk_nn_plan *plan = session_find_plan(session, count, height, width);
    session->current = NULL;
    if (!plan) {
        LK_TRY(lk_nn_plan_create(&plan, session->model, session->stream, count, height, width));
        *session_plan_slot(session) = plan;
    }
    LK_TRY(session_reserve(session, lk_nn_plan_bytes(plan)));
    if (plan->base != session->memory)
        LK_TRY(lk_nn_plan_bind(plan, session->memory));
    plan->used = ++session->clock;
    session->current = plan;
    *input = lk_nn_plan_input(plan);
    return LK_OK;
}

lk_status lk_nn_session_run(lk_nn_session *session, float *const *outputs)
{
    LK_REQUIRE(session->current, LK_ERROR_ARGUMENT, "the session has no prepared input");
    LK_TRY(lk_nn_plan_run(session->current, session->stream));
    for (size_t i = 0; i < session->model->graph.output_count; i++)
        if (outputs[i])
            lk_nn_plan_output(session->current, i, outputs[i]);
    return LK_OK;
}

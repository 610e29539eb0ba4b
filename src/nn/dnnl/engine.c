/* What all of oneDNN's primitives need: the processor, a stream, reorders. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/threads.h"
#include "nn/dnnl/shim_internal.h"

lk_status lk_dnnl_failed(const char *what, dnnl_status_t status)
{
    return lk_fail(status == dnnl_out_of_memory ? LK_ERROR_MEMORY : LK_ERROR_INTERNAL,
                   "oneDNN: %s failed with status %d", what, (int)status);
}

/* The engine is the processor; made once, kept until the process ends. */
static dnnl_engine_t the_engine;
static dnnl_status_t engine_status;

static void engine_create(void)
{
    engine_status = dnnl_engine_create(&the_engine, dnnl_cpu, 0);
}

lk_status lk_dnnl_engine(dnnl_engine_t *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, engine_create);
    if (engine_status != dnnl_success)
        return lk_dnnl_failed("dnnl_engine_create", engine_status);
    *out = the_engine;
    return LK_OK;
}

static bool engine_has(int features)
{
    return ((int)dnnl_get_effective_cpu_isa() & features) == features;
}

size_t lk_dnnl_block(void)
{
    return engine_has(dnnl_cpu_isa_avx512_core) ? 16 : 8;
}

bool lk_dnnl_has_bf16(void)
{
    return engine_has(dnnl_cpu_isa_avx512_core_bf16);
}

bool lk_dnnl_has_amx(void)
{
    return engine_has(dnnl_cpu_isa_avx512_core_amx);
}

void lk_dnnl_say(char *out, size_t size)
{
    const dnnl_version_t *version = dnnl_version();
    snprintf(out, size, "%d.%d.%d %s with instruction set 0x%x", version->major, version->minor,
             version->patch, version->hash, (unsigned)dnnl_get_effective_cpu_isa());
}

bool lk_dnnl_has_int8(void)
{
    int quads = dnnl_cpu_isa_avx512_core_vnni;
    return ((int)dnnl_get_effective_cpu_isa() & quads) == quads;
}

lk_status lk_dnnl_stream_create(lk_dnnl_stream **out)
{
    dnnl_engine_t engine = NULL;
    lk_dnnl_stream *stream;
    LK_TRY(lk_dnnl_engine(&engine));
    LK_TRY(lk_alloc(&stream, 1, sizeof *stream));
    dnnl_status_t status = dnnl_stream_create(&stream->handle, engine, dnnl_stream_in_order);
    if (status != dnnl_success) {
        free(stream);
        return lk_dnnl_failed("dnnl_stream_create", status);
    }
    *out = stream;
    return LK_OK;
}

void lk_dnnl_stream_destroy(lk_dnnl_stream *stream)
{
    if (!stream)
        return;
    dnnl_stream_destroy(stream->handle);
    free(stream);
}

lk_status lk_dnnl_reorder(dnnl_memory_t to, dnnl_memory_t from, const lk_dnnl_stream *stream)
{
    LK_LEND_THREADS();
    dnnl_engine_t engine = NULL;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    LK_TRY(lk_dnnl_engine(&engine));
    DNNL_TRY(dnnl_reorder_primitive_desc_create(&desc, memory_md(from), engine, memory_md(to),
                                                engine, NULL));
    dnnl_status_t status = dnnl_primitive_create(&primitive, desc);
    dnnl_primitive_desc_destroy(desc);
    if (status != dnnl_success)
        return lk_dnnl_failed("a reorder of weights", status);
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = dnnl_primitive_execute(primitive, stream->handle, 2, args);
    dnnl_primitive_destroy(primitive);
    if (status != dnnl_success)
        return lk_dnnl_failed("a reorder of weights", status);
    return LK_OK;
}

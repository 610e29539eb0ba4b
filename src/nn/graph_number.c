/* One number for a graph: another if anything of it is another. */
#include "base/hash.h"
#include "nn/nn.h"

#define ADD(hash, field) lk_hash(hash, (const char *)&(field), sizeof(field))

static uint64_t graph_number_add(uint64_t hash, const lk_nn_layer *layer)
{
    hash = ADD(hash, layer->op);
    for (size_t i = 0; i == 0 || layer->name[i - 1]; i++)
        hash = ADD(hash, layer->name[i]);
    for (size_t i = 0; i < layer->input_count; i++)
        hash = ADD(hash, layer->inputs[i]);
    hash = ADD(hash, layer->input_count);
    hash = ADD(hash, layer->channels);
    hash = ADD(hash, layer->kernel);
    hash = ADD(hash, layer->stride);
    hash = ADD(hash, layer->pad);
    hash = ADD(hash, layer->bias);
    hash = ADD(hash, layer->ceil_mode);
    hash = ADD(hash, layer->groups);
    hash = ADD(hash, layer->count_padding);
    hash = ADD(hash, layer->epsilon);
    hash = ADD(hash, layer->scale);
    hash = ADD(hash, layer->rate);
    hash = ADD(hash, layer->function);
    hash = ADD(hash, layer->arithmetic);
    hash = ADD(hash, layer->reduction);
    hash = ADD(hash, layer->alpha);
    hash = ADD(hash, layer->beta);
    hash = ADD(hash, layer->axes);
    hash = ADD(hash, layer->extent);
    return ADD(hash, layer->plain);
}

uint64_t lk_nn_graph_number(const lk_nn_graph *graph)
{
    uint64_t hash = LK_HASH_START;
    for (size_t i = 0; i < graph->count; i++)
        hash = graph_number_add(hash, &graph->layers[i]);
    for (size_t i = 0; i < graph->output_count; i++)
        hash = ADD(hash, graph->outputs[i]);
    return hash;
}

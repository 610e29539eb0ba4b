/* All tables of options of the library. */
#include <string.h>

#include <likeness/likeness.h>

static const lk_options_table *(*const tables[])(void) = {
    lk_detector_options_table,     lk_extract_options_table,     lk_image_options_table,
    lk_embedder_options_table,     lk_file_list_options_table,   lk_pca_options_table,
    lk_verification_options_table, lk_synth_album_options_table, lk_trainer_options_table,
    lk_loader_options_table,       lk_triplet_options_table,     lk_arcface_options_table,
    lk_sampler_options_table,      lk_augment_options_table,     lk_optimizer_options_table,
    lk_schedule_options_table,     lk_audit_options_table,       lk_model_traits_table,
    lk_gallery_options_table,      lk_cluster_options_table,
};

const lk_options_table *lk_options_table_at(size_t index)
{
    return index < sizeof tables / sizeof *tables ? tables[index]() : NULL;
}

const lk_options_table *lk_options_table_find(const char *name)
{
    const lk_options_table *table;
    for (size_t i = 0; name && (table = lk_options_table_at(i)); i++)
        if (strcmp(lk_options_name(table), name) == 0)
            return table;
    return NULL;
}

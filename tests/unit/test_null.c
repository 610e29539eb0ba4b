/* NULL where something is needed: what can fail says LK_ERROR_ARGUMENT, the rest does
 * nothing and gives nothing. tests/arrows/run.sh asks for every call of the headers that
 * takes a pointer. */
#include "support.h"

#include <likeness-program/experiment.h>
#include <likeness/likeness.h>

#define REFUSED(call)                                                                              \
    do {                                                                                           \
        if ((call) != LK_ERROR_ARGUMENT)                                                           \
            fail_msg("%s is not refused", #call);                                                  \
    } while (0)

static void calls_about_faces_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_detector_create(NULL, NULL, NULL));
    REFUSED(lk_detector_detect(NULL, NULL, NULL));
    REFUSED(lk_detector_detect_batch(NULL, NULL, NULL, 0));
    REFUSED(lk_detector_select(NULL, NULL, NULL, NULL));
    REFUSED(lk_face_crop(NULL, NULL, NULL, 0, 0));
    REFUSED(lk_face_crop_pillow(NULL, NULL, NULL, 0, 0, (lk_pillow){0}));
    REFUSED(lk_face_align(NULL, NULL, NULL, (lk_align){0}, 0));
    REFUSED(lk_detector_extract(NULL, NULL, NULL, NULL));
    REFUSED(lk_dlib_predictor_open(NULL, NULL));
    REFUSED(lk_dlib_predict(NULL, NULL, NULL, NULL));
    REFUSED(lk_dlib_box_of_face(NULL, NULL));
    REFUSED(lk_dlib_chip(NULL, NULL, NULL));
    REFUSED(lk_dlib_align(NULL, NULL, NULL, NULL));
    REFUSED(lk_quality_measure(NULL, NULL, NULL));
    REFUSED(lk_print_make(NULL, NULL, NULL));
    REFUSED(lk_duplicates_find(NULL, NULL, NULL, 0));
    REFUSED(lk_same_rows(NULL, NULL, NULL, 0, 0, 0));
    REFUSED(lk_quality_match(NULL, NULL, NULL, 0, 1, 1, 2, 0));
    assert_int_equal(lk_quality_jpeg(NULL, 0), 0);
}

static void measuring_calls_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_stats_verify_rows(NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL));
    REFUSED(lk_stats_verify_pairs(NULL, NULL, NULL, NULL));
    REFUSED(lk_stats_folds(NULL, NULL, NULL, NULL, 0));
    REFUSED(lk_stats_seek(NULL, NULL, NULL, 0, NULL, NULL, 0, 0, NULL, NULL));
    REFUSED(lk_stats_clustering(NULL, NULL, NULL, 0));
    assert_true(isnan(lk_stats_seek_threshold(NULL, 0, 0, NULL, NULL)));
}

static void calls_about_galleries_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_gallery_open(NULL, NULL, NULL));
    REFUSED(lk_gallery_use_model(NULL, NULL));
    REFUSED(lk_gallery_begin(NULL));
    REFUSED(lk_gallery_commit(NULL));
    REFUSED(lk_gallery_add(NULL, NULL, NULL, NULL));
    REFUSED(lk_gallery_has_photo(NULL, NULL, NULL, NULL));
    REFUSED(lk_gallery_find(NULL, NULL, NULL));
    REFUSED(lk_gallery_people(NULL, NULL, NULL));
    REFUSED(lk_gallery_faces(NULL, 0, NULL, NULL));
    REFUSED(lk_gallery_rename(NULL, NULL, NULL));
    REFUSED(lk_gallery_merge(NULL, NULL, NULL));
    REFUSED(lk_gallery_split(NULL, NULL, NULL, NULL, 0));
    REFUSED(lk_gallery_remove_faces(NULL, NULL, NULL, 0));
    REFUSED(lk_gallery_remove(NULL, NULL));
    REFUSED(lk_gallery_wipe(NULL));
    REFUSED(lk_gallery_count(NULL, NULL));
    REFUSED(lk_gallery_check(NULL, NULL, NULL, NULL));
    REFUSED(lk_gallery_set_levels(NULL, NULL, 0));
    REFUSED(lk_gallery_get_levels(NULL, NULL, NULL));
    REFUSED(lk_cluster(NULL, NULL, NULL, 0, 0, NULL, NULL, 0));
    REFUSED(lk_gallery_move(NULL, 0, NULL));
    REFUSED(lk_gallery_export(NULL, NULL, NULL));
    REFUSED(lk_gallery_import(NULL, NULL, NULL));
    REFUSED(lk_gallery_verify(NULL, NULL, NULL, NULL, (lk_gallery_by){0}));
    REFUSED(lk_gallery_identify(NULL, NULL, NULL, NULL, 0, 0, (lk_gallery_by){0}));
    REFUSED(lk_gallery_replace(NULL, NULL, NULL, NULL, NULL));
    REFUSED(lk_gallery_key_read(NULL, NULL));
    REFUSED(lk_gallery_key_passphrase(NULL, NULL, 0));
    REFUSED(lk_gallery_unlock(NULL, NULL));
    REFUSED(lk_gallery_encrypt(NULL, NULL));
    REFUSED(lk_gallery_decrypt(NULL));
    assert_int_equal(lk_gallery_get_secret(NULL), LK_GALLERY_PLAIN);
    lk_gallery_key_destroy(NULL);
    lk_gallery_close(NULL);
    lk_gallery_rollback(NULL);
    assert_false(lk_gallery_is_address(NULL));
    lk_gallery_set_search(NULL, LK_GALLERY_EXACT);
    assert_int_equal(lk_gallery_searched(NULL), LK_GALLERY_EXACT);
    REFUSED(lk_gallery_make_index(NULL));
    assert_null(lk_gallery_path(NULL));
    assert_false(lk_gallery_get_model(NULL, NULL));
}

static void calls_about_embedders_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_embedder_create(NULL, NULL, NULL));
    REFUSED(lk_embedder_keep(NULL));
    REFUSED(lk_packed_list(NULL, NULL));
    REFUSED(lk_packed_trim(NULL, 0));
    lk_packed_files_clear(NULL);
    REFUSED(lk_embedder_create_from(NULL, NULL, NULL));
    REFUSED(lk_embedder_run(NULL, NULL, NULL, 1));
    REFUSED(lk_model_traits_find(NULL, NULL));
    REFUSED(lk_model_traits_of(NULL, NULL));
    REFUSED(lk_model_traits_put(NULL, NULL));
    REFUSED(lk_model_traits_text(NULL, NULL));
    REFUSED(lk_model_traits_write(NULL, NULL));
    REFUSED(lk_embedder_run_planes(NULL, NULL, NULL, 1, 1, 1));
}

static void calls_about_images_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_image_read(NULL, NULL, NULL));
    REFUSED(lk_image_read_stored(NULL, NULL, NULL, NULL));
    REFUSED(lk_image_decode(NULL, NULL, 0, NULL, NULL));
    REFUSED(lk_image_create(NULL, 0, 0));
    REFUSED(lk_image_crop(NULL, NULL, 0, 0, 0, 0));
    REFUSED(lk_image_resize_pillow(NULL, NULL, 0, 0, (lk_pillow){0}));
    REFUSED(lk_image_resize_bilinear(NULL, NULL, 0, 0));
    REFUSED(lk_image_write_png(NULL, NULL));
    REFUSED(lk_image_write_jpeg(NULL, NULL, 0));
    REFUSED(lk_image_encode_png(NULL, NULL, NULL));
    REFUSED(lk_image_encode_jpeg(NULL, NULL, NULL, 0));
}

static void calls_about_options_and_plots_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_option_set(NULL, NULL, NULL, NULL));
    REFUSED(lk_option_get(NULL, NULL, NULL, NULL));
    REFUSED(lk_options_check(NULL, NULL));
    REFUSED(lk_plot_scatter_create(NULL, NULL));
    REFUSED(lk_plot_heatmap_create(NULL, NULL));
    REFUSED(lk_plot_grid_create(NULL, NULL));
    REFUSED(lk_plot_curves_create(NULL, NULL));
    REFUSED(lk_plot_format_from_path(NULL, NULL));
    REFUSED(lk_plot_write(NULL, NULL));
    REFUSED(lk_plot_encode(NULL, NULL, NULL, (lk_plot_format){0}));
}

static void calls_about_pages_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_report_lesson(NULL, NULL, NULL));
    REFUSED(lk_answers_read(NULL, NULL));
    REFUSED(lk_report_class(NULL, 1, false, NULL, NULL, NULL));
    lk_answers_destroy(NULL);
    REFUSED(lk_training_page_write(NULL, NULL));
    REFUSED(lk_bias_page_write(NULL, NULL));
}

static void calls_about_stats_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_stats_distances(NULL, NULL, 0, 0));
    REFUSED(lk_stats_distances_told(NULL, NULL, 0, 0, NULL, NULL));
    REFUSED(
        lk_stats_nearest_pairs(NULL, NULL, 1, NULL, NULL, 0, 0, LK_METRIC_EUCLIDEAN, NULL, NULL));
    REFUSED(lk_stats_distances_from(NULL, NULL, 0, 0, 0, 0));
    REFUSED(lk_npy_begin(NULL, LK_F32, NULL, 0));
    REFUSED(lk_stats_pca(NULL, NULL, NULL, NULL, 0, 0, NULL));
    REFUSED(lk_stats_wss(NULL, NULL, 0, 0));
    REFUSED(lk_stats_nearest(NULL, NULL, NULL, 0));
    REFUSED(lk_stats_silhouette(NULL, NULL, NULL, 0));
    REFUSED(lk_stats_roc_create(NULL, NULL, NULL, 0));
    REFUSED(lk_stats_roc_of_rows(NULL, NULL, NULL, 0, 0));
    REFUSED(lk_stats_verification(NULL, NULL, NULL, 0, 0, NULL));
    REFUSED(lk_stats_spread(NULL, NULL, 0, 0));
    REFUSED(lk_stats_spearman(NULL, NULL, NULL, 0));
    REFUSED(lk_stats_threshold(NULL, NULL, NULL, 0, 0));
    REFUSED(lk_stats_pair_sums_create(NULL, NULL, 0));
    REFUSED(lk_stats_bias_cut_create(NULL, NULL, 0));
    REFUSED(lk_stats_bias(NULL, NULL));
    REFUSED(lk_audit_plan(NULL, 0.01, 1.5, 1));
    REFUSED(lk_audit_what_if_at(NULL, NULL, .1));
    REFUSED(lk_audit_run(NULL, NULL, NULL));
}

static void calls_about_stores_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_store_directory(NULL));
    REFUSED(lk_store_find(NULL, NULL));
    REFUSED(lk_store_find_weights(NULL, NULL));
    REFUSED(lk_store_find_predictor(NULL, NULL));
    REFUSED(lk_store_refused(NULL, NULL));
    REFUSED(lk_store_pull(NULL, NULL, NULL, NULL, NULL));
    REFUSED(lk_store_take(NULL, NULL, NULL, NULL, NULL));
}

static void calls_about_synth_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_synth_population_open(NULL, NULL, 0));
    REFUSED(lk_synth_population_parse(NULL, NULL, 0, NULL, 0));
    REFUSED(lk_synth_person_create(NULL, NULL));
    REFUSED(lk_synth_render(NULL, NULL, NULL, NULL, 0));
    REFUSED(lk_synth_album_write(NULL, NULL, 0, NULL));
}

static void calls_about_training_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_parallel_open(NULL, false));
    REFUSED(lk_triplets_mine(NULL, NULL, NULL, NULL, 0, 0, NULL));
    REFUSED(lk_loss_triplet(NULL, NULL, NULL, NULL, 0, 0, NULL));
    REFUSED(lk_loss_softmax(NULL, NULL, NULL, NULL, 0, 0));
    REFUSED(lk_loss_arcface(NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL));
    REFUSED(lk_people_create(NULL, NULL));
    REFUSED(lk_people_split(NULL, NULL, NULL, 0, 0));
    REFUSED(lk_people_with_photos(NULL, NULL, NULL, NULL, 0));
    REFUSED(lk_sampler_get(NULL, NULL, NULL, NULL, (lk_position){0}));
    REFUSED(lk_augment_apply(NULL, NULL, 0, NULL, 0, 0, 0));
    REFUSED(lk_loader_create(NULL, NULL, NULL, (lk_position){0}));
    REFUSED(lk_loader_next(NULL, NULL));
    REFUSED(lk_optimizer_create(NULL, NULL, NULL, 0));
    REFUSED(lk_optimizer_save(NULL, NULL));
    REFUSED(lk_optimizer_load(NULL, NULL));
    REFUSED(lk_schedule_create(NULL, NULL));
    REFUSED(lk_checkpoint_write(NULL, NULL, NULL));
    REFUSED(lk_checkpoint_read(NULL, NULL, NULL));
    REFUSED(lk_trainer_create(NULL, NULL, 0, NULL));
    REFUSED(lk_trainer_resume(NULL, NULL, NULL, 0, NULL));
    REFUSED(lk_trainer_run(NULL, NULL, NULL));
    REFUSED(lk_trainer_step(NULL, NULL));
    REFUSED(lk_trainer_validate(NULL, NULL));
    REFUSED(lk_trainer_save(NULL));
    REFUSED(lk_trainer_weights(NULL, NULL));
    REFUSED(lk_trainer_saved_open(NULL, NULL));
}

static void calls_about_tensors_refuse_null(void **state)
{
    (void)state;
    REFUSED(lk_tensors_open(NULL, NULL));
    REFUSED(lk_tensors_load_f32(NULL, NULL, NULL, 0, NULL));
    REFUSED(lk_tensors_create(NULL));
    REFUSED(lk_tensors_add(NULL, NULL, (lk_dtype){0}, NULL, NULL, 0));
    REFUSED(lk_tensors_to_half(NULL, NULL));
    REFUSED(lk_tensors_write_safetensors(NULL, NULL));
    REFUSED(lk_tensors_write_pt(NULL, NULL));
    REFUSED(lk_npy_open(NULL, NULL));
    REFUSED(lk_npy_write(NULL, (lk_dtype){0}, NULL, NULL, 0));
    REFUSED(lk_npy_put(NULL, (lk_dtype){0}, NULL, NULL, 0));
}

static void calls_on_files_know_null(void **state)
{
    (void)state;
    REFUSED(lk_file_list_create(NULL, NULL, 0, NULL));
    REFUSED(lk_input_open(NULL, NULL));
    REFUSED(lk_input_take(NULL, NULL, 0, NULL));
    REFUSED(lk_input_line(NULL, NULL, 0, NULL));
    REFUSED(lk_input_read(NULL, NULL, NULL, 0));
    REFUSED(lk_output_open(NULL, NULL));
    REFUSED(lk_output_flush(NULL));
    REFUSED(lk_output_commit(NULL));
    REFUSED(lk_output_commit_all(NULL, 1));
    REFUSED(lk_lock_folder(NULL, NULL, 0));
    REFUSED(lk_lock_file(NULL, NULL, 0));
    REFUSED(lk_directory_create(NULL));
    lk_file_list_destroy(NULL);
    (void)lk_file_list_count(NULL);
    assert_null(lk_file_list_get(NULL, 0));
    (void)lk_file_list_skipped_count(NULL);
    assert_null(lk_file_list_skipped(NULL, 0));
    lk_input_close(NULL);
    lk_output_write(NULL, "x", 1);
    lk_output_printf(NULL, "x");
    assert_int_equal(lk_output_descriptor(NULL), -1);
    assert_null(lk_output_path(NULL));
    lk_output_discard(NULL);
    lk_lock_release(NULL);
}

static void audits_take_null_calmly(void **state)
{
    (void)state;
    assert_true(isnan(lk_dyads_variance(NULL)));
    lk_audit_clear(NULL);
    lk_audit_what_if_clear(NULL);
    lk_rate_of_dyads(NULL, NULL, 0);
    lk_rate_of_people(NULL, NULL, NULL, 0);
    assert_true(isnan(lk_rate_difference(NULL, NULL).value));
    assert_true(isnan(lk_rate_ratio(NULL, NULL, 2).value));
}

static void calls_about_faces_take_null_calmly(void **state)
{
    (void)state;
    lk_free(NULL);
    lk_json_shorten(NULL);
    lk_faces_clear(NULL);
    lk_detector_destroy(NULL);
    lk_crops_clear(NULL);
    lk_dlib_predictor_close(NULL);
    lk_embedder_destroy(NULL);
    (void)lk_embedder_output_size(NULL);
    assert_int_equal(lk_embedder_crop_size(NULL), 0);
    assert_false(lk_embedder_takes(NULL, 160) || lk_embedder_is_unit(NULL));
    assert_int_equal(lk_embedder_metric(NULL), LK_METRIC_EUCLIDEAN);
    assert_true(isnan(lk_embedder_threshold(NULL)));
    assert_int_equal(lk_embedder_precision(NULL), LK_PRECISION_F32);
    assert_false(lk_tensors_are_quantised(NULL));
    assert_int_equal(lk_tensors_open_any(NULL, NULL), LK_ERROR_ARGUMENT);
    assert_int_equal(lk_tensors_quantise(NULL, NULL, NULL, 1), LK_ERROR_ARGUMENT);
    assert_null(lk_precision_name((lk_precision)99));
    assert_false(lk_precision_has_instructions((lk_precision)99));
    assert_int_equal(lk_precision_resolve(NULL, LK_PRECISION_F32), LK_ERROR_ARGUMENT);
    assert_int_equal(lk_precision_resolve_quantised(NULL, LK_PRECISION_OWN), LK_ERROR_ARGUMENT);
    assert_null(lk_embedder_traits(NULL));
    lk_model_traits_destroy(NULL);
    lk_image_clear(NULL);
    assert_null(lk_options_name(NULL));
    (void)lk_options_count(NULL);
    assert_null(lk_options_row(NULL, 0));
    assert_null(lk_option_find(NULL, NULL));
    assert_null(lk_options_table_find(NULL));
    lk_options_defaults(NULL, NULL);
    lk_option_takes(NULL, 0, NULL);
    lk_parallel_close(NULL, false, 0);
    lk_plot_destroy(NULL);
    lk_plot_get_size(NULL, NULL, NULL);
    lk_lesson_init(NULL);
    lk_training_init(NULL);
    lk_bias_experiment_init(NULL);
}

static void calls_about_numbers_take_null_calmly(void **state)
{
    (void)state;
    lk_stats_roc_destroy(NULL);
    assert_null(lk_stats_roc_points(NULL, NULL));
    (void)lk_stats_roc_auc(NULL);
    (void)lk_stats_roc_eer(NULL, NULL);
    (void)lk_stats_roc_tar(NULL, 0, NULL);
    lk_stats_pair_sums_destroy(NULL);
    (void)lk_stats_pair_people(NULL);
    lk_stats_pair_measures(NULL, NULL, NULL);
    lk_stats_bias_cut_destroy(NULL);
    lk_bias_findings_clear(NULL);
}

static void calls_about_weights_and_people_take_null_calmly(void **state)
{
    (void)state;
    (void)lk_store_get_trust(NULL);
    (void)lk_store_package_of(NULL);
    (void)lk_synth_identity_find(NULL);
    (void)lk_synth_photo_find(NULL);
    lk_synth_population_close(NULL);
    assert_null(lk_synth_population_name(NULL));
    lk_synth_identity_sample(NULL, NULL, 0, 0);
    lk_synth_photo_sample(NULL, 0, 0, 0);
    lk_synth_photo_init(NULL);
    lk_synth_person_destroy(NULL);
    lk_tensors_close(NULL);
    (void)lk_tensors_count(NULL);
    assert_null(lk_tensors_get(NULL, 0));
    assert_null(lk_tensors_find(NULL, NULL));
    assert_null(lk_tensors_path(NULL));
    assert_string_equal(lk_tensors_prefix(NULL), "");
    lk_tensor_copy_f32(NULL, NULL);
    lk_tensor_copy_f64(NULL, NULL);
    (void)lk_tensor_sum(NULL);
    lk_tensors_release_pages(NULL);
}

static void calls_about_training_take_null_calmly(void **state)
{
    (void)state;
    lk_people_destroy(NULL);
    (void)lk_people_count(NULL);
    (void)lk_people_photo_count(NULL);
    assert_null(lk_people_name(NULL, 0));
    (void)lk_people_photos(NULL, 0, NULL);
    assert_null(lk_people_path(NULL, 0));
    (void)lk_sampler_batches(NULL, NULL);
    (void)lk_sampler_next(NULL, NULL, (lk_position){0});
    lk_loader_destroy(NULL);
    (void)lk_loader_error_count(NULL);
    assert_null(lk_loader_error(NULL, 0));
    lk_optimizer_options_set_kind(NULL, (lk_optimizer_kind){0});
    (void)lk_parameter_decays(NULL);
    lk_optimizer_destroy(NULL);
    lk_optimizer_step(NULL, 0);
    (void)lk_gradients_clip(NULL, NULL, 0, 0);
    lk_average_update(NULL, NULL, 0, 0);
    lk_schedule_destroy(NULL);
    (void)lk_schedule_rate(NULL, 0, 0);
    lk_trainer_destroy(NULL);
    lk_trainer_summarise(NULL, NULL);
    (void)lk_trainer_get_history(NULL);
    assert_null(lk_trainer_get_options(NULL));
    (void)lk_trainer_note_count(NULL);
    assert_null(lk_trainer_note(NULL, 0));
    (void)lk_trainer_bad_photo_count(NULL);
    assert_null(lk_trainer_bad_photo(NULL, 0));
    lk_trainer_saved_close(NULL);
    assert_null(lk_trainer_saved_options(NULL));
    assert_null(lk_trainer_saved_paths(NULL, NULL));
    (void)lk_trainer_saved_history(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_about_faces_refuse_null),
        cmocka_unit_test(measuring_calls_refuse_null),
        cmocka_unit_test(calls_about_galleries_refuse_null),
        cmocka_unit_test(calls_about_embedders_refuse_null),
        cmocka_unit_test(calls_about_images_refuse_null),
        cmocka_unit_test(calls_about_options_and_plots_refuse_null),
        cmocka_unit_test(calls_about_pages_refuse_null),
        cmocka_unit_test(calls_about_stats_refuse_null),
        cmocka_unit_test(calls_about_stores_refuse_null),
        cmocka_unit_test(calls_about_synth_refuse_null),
        cmocka_unit_test(calls_about_training_refuse_null),
        cmocka_unit_test(calls_about_tensors_refuse_null),
        cmocka_unit_test(calls_on_files_know_null),
        cmocka_unit_test(audits_take_null_calmly),
        cmocka_unit_test(calls_about_faces_take_null_calmly),
        cmocka_unit_test(calls_about_numbers_take_null_calmly),
        cmocka_unit_test(calls_about_weights_and_people_take_null_calmly),
        cmocka_unit_test(calls_about_training_take_null_calmly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

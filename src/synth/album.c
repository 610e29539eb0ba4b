/* An album on disk: a folder per person, and truth.csv. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

#include <likeness/files.h>

#include "base/error.h"
#include "base/locale.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "synth/album_folder.h"
#include "synth/parameters.h"

/* One person of the album: from which population, and what came of it. */
typedef struct member {
    size_t share;
    lk_synth_identity identity;
    lk_synth_photo *photos;
    lk_synth_truth *truths;
} member;

typedef struct album {
    const char *directory;
    const lk_synth_share *shares;
    size_t share_count;
    const lk_synth_album_options *options;
    member *members;
    size_t done; /* people rendered */
    lk_status status;
    char error[1024]; /* the first failure's text: errors belong to threads */
} album;

/* Deals each next person to the population that is furthest behind its share. */
static lk_status album_deal(album *a)
{
    if (a->share_count == 0)
        return LK_OK;
    double total = 0;
    size_t *have;
    LK_TRY(lk_alloc(&have, a->share_count, sizeof *have));
    for (size_t k = 0; k < a->share_count; k++)
        total += a->shares[k].share;
    for (size_t i = 0; i < a->options->people; i++) {
        double best = -1e300;
        for (size_t k = 0; k < a->share_count; k++) {
            double behind = a->shares[k].share / total * (double)(i + 1) - (double)have[k];
            if (behind > best + 1e-9) {
                best = behind;
                a->members[i].share = k;
            }
        }
        have[a->members[i].share]++;
    }
    free(have);
    return LK_OK;
}

static const char *extension(const album *a)
{
    return a->options->png ? "png" : "jpg";
}

static lk_status album_write_photo(const album *a, const lk_synth_person *person, size_t i,
                                   size_t k)
{
    member *m = &a->members[i];
    lk_image image;
    LK_TRY(lk_synth_render(&image, &m->truths[k], person, &m->photos[k], a->options->size));
    char *path;
    lk_status status =
        lk_format(&path, "%s/p%04zu/%03zu.%s", a->directory, i + 1, k + 1, extension(a));
    if (status == LK_OK) {
        int quality = (int)m->photos[k].values[P_jpeg_quality];
        status = a->options->png ? lk_image_write_png(&image, path)
                                 : lk_image_write_jpeg(&image, path, quality);
        free(path);
    }
    lk_image_clear(&image);
    return status;
}

static lk_status album_write_member(const album *a, size_t i)
{
    member *m = &a->members[i];
    const lk_synth_album_options *o = a->options;
    uint64_t index = o->first_person + i;
    const lk_synth_population *from = a->shares ? a->shares[m->share].population : NULL;
    lk_synth_identity_sample(&m->identity, from, o->seed, index);
    LK_TRY(lk_alloc(&m->photos, o->photos, sizeof *m->photos));
    LK_TRY(lk_alloc(&m->truths, o->photos, sizeof *m->truths));
    char *folder;
    LK_TRY(lk_format(&folder, "%s/p%04zu", a->directory, i + 1));
    lk_status status = lk_directory_create(folder);
    free(folder);
    lk_synth_person *person = NULL;
    if (status == LK_OK)
        status = lk_synth_person_create(&person, &m->identity);
    for (size_t k = 0; k < o->photos && status == LK_OK; k++) {
        lk_synth_photo_sample(&m->photos[k], o->seed, index, k);
        status = album_write_photo(a, person, i, k);
    }
    lk_synth_person_destroy(person);
    return status;
}

/* Keeps the first failure; later people are then skipped. */
static void album_note(album *a, lk_status status, const char *text)
{
    if (status == LK_OK || a->status != LK_OK)
        return;
    a->status = status;
    snprintf(a->error, sizeof a->error, "%s", text);
}

static void write_members(album *a)
{
    const lk_synth_album_options *o = a->options;
    size_t people = o->people;
#pragma omp parallel for num_threads(lk_threads()) schedule(dynamic, 1)
    for (size_t i = 0; i < people; i++) {
        bool go;
#pragma omp critical(lk_synth_album)
        go = a->status == LK_OK;
        if (!go)
            continue;
        lk_status status = album_write_member(a, i);
#pragma omp critical(lk_synth_album)
        {
            album_note(a, status, status == LK_OK ? "" : lk_error_text());
            a->done++;
            /* Only the caller's own thread calls back, as base.h promises. */
            if (o->progress && a->status == LK_OK && omp_get_thread_num() == 0 &&
                !o->progress(o->user, "rendering", a->done * o->photos, people * o->photos))
                album_note(a, LK_ERROR_CANCELLED, "rendering was stopped");
        }
    }
}

static void write_heading(lk_output *to)
{
    lk_output_printf(
        to, "path,person,population,x1,y1,x2,y2,left_eye_x,left_eye_y,right_eye_x,right_eye_y,"
            "nose_x,nose_y,left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y,identity_seed,"
            "photo_seed");
    for (size_t i = 0; i < I_COUNT; i++)
        lk_output_printf(to, ",%s", lk_synth_identity_parameter(i)->name);
    for (size_t i = 0; i < P_COUNT; i++)
        lk_output_printf(to, ",%s", lk_synth_photo_parameter(i)->name);
    lk_output_write(to, "\n", 1);
}

static void album_write_line(lk_output *to, const album *a, size_t i, size_t k)
{
    const member *m = &a->members[i];
    const char *population =
        a->shares ? lk_synth_population_name(a->shares[m->share].population) : "common";
    lk_output_printf(to, "p%04zu/%03zu.%s,p%04zu,%s", i + 1, k + 1, extension(a), i + 1,
                     population);
    for (size_t j = 0; j < 4; j++)
        lk_output_printf(to, ",%.2f", (double)m->truths[k].box[j]);
    for (size_t j = 0; j < 5; j++)
        lk_output_printf(to, ",%.2f,%.2f", (double)m->truths[k].landmarks[j][0],
                         (double)m->truths[k].landmarks[j][1]);
    lk_output_printf(to, ",%u,%u", m->identity.seed, m->photos[k].seed);
    for (size_t j = 0; j < I_COUNT; j++)
        lk_output_printf(to, ",%.9g", (double)m->identity.values[j]);
    for (size_t j = 0; j < P_COUNT; j++)
        lk_output_printf(to, ",%.9g", (double)m->photos[k].values[j]);
    lk_output_write(to, "\n", 1);
}

static lk_status write_truth(const album *a)
{
    char *path;
    LK_TRY(lk_format(&path, "%s/truth.csv", a->directory));
    lk_output *output;
    lk_status status = lk_output_open(&output, path);
    free(path);
    LK_TRY(status);
    write_heading(output);
    for (size_t i = 0; i < a->options->people; i++)
        for (size_t k = 0; k < a->options->photos; k++)
            album_write_line(output, a, i, k);
    return lk_output_commit(output);
}

static lk_status album_check(const album *a)
{
    for (size_t k = 0; k < a->share_count; k++)
        LK_REQUIRE(a->shares[k].share > 0 && a->shares[k].share <= 1e9, LK_ERROR_ARGUMENT,
                   "population %zu has the share %g, expected above 0", k + 1, a->shares[k].share);
    return LK_OK;
}

lk_status lk_synth_album_write(const char *directory, const lk_synth_share *shares,
                               size_t share_count, const lk_synth_album_options *options)
{
    lk_synth_album_options taken;
    LK_TRY(lk_options_take(lk_synth_album_options_table(), &taken, options));
    album a = {.directory = directory,
               .shares = share_count ? shares : NULL,
               .share_count = shares ? share_count : 0,
               .options = &taken};
    LK_TRY(album_check(&a));
    LK_TRY(lk_alloc(&a.members, a.options->people, sizeof *a.members));
    lk_lock *lock = NULL;
    lk_status status = album_deal(&a);
    if (status == LK_OK)
        status = lk_lock_folder(&lock, directory, 0);
    if (status == LK_OK)
        status = lk_album_folder_begin(directory);
    if (status == LK_OK) {
        write_members(&a);
        status = a.status != LK_OK ? lk_fail(a.status, "%s", a.error) : write_truth(&a);
    }
    if (status == LK_OK)
        status = lk_album_folder_end(directory);
    lk_lock_release(lock);
    for (size_t i = 0; i < a.options->people; i++) {
        free(a.members[i].photos);
        free(a.members[i].truths);
    }
    free(a.members);
    return status;
}

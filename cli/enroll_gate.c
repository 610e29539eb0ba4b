#include <math.h>
#include <stdlib.h>

#include "enroll.h"

/* Beyond these a network has little to go by. They are no more than sense: what they would
 * have to be for a network can be measured only with it. The units are lk_quality's. */
static const double GATE_LEAST_PROBABILITY = 0.9, GATE_LEAST_SIDE = 40, GATE_LEAST_INSIDE = 0.75,
                    GATE_MOST_YAW = 0.6, GATE_LEAST_SHARPNESS = 5, GATE_LEAST_BRIGHTNESS = 30,
                    GATE_MOST_BRIGHTNESS = 235, GATE_LEAST_CONTRAST = 8;

static const char *const reason_names[ENROLL_REASONS] = {
    "unreadable",    "no-face", "several-faces", "unsure", "small", "cut-by-the-border",
    "turned",        "blurred", "dark",          "bright", "flat",  "unlike-the-person",
    "another-person"};

const char *enroll_reason_name(enroll_reason reason)
{
    return reason_names[reason];
}

void enroll_verdict_clear(enroll_verdict *verdict)
{
    for (size_t i = 0; i < ENROLL_REASONS; i++)
        free(verdict->words[i]);
    *verdict = (enroll_verdict){0};
}

void enroll_object(enroll_verdict *verdict, enroll_reason reason, char *words)
{
    free(verdict->words[reason]);
    verdict->words[reason] = words;
    verdict->reasons |= 1u << reason;
}

char *enroll_verdict_names(const enroll_verdict *verdict)
{
    char *all = cli_strdup("");
    for (int i = 0; i < ENROLL_REASONS; i++)
        if (verdict->reasons & 1u << i) {
            char *longer = cli_format("%s%s%s", all, *all ? "," : "", reason_names[i]);
            free(all);
            all = longer;
        }
    return all;
}

/* One measure against its bound; NaN, which is not known, is no objection. */
static void gate_bound(enroll_verdict *verdict, enroll_reason reason, bool beyond,
                       const char *words, double value, double bound)
{
    if (beyond)
        enroll_object(verdict, reason,
                      cli_format("%s: %.3g, expected %s%.3g", words, value,
                                 value < bound ? "at least " : "at most ", bound));
}

static void gate_look_at_quality(enroll_verdict *verdict, const lk_quality *q)
{
    gate_bound(verdict, ENROLL_SMALL, q->face_size < GATE_LEAST_SIDE, "the face is small (pixels)",
               q->face_size, GATE_LEAST_SIDE);
    gate_bound(verdict, ENROLL_CUT, q->inside < GATE_LEAST_INSIDE,
               "the border cuts the face off (share that is seen)", q->inside, GATE_LEAST_INSIDE);
    gate_bound(verdict, ENROLL_TURNED, fabs(q->yaw) > GATE_MOST_YAW,
               "the head is turned (nose beside the middle of the eyes, in distances of theirs)",
               fabs(q->yaw), GATE_MOST_YAW);
    gate_bound(verdict, ENROLL_BLURRED, q->sharpness < GATE_LEAST_SHARPNESS,
               "the face is blurred (sharpness)", q->sharpness, GATE_LEAST_SHARPNESS);
    gate_bound(verdict, ENROLL_DARK, q->brightness < GATE_LEAST_BRIGHTNESS,
               "the face is dark (0 to 255)", q->brightness, GATE_LEAST_BRIGHTNESS);
    gate_bound(verdict, ENROLL_BRIGHT, q->brightness > GATE_MOST_BRIGHTNESS,
               "the face is overexposed (0 to 255)", q->brightness, GATE_MOST_BRIGHTNESS);
    gate_bound(verdict, ENROLL_FLAT, q->contrast < GATE_LEAST_CONTRAST,
               "the face has no contrast (standard deviation)", q->contrast, GATE_LEAST_CONTRAST);
}

static void gate_look_at_face(enroll_verdict *verdict, const cli_faced *photo)
{
    const lk_face *face = &photo->faces[0];
    double probability = (double)face->probability;
    if (photo->found > 1)
        enroll_object(verdict, ENROLL_SEVERAL, cli_format("there are %zu faces", photo->found));
    if (probability < GATE_LEAST_PROBABILITY)
        enroll_object(verdict, ENROLL_UNSURE,
                      cli_format("it is a face with a probability of %.2f only", probability));
    gate_look_at_quality(verdict, &photo->quality);
}

void enroll_look(enroll_verdict *verdict, const cli_faced *photo)
{
    if (photo->problem)
        enroll_object(verdict, ENROLL_UNREADABLE, cli_strdup(photo->problem));
    else if (photo->count == 0)
        enroll_object(verdict, ENROLL_NO_FACE, cli_strdup(photo->nothing));
    else
        gate_look_at_face(verdict, photo);
}

/* The distance from the person's own faces, NAN where there is none yet. */
static lk_status gate_own_distance(double *out, int64_t *id, lk_gallery *gallery, const char *name,
                                   const float *vector)
{
    lk_gallery_match match;
    lk_status status = lk_gallery_verify(gallery, &match, name, vector, LK_GALLERY_BEST);
    *out = status == LK_OK ? match.distance : (double)NAN;
    *id = status == LK_OK ? match.person : 0;
    return status == LK_ERROR_MISSING ? LK_OK : status;
}

typedef struct gate_search {
    int64_t id;
    char *name;
} gate_search;

static bool gate_find_name(void *user, const lk_gallery_person *person)
{
    gate_search *search = user;
    if (person->id != search->id)
        return true;
    search->name = cli_strdup(person->name);
    return false;
}

lk_status enroll_compare(enroll_verdict *verdict, lk_gallery *gallery, const char *name,
                         const float *vector, const lk_gallery_match *nearest, size_t count,
                         double threshold)
{
    double own;
    int64_t id;
    lk_status status = gate_own_distance(&own, &id, gallery, name, vector);
    if (status != LK_OK)
        return status;
    if (own >= threshold)
        enroll_object(verdict, ENROLL_UNLIKE,
                      cli_format("it is %.3f away from the nearest face of %s, beyond %.3f", own,
                                 name, threshold));
    size_t other = count > 0 && nearest[0].person == id ? 1 : 0;
    double near = threshold / 2; /* strangers are below the threshold now and then */
    if (other >= count || nearest[other].distance >= near ||
        nearest[other].distance >= own) /* false where there is no own */
        return LK_OK;
    gate_search search = {.id = nearest[other].person};
    status = lk_gallery_people(gallery, gate_find_name, &search);
    if (status != LK_OK)
        return status;
    enroll_object(verdict, ENROLL_ANOTHER,
                  cli_format("it is %.3f away from a face of %s, below %.3f",
                             nearest[other].distance, search.name ? search.name : "another person",
                             near));
    free(search.name);
    return LK_OK;
}

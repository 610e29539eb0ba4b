/* The parameters of people and photographs: one line each, from which come the
 * indices, the names in files, the distributions and the limits. */
#ifndef LK_SYNTH_PARAMETERS_H
#define LK_SYNTH_PARAMETERS_H

#include <likeness/synth.h>

#include "base/random.h"

/* X(name, unit, mean, spread, low, high, text) */
#define SY_IDENTITY(X)                                                                             \
    X(robustness, "", 0, 0.8f, -1.3f, 1.3f, "gracile to robust: shifts jaw, brows, hair, beard")   \
    X(age, "years", 36, 13, 18, 72, "wrinkles, grey, hairline, eye bags")                          \
    X(head_width, "mm", 152, 5, 136, 168, "breadth of the skull")                                  \
    X(head_length, "mm", 193, 6, 174, 212, "forehead to back of the head")                         \
    X(head_height, "mm", 112, 4.5f, 98, 126, "eyes to crown")                                      \
    X(face_width, "mm", 136, 5, 120, 152, "across the cheekbones")                                 \
    X(face_length, "mm", 117, 5.5f, 100, 135, "root of the nose to chin")                          \
    X(jaw_width, "mm", 103, 6.5f, 84, 124, "across the jaw's corners")                             \
    X(chin_width, "mm", 34, 5, 20, 50, "breadth of the chin")                                      \
    X(chin_projection, "mm", 4.5f, 2.2f, -2, 11, "how far the chin stands out")                    \
    X(chin_cleft, "", -0.6f, 0.8f, 0, 1, "a cleft in the chin")                                    \
    X(jaw_square, "", 0, 1, -2.2f, 2.2f, "round to square jaw")                                    \
    X(forehead_slope, "mm", 0, 3, -8, 8, "upright to receding forehead")                           \
    X(brow_ridge, "mm", 2.8f, 1.2f, 0, 7, "how far the bone over the eyes stands out")             \
    X(cheekbone, "mm", 2.8f, 1.6f, -1.5f, 7.5f, "how far the cheekbones stand out")                \
    X(cheek_fullness, "mm", 0, 2.6f, -6, 7, "hollow to full cheeks")                               \
    X(midface, "mm", 0, 2.2f, -6, 6, "flat to projecting middle of the face")                      \
    X(eye_spacing, "mm", 63, 3, 54, 73, "between the pupils")                                      \
    X(eye_width, "mm", 31, 1.5f, 26.5f, 36, "of the lids' opening")                                \
    X(eye_opening, "mm", 10.2f, 1, 7.2f, 13, "of the lids, at rest")                               \
    X(eye_tilt, "degrees", 3, 2.6f, -5, 11, "outer corner above the inner one")                    \
    X(eye_depth, "mm", 0, 1.6f, -4, 4.5f, "protruding to deep-set eyes")                           \
    X(lid_crease, "mm", 3.6f, 1.5f, 0, 8, "height of the upper lid's crease; 0: none")             \
    X(eye_bag, "", 0.25f, 0.25f, 0, 1, "folds and darkness under the eyes")                        \
    X(iris_melanin, "", 0.55f, 0.35f, 0.03f, 1, "light to dark iris")                              \
    X(iris_warmth, "", 0.4f, 0.3f, 0, 1, "blue-grey to green and amber, in light irises")          \
    X(iris_size, "mm", 5.9f, 0.2f, 5.3f, 6.5f, "radius of the iris")                               \
    X(lashes, "", 0.6f, 0.25f, 0.1f, 1.3f, "strength of the lashes")                               \
    X(brow_height, "mm", 18.5f, 2, 13, 25, "brow above the pupil")                                 \
    X(brow_arch, "mm", 2.6f, 1.4f, -1, 6.5f, "curvature of the brow")                              \
    X(brow_tilt, "degrees", 4, 4, -8, 15, "outer end above the inner one")                         \
    X(brow_thickness, "mm", 7.2f, 1.6f, 3.2f, 12.5f, "of the brow at its inner part")              \
    X(brow_length, "mm", 43, 3.2f, 33, 53, "of the brow")                                          \
    X(brow_gap, "mm", 23, 4.5f, 8, 36, "between the brows")                                        \
    X(brow_density, "", 0.75f, 0.2f, 0.25f, 1.2f, "thin to dense brow hair")                       \
    X(nose_length, "mm", 50, 3.3f, 41, 60, "root to base of the nose")                             \
    X(nose_width, "mm", 35.5f, 2.8f, 28, 46, "across the wings of the nose")                       \
    X(nose_projection, "mm", 19, 2.2f, 12.5f, 26, "tip before the upper lip")                      \
    X(nose_root, "mm", 5, 2, 0, 11, "height of the root of the nose above the eyes' corners")      \
    X(nose_bridge, "mm", 5.2f, 1.1f, 2.8f, 9, "breadth of the bridge")                             \
    X(nose_hump, "mm", 0.8f, 1.6f, -3, 6, "hollow to humped bridge")                               \
    X(nose_tip_width, "mm", 9.2f, 1.2f, 6.3f, 13, "radius of the tip")                             \
    X(nose_tip_turn, "mm", 0, 2, -5, 5, "hanging to upturned tip")                                 \
    X(nostril, "mm", 4.3f, 0.6f, 2.8f, 6.2f, "breadth of a nostril")                               \
    X(mouth_width, "mm", 50, 3.6f, 40, 62, "between the corners at rest")                          \
    X(upper_lip, "mm", 7, 1.8f, 2.8f, 12.5f, "height of the red of the upper lip")                 \
    X(lower_lip, "mm", 9.2f, 1.9f, 4.5f, 15, "height of the red of the lower lip")                 \
    X(lip_projection, "mm", 4.2f, 1.3f, 1, 9, "how far the lips stand out")                        \
    X(cupid_bow, "", 0.5f, 0.3f, 0, 1.3f, "straight to deeply bowed upper lip")                    \
    X(philtrum, "mm", 22, 2.4f, 15.5f, 29, "base of the nose to the mouth's line")                 \
    X(mouth_corner, "mm", 0, 1.2f, -3, 3, "corners down to corners up, at rest")                   \
    X(ear_size, "mm", 62, 4.2f, 51, 74, "length of the ear")                                       \
    X(ear_angle, "degrees", 24, 7, 8, 46, "how far the ears stand out")                            \
    X(melanin, "", 0.22f, 0.13f, 0.04f, 0.95f, "pigment of the skin, relative")                    \
    X(blood, "", 0.5f, 0.13f, 0.2f, 0.9f, "haemoglobin of the skin, relative")                     \
    X(mottling, "", 0.4f, 0.2f, 0.05f, 1, "unevenness of the skin's tone")                         \
    X(freckles, "", -0.5f, 0.6f, 0, 1, "freckles; most people have none")                          \
    X(oiliness, "", 0.45f, 0.18f, 0.1f, 0.95f, "matt to shiny skin")                               \
    X(lip_blood, "", 0.6f, 0.2f, 0.15f, 1.2f, "pale to red lips")                                  \
    X(hair_eumelanin, "", 0.66f, 0.28f, 0.05f, 1, "light to black hair")                           \
    X(hair_pheomelanin, "", 0.18f, 0.16f, 0, 0.9f, "how red the hair is")                          \
    X(grey, "", -0.4f, 0.45f, 0, 1, "grey hair")                                                   \
    X(hair_length, "mm", 75, 85, 4, 300, "length of the hair")                                     \
    X(hair_volume, "mm", 13, 5, 4, 32, "thickness of the hair over the skull")                     \
    X(hair_curl, "", 0.3f, 0.3f, 0, 1, "straight to curly")                                        \
    X(hairline, "mm", 69, 5, 56, 84, "hair's beginning above the eyes")                            \
    X(hairline_temples, "mm", 6, 7, -6, 30, "how far the hair recedes at the temples")             \
    X(baldness, "", -1.1f, 0.8f, 0, 1, "thinning of the crown")                                    \
    X(fringe, "mm", -14, 22, 0, 46, "hair over the forehead; most people have none")               \
    X(parting, "", 0, 0.55f, -1, 1, "side of the parting")                                         \
    X(beard, "", -0.75f, 0.95f, 0, 1, "full beard; clean-shaven below 0.1")                        \
    X(moustache, "", -0.5f, 0.8f, 0, 1, "hair of the upper lip")                                   \
    X(stubble, "", 0.1f, 0.35f, 0, 1, "shadow of a shaved beard")                                  \
    X(glasses, "", -0.75f, 1, 0, 1, "wears glasses above 0.05; weight of the frame")               \
    X(glasses_height, "mm", 36, 5, 25, 50, "height of a lens")                                     \
    X(glasses_round, "", 0.5f, 0.3f, 0, 1, "square to round lenses")                               \
    X(glasses_tone, "", 0.2f, 0.3f, 0, 1, "black to metal frame")                                  \
    X(asymmetry, "mm", 0, 1, -2.2f, 2.2f, "left and right sides differ")

#define SY_PHOTO(X)                                                                                \
    X(yaw, "degrees", 0, 14, -30, 30, "head turned to the viewer's right")                         \
    X(pitch, "degrees", 0, 6, -15, 15, "head raised")                                              \
    X(roll, "degrees", 0, 5, -15, 15, "head tilted clockwise")                                     \
    X(body_yaw, "degrees", 0, 10, -25, 25, "shoulders turned, beyond a third of the head's yaw")   \
    X(offset_x, "", 0, 0.03f, -0.08f, 0.08f, "face right of the middle, in image widths")          \
    X(offset_y, "", 0, 0.025f, -0.06f, 0.06f, "face below the middle, in image widths")            \
    X(face_scale, "", 0.52f, 0.05f, 0.38f, 0.66f, "face's height in image heights")                \
    X(focal_length, "mm", 85, 28, 45, 180, "on 24 x 36 mm film, at the distance it implies")       \
    X(smile, "", 0.3f, 0.4f, -0.25f, 1, "corners of the mouth pulled")                             \
    X(mouth_open, "", -0.15f, 0.3f, 0, 1, "jaw dropped")                                           \
    X(teeth, "", 0, 0.5f, 0, 1, "lips parted in a smile")                                          \
    X(brow_raise, "", 0.05f, 0.35f, -0.6f, 1, "brows raised")                                      \
    X(frown, "", -0.35f, 0.4f, 0, 1, "brows drawn together")                                       \
    X(eyelids, "", 0.97f, 0.13f, 0.45f, 1.2f, "opening of the lids, relative to rest")             \
    X(gaze_x, "degrees", 0, 8, -22, 22, "eyes turned to the viewer's right")                       \
    X(gaze_y, "degrees", 0, 4, -10, 10, "eyes raised")                                             \
    X(light_azimuth, "degrees", 0, 30, -65, 65, "main light from the viewer's right")              \
    X(light_elevation, "degrees", 38, 15, 0, 72, "main light above")                               \
    X(light_size, "", 0.55f, 0.22f, 0.15f, 1, "small, hard to large, soft main light")             \
    X(light_share, "", 0.58f, 0.11f, 0.25f, 0.82f, "main light's part of all light")               \
    X(light_warmth, "", 0.15f, 0.4f, -0.8f, 1.2f, "bluish to yellowish main light")                \
    X(ambient_warmth, "", 0, 0.3f, -0.8f, 1, "bluish to yellowish surroundings")                   \
    X(ground_light, "", 0.45f, 0.15f, 0.1f, 0.9f, "light from below, relative to above")           \
    X(rim_light, "", -0.2f, 0.4f, 0, 1, "light from behind")                                       \
    X(exposure, "stops", 0, 0.22f, -0.7f, 0.6f, "after the automatic one")                         \
    X(auto_exposure, "", 0.6f, 0.12f, 0.3f, 0.9f, "how far the camera evens out skins and lights") \
    X(white_balance, "", 0.65f, 0.2f, 0.1f, 1, "how far the camera takes out the light's colour")  \
    X(contrast, "", 1, 0.1f, 0.75f, 1.3f, "of the film's curve")                                   \
    X(saturation, "", 1.04f, 0.12f, 0.7f, 1.45f, "of the colours")                                 \
    X(background, "", 0.5f, 0.4f, 0, 1, "plain wall to busy place")                                \
    X(background_tone, "", 0.45f, 0.26f, 0.03f, 1, "dark to light background")                     \
    X(background_hue, "turns", 0.5f, 0.6f, 0, 1, "colour of the background")                       \
    X(background_colour, "", 0.16f, 0.16f, 0, 0.6f, "grey to colourful background")                \
    X(clothes_hue, "turns", 0.5f, 0.6f, 0, 1, "colour of the clothes")                             \
    X(clothes_colour, "", 0.22f, 0.2f, 0, 0.7f, "grey to colourful clothes")                       \
    X(clothes_tone, "", 0.35f, 0.28f, 0.03f, 0.9f, "dark to light clothes")                        \
    X(clothes_collar, "", 0.5f, 0.4f, 0, 1, "low to high neckline")                                \
    X(hair_change, "", 1, 0.12f, 0.7f, 1.35f, "length and volume of hair against the usual")       \
    X(hair_disorder, "", 0.4f, 0.25f, 0, 1, "combed to tousled")                                   \
    X(stubble_change, "", 0, 0.25f, -0.5f, 0.6f, "beard's shadow against the usual")               \
    X(blush, "", 0, 0.35f, -0.7f, 1, "blood in the face against the usual")                        \
    X(tan, "", 0, 0.06f, -0.12f, 0.2f, "melanin against the usual")                                \
    X(glasses_change, "", 0.5f, 0.29f, 0, 1, "below 0.15, who wears glasses took them off")        \
    X(blur, "pixels", 0.45f, 0.25f, 0.15f, 1.2f, "standard deviation at 160 pixels")               \
    X(noise, "", 0.006f, 0.005f, 0.001f, 0.025f, "of the sensor at middle grey")                   \
    X(vignette, "", 0.1f, 0.1f, 0, 0.4f, "darkness of the corners")                                \
    X(flare, "", 0.01f, 0.012f, 0, 0.05f, "veil of stray light")                                   \
    X(jpeg_quality, "", 86, 8, 45, 97, "of the file, when it is JPEG")

#define SY_INDEX_I(name, ...) I_##name,
#define SY_INDEX_P(name, ...) P_##name,
enum { SY_IDENTITY(SY_INDEX_I) I_COUNT };
enum { SY_PHOTO(SY_INDEX_P) P_COUNT };

_Static_assert(I_COUNT == LK_SYNTH_IDENTITY_COUNT, "update LK_SYNTH_IDENTITY_COUNT");
_Static_assert(P_COUNT == LK_SYNTH_PHOTO_COUNT, "update LK_SYNTH_PHOTO_COUNT");

/* A distribution: what a population is made of. */
typedef struct sy_distribution {
    float mean[I_COUNT], spread[I_COUNT];
} sy_distribution;

/* The common population's. */
void lk_synth_distribution_init(sy_distribution *out);

/* A bell-shaped number, mean 0, spread 1, within [-6, 6]; made of sums alone,
 * so that it is the same on every machine. */
float lk_synth_normal(lk_random *random);

/* A person from a distribution. */
void lk_synth_identity_draw(lk_synth_identity *out, const sy_distribution *from, lk_random *random);

/* Fails on values that are not numbers; else copies them, put within limits. */
lk_status lk_synth_identity_check(lk_synth_identity *out, const lk_synth_identity *in) LK_MUST_USE;
lk_status lk_synth_photo_check(lk_synth_photo *out, const lk_synth_photo *in) LK_MUST_USE;

#endif

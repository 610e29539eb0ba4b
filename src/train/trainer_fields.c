/* The options as a table. */
#include "train/trainer_fields.h"

static const char *const losses[] = {"triplet", "softmax", "arcface", NULL};
static const char *const miners[] = {"all", "random", "semi-hard", "batch-hard", NULL};
static const char *const kinds[] = {"sgd", "adagrad", "rmsprop", "adam", "adamw", NULL};
static const char *const schedules[] = {"constant", "step", "cosine", "file", NULL};
static const char *const resizes[] = {"pillow-12", "pillow-13", NULL};
static const char *const labels[] = {"first", "last", "path", NULL};

#define AT(member) offsetof(lk_trainer_options, member)

static const lk_trainer_field fields[] = {
    {"init", LK_FIELD_TEXT, AT(init), true, NULL}, /* only the first session looks at it */
    {"label", LK_FIELD_CHOICE, AT(label), false, labels},
    {"width", LK_FIELD_REAL, AT(width), false, NULL},
    {"size", LK_FIELD_SIZE, AT(size), false, NULL},
    {"seed", LK_FIELD_U64, AT(seed), false, NULL},
    {"loss", LK_FIELD_CHOICE, AT(loss), false, losses},
    {"triplet.miner", LK_FIELD_CHOICE, AT(triplet.miner), false, miners},
    {"triplet.margin", LK_FIELD_REAL, AT(triplet.margin), false, NULL},
    {"triplet.squared", LK_FIELD_FLAG, AT(triplet.squared), false, NULL},
    {"triplet.soft", LK_FIELD_FLAG, AT(triplet.soft), false, NULL},
    {"arcface.scale", LK_FIELD_REAL, AT(arcface.scale), false, NULL},
    {"arcface.margin", LK_FIELD_REAL, AT(arcface.margin), false, NULL},
    {"sampler.people", LK_FIELD_SIZE, AT(sampler.people), false, NULL},
    {"sampler.photos", LK_FIELD_SIZE, AT(sampler.photos), false, NULL},
    {"augment.flip", LK_FIELD_FLAG, AT(augment.flip), false, NULL},
    {"augment.shift", LK_FIELD_REAL, AT(augment.shift), false, NULL},
    {"augment.scale", LK_FIELD_REAL, AT(augment.scale), false, NULL},
    {"augment.colour", LK_FIELD_REAL, AT(augment.colour), false, NULL},
    {"augment.blur", LK_FIELD_REAL, AT(augment.blur), false, NULL},
    {"augment.jpeg", LK_FIELD_INT, AT(augment.jpeg), false, NULL},
    {"augment.erase", LK_FIELD_REAL, AT(augment.erase), false, NULL},
    {"augment.resize", LK_FIELD_CHOICE, AT(augment.resize), false, resizes},
    {"image.max_pixels", LK_FIELD_U64, AT(image.max_pixels), true, NULL},
    {"image.max_bytes", LK_FIELD_U64, AT(image.max_bytes), true, NULL},
    {"image.ignore_exif", LK_FIELD_FLAG, AT(image.ignore_exif), false, NULL},
    {"dropout", LK_FIELD_FLAG, AT(dropout), false, NULL},
    {"optimizer.kind", LK_FIELD_CHOICE, AT(optimizer.kind), false, kinds},
    {"optimizer.momentum", LK_FIELD_REAL, AT(optimizer.momentum), false, NULL},
    {"optimizer.nesterov", LK_FIELD_FLAG, AT(optimizer.nesterov), false, NULL},
    {"optimizer.beta1", LK_FIELD_REAL, AT(optimizer.beta1), false, NULL},
    {"optimizer.beta2", LK_FIELD_REAL, AT(optimizer.beta2), false, NULL},
    {"optimizer.rho", LK_FIELD_REAL, AT(optimizer.rho), false, NULL},
    {"optimizer.epsilon", LK_FIELD_REAL, AT(optimizer.epsilon), false, NULL},
    {"optimizer.weight_decay", LK_FIELD_REAL, AT(optimizer.weight_decay), false, NULL},
    {"schedule.kind", LK_FIELD_CHOICE, AT(schedule.kind), false, schedules},
    {"schedule.rate", LK_FIELD_REAL, AT(schedule.rate), false, NULL},
    {"schedule.gamma", LK_FIELD_REAL, AT(schedule.gamma), false, NULL},
    {"schedule.every", LK_FIELD_REAL, AT(schedule.every), false, NULL},
    {"schedule.epochs", LK_FIELD_REAL, AT(schedule.epochs), false, NULL},
    {"schedule.least", LK_FIELD_REAL, AT(schedule.least), false, NULL},
    {"schedule.warmup", LK_FIELD_REAL, AT(schedule.warmup), false, NULL},
    {"schedule.path", LK_FIELD_TEXT, AT(schedule.path), false, NULL},
    {"clip", LK_FIELD_REAL, AT(clip), false, NULL},
    {"average", LK_FIELD_REAL, AT(average), false, NULL},
    {"epochs", LK_FIELD_SIZE, AT(epochs), true, NULL},
    {"steps", LK_FIELD_SIZE, AT(steps), true, NULL},
    {"validation", LK_FIELD_REAL, AT(validation), false, NULL},
    {"validation_photos", LK_FIELD_SIZE, AT(validation_photos), false, NULL},
    {"save_epochs", LK_FIELD_SIZE, AT(save_epochs), true, NULL},
    {"save_steps", LK_FIELD_SIZE, AT(save_steps), true, NULL},
    {"save_seconds", LK_FIELD_REAL, AT(save_seconds), true, NULL},
    {"ahead", LK_FIELD_SIZE, AT(ahead), true, NULL},
};

const lk_trainer_field *lk_trainer_fields(size_t *count)
{
    *count = sizeof fields / sizeof *fields;
    return fields;
}

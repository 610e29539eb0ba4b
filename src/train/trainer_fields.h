/* trainer_fields.h: the options as a table, from which they are checked for being
 * the same, written and read. */
#ifndef LK_TRAIN_TRAINER_FIELDS_H
#define LK_TRAIN_TRAINER_FIELDS_H

#include <likeness/trainer.h>

typedef enum lk_trainer_field_kind {
    LK_FIELD_REAL,   /* double */
    LK_FIELD_SIZE,   /* size_t */
    LK_FIELD_U64,    /* uint64_t, all 64 bits */
    LK_FIELD_INT,    /* int, from 0 */
    LK_FIELD_FLAG,   /* bool */
    LK_FIELD_CHOICE, /* enum, as wide as an int, by the names in `choices` */
    LK_FIELD_TEXT    /* const char *, may be NULL */
} lk_trainer_field_kind;

typedef struct lk_trainer_field {
    const char *name;
    lk_trainer_field_kind kind;
    size_t offset;
    bool free; /* may differ in a resumed run */
    const char *const *choices;
} lk_trainer_field;

/* All fields but `run`, `frozen` and `parallel`. */
const lk_trainer_field *lk_trainer_fields(size_t *count);

static inline const void *lk_trainer_field_in(const lk_trainer_options *options,
                                              const lk_trainer_field *field)
{
    return (const char *)options + field->offset;
}

static inline void *lk_trainer_field_of(lk_trainer_options *options, const lk_trainer_field *field)
{
    return (char *)options + field->offset;
}

#endif

/* The names of what can be chosen in training, in the order of the enums; NULL ends them. */
#ifndef LK_TRAIN_ROWS_H
#define LK_TRAIN_ROWS_H

extern const char *const lk_miner_names[];
extern const char *const lk_optimizer_names[];
extern const char *const lk_schedule_names[];

#endif

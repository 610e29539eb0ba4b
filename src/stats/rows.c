/* What lk_pca_options and lk_verification_options can say. */
#include <likeness/stats.h>

#include "base/options.h"

#define LK_PREFIX ""
#define LK_PART

static const char *const signs[] = {
    [LK_PCA_SIGNS_SKLEARN] = "sklearn",
    [LK_PCA_SIGNS_SKLEARN_1_2] = "sklearn-1.2",
    [LK_PCA_SIGNS_SKLEARN_1_2 + 1] = NULL,
};

#define LK_STRUCT lk_pca_options
static const lk_option pca_rows[] = {
    LK_WHOLE("components", components, .least = 1, .most = 100000, .preset = "2",
             .help = "How many; a figure shows the first two", .word = "components",
             .argument = "N", .commands = "pca"),
    LK_CHOICE("signs", signs, .choices = signs, .preset = "sklearn",
              .help = "Which way a component points: sklearn, as scikit-learn 1.5 and later, or "
                      "sklearn-1.2, as its versions until 1.4",
              .word = "signs", .argument = "RULE", .commands = "pca"),
};
LK_OPTIONS_TABLE(lk_pca_options, "pca", pca_rows)

#undef LK_STRUCT
#define LK_STRUCT lk_verification_options
static const lk_option verification_rows[] = {
    LK_REAL("far", far, .count = LK_VERIFICATION_RATES, .counted = true, .least = 0, .most = 1,
            .preset = "0.1,0.01,0.001,0.0001",
            .help = "False accept rates at which the true accept rate is wanted", .word = "far",
            .argument = "R,R,...", .commands = "evaluate roc"),
    LK_REAL("level", level, .least = 0, .above = true, .most = 1, .below = true, .preset = "0.95",
            .help = "How often an interval should hold what would come of all people"),
};
LK_OPTIONS_TABLE(lk_verification_options, "verification", verification_rows)

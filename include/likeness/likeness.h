/* likeness/likeness.h: the whole public interface.
 *
 * Calls that can fail return an lk_status and explain themselves through
 * lk_error_text(). Outputs are untouched on failure unless a header says
 * otherwise. Handles are opaque; X_destroy(NULL) and X_close(NULL) do nothing.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_LIKENESS_H
#define LIKENESS_LIKENESS_H

#include <likeness/align.h>
#include <likeness/audit.h>
#include <likeness/base.h>
#include <likeness/cluster.h>
#include <likeness/detect.h>
#include <likeness/embed.h>
#include <likeness/evaluate.h>
#include <likeness/files.h>
#include <likeness/gallery.h>
#include <likeness/image.h>
#include <likeness/options.h>
#include <likeness/packed.h>
#include <likeness/parallel.h>
#include <likeness/plot.h>
#include <likeness/quality.h>
#include <likeness/report.h>
#include <likeness/stats.h>
#include <likeness/store.h>
#include <likeness/synth.h>
#include <likeness/train.h>
#include <likeness/trainer.h>
#include <likeness/traits.h>
#include <likeness/weights.h>

#endif

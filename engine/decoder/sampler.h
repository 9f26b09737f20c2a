/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Choosing the next token from its scores. Temperature first, then top-k, then top-p (nucleus sampling, Holtzman et al.
 * 2019) on what top-k has left, as most programs do it. The same seed and the same scores give the same tokens on every
 * machine; equal scores are settled for the smaller id. */

G_BEGIN_DECLS

/**
 * RgCandidate:
 * @logprob: natural logarithm of the probability that the model gives it, before temperature, top-k and top-p
 */
typedef struct
{
  guint32 id;
  double logprob;
} RgCandidate;

/** rg_logits_find_best: Returns: the id of the highest score, the smaller one of equals; @n at least 1. */
guint32 rg_logits_find_best (const float *logits, gsize n);

/** rg_logits_log_sum: Returns: log Σ exp (logits), to about 1e-6: what is taken from a score to make it a log-probability. */
double rg_logits_log_sum (const float *logits, gsize n);

/** RgSampler: its settings, its random numbers and its memory; belongs to one thread. */
typedef struct _RgSampler RgSampler;

/**
 * rg_sampler_new:
 * @temperature: divides the scores; 0 for always the likeliest
 * @top_k: keep the k likeliest; 0 for all
 * @top_p: keep the smallest set of the likeliest whose probabilities reach p, at least one; 1 for all
 * @seed: of the random numbers
 *
 * Returns: (transfer full): a sampler
 */
RgSampler *rg_sampler_new (double temperature, guint top_k, double top_p, guint64 seed) G_GNUC_WARN_UNUSED_RESULT;
void rg_sampler_free (RgSampler *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RgSampler, rg_sampler_free)

/**
 * rg_sampler_choose:
 * @logits: (array length=n): scores, without NaN, at least one of them finite; minus infinity forbids a token
 * @n: size of the vocabulary, at least 1
 *
 * Takes one random number unless the temperature is 0.
 *
 * Returns: the chosen id and its log-probability
 */
RgCandidate rg_sampler_choose (RgSampler *self, const float *logits, gsize n);

/**
 * rg_sampler_rank:
 * @k: how many are wanted
 * @ranked: (out caller-allocates) (array length=k): the likeliest, likeliest first
 *
 * Returns: how many there are, the smaller of @k and @n
 */
guint rg_sampler_rank (RgSampler *self, const float *logits, gsize n, guint k, RgCandidate *ranked);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/tensor/pass.h"
#include "engine/tensor/random.h"

/* Comparing numbers: tensors full of random values, closeness to a reference, and derivatives against differences. */

/** numeric_can_round: Returns: whether this processor multiplies bfloat16; otherwise the test is marked as skipped. */
gboolean numeric_can_round (void);

/** numeric_tensor_new: Returns: (transfer full): rows × cols values between -1 and 1 that want derivatives. */
RgTensor *numeric_tensor_new (RgRandom *random, gsize rows, gsize cols);
void numeric_tensor_free (RgTensor *self);

/** numeric_assert_near: fails unless |actual − expected| ≤ bound, which no NaN is. */
void numeric_assert_near (const char *what, gsize at, double actual, double expected, double bound);

/** numeric_assert_all_near: the same for @n values; @bound is times the largest of the expected ones, or 1. */
void numeric_assert_all_near (const char *what, const float *actual, const double *expected, gsize n, double bound);

/** numeric_assert_same: the same for two arrays of floats. */
void numeric_assert_same (const char *what, const float *actual, const float *expected, gsize n, double bound);

/** NumericFunc: Returns: a number that depends on values which the caller of numeric_derivative() may change. */
typedef double (*NumericFunc) (gpointer data);

/**
 * numeric_derivative: of @func with respect to *@at, by differences at four points on both sides (the error falls with the
 *   fourth power of @step); *@at is put back.
 */
double numeric_derivative (float *at, float step, NumericFunc func, gpointer data);

/** numeric_spoil_memory: fills what the pass will hand out next, @n floats, with NaNs: memory that an op has not written is to be noticed. */
void numeric_spoil_memory (RgPass *pass, gsize n);

/** NumericOp: Returns: what the op makes of the inputs. */
typedef RgTensor *(*NumericOp) (RgPass *pass, RgTensor **inputs, gpointer data);

/** NumericCase: an op with what it works on. */
typedef struct
{
  NumericOp op;
  RgTensor *inputs[32];
  guint n_inputs;
  gpointer data;
} NumericCase;

/** numeric_case_add: one more input, which wants derivatives; nothing where @input was not declared. Borrows it. */
void numeric_case_add (NumericCase *self, RgTensor *input);

/** numeric_case_clear: frees the inputs. */
void numeric_case_clear (NumericCase *self);

/** numeric_at: Returns: an element, which has to be there. */
double numeric_at (const RgTensor *x, gsize row, gsize col);

/**
 * numeric_check:
 * @expected: (nullable): rows × cols values of the op by a slow loop in double precision
 * @bound: relative, of the values; the derivatives have to agree with differences to 1e-3 of their largest
 *
 * Runs the op without and with threads, with and without recording, compares the values with @expected, then the derivative
 * of a random weighting of them with respect to every element of every input that wants one: once into no derivatives, once
 * added to some that are there, once with the op used twice on the same inputs. Inputs that want none must get none.
 */
void numeric_check (const char *what, NumericCase *self, const double *expected, double bound);

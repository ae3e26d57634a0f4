/* dmd: dynamic mode decomposition of a window, from its Gram matrix (streaming) or by SVD (batch).
 *
 * Notation.  T snapshots in the span, d delays, z_t = [x_{t−d}; …; x_t] delayed vector,
 *            m+1 = T−d delayed vectors (m pairs), H_ij = ⟨z_i, z_j⟩ = Σ_l K_{i+l,j+l}
 *            p principal coordinates y_t of the span where asked (0: none), then K_ij = ⟨y_i, y_j⟩
 *            r rank, G = H[0:m,0:m] = V Σ² Vᵀ, B = Σ⁻¹ Vᵀ H[0:m,:] (r×(m+1)), A = B₁ V Σ⁻¹ (r×r)
 *
 * Streaming (koop_dmd_fit) is projected DMD with exact forgetting (Schmid 2010, J. Fluid Mech. 656;
 * Gram form: Sirovich's method of snapshots). A Gram matrix squares the condition number: singular
 * values below `floor` (1e-6) of the first are noise and are cut. Batch (koop_dmd_batch) follows
 * Redman et al. (NeurIPS 2024) to the letter: delays, stacked data matrices, SVD, A = UᵀYV Σ⁻¹;
 * for small or ill-conditioned data, and for several trajectories pooled into one spectrum.
 *
 * dmd.c fits, prediction.c tests a fit on what came later, dmd_batch.c is the batch path.
 *
 * Cost of a fit: O(T² (p + d)) and one symmetric eigenproblem of order T−d; no allocation. */
#ifndef KOOP_DMD_H
#define KOOP_DMD_H

#include "spectrum.h"
#include "variance.h"
#include "window.h"

typedef struct koop_dmd_options {
    int span;           /* T, snapshots a fit uses; 2 ≤ T, T − d ≥ 2 */
    int delays;         /* d ≥ 0 */
    int rank;           /* r at most, ≤ KOOP_MAX_RANK; 0: no bound of its own */
    double energy;      /* no more than this share of ΣΣ² needs (0 < energy < 1); 0: off */
    int pca;            /* p leading principal coordinates before the delays; 0: none */
    koop_center center; /* reference of the snapshots (with pca: of their coordinates) */
    bool difference;    /* of increments x_t − x_{t−1} instead of snapshots */
    double floor;       /* singular values below floor·σ₁ are noise, as are those of rounding */
    double dt;          /* Δt between snapshots, in steps */
} koop_dmd_options;

/* span 64, 4 delays, rank 8, pca 8, mean centred, floor 1e-6, dt 1. */
koop_dmd_options koop_dmd_defaults(void);

typedef struct koop_dmd_counters {
    uint64_t fits;
    uint64_t rank_zero;
    uint64_t lapack_failed;
    uint64_t truncated; /* fits in which the floor cut singular values below the wanted rank */
} koop_dmd_counters;

typedef struct koop_dmd koop_dmd;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with koop_dmd_free (NULL is allowed). */
koop_status koop_dmd_new(koop_dmd **out, const koop_dmd_options *options);
void koop_dmd_free(koop_dmd *dmd);

/* Fits the newest `span` snapshots of the window and fills `spectrum` (ordered).
 * KOOP_NOT_ENOUGH_DATA, KOOP_RANK_ZERO, KOOP_LAPACK_FAILED: `spectrum` is untouched, the cause
 * counted. */
koop_status koop_dmd_fit(koop_dmd *dmd, const koop_window *window, koop_spectrum *spectrum);

/* The leading eigenvalues of the last fit's centred Gram matrix, p of them (KOOP_MAX_RANK at most),
 * those that are noise included. KOOP_NOT_ENOUGH_DATA without pca or before the first fit. */
koop_status koop_dmd_variances(const koop_dmd *dmd, koop_variances *out);

/* Δt of the fits that follow, in steps; not finite or ≤ 0 is ignored. */
void koop_dmd_set_dt(koop_dmd *dmd, double dt);

koop_dmd_counters koop_dmd_get_counters(const koop_dmd *dmd);

/* Saves or loads what one fit leaves for the next: Δt and the counters; not the fit itself, which
 * koop_dmd_keep takes at once. */
void koop_dmd_exchange(koop_dmd *dmd, koop_state *state);

/* Bytes that a DMD and one kept model of these options hold, roughly. */
size_t koop_dmd_bytes(const koop_dmd_options *options);
size_t koop_dmd_model_bytes(const koop_dmd_options *options);

/* A fit kept for later: what koop_dmd_prediction needs of it. */
typedef struct koop_dmd_model koop_dmd_model;

/* Needs pca > 0, mean centring and no difference: KOOP_BAD_ARGUMENT. KOOP_NO_MEMORY. */
koop_status koop_dmd_model_new(koop_dmd_model **out, const koop_dmd_options *options);
void koop_dmd_model_free(koop_dmd_model *model);

/* Stores the last fit of `dmd` (made with the same options) in `model`. KOOP_NOT_ENOUGH_DATA
 * before the first fit. */
koop_status koop_dmd_keep(const koop_dmd *dmd, koop_dmd_model *model);

/* Saves a model that holds a fit, or loads one. */
void koop_dmd_model_exchange(koop_dmd_model *model, koop_state *state);

/* One-step prediction of a kept fit on snapshots that arrived since. For each of the newest
 * `count` snapshots t, the delayed vector before it is projected on the model's subspace and
 * advanced by A, and its last block ŷ compared with x_t in the space of all n values, so that
 * motion outside the model's subspace counts as error:
 *     error²(t) = ‖x_t − x̄‖² − 2 ŷᵀy_t + ‖ŷ‖²,  y_t = principal coordinates of x_t in the model
 * *ratio = Σ error² / Σ ‖x_t − x_{t−1}‖²: 1 is as good as "nothing moves", 0 is perfect.
 * The model was fitted `age` ≥ count pushes ago, and the window still holds its span:
 * KOOP_NOT_ENOUGH_DATA; KOOP_RANK_ZERO when nothing moved. Allocates nothing. */
koop_status koop_dmd_prediction(koop_dmd_model *model, const koop_window *window, int age,
                                int count, double *ratio);

/* DMD of N pooled trajectories of T snapshots of D values, x[(t·D + i)·N + k] (C order, T×D×N), by
 * LAPACK SVD in double. Uses delays, dt, the same rules for the rank (rank, energy and floor all 0:
 * untruncated), and per trajectory centring and differencing; with pca the principal axes of all
 * T·N snapshots together. `span` is not used. Singular values that are exactly zero are always cut.
 * An untruncated spectrum above KOOP_MAX_RANK is KOOP_TOO_LARGE.
 * Where a rank (or pca) is given and the matrix is large, only so many singular triplets are
 * computed (leading_svd.h), to the exactness of the full decomposition, which stands in where
 * nothing sets them apart from those that follow.
 * Memory, beside x: T D N doubles and (d+1) D (T−d) N more, with pca 2 T D N until D is p; and the
 * singular vectors, (q + m) per triplet of a q×m matrix and some 160 for the work on a large one.
 * KOOP_BAD_ARGUMENT, KOOP_NOT_FINITE, KOOP_NOT_ENOUGH_DATA, KOOP_RANK_ZERO (also of snapshots that
 * do not move), KOOP_LAPACK_FAILED. */
koop_status koop_dmd_batch(const double *x, size_t T, size_t D, size_t N,
                           const koop_dmd_options *options, koop_spectrum *spectrum);

#endif

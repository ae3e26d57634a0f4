/* descent: three optimisers of f(x) = Σ tan x_i as trajectories from a grid of starts.
 *
 * Notation.  T = 100 points of a trajectory, its start included;  D = 2 dimensions;  N = 25 starts
 *            η = 0.01;  box [1/T, 1]^D;  clip(·) the projection onto the box, coordinate-wise
 *
 *   omd  online mirror descent with R(x) = −Σ log x_i:
 *            ∇R(y) = ∇R(x_t) − η ∇f(x_t),  ∇R(x) = −1/x,   x_{t+1} = clip(y)
 *   ogd  online gradient descent of f̃(u) = f(exp u) in u = log x:
 *            u_{t+1} = clip(u_t − η ∇f̃(u_t)), on the box's logarithm
 *   bm   bisection for f(z) = 0 between a (f < 0) and b (f > 0): z_t = (a+b)/2 replaces the one of
 *        equal sign; where f(z_t) is exactly 0 it ends, and the points after it are 0
 *
 * Mirror descent and gradient descent are conjugate by u = log x up to O(η²) (Ghai, Lu & Hazan
 * 2022, arXiv:2205.15235): their Koopman spectra agree, bisection's does not (Redman et al.,
 * NeurIPS 2024). Pure computation: no I/O, no allocation. */
#ifndef DESCENT_H
#define DESCENT_H

enum { DESCENT_T = 100, DESCENT_D = 2, DESCENT_GRID = 5, DESCENT_N = DESCENT_GRID * DESCENT_GRID };

enum { DESCENT_ROW = DESCENT_D * DESCENT_N, DESCENT_VALUES = DESCENT_T * DESCENT_ROW };

typedef enum descent_method {
    DESCENT_OMD,
    DESCENT_OGD,
    DESCENT_BM,
    DESCENT_METHODS
} descent_method;

/* "omd", "ogd", "bm". */
const char *descent_name(descent_method method);

/* The trajectories from all starts, x[(t·D + i)·N + n] (T×D×N, C order), DESCENT_VALUES of them.
 * Starts are on 5×5 grids whose first coordinate runs fastest: 0.1…0.9 for omd, −2.3…−0.1 for ogd
 * (in u), a in −4/3…−1/3 and b in 1/7…8/7 for bm. */
void descent_run(descent_method method, double *x);

/* Mean of f over the starts at one time; `row` is DESCENT_ROW values of the array above. */
double descent_loss(descent_method method, const double *row);

#endif

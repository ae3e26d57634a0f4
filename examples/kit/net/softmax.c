#include "softmax.h"

#include <math.h>

void kit_softmax_row(kit_real *logits, int classes, int answer, double weight, kit_score *sum) {
    int top = 0;
    for (int c = 1; c < classes; c++)
        if (logits[c] > logits[top]) top = c;
    /* The answer's own logit is left out of the sum and put back by log1p, so that the loss keeps
     * its digits when it is far below 1e-16 of the sum. */
    const double own = logits[answer], peak = logits[top];
    double others = 0;
    for (int c = 0; c < classes; c++)
        if (c != answer) others += exp((double)logits[c] - peak);
    const double all = others + exp(own - peak);
    sum->loss += top == answer ? log1p(others) : log(all) + peak - own;
    sum->accuracy += top == answer;
    if (weight == 0) return;
    for (int c = 0; c < classes; c++)
        logits[c] = c == answer ? (kit_real)(-weight * others / all)
                                : (kit_real)(weight * exp((double)logits[c] - peak) / all);
}

kit_score kit_softmax(kit_real *logits, int n, int classes, const uint8_t *answers, bool gradient) {
    kit_score score = {0};
    for (int i = 0; i < n; i++)
        kit_softmax_row(logits + (size_t)i * (size_t)classes, classes, answers[i],
                        gradient ? 1.0 / n : 0, &score);
    score.loss /= n;
    score.accuracy /= n;
    return score;
}

#include "detect_internal.h"
#include "joint.h"

#include <math.h>
#include <string.h>

enum { FAMILIES = 5 };
_Static_assert((int)TRACKS <= (int)KOOP_JOINT_MOST, "every track may take part");

static const double p0 = 0.3, most_evidence = 300; /* e^300 is still a double */
static const double given_others = 0.25;

static int family_of(int track) {
    if (track == TRACK_PREDICTION) return 0;
    if (track == TRACK_SPEED || track >= TRACK_SCALARS) return 1;
    if (track == TRACK_RADIAL) return 2;
    return track < TRACK_BLOCKS ? 3 : 4;
}

static void count_members(const koop_detect *d, int *members) {
    memset(members, 0, FAMILIES * sizeof *members);
    for (int k = 0; k < TRACKS; k++) members[family_of(k)] += koop_track_ready(&d->track[k]);
}

/* The weight of a track that is ready in its family's mean: equal, but the speed has half beside
 * scalars. */
static double weight_of(const koop_detect *d, const int *members, int track) {
    int count = members[family_of(track)];
    bool beside = family_of(track) == family_of(TRACK_SPEED) && count > 1 &&
                  koop_track_ready(&d->track[TRACK_SPEED]);
    if (!beside) return 1.0 / count;
    return track == TRACK_SPEED ? 0.5 : 0.5 / (count - 1);
}

static double ratio(double toward) {
    return exp(fmin(toward * toward / 2, most_evidence));
}

typedef double toward[TRACKS][KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS];

/* The log of mean likelihood ratios of an onset i updates back, over the shapes: of each track, alone
 * and given the others, into d->evidence; gives that of all together. */
static double weigh(koop_detect *d, const koop_joint *joint, toward t, int i) {
    double mean[TRACKS] = {0}, alone[TRACKS], together = 0;
    for (int k = 0; k < TRACKS; k++) alone[k] = 1;
    for (int a = 0; a < joint->n; a++) alone[joint->track[a]] = 1 - given_others;
    for (int shape = 0; shape < KOOP_TRACK_SHAPES; shape++) {
        double some[KOOP_JOINT_MOST], given[KOOP_JOINT_MOST];
        for (int k = 0; k < TRACKS; k++)
            mean[k] += koop_track_ready(&d->track[k]) ? alone[k] * ratio(t[k][shape][i]) : 1;
        for (int a = 0; a < joint->n; a++) some[a] = t[joint->track[a]][shape][i];
        together += exp(fmin(koop_joint_weigh(joint, some, given), most_evidence));
        for (int a = 0; a < joint->n; a++) mean[joint->track[a]] += given_others * ratio(given[a]);
    }
    for (int k = 0; k < TRACKS; k++) d->evidence[k][i] = log(mean[k] / KOOP_TRACK_SHAPES);
    return log(together / KOOP_TRACK_SHAPES);
}

static double mixed(double evidence_ratio) {
    return log(1 - p0 + p0 * evidence_ratio);
}

/* S for an onset i updates back; `together` as of weigh. */
static double strength_at(const koop_detect *d, const int *members, double together, int i) {
    double mean[FAMILIES] = {0}, sum = mixed(exp(together));
    for (int k = 0; k < TRACKS; k++) {
        if (!koop_track_ready(&d->track[k])) continue;
        mean[family_of(k)] += weight_of(d, members, k) * exp(d->evidence[k][i]);
    }
    for (int f = 0; f < FAMILIES; f++)
        if (members[f] > 0) sum += mixed(mean[f]);
    return sum;
}

static void find_onset(koop_detect *d, const koop_joint *joint, toward t) {
    int members[FAMILIES];
    count_members(d, members);
    d->strength = 0;
    d->onset = 0;
    for (int i = 0; i < KOOP_TRACK_ONSETS; i++) {
        double together = weigh(d, joint, t, i);
        double strength = strength_at(d, members, together, i);
        if (strength <= d->strength) continue;
        d->strength = strength;
        d->onset = i;
    }
}

void koop_detect_judge(koop_detect *d) {
    koop_joint joint;
    toward t;
    koop_joint_fit(&joint, d->track, TRACKS);
    for (int k = 0; k < TRACKS; k++) koop_track_weigh(&d->track[k], t[k]);
    find_onset(d, &joint, t);
    double most = 0;
    for (int k = 0; k < TRACKS; k++)
        if (d->evidence[k][d->onset] > most) {
            most = d->evidence[k][d->onset];
            d->top_signal = koop_detect_signal_of(k);
        }
}

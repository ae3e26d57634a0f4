/* tune: what makes the training of small networks fast. */
#ifndef KIT_TUNE_H
#define KIT_TUNE_H

/* BLAS on one thread, for the whole process (at these sizes more threads cost more than they
 * bring), and on x86 tiny numbers flushed to zero in the calling thread: once the loss is small,
 * gradients and their squares are full of denormals, which cost 20 to 40% of a step and nothing but
 * that. */
void kit_tune(void);

#endif

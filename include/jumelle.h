/*
 * jumelle: self-supervised learning on pictures. The C interface.
 *
 * This file is the contract. What is not declared here is not public.
 *
 * Memory   The library fills memory that you own and never hands you memory to
 *          free, handles aside: each jml_X_new, _open or _load has one jml_X_free.
 *          A function keeps no pointer of yours after it returns.
 * Errors   Every function that can fail returns a jml_status. When it is not
 *          JML_OK the outputs mean nothing (a new handle is NULL), and
 *          jml_last_error() describes it until this thread's next failing call.
 *          After JML_EINTERNAL in a call with a handle, only its _free works on it.
 * Threads  Any function may be called from any thread. One handle used by two
 *          threads at once gives JML_EBUSY in one of them, never a data race.
 * fork()   The library does not work in a child made by fork() after it was
 *          loaded: there, every function that can fail returns JML_EFORKED, and
 *          _free does nothing. A child that loads the library itself is fine.
 * Arrays   Arrays cross as NumPy .npy data: see jml_npy.
 * Text     Specs, reports and names are UTF-8. A function that gives text takes
 *          (buf, buf_len, out_len): it writes the text and a NUL when they fit,
 *          and sets *out_len to the bytes needed, NUL included. buf may be NULL
 *          with buf_len 0, to ask for the size; a buffer too small is JML_EINVAL.
 * Structs  One that starts with struct_size may grow in a later version. Of a
 *          shorter one than the library knows, the missing fields have their
 *          defaults or are not filled; a longer one is JML_EINVAL unless what the
 *          library does not know in it is zero. NULL options are the defaults.
 */
#ifndef JUMELLE_H
#define JUMELLE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define JML_API __attribute__((visibility("default")))
#define JML_MUST_CHECK __attribute__((warn_unused_result))
#else
#define JML_API
#define JML_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version and process ------------------------------------------------ */

#define JML_VERSION_MAJOR 0
#define JML_VERSION_MINOR 1
#define JML_VERSION_PATCH 0

/* Counts changes that break a program compiled against an older header. */
#define JML_ABI 1

/* The library's own version, "0.1.0", and ABI, for comparing with the macros. */
JML_API const char *jml_version(void);
JML_API int32_t jml_abi(void);

/* ---- errors -------------------------------------------------------------- */

/* Fixed-width, so that its size is the same in every language. */
typedef int32_t jml_status;

enum {
	JML_OK         = 0,
	JML_EINVAL     = -1,  /* an argument is NULL or out of range          */
	JML_ENPY       = -2,  /* not .npy data, or cut short                  */
	JML_EDTYPE     = -3,  /* .npy of another dtype or order than asked    */
	JML_ESHAPE     = -4,  /* .npy of another shape than asked             */
	JML_EHANDLE    = -5,  /* handle freed, or of another kind             */
	JML_EBUSY      = -6,  /* handle in use by another thread              */
	JML_ENUMERIC   = -7,  /* NaN or infinity where a finite value must be */
	JML_EIO        = -8,  /* a file could not be read or written          */
	JML_EFORKED    = -9,  /* called in a child made by fork()             */
	JML_EINTERNAL  = -10  /* a bug in the library: please report it       */
};

/* What the last failing call on this thread says. Never NULL. */
JML_API const char *jml_last_error(void);

/*
 * Bounds the threads of later calls and of trainers made later, 1 to 4096. 0: all
 * cores the process may use (affinity and cgroup limits respected), which is the
 * start. Networks never run on more threads than that.
 */
JML_API JML_MUST_CHECK jml_status jml_set_threads(int32_t n);

/*
 * Text: a JSON object that says what this library is: "version", "abi",
 * "kernels" ("onednn 2.6.0" or "portable"), "instruction_set", "threads",
 * "cores", "go", and "kernels_note", why the fast kernels are not in use ("" if
 * they are).
 */
JML_API JML_MUST_CHECK jml_status jml_info(
	char *buf, size_t buf_len, size_t *out_len);

/* ---- arrays -------------------------------------------------------------- */

/*
 * One NumPy array in the .npy format, version 1.0, little-endian, C order.
 *
 * If data is NULL, head points at a whole .npy file of head_len bytes. If not,
 * head is the header alone, to its newline, and data the elements. Either way
 * they are used where they lie: nothing is copied. Elements must be aligned to
 * their size.
 */
typedef struct jml_npy {
	const void *head;
	size_t head_len;
	void *data;
	size_t data_len;
} jml_npy;

/*
 * Writes the .npy header for an array into buf: at most 256 bytes, a multiple
 * of 64. dtype is "<f4", "|u1" or "<i8".
 */
JML_API JML_MUST_CHECK jml_status jml_npy_header(
	const char *dtype, const int64_t *shape, size_t ndim,
	void *buf, size_t buf_len, size_t *out_len);

/* ---- pictures ------------------------------------------------------------ */

/* Pictures of a .npy file or of a folder, read when asked for. */
typedef struct jml_images jml_images;

typedef struct jml_images_options {
	size_t struct_size;
	int32_t size;      /* shorter side resized to it, centre cropped to a
	                      square; 0: as stored, also if sizes differ. 0 */
	int32_t channels;  /* 1 or 3. 3 */
	int64_t check;     /* which files are decoded when they are opened, to leave
	                      out the broken ones. 1: all; -1: none, headers are
	                      read; 0: all if they have at most 2^27 pixels. 0 */
} jml_images_options;

JML_API void jml_images_options_init(jml_images_options *opts);

/*
 * Opens path: a .npy file, '|u1' (n, h, w, c) or (n, h, w), mapped into memory;
 * or a folder of picture files, with one sub-folder a class if they have labels.
 * A file that cannot be read becomes one of the images' problems and the rest
 * goes on; a folder without one readable picture is JML_EIO. A file whose header
 * is sound and whose picture is found to be broken later (see "check") becomes a
 * problem then; its picture keeps its number and is black.
 */
JML_API JML_MUST_CHECK jml_status jml_images_open(
	const char *path, const jml_images_options *opts, jml_images **out_images);

/* The same for n picture files. */
JML_API JML_MUST_CHECK jml_status jml_images_open_files(
	const char *const *paths, size_t n, const jml_images_options *opts,
	jml_images **out_images);

/* out_shape is int64_t[4]: n, h, w, c; h = w = 0 where sizes differ. */
JML_API JML_MUST_CHECK jml_status jml_images_shape(
	jml_images *images, int64_t *out_shape);

/* out_sizes is '<i8' (n, 2): height and width of each picture. */
JML_API JML_MUST_CHECK jml_status jml_images_sizes(
	jml_images *images, const jml_npy *out_sizes);

/*
 * Reads pictures.
 *
 * indices       '<i8' (m,), each 0 to n-1, in any order
 * out_pictures  '|u1' (m, h, w, c), the size of each of them
 */
JML_API JML_MUST_CHECK jml_status jml_images_read(
	jml_images *images, const jml_npy *indices, const jml_npy *out_pictures);

/*
 * Text: a JSON object with "n", "h", "w", "c", "paths" (or null), "labels"
 * (numbers, or null), "classes" (names, or null) and "problems", a list of
 * [path, reason].
 */
JML_API JML_MUST_CHECK jml_status jml_images_describe(
	jml_images *images, char *buf, size_t buf_len, size_t *out_len);

/*
 * Text: a JSON list of the problems from number first on, each [path, reason]:
 * what was found to be broken since there were first of them.
 */
JML_API JML_MUST_CHECK jml_status jml_images_problems(
	jml_images *images, int64_t first, char *buf, size_t buf_len, size_t *out_len);

/*
 * Decodes everything once into a .npy file at path, '|u1' (n, h, w, c), and
 * writes paths, labels and classes beside it (path with ".json" appended). Files
 * that turn out to be broken are left out. The pictures must have one size.
 */
JML_API JML_MUST_CHECK jml_status jml_images_pack(
	jml_images *images, const char *path);

/* Frees images. NULL and a handle already freed do nothing. */
JML_API void jml_images_free(jml_images *images);

/* ---- views --------------------------------------------------------------- */

/* A composition of random transforms. */
typedef struct jml_pipeline jml_pipeline;

/*
 * Makes a pipeline of its JSON document, either whole,
 *   {"size": 32, "operations": [{"op": "HorizontalFlip", "p": 0.5}]}
 * or a preset: {"preset": "simclr", "size": 32, "strength": 0.5, "blur": false}.
 * An unknown field or operation is JML_EINVAL and named, with the nearest known.
 */
JML_API JML_MUST_CHECK jml_status jml_pipeline_new(
	const char *spec_json, jml_pipeline **out_pipeline);

/* Text: the whole document, each default filled in. */
JML_API JML_MUST_CHECK jml_status jml_pipeline_spec(
	jml_pipeline *pipeline, char *buf, size_t buf_len, size_t *out_len);

typedef struct jml_views_options {
	size_t struct_size;
	uint64_t seed;    /* 0 */
	int64_t epoch;    /* 0 to 2^32-1. 0 */
	int32_t threads;  /* 0: as jml_set_threads says. 0 */
} jml_views_options;

JML_API void jml_views_options_init(jml_views_options *opts);

/*
 * Makes views of pictures. A view's bytes depend on seed, epoch, the picture's
 * index, the view's number and the pipeline alone.
 *
 * pictures   '|u1' (n, h, w, c), c = 1 or 3
 * indices    '<i8' (n,), each 0 to 2^32-1; NULL: 0 to n-1
 * out_views  '|u1' (v, n, size, size, c); v is the number of views, 1 to 65536
 */
JML_API JML_MUST_CHECK jml_status jml_pipeline_apply(
	jml_pipeline *pipeline, const jml_npy *pictures, const jml_npy *indices,
	const jml_views_options *opts, const jml_npy *out_views);

/*
 * The same of pictures of images, which may differ in size: each is decoded where
 * its views are made. indices, '<i8' (n,), says which, each 0 to their number - 1;
 * NULL: all. out_views is '|u1' (v, n, size, size, c).
 */
JML_API JML_MUST_CHECK jml_status jml_pipeline_apply_images(
	jml_pipeline *pipeline, jml_images *images, const jml_npy *indices,
	const jml_views_options *opts, const jml_npy *out_views);

/*
 * Text: a JSON list of what was drawn for view number view of the picture with
 * this number and shape (h, w, c), an object an operation in the order in which
 * they run: "op", "at" (its place in the document), "applied" (false: chance left
 * it out) and "values", a list of {"name", "value"}.
 */
JML_API JML_MUST_CHECK jml_status jml_pipeline_explain(
	jml_pipeline *pipeline, int64_t h, int64_t w, int64_t c,
	int64_t picture, int64_t view,
	const jml_views_options *opts, char *buf, size_t buf_len, size_t *out_len);

/* Frees pipeline. NULL and a handle already freed do nothing. */
JML_API void jml_pipeline_free(jml_pipeline *pipeline);

/*
 * The random order of the n pictures of an epoch, out_order '<i8' (n,): that in
 * which a trainer with this seed goes through them.
 */
JML_API JML_MUST_CHECK jml_status jml_epoch_order(
	uint64_t seed, int64_t epoch, const jml_npy *out_order);

typedef struct jml_overlap_options {
	size_t struct_size;
	int32_t height;    /* of the picture, 1 to 1024 pixels. 32 */
	int32_t width;     /* the same. 32 */
	double scale_min;  /* area of a crop, as a part of the picture's. 0.08 */
	double scale_max;  /* 1 */
	double ratio_min;  /* its width over its height. 3/4 */
	double ratio_max;  /* 4/3 */
	int64_t samples;   /* pairs of crops to draw, 1 to 2^30. 100000 */
	uint64_t seed;     /* 0 */
} jml_overlap_options;

JML_API void jml_overlap_options_init(jml_overlap_options *opts);

/*
 * The probability that two random crops of one picture have no pixel in common:
 * out_exact from the distribution of RandomResizedCrop's crops, out_measured the
 * share of the drawn pairs. Either may be NULL.
 */
JML_API JML_MUST_CHECK jml_status jml_overlap(
	const jml_overlap_options *opts, double *out_exact, double *out_measured);

/* ---- losses -------------------------------------------------------------- */

/*
 * Losses of arrays: the value in double precision, and the gradients in arrays of
 * yours. Where an output array may be NULL, NULL skips it; none may share memory
 * with another argument.
 *
 * Those of cosines normalise the rows: u^ = u / max(|u|, 1e-12), so a row of zeros
 * counts as orthogonal to all. Sums are in double precision and in an order that
 * does not depend on the threads.
 *
 * NaN or infinity in an input is JML_ENUMERIC, and the message names the first
 * row; too few rows, no columns and shapes that differ are JML_ESHAPE; a
 * temperature below 1e-8 or NaN, a slice outside the rows and shared memory are
 * JML_EINVAL.
 *
 * Slices: several workers that all hold the gathered rows of a batch may share one
 * loss. Each names its rows by lo and hi and gets their share of the value and of
 * the gradients (of all rows); the sums over slices that cover all rows are what
 * one call gives.
 *
 * Accuracy: InfoNCE is the cross-entropy of "which candidate belongs to this
 * anchor". X_accuracy is X with the part of the anchors, 0 to 1, whose most
 * similar candidate is the right one (a tie is a wrong guess) in out_accuracy,
 * and X_logits gives the logits and labels of that classification: their mean
 * cross-entropy (jml_cross_entropy) is X. They are for small n, as they store the
 * matrix; lo and hi mean nothing there.
 */

/* Every options struct starts with its own size, so that it can grow. */
typedef struct jml_nt_xent_options {
	size_t struct_size;
	double temperature;  /* divides the cosine similarities. 0.5 */
	int64_t lo;          /* the anchors are both views of pairs lo to hi - 1. 0 */
	int64_t hi;          /* lo 0 and hi 0: all pairs. 0 */
} jml_nt_xent_options;

/* Sets the defaults. Call it first, then change what you need. */
JML_API void jml_nt_xent_options_init(jml_nt_xent_options *opts);

/*
 * NT-Xent, SimCLR's loss of two views (Chen et al. 2020). With z the 2n
 * normalised rows of a and b, s_ik = z_i . z_k / temperature and p(i) the other
 * view of row i:
 *
 *   1/(2n) sum_i [ ln sum_{k != i} exp(s_ik) - s_i,p(i) ]
 *
 * the mean over the 2n anchors: lightly's NTXentLoss and solo-learn's
 * simclr_loss_func at the same temperature; half of what SimCLR's own code adds
 * up. Memory is O(n d).
 *
 * a, b            '<f4' (n, d), the rows in the same order, n >= 2
 * out_loss        the value
 * out_ga, out_gb  '<f4' (n, d), filled with d loss / d a and d b; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_nt_xent(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	double *out_loss, const jml_npy *out_ga, const jml_npy *out_gb);

/* The same, with the accuracy over the slice's anchors; all outputs but out_loss may be NULL. */
JML_API JML_MUST_CHECK jml_status jml_nt_xent_accuracy(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	double *out_loss, double *out_accuracy,
	const jml_npy *out_ga, const jml_npy *out_gb);

/*
 * out_logits  '<f4' (2n, 2n), filled with s, -infinity on the diagonal
 * out_labels  '<i8' (2n,), filled with p(i): n to 2n - 1, then 0 to n - 1
 */
JML_API JML_MUST_CHECK jml_status jml_nt_xent_logits(
	const jml_npy *a, const jml_npy *b, const jml_nt_xent_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels);

typedef struct jml_info_nce_options {
	size_t struct_size;
	double temperature;  /* divides the cosine similarities. 0.2 */
	int64_t lo;          /* the anchors are queries lo to hi - 1. 0 */
	int64_t hi;          /* lo 0 and hi 0: all queries. 0 */
} jml_info_nce_options;

JML_API void jml_info_nce_options_init(jml_info_nce_options *opts);

/*
 * InfoNCE in one direction (van den Oord et al. 2018): which of the n keys belongs
 * to each query. With s_ij = q^_i . k^_j / temperature:
 *
 *   1/n sum_i [ ln sum_j exp(s_ij) - s_ii ]
 *
 * MoCo v3's loss is 2 temperature times the sum of both directions (so
 * solo-learn's mocov3_loss_func is 2 temperature times this), CLIP's the mean of
 * both; lightly has no loss of one direction.
 *
 * q, k            '<f4' (n, d), the rows in the same order, n >= 2
 * out_loss        the value
 * out_gq, out_gk  '<f4' (n, d), filled with d loss / d q and d k; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_info_nce(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	double *out_loss, const jml_npy *out_gq, const jml_npy *out_gk);

/* The same, with the accuracy over the slice's queries; all outputs but out_loss may be NULL. */
JML_API JML_MUST_CHECK jml_status jml_info_nce_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	double *out_loss, double *out_accuracy,
	const jml_npy *out_gq, const jml_npy *out_gk);

/*
 * out_logits  '<f4' (n, n), filled with s
 * out_labels  '<i8' (n,), filled with 0 to n - 1
 */
JML_API JML_MUST_CHECK jml_status jml_info_nce_logits(
	const jml_npy *q, const jml_npy *k, const jml_info_nce_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels);

/*
 * InfoNCE with separate negatives, the same for every query, in place of the
 * batch's other keys. With s_i = q^_i . k^_i / temperature and S_ij the same with
 * row j of negatives:
 *
 *   1/n sum_i [ ln( exp(s_i) + sum_j exp(S_ij) ) - s_i ]
 *
 * q, k            '<f4' (n, d), the rows in the same order, n >= 1
 * negatives       '<f4' (m, d), m >= 1
 * out_loss        the value
 * out_gq, out_gk, out_gnegatives
 *                 '<f4' (n, d), (n, d), (m, d), filled with d loss / d q, d k and
 *                 d negatives; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_info_nce_negatives(
	const jml_npy *q, const jml_npy *k, const jml_npy *negatives,
	const jml_info_nce_options *opts, double *out_loss,
	const jml_npy *out_gq, const jml_npy *out_gk, const jml_npy *out_gnegatives);

/* The same, with the accuracy over the slice's queries; all outputs but out_loss may be NULL. */
JML_API JML_MUST_CHECK jml_status jml_info_nce_negatives_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_npy *negatives,
	const jml_info_nce_options *opts, double *out_loss, double *out_accuracy,
	const jml_npy *out_gq, const jml_npy *out_gk, const jml_npy *out_gnegatives);

typedef struct jml_info_nce_queue_options {
	size_t struct_size;
	double temperature;  /* divides the cosine similarities. 0.07 */
	int64_t lo;          /* the anchors are queries lo to hi - 1. 0 */
	int64_t hi;          /* lo 0 and hi 0: all queries. 0 */
} jml_info_nce_queue_options;

JML_API void jml_info_nce_queue_options_init(jml_info_nce_queue_options *opts);

/*
 * MoCo's InfoNCE (He et al. 2020): each query's own key against a queue of other
 * keys. The value of jml_info_nce_negatives, with keys and queue as constants:
 * lightly's NTXentLoss with a memory bank, solo-learn's mocov2plus_loss_func.
 *
 * q, k      '<f4' (n, d), the rows in the same order, n >= 1
 * queue     '<f4' (m, d), the negatives of every query, m >= 1
 * out_loss  the value
 * out_gq    '<f4' (n, d), filled with d loss / d q; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_info_nce_queue(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	double *out_loss, const jml_npy *out_gq);

/* The same, with the accuracy over the slice's queries; all outputs but out_loss may be NULL. */
JML_API JML_MUST_CHECK jml_status jml_info_nce_queue_accuracy(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	double *out_loss, double *out_accuracy, const jml_npy *out_gq);

/*
 * Also the view of jml_info_nce_negatives.
 *
 * out_logits  '<f4' (n, 1 + m), filled with s_i, then S_ij
 * out_labels  '<i8' (n,), filled with 0
 */
JML_API JML_MUST_CHECK jml_status jml_info_nce_queue_logits(
	const jml_npy *q, const jml_npy *k, const jml_npy *queue,
	const jml_info_nce_queue_options *opts,
	const jml_npy *out_logits, const jml_npy *out_labels);

/*
 * BYOL's regression in one direction (Grill et al. 2020): the mean over the rows
 * of 2 - 2 cos(prediction, target), 0 to 4. The target is a constant. The method
 * adds both directions. 2 + 2 c for lightly's NegativeCosineSimilarity c;
 * solo-learn's byol_loss_func is the same number.
 *
 * prediction, target  '<f4' (n, d), the rows in the same order, n >= 1
 * out_loss            the value
 * out_gp              '<f4' (n, d), filled with d loss / d prediction; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_byol(
	const jml_npy *prediction, const jml_npy *target,
	double *out_loss, const jml_npy *out_gp);

typedef struct jml_barlow_twins_options {
	size_t struct_size;
	double off_diagonal_weight;  /* of the redundancy term; about 1/d suits
	                                small d. 0.0051 */
	int64_t lo;                  /* the slice is rows lo to hi - 1. 0 */
	int64_t hi;                  /* lo 0 and hi 0: all rows. 0 */
} jml_barlow_twins_options;

JML_API void jml_barlow_twins_options_init(jml_barlow_twins_options *opts);

/*
 * Barlow Twins (Zbontar et al. 2021): the cross-correlation of two views against
 * the identity. With the columns of a and b standardised over the rows (biased
 * variance, 1e-5 added) and C = a^T b / n:
 *
 *   sum_i (C_ii - 1)^2 + off_diagonal_weight sum_{i != j} C_ij^2
 *
 * lightly's BarlowTwinsLoss with the same weight; solo-learn's is times 0.025. A
 * constant column is 0. Of a slice the value is the loss times (hi - lo) / n, and
 * the gradients of other rows are 0; it costs as much as the whole.
 *
 * a, b            '<f4' (n, d), the rows in the same order, n >= 2
 * out_loss        the value
 * out_ga, out_gb  '<f4' (n, d), filled with d loss / d a and d b; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_barlow_twins(
	const jml_npy *a, const jml_npy *b, const jml_barlow_twins_options *opts,
	double *out_loss, const jml_npy *out_ga, const jml_npy *out_gb);

typedef struct jml_cross_entropy_options {
	size_t struct_size;
	double smoothing;  /* part of each target spread over all classes, 0 to 1,
	                      as PyTorch's label_smoothing. 0 */
} jml_cross_entropy_options;

JML_API void jml_cross_entropy_options_init(jml_cross_entropy_options *opts);

/*
 * Softmax cross-entropy with whole-numbered labels, in nats: the mean over the
 * rows of ln sum_c exp(l_c) - sum_c target_c l_c, where target is 1 - smoothing on
 * the label plus smoothing / classes everywhere. PyTorch's cross_entropy.
 *
 * logits    '<f4' (n, classes), n >= 1; -infinity excludes a class that has no
 *           weight
 * labels    '<i8' (n,), each 0 to classes - 1
 * out_loss  the value
 * out_g     '<f4' (n, classes), filled with d loss / d logits; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_cross_entropy(
	const jml_npy *logits, const jml_npy *labels,
	const jml_cross_entropy_options *opts,
	double *out_loss, const jml_npy *out_g);

/*
 * The same, with the part of the rows whose largest logit is the label's (of
 * equal ones the first counts); out_accuracy and out_g may be NULL.
 */
JML_API JML_MUST_CHECK jml_status jml_cross_entropy_accuracy(
	const jml_npy *logits, const jml_npy *labels,
	const jml_cross_entropy_options *opts,
	double *out_loss, double *out_accuracy, const jml_npy *out_g);

/*
 * Mean squared error over what a mask weighs: sum m (x - target)^2 / sum m
 * (inpainting, Pathak et al. 2016; masked autoencoders, He et al. 2022).
 *
 * x, target, mask  '<f4' of one shape, whatever it is; mask holds weights of at
 *                  least 0, not all of them 0; NULL: all alike
 * out_loss         the value
 * out_gx           '<f4' like x, filled with d loss / d x; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_masked_mse(
	const jml_npy *x, const jml_npy *target, const jml_npy *mask,
	double *out_loss, const jml_npy *out_gx);

/* ---- training ------------------------------------------------------------ */

/* An encoder in training: networks, optimizer, schedule, views. */
typedef struct jml_trainer jml_trainer;

typedef struct jml_step_stats {
	size_t struct_size;     /* set it before the call                          */
	int64_t step;           /* 1 after the first step                          */
	int64_t epoch;          /* of this step, from 0                            */
	double loss;
	double learning_rate;
	double feature_std;     /* mean deviation of the normalised embeddings:
	                           1/sqrt(d) is healthy, near 0 they collapsed     */
	double effective_rank;  /* of the normalised embeddings, 1 to d (RankMe)   */
	double uninformed_loss; /* of embeddings that say nothing about their
	                           pictures: a loss that stays there learns nothing */
	double alignment;       /* mean squared distance of a picture's normalised
	                           views, 0 to 4                                   */
	double uniformity;      /* 0: all embeddings are equal; towards -4: spread */
	double gradient_norm;   /* before it is clipped                            */
} jml_step_stats;

/*
 * Makes a trainer of its JSON document. Only "method" has no default:
 *   {"method": "simclr", "encoder": "small", "size": 32, "epochs": 20,
 *    "batch_size": 256, "pictures": 10000, "seed": 0}
 * "pictures" is the size of the data set; with it, an epoch has
 * floor(pictures / batch_size) steps and the learning rate follows its schedule
 * over all epochs. Without it (0) the rate stays at its start value.
 * "micro_batch", which divides "batch_size", lets so many pictures go through the
 * networks together, in the memory of so many: loss and gradient stay those of the
 * whole batch, batch norm has the statistics of each slice. 0: the whole batch.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_new(
	const char *spec_json, jml_trainer **out_trainer);

/* Text: the whole document, each default filled in. */
JML_API JML_MUST_CHECK jml_status jml_trainer_spec(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len);

/*
 * Which pictures the next step wants: out_indices '<i8' (batch_size,), a part of
 * the epoch's random order. It depends on seed and step alone and changes nothing.
 * Needs "pictures" in the spec.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_next(
	jml_trainer *trainer, const jml_npy *out_indices);

/*
 * Takes one optimiser step on images, '|u1' (n, h, w, c): makes their views,
 * runs the networks forward and backward, and updates them. images are the
 * pictures that jml_trainer_next named; where the spec has no "pictures", any
 * n >= 2 pictures. There is no call that runs many steps: the loop, its stop and
 * its report are the caller's. After JML_ENUMERIC nothing was updated.
 * out_stats may be NULL.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_step(
	jml_trainer *trainer, const jml_npy *images, jml_step_stats *out_stats);

/* The same with the caller's own views, '|u1' (2, n, size, size, c). */
JML_API JML_MUST_CHECK jml_status jml_trainer_step_views(
	jml_trainer *trainer, const jml_npy *views, jml_step_stats *out_stats);

typedef struct jml_encode_options {
	size_t struct_size;
	int32_t block;      /* features after this block, pooled; 0: the last. 0 */
	int32_t projected;  /* 1: the projection head's output instead. 0        */
} jml_encode_options;

JML_API void jml_encode_options_init(jml_encode_options *opts);

/* The number of values that jml_trainer_encode gives for one picture. */
JML_API JML_MUST_CHECK jml_status jml_trainer_dim(
	jml_trainer *trainer, const jml_encode_options *opts, int64_t *out_dim);

/*
 * Features of pictures, with the statistics learned in training.
 *
 * images        '|u1' (n, h, w, c), n >= 1; resized and centre cropped to "size"
 * out_features  '<f4' (n, d), d of jml_trainer_dim
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_encode(
	jml_trainer *trainer, const jml_npy *images, const jml_encode_options *opts,
	const jml_npy *out_features);

/*
 * Writes everything that training on needs into one .npz file, under a temporary
 * name that becomes path when it is whole; a file already there stays until then.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_save(
	jml_trainer *trainer, const char *path);

/* Makes a trainer that goes on where jml_trainer_save left off, to the last bit. */
JML_API JML_MUST_CHECK jml_status jml_trainer_load(
	const char *path, jml_trainer **out_trainer);

/*
 * Text: a JSON object of lists, one entry a step, named as in jml_step_stats.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_history(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len);

/*
 * Text: a JSON list of what keeps the run from learning, as far as its settings and
 * its last steps show: objects of "kind", a word ("collapse", "stuck",
 * "no_prediction", "fixed_target", "uneven_queue", "long_queue", "temperature",
 * "small_batch"), each at most once, and "message", plain words. [] where nothing is
 * wrong.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_warnings(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len);

/*
 * Text: what presets set, a JSON list of whole documents for jml_trainer_new: one
 * for each method, version and preset, with data that the preset is meant for.
 */
JML_API JML_MUST_CHECK jml_status jml_presets(
	char *buf, size_t buf_len, size_t *out_len);

/*
 * Text: a JSON object that says where the time and the memory of a step go, for
 * benchmarks. "step": mean seconds of the steps since the last profile, making
 * "views", in the "networks", for the "loss", "statistics" and "update"; "calls":
 * each kernel call with its seconds and its multiplications and additions ("flops")
 * in a step; "peak_flops": a second, of the largest matrix product; "handing": seconds
 * a step that the calls take more together than one by one; "arena_bytes" and
 * "parameter_bytes". Take some steps first. A call without a buffer measures, for as
 * long as about ten steps take, and changes nothing that training keeps; a call with a
 * buffer gives what was measured last.
 */
JML_API JML_MUST_CHECK jml_status jml_trainer_profile(
	jml_trainer *trainer, char *buf, size_t buf_len, size_t *out_len);

/* Frees trainer. NULL and a handle already freed do nothing. */
JML_API void jml_trainer_free(jml_trainer *trainer);

/* ---- judging features ---------------------------------------------------- */

typedef struct jml_knn_options {
	size_t struct_size;
	int64_t k;           /* neighbours that vote; at most the bank's size. 200 */
	double temperature;  /* a vote weighs exp(similarity / temperature). 0.1   */
} jml_knn_options;

JML_API void jml_knn_options_init(jml_knn_options *opts);

/*
 * Classifies features by their nearest neighbours in a labelled bank, by cosine
 * similarity (Wu et al. 2018). Ties go to the lower bank row and the lower class.
 *
 * train            '<f4' (n, d), the bank
 * train_labels     '<i8' (n,), each at least 0
 * test             '<f4' (m, d)
 * test_labels      '<i8' (m,); may be NULL when out_accuracy is
 * out_predictions  '<i8' (m,); may be NULL
 * out_accuracy     the fraction of right predictions, 0 to 1; may be NULL
 */
JML_API JML_MUST_CHECK jml_status jml_knn(
	const jml_npy *train, const jml_npy *train_labels,
	const jml_npy *test, const jml_npy *test_labels,
	const jml_knn_options *opts,
	const jml_npy *out_predictions, double *out_accuracy);

typedef struct jml_linear_probe_options {
	size_t struct_size;
	double penalty;      /* half of it times |weights|^2 is added to the loss;
	                        negative: chosen on every fifth row. -1 */
	int64_t iterations;  /* of L-BFGS, at most. 200 */
} jml_linear_probe_options;

JML_API void jml_linear_probe_options_init(jml_linear_probe_options *opts);

/*
 * Classifies features by softmax regression on labelled ones: the linear probe.
 * Each feature is brought to mean 0 and deviation 1 first. Nothing is random.
 * The arrays are those of jml_knn.
 */
JML_API JML_MUST_CHECK jml_status jml_linear_probe(
	const jml_npy *train, const jml_npy *train_labels,
	const jml_npy *test, const jml_npy *test_labels,
	const jml_linear_probe_options *opts,
	const jml_npy *out_predictions, double *out_accuracy);

#ifdef __cplusplus
}
#endif

#endif

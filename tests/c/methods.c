/*
 * Every method through the same calls: the document alone differs. Each takes a few
 * steps on made-up pictures, says how its embeddings are, is saved and goes on from
 * the file; argv[1] is a folder.
 */
#include <math.h>

#include "check.h"

enum { N = 64, BATCH = 16, SIZE = 8, PICTURE = SIZE * SIZE * 3, STEPS = 4, LONG = 52 };

static const struct {
	const char *name, *own; /* what its document has beside what all share */
	double uninformed;      /* the loss of embeddings that say nothing     */
} methods[] = {
	{"simclr", "\"method\": \"simclr\", \"projection\": [16, 8]", 3.4339872044851463 /* ln 31 */},
	{"moco 1", "\"method\": \"moco\", \"version\": 1, \"projection\": [8], \"queue\": 32", 3.4965075614664802 /* ln 33 */},
	{"moco 2", "\"method\": \"moco\", \"projection\": [16, 8], \"queue\": 32", 3.4965075614664802},
	{"moco 3", "\"method\": \"moco\", \"version\": 3, \"projection\": [16, 8], \"temperature\": 0.5",
		5.545177444479562 /* both directions, times 2 * 0.5: 2 ln 16 */},
	{"byol", "\"method\": \"byol\", \"projection\": [16, 8]", 4 /* orthogonal, both directions */},
	{"barlow_twins", "\"method\": \"barlow_twins\", \"projection\": [16, 8]", 8 /* 1 a dimension */}
};

/* A document of a run on N pictures. */
static jml_trainer *trainer_of(const char *own)
{
	char spec[1024];
	jml_trainer *t;

	CHECK((size_t)snprintf(spec, sizeof(spec),
		"{%s, \"width\": 0.125, \"size\": %d, \"batch_size\": %d, \"pictures\": %d, \"seed\": 5}",
		own, SIZE, BATCH, N) < sizeof(spec));
	CHECK(jml_trainer_new(spec, &t) == JML_OK);
	return t;
}

static jml_step_stats step(jml_trainer *t, const unsigned char *pictures)
{
	unsigned char chosen[BATCH * PICTURE];
	int64_t wanted[BATCH];
	jml_step_stats stats;
	array ni, np;
	int i;

	memset(&stats, 0, sizeof(stats));
	stats.struct_size = sizeof(stats);
	CHECK(jml_trainer_next(t, I64_1(&ni, wanted, BATCH)) == JML_OK);
	for (i = 0; i < BATCH; i++)
		memcpy(chosen + i * PICTURE, pictures + wanted[i] * PICTURE, PICTURE);
	CHECK(jml_trainer_step(t, U8_4(&np, chosen, BATCH, SIZE, SIZE, 3), &stats) == JML_OK);
	return stats;
}

/* The text of a function that takes a trainer; the caller frees it. */
static char *text_of(jml_status (*give)(jml_trainer *, char *, size_t, size_t *), jml_trainer *t)
{
	char *text;
	size_t n;

	CHECK(give(t, NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(give(t, text, n, &n) == JML_OK);
	return text;
}

static void learn(int m, const unsigned char *pictures, const char *folder)
{
	jml_trainer *t = trainer_of(methods[m].own), *again = NULL;
	jml_step_stats s, same;
	char path[4096], *text;
	int i;

	join(path, sizeof(path), folder, "method.npz");
	for (i = 0; i < STEPS; i++) {
		s = step(t, pictures);
		CHECK(s.step == i + 1 && s.epoch == i * BATCH / N && isfinite(s.loss));
		CHECK(fabs(s.uninformed_loss - methods[m].uninformed) < 1e-9);
		CHECK(s.feature_std > 0 && s.feature_std <= 1 && s.effective_rank >= 1 && s.effective_rank <= 8.000001);
		CHECK(s.alignment >= 0 && s.alignment <= 4 && s.uniformity <= 1e-6 && s.uniformity >= -8);
		CHECK(s.gradient_norm > 0);
		if (again) {
			same = step(again, pictures);
			CHECK(memcmp(&same, &s, sizeof(s)) == 0);
		}
		if (i + 1 == STEPS / 2) {
			CHECK(jml_trainer_save(t, path) == JML_OK);
			CHECK(jml_trainer_load(path, &again) == JML_OK);
		}
	}
	text = text_of(jml_trainer_warnings, t);
	CHECK(strcmp(text, "[]") == 0);
	free(text);
	jml_trainer_free(t);
	jml_trainer_free(again);
}

/* Without a prediction head BYOL collapses; the statistics and the text say so. */
static void collapse(const unsigned char *pictures)
{
	jml_trainer *t = trainer_of("\"method\": \"byol\", \"projection\": [16, 8], \"prediction\": [], "
		"\"momentum\": 0.9, \"learning_rate\": 0.1, \"epochs\": 13");
	jml_step_stats s;
	char *text;
	int i;

	text = text_of(jml_trainer_warnings, t);
	CHECK(strstr(text, "\"no_prediction\"") && !strstr(text, "\"collapse\""));
	free(text);
	for (i = 0; i < LONG; i++)
		s = step(t, pictures);
	CHECK(s.feature_std < 0.1 / sqrt(8));
	text = text_of(jml_trainer_warnings, t);
	CHECK(strstr(text, "\"kind\":\"collapse\",\"message\":\"the embeddings have collapsed: "));
	free(text);
	jml_trainer_free(t);
}

/* The text of what presets set. */
static void presets(void)
{
	char *text;
	size_t n;

	CHECK(jml_presets(NULL, 0, &n) == JML_OK);
	text = must(malloc(n));
	CHECK(jml_presets(text, n, &n) == JML_OK && strlen(text) + 1 == n);
	CHECK(strstr(text, "[{\"method\":\"simclr\",") == text);
	CHECK(strstr(text, "\"preset\":\"small\"") && strstr(text, "\"preset\":\"paper\""));
	free(text);
}

int main(int argc, char **argv)
{
	unsigned char *pictures = noise(N * PICTURE, 3);
	size_t m;

	CHECK(argc == 2);
	for (m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
		printf("%s\n", methods[m].name);
		learn((int)m, pictures, argv[1]);
	}
	collapse(pictures);
	presets();
	free(pictures);
	return done();
}

package methods

import (
	"slices"
	"testing"

	"github.com/jumelle/jumelle/core/nn"
)

// Encoders differ in depth, in residual branches and in the number of features;
// methods know none of it.
func TestEveryMethodWithEveryEncoder(t *testing.T) {
	for encoder, features := range map[string]int{"small": 16, "resnet18": 32, "resnet34": 32, "resnet50": 128} {
		for _, name := range names() {
			trainer := trainerOf(t, specOf(t, name, `, "warmup_epochs": 0, "width": 0.0625, "encoder": "`+encoder+`"`))
			if d, err := trainer.Dim(nn.Output{}); err != nil || d != features {
				t.Errorf("%s, %s: want %d features, got %d, %v", name, encoder, features, d, err)
			}
			before := slices.Clone(trainer.Weights())
			stats := step(t, trainer, 0)
			if !(stats.GradientNorm > 0) || !(stats.FeatureStd > 0) {
				t.Errorf("%s, %s: %+v", name, encoder, stats)
			}
			moved := 0
			for i, w := range trainer.Weights() {
				if w != before[i] {
					moved++
				}
			}
			if moved < len(before)/4 {
				t.Errorf("%s, %s: %d of %d weights moved", name, encoder, moved, len(before))
			}
		}
	}
}

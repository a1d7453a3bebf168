// Package nn owns networks: encoders and heads, their parameters by torchvision's
// names, initial weights, and compiled runs of them for training and inference.
// It does not know what a network is trained for: a loss is computed outside, on
// the run's output, and its gradient is set there.
package nn

import (
	"math"
	"strings"

	"github.com/jumelle/jumelle/core"
	"github.com/jumelle/jumelle/core/graph"
)

// Config describes a network. Zero values mean: width 1, stem "auto", 3 channels.
type Config struct {
	Encoder  string  // "small", "resnet18", "resnet34", "resnet50"; with Own any name
	Own      Encoder // a network of the caller's instead
	Width    float64 // multiplies every number of channels
	Stem     string  // of a resnet: "small" (3x3 stride 1), "imagenet" (7x7 stride 2, max pool), "auto": small up to 64 pixels
	Size     int     // height and width of the pictures
	Channels int     // of the pictures
	Heads    []Head  // one after the other on the encoder's features
	// ZeroResidual starts the last scale of every residual branch at zero, so that
	// each block begins as the identity (Goyal et al. 2017; Barlow Twins).
	ZeroResidual bool
}

// Head is a small network of Linear layers. Its parameters are numbered as in
// torch.nn.Sequential: Linear, BatchNorm and ReLU count as one module each.
type Head struct {
	Name   string
	Layers []Layer
}

// Layer is a Linear of Out values, then what is set. It has a bias only where no
// BatchNorm follows, which would take it away again.
type Layer struct {
	Out             int
	BatchNorm, ReLU bool
	// NoBias: no bias without a BatchNorm either.
	NoBias bool
	// Fixed: the BatchNorm's scale and shift stay 1 and 0. They are parameters all
	// the same, so that files keep their names; Param.Fixed marks them.
	Fixed bool
}

// Output says what an inference computes. The zero value is the encoder's features.
type Output struct {
	Block int    // 1 to 4: pooled values after that block; 0: the features
	Head  string // this head's output instead
	// BatchParts normalises by the statistics of the batch, as training does, each of
	// so many equal parts by its own, and lets UpdateStats follow them: the forward
	// pass of a target network. 0 takes the statistics that were learned.
	BatchParts int
}

// Net is a checked Config: the description from which runs are compiled. It holds
// no weights and is safe for concurrent use.
type Net struct {
	config   Config
	params   []Param
	stats    []Param
	features int
}

const (
	epsilon  = 1e-5 // torch's and torchvision's
	opName   = "network"
	maxWidth = 1 << 16 // channels; far above any use, far below overflow
)

// New checks config. Errors name the field.
func New(config Config) (*Net, error) {
	c := config
	if c.Width == 0 {
		c.Width = 1
	}
	if c.Stem == "" {
		c.Stem = "auto"
	}
	if c.Channels == 0 {
		c.Channels = 3
	}
	if _, ok := encoders[c.Encoder]; !ok && c.Own == nil {
		return nil, core.Unknown(opName, "encoder", c.Encoder, encoderNames)
	}
	if !(c.Width > 0) || c.Width > 64 {
		return nil, core.Invalid(opName, "width", "want more than 0 and at most 64, got %v", c.Width)
	}
	switch c.Stem {
	case "auto", "small", "imagenet":
	default:
		return nil, core.Unknown(opName, "stem", c.Stem, []string{"auto", "small", "imagenet"})
	}
	if c.Own == nil && c.Encoder == "small" && c.Stem == "imagenet" {
		return nil, core.Invalid(opName, "stem", `want "auto" or "small" for the encoder small, which has one stem, got "imagenet"`)
	}
	if c.Size < 1 || c.Size > core.MaxSide {
		return nil, core.Invalid(opName, "size", "want 1 to %d pixels, got %d", core.MaxSide, c.Size)
	}
	if c.Channels != 1 && c.Channels != 3 {
		return nil, core.Invalid(opName, "channels", "want 1 or 3, got %d", c.Channels)
	}
	seen := map[string]bool{}
	for _, h := range c.Heads {
		if h.Name == "" || strings.ContainsAny(h.Name, "./ ") || seen[h.Name] {
			return nil, core.Invalid(opName, "heads", "want a new name without dots, slashes and blanks, got %q", h.Name)
		}
		seen[h.Name] = true
		if len(h.Layers) == 0 {
			return nil, core.Invalid(opName, h.Name, "want at least one layer, got none")
		}
		for i, l := range h.Layers {
			if l.Out < 1 || l.Out > maxWidth {
				return nil, core.Invalid(opName, h.Name, "want 1 to %d outputs in layer %d, got %d", maxWidth, i, l.Out)
			}
		}
	}
	net := &Net{config: c}
	// A graph of two pictures tells parameters and shapes, and what does not fit.
	b := net.build(2, 1, trained, Output{})
	if err := b.Err(); err != nil {
		return nil, err
	}
	net.params, net.stats = b.params, b.stats
	net.features = b.features.Shape()[1]
	return net, nil
}

// Config is the configuration with its defaults filled in.
func (n *Net) Config() Config { return n.config }

// Params is the number of trained values.
func (n *Net) Params() int {
	total := 0
	for _, p := range n.params {
		total += p.Len()
	}
	return total
}

// Dim is the number of values a picture has in an output.
func (n *Net) Dim(output Output) (int, error) {
	if err := n.check(output); err != nil {
		return 0, err
	}
	if output.Head != "" {
		for _, h := range n.config.Heads {
			if h.Name == output.Head {
				return h.Layers[len(h.Layers)-1].Out, nil
			}
		}
	}
	if output.Block > 0 && n.config.Own != nil {
		return channels(n.build(2, 1, learned, output).features), nil
	}
	if output.Block > 0 {
		return encoders[n.config.Encoder].dims(n.config.Width)[output.Block-1], nil
	}
	return n.features, nil
}

func (n *Net) check(output Output) error {
	if output.Block < 0 || output.Block > 4 {
		return core.Invalid("encode", "block", "want 0 (the features) to 4, got %d", output.Block)
	}
	if output.Head == "" {
		return nil
	}
	if output.Block != 0 {
		return core.Invalid("encode", "block", "want 0 together with a head, got %d", output.Block)
	}
	var names []string
	for _, h := range n.config.Heads {
		if h.Name == output.Head {
			return nil
		}
		names = append(names, h.Name)
	}
	if len(names) == 0 {
		return core.Invalid("encode", "head", "want none: the network has no head, got %q", output.Head)
	}
	return core.Unknown("encode", "head", output.Head, names)
}

// recompute says whether training makes activations anew in the backward pass. Time
// and arena, measured with AVX2: resnet18, 128 pictures of 32x32, 1 % more for 461
// MiB instead of 620; small, 512 pictures, 2 % more for 178 MiB instead of 263. Only
// the big networks' memory is worth it; core/plan says what became of it since.
func (c Config) recompute() bool { return c.Own != nil || c.Encoder != "small" }

// small says whether a resnet's stem is the one for small pictures.
func (c Config) small() bool { return c.Stem == "small" || c.Stem == "auto" && c.Size <= 64 }

// scaled is a number of channels times the width, at least 1.
func scaled(channels int, width float64) int {
	return max(1, int(math.Round(float64(channels)*width)))
}

// heads is the graph of the heads up to the one called last ("": all).
func (b *builder) heads(x *graph.Node, heads []Head, last string) *graph.Node {
	for _, h := range heads {
		module := 0
		next := func() string {
			module++
			return h.Name + "." + itoa(module-1)
		}
		for _, l := range h.Layers {
			x = b.linear(next(), x, l.Out, !l.BatchNorm && !l.NoBias)
			if l.BatchNorm {
				x = b.norm(next(), x)
				if l.Fixed {
					for i := len(b.params) - 2; i < len(b.params); i++ {
						b.params[i].Fixed = true
					}
				}
			}
			if l.ReLU {
				next()
				x = b.ReLU(x)
			}
		}
		b.ends[h.Name] = x
		if h.Name == last {
			break
		}
	}
	return x
}

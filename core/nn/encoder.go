package nn

import (
	"strconv"

	"github.com/jumelle/jumelle/core/graph"
)

// encoder is the description of one kind: blocks of each of four stages and how
// many times wider a block's output is than its middle. small has no blocks.
type encoder struct {
	blocks     [4]int
	bottleneck bool
}

var encoderNames = []string{"small", "resnet18", "resnet34", "resnet50"}

var encoders = map[string]encoder{
	"small":    {},
	"resnet18": {[4]int{2, 2, 2, 2}, false},
	"resnet34": {[4]int{3, 4, 6, 3}, false},
	"resnet50": {[4]int{3, 4, 6, 3}, true},
}

// expansion is output over middle channels of a block.
func (e encoder) expansion() int {
	if e.bottleneck {
		return 4
	}
	return 1
}

// dims is the number of channels after each of the four blocks or stages.
func (e encoder) dims(width float64) (dims [4]int) {
	first := 64
	if e.blocks[0] == 0 {
		first = 32
	}
	for i := range dims {
		dims[i] = scaled(first<<i, width) * e.expansion()
	}
	return dims
}

// encode is the graph of the encoder up to a block (1 to 4): its values before
// pooling, (N, C, H, W).
func (b *builder) encode(x *graph.Node, c Config, block int) *graph.Node {
	if c.Own != nil {
		return c.Own.Encode(Layers{b}, x, block)
	}
	if c.Encoder == "small" {
		return b.small(x, c, block)
	}
	return b.resnet(x, c, block)
}

// small is four times conv3x3-BN-ReLU with strides 1, 2, 2, 2.
func (b *builder) small(x *graph.Node, c Config, block int) *graph.Node {
	for i, out := range encoders["small"].dims(c.Width) {
		if i == block {
			break
		}
		n := itoa(i + 1)
		x = b.ReLU(b.norm("bn"+n, b.conv("conv"+n, x, out, 3, 1+min(i, 1), 1)))
	}
	return x
}

// resnet has torchvision's layers, in the order in which it declares them.
func (b *builder) resnet(x *graph.Node, c Config, block int) *graph.Node {
	e := encoders[c.Encoder]
	if first := scaled(64, c.Width); c.small() {
		x = b.ReLU(b.norm("bn1", b.conv("conv1", x, first, 3, 1, 1)))
	} else {
		x = b.ReLU(b.norm("bn1", b.conv("conv1", x, first, 7, 2, 3)))
		x = b.MaxPool(x, 3, 2, 1)
	}
	zero := c.ZeroResidual
	for stage := range block {
		middle := scaled(64<<stage, c.Width)
		for i := range e.blocks[stage] {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			x = b.residual("layer"+itoa(stage+1)+"."+itoa(i)+".", x, e, middle, stride, zero)
		}
	}
	return x
}

// residual is a basic or bottleneck block. A bottleneck strides in its 3x3
// convolution, as torchvision's do. Where the block changes shape, a strided 1x1
// convolution takes the input along.
func (b *builder) residual(name string, x *graph.Node, e encoder, middle, stride int, zero bool) *graph.Node {
	out := middle * e.expansion()
	y := x
	if e.bottleneck {
		y = b.ReLU(b.norm(name+"bn1", b.conv(name+"conv1", y, middle, 1, 1, 0)))
		y = b.ReLU(b.norm(name+"bn2", b.conv(name+"conv2", y, middle, 3, stride, 1)))
		y = b.norm(name+"bn3", b.conv(name+"conv3", y, out, 1, 1, 0))
	} else {
		y = b.ReLU(b.norm(name+"bn1", b.conv(name+"conv1", y, middle, 3, stride, 1)))
		y = b.norm(name+"bn2", b.conv(name+"conv2", y, out, 3, 1, 1))
	}
	if zero { // the scale of the norm just made: its weight and bias come last
		b.params[len(b.params)-2].init = zeros
	}
	if stride != 1 || channels(x) != out {
		x = b.norm(name+"downsample.1", b.conv(name+"downsample.0", x, out, 1, stride, 0))
	}
	return b.ReLU(b.Add(y, x))
}

func itoa(i int) string { return strconv.Itoa(i) }

package kernel

// Op describes what a primitive computes. The types below are all there are; a
// backend switches over them. Each documents its operands in order, outputs
// after "->". Shapes are (batch, channels, height, width) = (N, C, H, W).
type Op interface {
	// Operands gives names, shapes and directions, layouts Plain, or an error
	// that names the field that does not fit.
	Operands() ([]Operand, error)
	// Name is the field's name of the operation, for profiles: "conv_forward".
	Name() string
	// Flops is the number of multiplications and additions of one run (direct
	// algorithm); 0 for operations that move memory.
	Flops() float64
}

// Conv is the geometry of a two-dimensional convolution without bias:
// src (N, C, H, W), weights (K, C, R, S), dst (N, K, OutH, OutW).
type Conv struct {
	N, C, H, W int
	K, R, S    int
	Stride     int
	Pad        int
}

// OutH and OutW are the size of the convolution's output.
func (c Conv) OutH() int { return (c.H+2*c.Pad-c.R)/c.Stride + 1 }
func (c Conv) OutW() int { return (c.W+2*c.Pad-c.S)/c.Stride + 1 }

// ConvForward: src, weights -> dst.
type ConvForward struct{ Conv }

// ConvBackwardData: dst_grad, weights -> src_grad.
type ConvBackwardData struct{ Conv }

// ConvBackwardWeights: src, dst_grad -> weights_grad.
type ConvBackwardWeights struct{ Conv }

// BatchNorm is the geometry of batch normalisation over N, H and W, per channel.
// A (N, C) tensor has H = W = 1 and shape (N, C) in its operands.
// y = gamma*(x-mean)/sqrt(var+Eps) + beta, var biased; with ReLU, max(y, 0).
type BatchNorm struct {
	N, C, H, W int
	Eps        float32
	ReLU       bool
	// Parts cuts the batch into equal parts, one after the other, each of which has
	// statistics of its own: mean and var hold those of part 0, then of part 1. 0 is 1.
	Parts int
}

// BatchNormForward uses the statistics of the batch:
// src, gamma, beta -> dst, mean, var, workspace.
// gamma and beta are (C), mean and var (Parts*C). The workspace holds which values
// the ReLU let through; its size is the backend's affair (Operand.Bytes) and is 0
// when ReLU is false. dst may be src's memory only when the layouts agree and no
// backward pass follows.
type BatchNormForward struct{ BatchNorm }

// BatchNormInference uses given statistics: src, gamma, beta, mean, var -> dst.
// dst may be src's memory.
type BatchNormInference struct{ BatchNorm }

// BatchNormBackward: src, mean, var, gamma, dst_grad, workspace -> src_grad,
// gamma_grad, beta_grad. src_grad may be dst_grad's memory.
type BatchNormBackward struct{ BatchNorm }

// Linear is the geometry of y = x·Wᵀ + b: src (N, In), weights (Out, In), bias
// (Out), dst (N, Out).
type Linear struct {
	N, In, Out int
	Bias       bool
}

// LinearForward: src, weights, [bias] -> dst.
type LinearForward struct{ Linear }

// LinearBackwardData: dst_grad, weights -> src_grad. Bias is ignored.
type LinearBackwardData struct{ Linear }

// LinearBackwardWeights: src, dst_grad -> weights_grad, [bias_grad].
type LinearBackwardWeights struct{ Linear }

// Sum adds Inputs tensors of one Shape, with ReLU max(sum, 0) after it:
// src0, src1, ... -> dst. dst may be src0's memory.
type Sum struct {
	Shape  []int
	Inputs int
	ReLU   bool
}

// ReLU: src -> dst. dst may be src's memory.
type ReLU struct{ Shape []int }

// ReLUBackward: dst, dst_grad -> src_grad: dst_grad where dst > 0, else 0.
// src_grad may be dst_grad's memory.
type ReLUBackward struct{ Shape []int }

// Pool is the geometry of pooling: src (N, C, H, W), windows of Size x Size.
type Pool struct {
	N, C, H, W        int
	Size, Stride, Pad int
}

// OutH and OutW are the size of the pooling's output.
func (p Pool) OutH() int { return (p.H+2*p.Pad-p.Size)/p.Stride + 1 }
func (p Pool) OutW() int { return (p.W+2*p.Pad-p.Size)/p.Stride + 1 }

// MaxPoolForward: src -> dst, workspace (where the maxima were).
type MaxPoolForward struct{ Pool }

// MaxPoolBackward: dst_grad, workspace -> src_grad.
type MaxPoolBackward struct{ Pool }

// GlobalAvgPoolForward: src (N, C, H, W) -> dst (N, C).
type GlobalAvgPoolForward struct{ N, C, H, W int }

// GlobalAvgPoolBackward: dst_grad (N, C) -> src_grad (N, C, H, W).
type GlobalAvgPoolBackward struct{ N, C, H, W int }

// Reorder copies a tensor from one layout to another: src -> dst.
type Reorder struct{ Shape []int }

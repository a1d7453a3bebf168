package nn

import "github.com/jumelle/jumelle/core/graph"

// Encoder is a network of one's own: pictures (N, C, H, W) in, values (N, C', H', W')
// out, which are averaged over the picture to the features.
type Encoder interface {
	// Encode writes the network with layers, up to block 1 to 4: what probes look at
	// between. A network with fewer ends at its last. It is called anew for every
	// batch size and must write the same layers, of the same names, each time.
	Encode(layers Layers, x *Node, block int) *Node
}

// Node is a value of a network that is being written.
type Node = graph.Node

// Layers writes layers. Each has a name of its own, under which files hold its
// parameters. Mistakes in shapes are errors of New; after one, nodes are nil.
type Layers struct{ b *builder }

// Conv is a convolution without bias: out channels, size x size weights, padded by
// pad on each side. Weights begin as torchvision's.
func (l Layers) Conv(name string, x *Node, out, size, stride, pad int) *Node {
	return l.b.conv(name, x, out, size, stride, pad)
}

// BatchNorm normalises each channel over the batch, then scales and shifts.
func (l Layers) BatchNorm(name string, x *Node) *Node { return l.b.norm(name, x) }

// ReLU is max(x, 0).
func (l Layers) ReLU(x *Node) *Node { return l.b.ReLU(x) }

// Add is x + y, of one shape.
func (l Layers) Add(x, y *Node) *Node { return l.b.Add(x, y) }

// MaxPool takes the maximum of size x size windows.
func (l Layers) MaxPool(x *Node, size, stride, pad int) *Node {
	return l.b.MaxPool(x, size, stride, pad)
}

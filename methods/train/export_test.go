package train

// weights are the online network's parameters, flat.
func (t *Trainer) weights() []float32 { return t.inner.Weights() }

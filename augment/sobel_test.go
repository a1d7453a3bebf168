package augment

import "testing"

func TestSobelOfAnEdge(t *testing.T) {
	// Left half 0, right half 50: gx = 4 * 50 beside the edge, 0 elsewhere.
	to, p := make([]byte, 30), make([]byte, 30)
	for i := range p {
		if i%6 >= 3 {
			p[i] = 50
		}
	}
	sobelPlane(to, p, 5, 6)
	for i, x := range to {
		want := byte(0)
		if i%6 == 2 || i%6 == 3 {
			want = 200
		}
		if x != want {
			t.Errorf("pixel (%d, %d): %d, want %d", i%6, i/6, x, want)
		}
	}
}

func TestRootIsTheWholePart(t *testing.T) {
	for n := range 255*255 + 10 {
		r := int(root(n))
		if r*r > n || r < 255 && (r+1)*(r+1) <= n {
			t.Fatalf("root(%d) = %d", n, r)
		}
	}
}

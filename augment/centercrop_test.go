package augment

import "testing"

// torchvision rounds half a pixel to even; the border of a smaller picture is
// smaller above and left.
func TestCentreRoundsToEven(t *testing.T) {
	for _, c := range []struct{ n, size, want int }{{10, 4, 3}, {11, 4, 4}, {9, 4, 2}, {5, 5, 0}, {3, 8, -2}, {4, 8, -2}} {
		if got := centre(c.n, c.size); got != c.want {
			t.Errorf("centre(%d, %d) = %d, want %d", c.n, c.size, got, c.want)
		}
	}
}

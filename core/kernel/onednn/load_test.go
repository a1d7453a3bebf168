//go:build onednn && cgo

package onednn

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jumelle/jumelle/core/kernel"
)

// The library is loaded once a process: each way to find it needs one of its own.
func TestMissingLibraryIsAnError(t *testing.T) {
	if os.Getenv("JUMELLE_TEST_CHILD") == "missing" {
		_, err := New(1)
		if err == nil {
			t.Fatal("want an error")
		}
		if _, again := New(2); again == nil || again.Error() != err.Error() {
			t.Fatalf("the second New gives %v, the first %v", again, err)
		}
		os.Stdout.WriteString("child: " + err.Error() + "\n")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMissingLibraryIsAnError$", "-test.v")
	cmd.Env = append(os.Environ(), "JUMELLE_TEST_CHILD=missing", "JUMELLE_ONEDNN=/nowhere/libdnnl.so.2")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "child: kernels: onednn: want the kernel library") || !strings.Contains(string(out), "/nowhere/libdnnl.so.2") {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestFreedMemoryIsAnErrorNotACrash(t *testing.T) {
	b, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Make(kernel.ReLU{Shape: []int{64}}, make([]kernel.Layout, 2))
	if err != nil {
		t.Fatal(err)
	}
	arena, err := b.NewArena(512)
	if err != nil {
		t.Fatal(err)
	}
	program, err := b.NewProgram([]kernel.Call{{Primitive: p, Args: []kernel.Memory{{Arena: arena}, {Arena: arena, Offset: 256}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Run(); err != nil {
		t.Fatal(err)
	}
	arena.Free()
	arena.Free()
	if err := program.Run(); err == nil {
		t.Error("want an error after the arena is freed")
	}
	program.Free()
	program.Free()
	if err := program.Run(); err == nil {
		t.Error("want an error after the program is freed")
	}
}

// Many goroutines use backends of different numbers of threads at once.
func TestManyGoroutines(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			b, err := New(1 + i%2)
			if err != nil {
				t.Error(err)
				return
			}
			for n := 1; n < 20; n++ {
				p, err := b.Make(kernel.ReLU{Shape: []int{n, 16}}, make([]kernel.Layout, 2))
				if err != nil {
					t.Error(err)
					return
				}
				arena, err := b.NewArena(1 << 16)
				if err != nil {
					t.Error(err)
					return
				}
				arena.CopyIn(0, []float32{-1, 2})
				program, err := b.NewProgram([]kernel.Call{{Primitive: p, Args: []kernel.Memory{{Arena: arena}, {Arena: arena, Offset: 1 << 15}}}})
				if err != nil {
					t.Error(err)
					return
				}
				if err := program.Run(); err != nil {
					t.Error(err)
				}
				out := arena.Host(1<<15, 2)
				if out[0] != 0 || out[1] != 2 {
					t.Errorf("goroutine %d: relu gives %v", i, out)
				}
				program.Free()
				arena.Free()
			}
		}()
	}
	group.Wait()
}

// The library's pool has as many threads as the backend that runs, whatever the
// machine has. New threads bear the name of the thread that makes them.
func TestPoolHasTheThreadsOfTheBackend(t *testing.T) {
	const name = "jumellepool"
	if os.Getenv("JUMELLE_TEST_CHILD") != "pool" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPoolHasTheThreadsOfTheBackend$", "-test.v")
		cmd.Env = append(os.Environ(), "JUMELLE_TEST_CHILD=pool")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "child: 1 2 3\n") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	os.Stdout.WriteString("child:")
	for threads := 1; threads <= 3; threads++ {
		made, err := New(threads)
		if err != nil {
			t.Fatal(err)
		}
		b := made.(*backend)
		if err := b.do(func() error { return os.WriteFile("/proc/thread-self/comm", []byte(name), 0) }); err != nil {
			t.Skipf("a thread cannot be named: %v", err)
		}
		run := reluProgram(t, b, 1<<16)
		if err := run(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob("/proc/self/task/*/comm")
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(text)) == name {
				count++
			}
		}
		fmt.Printf(" %d", count)
	}
	os.Stdout.WriteString("\n")
}

// The pool must not keep cores busy that make the next views.
func TestIdlePoolDoesNotSpin(t *testing.T) {
	if os.Getenv("GOMP_SPINCOUNT") != "" || os.Getenv("OMP_WAIT_POLICY") != "" {
		t.Skip("the environment sets how the pool waits")
	}
	b, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	run := reluProgram(t, b, 1<<20)
	busy := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			t.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	var spent time.Duration
	for range 10 {
		if err := run(); err != nil {
			t.Fatal(err)
		}
		before := busy()
		time.Sleep(20 * time.Millisecond)
		spent += busy() - before
	}
	if spent > 50*time.Millisecond {
		t.Errorf("10 pauses of 20 ms after a run cost %v of processor time", spent)
	}
}

// reluProgram is the run of a program of one operation on n values.
func reluProgram(t *testing.T, b kernel.Backend, n int64) func() error {
	t.Helper()
	p, err := b.Make(kernel.ReLU{Shape: []int{int(n)}}, make([]kernel.Layout, 2))
	if err != nil {
		t.Fatal(err)
	}
	arena, err := b.NewArena(8 * n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(arena.Free)
	program, err := b.NewProgram([]kernel.Call{{Primitive: p, Args: []kernel.Memory{{Arena: arena}, {Arena: arena, Offset: 4 * n}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(program.Free)
	return program.Run
}

func TestSamePrimitiveIsMadeOnce(t *testing.T) {
	b, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	op := kernel.ConvForward{Conv: kernel.Conv{N: 1, C: 16, H: 8, W: 8, K: 16, R: 3, S: 3, Stride: 1, Pad: 1}}
	layouts := []kernel.Layout{kernel.Any, kernel.Any, kernel.Any}
	first, err := b.Make(op, layouts)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := b.Make(op, layouts); again != first {
		t.Error("the same operation and layouts gave another primitive")
	}
	if name := b.LayoutName(first.Operands()[2].Layout); name != "nChw8c" && name != "nChw16c" {
		t.Errorf("the convolution's result has layout %s", name)
	}
}

package tests

import (
	"fmt"
	"go/ast"
	"os"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jumelle/jumelle/"

// layers is the house: which packages of the module each package may import, and
// why no others. A new package needs a line here.
var layers = map[string]struct{ may, why string }{
	"core":                   {"", "everybody knows core, so it can know nobody"},
	"core/rng":               {"", "a random number is a function of a key alone"},
	"core/par":               {"core", "workers know nothing of the work"},
	"core/npy":               {"core", "arrays know nothing of what the numbers mean"},
	"core/ckpt":              {"core core/npy", "run files hold arrays, of whatever"},
	"core/pictures":          {"core core/par core/npy", "pictures know nothing of what they are for"},
	"core/opt":               {"core core/par", "optimizers work on flat arrays, without a network"},
	"core/kernel":            {"core", "the contract knows no backend"},
	"core/kernel/portable":   {"core core/par core/kernel", "a backend knows nothing of graphs, so that it can be replaced"},
	"core/kernel/onednn":     {"core core/par core/kernel", "a backend knows nothing of graphs, so that it can be replaced"},
	"core/kernel/kerneltest": {"core core/rng core/kernel", "the same tests for every backend"},
	"core/graph":             {"core core/kernel core/kernel/portable", "operations and derivatives; portable is their oracle on gorgonia's machine"},
	"core/graph/graphtest":   {"core core/rng core/kernel core/graph", "helpers of tests"},
	"core/plan":              {"core core/kernel core/graph", "a plan knows no layer and no method"},
	"core/nn":                {"core core/rng core/par core/kernel core/graph core/plan", "networks know no loss, no method and no picture"},
	"augment":                {"core core/rng core/par", "views are of use without everything else"},
	"methods/loss":           {"core core/par core/kernel", "a loss is a function of arrays: no network, no device"},
	"methods/evaluate":       {"core core/rng core/par core/kernel core/opt methods/loss", "features are judged as arrays, wherever they came from"},
	"methods": {"core core/rng core/par core/npy core/ckpt core/opt core/kernel core/nn methods/loss methods/evaluate",
		"views come in as arrays: augment and methods meet in methods/train"},
	"methods/train": {"core core/rng core/par core/npy core/ckpt core/kernel core/kernel/portable core/kernel/onednn core/nn augment methods",
		"the one place where views, kernels and methods are put together"},
	"capi": {"core core/par core/npy core/pictures augment methods methods/loss methods/evaluate methods/train",
		"C reaches what Go programs reach, and no network or kernel by itself"},
}

// foreign is where packages from outside may be imported, and why only there.
// A name that ends in / stands for all below it.
var foreign = []struct {
	name string
	in   string
	why  string
}{
	{"gorgonia.org/", "core/graph core/graph/graphtest core/plan", "it hardly moves and panics on goroutines of its own: it must be replaceable"},
	{"github.com/sbinet/npyio/", "core/npy", "it panics on bad headers: it stays behind core/npy's checks"},
	{"github.com/disintegration/imaging", "core/pictures augment", "decoding and resizing have one place"},
	{"golang.org/x/image/", "core/pictures", "decoding has one place"},
	{"unsafe", "core/npy core/kernel/onednn capi", "only views of foreign memory need it"},
	{"C", "core/kernel/onednn capi", "everything else builds without a C compiler"},
	{"testing", "core/kernel/kerneltest core/graph/graphtest", "it registers flags in the host's process; these two are imported by tests only"},
	{"os/signal", "", "signals are the host program's"},
	{"os/exec", "", "a library starts no programs"},
	{"plugin", "", "code comes from the build alone"},
	{"log", "", "a library prints nothing: errors are values"},
	{"log/", "", "a library prints nothing: errors are values"},
	{"net", "", "nothing leaves the machine"},
	{"net/", "", "nothing leaves the machine"},
	{"math/rand", "", "random numbers come from core/rng, a function of a key"},
	{"math/rand/", "", "random numbers come from core/rng, a function of a key"},
}

func TestImports(t *testing.T) {
	for _, s := range librarySources(t) {
		layer, known := layers[s.pkg]
		if !known {
			t.Errorf("%s: package %s has no line in layers: say what it may import, and why", s.path, s.pkg)
		}
		for _, name := range s.imports {
			if ours, ok := strings.CutPrefix(name, module); ok && ours != s.pkg && !slices.Contains(strings.Fields(layer.may), ours) {
				t.Errorf("%s imports %s: %s", s.path, ours, layer.why)
			}
			for _, rule := range foreign {
				if (name == rule.name || strings.HasSuffix(rule.name, "/") && strings.HasPrefix(name, rule.name)) &&
					!slices.Contains(strings.Fields(rule.in), s.pkg) {
					t.Errorf("%s imports %s: %s", s.path, name, rule.why)
				}
			}
		}
		for _, i := range s.file.Imports {
			if i.Name != nil && i.Name.Name == "." {
				t.Errorf("%s: dot import of %s: a reader must see where a name comes from", s.path, i.Path.Value)
			}
		}
	}
}

// TestWhatTheLibraryContains looks at the whole of what is linked, where an
// import of an import would hide from TestImports.
func TestWhatTheLibraryContains(t *testing.T) {
	deps := strings.Fields(run(t, nil, "go", "list", "-deps", "-tags", kernelTags(), "./capi"))
	for name, why := range map[string]string{
		"testing":                         "it registers flags in the host's process",
		"os/signal":                       "signals are the host program's",
		module + "core/kernel/kerneltest": "it belongs to tests",
		module + "core/graph/graphtest":   "it belongs to tests",
	} {
		if slices.Contains(deps, name) {
			t.Errorf("the library contains %s: %s", name, why)
		}
	}
	// A package whose init ends the process on a current Go, unless it is this version.
	const noMoving = "go4.org/unsafe/assume-no-moving-gc"
	if got := strings.TrimSpace(run(t, nil, "go", "list", "-m", noMoving)); got != noMoving+" v0.0.0-20231121144256-b99613f794b6" {
		t.Errorf("want the version of %s whose init does not panic, got %s", noMoving, got)
	}
}

// forbidden is what library code must not call, as package.name.
var forbidden = map[string]string{
	"os.Exit":            "the process is the host's",
	"os.Setenv":          "the environment is the host's",
	"os.Unsetenv":        "the environment is the host's",
	"os.Clearenv":        "the environment is the host's",
	"syscall.Setenv":     "the environment is the host's",
	"os.Chdir":           "the working folder is the host's",
	"os.Stdout":          "a library prints nothing",
	"os.Stderr":          "a library prints nothing",
	"fmt.Print":          "a library prints nothing",
	"fmt.Printf":         "a library prints nothing",
	"fmt.Println":        "a library prints nothing",
	"runtime.GOMAXPROCS": "it is the host's; core/par has the limit of our own",
	"debug.SetGCPercent": "it is the whole process's",
}

func TestCalls(t *testing.T) {
	for _, s := range librarySources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			at := func() string { return fmt.Sprintf("%s:%d", s.path, s.set.Position(n.Pos()).Line) }
			switch n := n.(type) {
			case *ast.GoStmt:
				if s.pkg != "core/par" && s.path != "core/kernel/onednn/thread.go" {
					t.Errorf("%s: a goroutine: they start in core/par, which bounds them and catches their panics (and in the kernel library's one thread)", at())
				}
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: init: loading the library must do nothing; use a variable or sync.OnceValue", at())
				}
			case *ast.SelectorExpr:
				if p, ok := n.X.(*ast.Ident); ok {
					if why := forbidden[p.Name+"."+n.Sel.Name]; why != "" {
						t.Errorf("%s: %s.%s: %s", at(), p.Name, n.Sel.Name, why)
					}
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
					t.Errorf("%s: %s: a library prints nothing", at(), f.Name)
				}
			}
			return true
		})
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if strings.HasPrefix(c.Text, "//go:linkname") {
					t.Errorf("%s: go:linkname: it reaches into packages that promise nothing", s.path)
				}
			}
		}
	}
}

// TestSetenv: C code may not change the environment either, one place excepted.
func TestSetenv(t *testing.T) {
	for _, path := range tracked(t, ".c", ".h") {
		if !strings.HasPrefix(path, "capi/") && !strings.HasPrefix(path, "core/") {
			continue
		}
		text, err := os.ReadFile(inRoot(path))
		if err != nil {
			t.Fatal(err)
		}
		// load.c sets what the OpenMP runtime reads once, around loading it, and
		// puts back what was there.
		if strings.Contains(string(text), "setenv(") && path != "core/kernel/onednn/load.c" {
			t.Errorf("%s: setenv: the environment is the host's", path)
		}
	}
}

// TestFileLength: a file is one idea, and one idea is shorter than this.
func TestFileLength(t *testing.T) {
	limits := map[string]int{"include/jumelle.h": 800} // the whole contract is one file
	for _, path := range tracked(t, ".go", ".c", ".h", ".py") {
		text, err := os.ReadFile(inRoot(path))
		if os.IsNotExist(err) {
			continue // removed and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		limit := limits[path]
		if limit == 0 {
			limit = 450
		}
		if n := strings.Count(string(text), "\n"); n > limit {
			t.Errorf("%s has %d lines, more than %d", path, n, limit)
		}
	}
}

package par

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestQuota(t *testing.T) {
	const v1 = "5:cpuset:/pod\n4:cpu,cpuacct:/pod/job\n1:name=systemd:/user\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int
	}{
		"no files": {nil, 0},
		"version 2, no limit": {map[string]string{
			"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": "max 100000\n",
		}, 0},
		"version 2, a core and a half": {map[string]string{
			"proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/cpu.max": "150000 100000\n",
		}, 2},
		"version 2, a group around it has less": {map[string]string{
			"proc/self/cgroup":               "0::/pod/job\n",
			"sys/fs/cgroup/pod/job/cpu.max":  "800000 100000\n",
			"sys/fs/cgroup/pod/cpu.max":      "250000 50000\n",
			"sys/fs/cgroup/pod/jobs/cpu.max": "50000 50000\n", // another's
		}, 5},
		"version 2, the host's name in a container": {map[string]string{
			"proc/self/cgroup": "0::/docker/0123abcd\n", "sys/fs/cgroup/cpu.max": "300000 100000\n",
		}, 3},
		"version 2, a group above the namespace": {map[string]string{
			"proc/self/cgroup": "0::/../../job\n", "sys/fs/cgroup/job/cpu.max": "100000 100000\n",
		}, 1},
		"version 1": {map[string]string{
			"proc/self/cgroup":                            v1,
			"sys/fs/cgroup/cpu/pod/job/cpu.cfs_quota_us":  "250000\n",
			"sys/fs/cgroup/cpu/pod/job/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":          "-1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":         "100000\n",
		}, 3},
		"version 1, the host's name in a container": {map[string]string{
			"proc/self/cgroup":                            v1,
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us":  "50000\n",
			"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
		}, 1},
		"both, as systemd mounts them": {map[string]string{
			"proc/self/cgroup":                    v1 + "0::/pod\n",
			"sys/fs/cgroup/unified/pod/cpu.max":   "700000 100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  "400000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}, 4},
		"damaged": {map[string]string{
			"proc/self/cgroup": "0::/job\nnonsense\n\n", "sys/fs/cgroup/job/cpu.max": "many\n",
		}, 0},
	} {
		root := t.TempDir()
		for file, text := range c.files {
			at := filepath.Join(root, file)
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := quota(root); got != c.want {
			t.Errorf("%s: %d cores, want %d", name, got, c.want)
		}
	}
}

func TestCores(t *testing.T) {
	for _, c := range []struct {
		quota, period string
		want          int
	}{
		{"max", "100000", 0}, {"-1", "100000", 0}, {"0", "100000", 0}, {"1", "0", 0}, {"NaN", "1", 0}, {"", "", 0},
		{"150000", "100000", 2}, {"200000", "100000", 2}, {"50000", "100000", 1}, {"1e300", "1", MaxThreads},
	} {
		if got := cores(c.quota, c.period); got != c.want {
			t.Errorf("cores(%q, %q) = %d, want %d", c.quota, c.period, got, c.want)
		}
	}
}

// A process that is bound to one core has one.
func TestAvailableIsTheAffinity(t *testing.T) {
	if os.Getenv("JUMELLE_TEST_CHILD") == "bound" {
		if n := Available(); n != 1 || Threads() != 1 {
			t.Fatalf("bound to one core: Available() = %d, Threads() = %d", n, Threads())
		}
		os.Stdout.WriteString("child: one core\n")
		return
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		t.Skip("there is no taskset: NOT TESTED with a mask of one core")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(status), "Cpus_allowed_list:") // "0-3,8"
	first := strings.FieldsFunc(strings.TrimSpace(list), func(r rune) bool { return r < '0' || r > '9' })[0]
	cmd := exec.Command(taskset, "-c", first, os.Args[0], "-test.run=^TestAvailableIsTheAffinity$")
	cmd.Env = append(os.Environ(), "JUMELLE_TEST_CHILD=bound")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "child: one core") {
		t.Fatalf("%v\n%s", err, out)
	}
}

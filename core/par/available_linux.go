package par

import (
	"math"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Available is the number of cores this process may use, when it is first asked: its
// affinity mask (runtime.NumCPU) bounded by the quota of its cgroups, rounded up.
var Available = sync.OnceValue(func() int {
	n := runtime.NumCPU()
	if q := quota("/"); q > 0 {
		n = min(n, q)
	}
	return max(n, 1)
})

// quota is the least CPU quota of this process's cgroup and of those around it, in
// cores rounded up; 0 means none. root is where /proc and /sys are.
//
// A line of /proc/self/cgroup is "number:controllers:group", with number 0 and no
// controllers in version 2. Inside a container the group may be named as the host
// sees it, while its own files lie at the top of what is mounted: going up from the
// group to there finds both.
func quota(root string) int {
	text, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	least := 0
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) < 3 {
			continue
		}
		for _, m := range mounts {
			if !slices.Contains(strings.Split(f[1], ","), m.controller) {
				continue
			}
			for group := path.Join("/", f[2]); ; group = path.Dir(group) {
				if q := m.read(path.Join(root, m.place, group)); q > 0 && (least == 0 || q < least) {
					least = q
				}
				if group == "/" {
					break
				}
			}
		}
	}
	return least
}

// mounts are where the groups of a controller lie, and how one gives its quota.
var mounts = []struct {
	controller, place string
	read              func(group string) int
}{
	{"", "sys/fs/cgroup", quota2},
	{"", "sys/fs/cgroup/unified", quota2},
	{"cpu", "sys/fs/cgroup/cpu", quota1},
	{"cpu", "sys/fs/cgroup/cpu,cpuacct", quota1},
}

// quota2 reads cpu.max of version 2: "150000 100000" or "max 100000".
func quota2(group string) int {
	if f := fields(group, "cpu.max"); len(f) == 2 {
		return cores(f[0], f[1])
	}
	return 0
}

// quota1 reads the two files of version 1.
func quota1(group string) int {
	used, period := fields(group, "cpu.cfs_quota_us"), fields(group, "cpu.cfs_period_us")
	if len(used) == 1 && len(period) == 1 {
		return cores(used[0], period[0])
	}
	return 0
}

func fields(folder, name string) []string {
	text, err := os.ReadFile(path.Join(folder, name))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// cores is a quota in cores, rounded up; 0 means no limit.
func cores(quota, period string) int {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || !(q > 0 && p > 0) { // "max", -1: no limit
		return 0
	}
	return int(min(math.Ceil(q/p), MaxThreads))
}

package par

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// Available is the number of cores this process may use: its affinity mask
// (runtime.NumCPU) bounded by the quota of its cgroup, rounded up.
var Available = sync.OnceValue(func() int {
	n := runtime.NumCPU()
	if q := cgroupQuota(); q > 0 {
		n = min(n, q)
	}
	return max(n, 1)
})

// cgroupQuota reads the CPU quota of cgroup version 2, then 1; 0 means none.
func cgroupQuota() int {
	read := func(name string) []string {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil
		}
		return strings.Fields(string(text))
	}
	group := ""
	if text, err := os.ReadFile("/proc/self/cgroup"); err == nil {
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "0::"); ok {
				group = rest
			}
		}
	}
	for _, name := range []string{"/sys/fs/cgroup" + group + "/cpu.max", "/sys/fs/cgroup/cpu.max"} {
		if f := read(name); len(f) == 2 {
			return cores(f[0], f[1])
		}
	}
	quota, period := read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
	if len(quota) == 1 && len(period) == 1 {
		return cores(quota[0], period[0])
	}
	return 0
}

func cores(quota, period string) int {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 { // "max", -1: no limit
		return 0
	}
	return int(math.Ceil(q / p))
}

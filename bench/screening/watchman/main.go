// pairs scores name pairs with Watchman's own similarity: a line "name1 TAB name2 TAB type" in, a
// score a line out, and on standard error the CPU seconds that the scoring took.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/moov-io/watchman/pkg/search"
)

func entity(name, kind string) search.Entity[search.Value] {
	made := search.Entity[search.Value]{Name: name}
	switch kind {
	case "person":
		made.Type, made.Person = search.EntityPerson, &search.Person{Name: name}
	case "vessel":
		made.Type, made.Vessel = search.EntityVessel, &search.Vessel{Name: name}
	case "aircraft":
		made.Type, made.Aircraft = search.EntityAircraft, &search.Aircraft{Name: name}
	default:
		made.Type, made.Business = search.EntityBusiness, &search.Business{Name: name}
	}
	return made.Normalize()
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	var pairs [][3]string
	for lines.Scan() {
		field := strings.SplitN(lines.Text(), "\t", 3)
		pairs = append(pairs, [3]string(field))
	}
	scores := make([]float64, len(pairs))
	started := cpuSeconds()
	for i, pair := range pairs {
		scores[i] = search.Similarity(entity(pair[0], pair[2]), entity(pair[1], pair[2]))
	}
	took := cpuSeconds() - started
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, score := range scores {
		fmt.Fprintln(out, score)
	}
	fmt.Fprintln(os.Stderr, took)
}

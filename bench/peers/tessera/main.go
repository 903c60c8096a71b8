// The peer of log.append: durable appends a second by Tessera's POSIX driver, with as many
// entries waiting for one batch as bench/log.c has. An append counts when its future resolves:
// the entry is then on the disk and integrated; the checkpoint follows by itself. One line of
// JSON a batch size.
//
//	tessera-peer DIRECTORY ENTRY-BYTES SECONDS BATCH...
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func must(err error) {
	if err != nil {
		log.Fatal("tessera-peer: ", err)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	must(err)
	return n
}

// Batches are closed by their size; the age only ends a last one that is not full.
func open(ctx context.Context, directory string, batch int) (*tessera.Appender, func(context.Context) error) {
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/tessera")
	must(err)
	signer, err := note.NewSigner(secret)
	must(err)
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	must(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(uint(batch), time.Second).
		WithPushback(uint(4 * batch))
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	must(err)
	return appender, shutdown
}

// Adds a whole batch and waits until all of it is durable.
func appendBatch(ctx context.Context, appender *tessera.Appender, futures []tessera.IndexFuture, size int, next *uint64) {
	for i := range futures {
		entry := make([]byte, size)
		binary.BigEndian.PutUint64(entry, *next)
		*next++
		futures[i] = appender.Add(ctx, tessera.NewEntry(entry))
	}
	for _, future := range futures {
		_, err := future()
		must(err)
	}
}

func measure(ctx context.Context, directory string, size, seconds, batch int) {
	appender, shutdown := open(ctx, directory, batch)
	futures := make([]tessera.IndexFuture, batch)
	var next uint64
	for range 3 {
		appendBatch(ctx, appender, futures, size, &next)
	}
	var took []float64
	warm, began := next, time.Now()
	for len(took) == 0 || time.Since(began) < time.Duration(seconds)*time.Second {
		from := time.Now()
		appendBatch(ctx, appender, futures, size, &next)
		took = append(took, time.Since(from).Seconds())
	}
	rate := float64(next-warm) / time.Since(began).Seconds()
	sort.Float64s(took)
	fmt.Printf("{\"name\": \"log.append\", \"batch\": %d, \"value\": %.1f, \"unit\": \"entries/s\", \"median_batch_ms\": %.3f, \"entries\": %d}\n",
		batch, rate, took[len(took)/2]*1000, next)
	must(shutdown(ctx))
}

func main() {
	klog.SetOutput(os.Stderr)
	flag.Parse()
	arguments := flag.Args()
	if len(arguments) < 4 {
		log.Fatal("usage: tessera-peer DIRECTORY ENTRY-BYTES SECONDS BATCH...")
	}
	for _, batch := range arguments[3:] {
		ctx, cancel := context.WithCancel(context.Background())
		directory := filepath.Join(arguments[0], "batch-"+batch)
		must(os.MkdirAll(directory, 0o700))
		measure(ctx, directory, number(arguments[1]), number(arguments[2]), number(batch))
		cancel()
	}
}

// The peer of bench/proofs.c: the same proofs over the same log in memory by Go's tlog, which the
// Go checksum database and its clients use. One line of JSON a figure.
//
//	tlog-peer LEAVES ROUND
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const rounds = 11

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = m[index]
	}
	return out, nil
}

func must(err error) {
	if err != nil {
		log.Fatal("tlog-peer: ", err)
	}
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	must(err)
	return n
}

func main() {
	leaves, count := number(os.Args[1]), number(os.Args[2])
	var hashes memory
	for i := int64(0); i < leaves; i++ {
		more, err := tlog.StoredHashes(i, binary.BigEndian.AppendUint64(nil, uint64(i)), hashes)
		must(err)
		hashes = append(hashes, more...)
	}
	place := func(i int64) int64 { return 1 + i*7919%(leaves-1) }
	root, err := tlog.TreeHash(leaves, hashes)
	must(err)
	records, trees := make([]tlog.RecordProof, count), make([]tlog.TreeProof, count)
	leafs, roots := make([]tlog.Hash, count), make([]tlog.Hash, count)
	for i := range count {
		leafs[i] = hashes[tlog.StoredHashIndex(0, place(i))]
		roots[i], err = tlog.TreeHash(place(i), hashes)
		must(err)
	}
	measure := func(name string, once func(int64) error) {
		took := make([]float64, rounds)
		for r := range took {
			from := time.Now()
			for i := range count {
				must(once(i))
			}
			took[r] = float64(time.Since(from).Nanoseconds()) / float64(count)
		}
		sort.Float64s(took)
		fmt.Printf("{\"name\": %q, \"value\": %.1f, \"unit\": \"ns\"}\n", name, took[rounds/2])
	}
	measure("proof.inclusion", func(i int64) (err error) {
		records[i], err = tlog.ProveRecord(leaves, place(i), hashes)
		return
	})
	measure("proof.inclusion.verify", func(i int64) error {
		return tlog.CheckRecord(records[i], leaves, root, place(i), leafs[i])
	})
	measure("proof.consistency", func(i int64) (err error) {
		trees[i], err = tlog.ProveTree(leaves, place(i), hashes)
		return
	})
	measure("proof.consistency.verify", func(i int64) error {
		return tlog.CheckTree(trees[i], leaves, root, place(i), roots[i])
	})
}

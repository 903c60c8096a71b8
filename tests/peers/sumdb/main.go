// sumdb reads and makes logs with the packages of Go's checksum database, which share no line
// with this project: golang.org/x/mod/sumdb/note and tlog.
//
//	sumdb verify DIR VKEY [OLD-CHECKPOINT...]   the whole of a published log, and that it extends others
//	sumdb proof FILE RECORD VKEY                a C2SP tlog-proof of a record
//	sumdb consistency OLD NEW VKEY [HASH...]    a consistency proof, hashes in hexadecimal
//	sumdb make DIR NAME ENTRIES [SIZE...]       a log of its own, published at each size; prints its key
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func openCheckpoint(text []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return tlog.Tree{}, err
	}
	n, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func readCheckpoint(path, vkey string) (tlog.Tree, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openCheckpoint(text, vkey)
}

// The checksum database has the height of tiles in their paths; C2SP tlog-tiles has not.
func tilePath(t tlog.Tile) string {
	return strings.Replace(t.Path(), "tile/8/", "tile/", 1)
}

func bundlePath(t tlog.Tile) string {
	return strings.Replace(t.Path(), "tile/8/0/", "tile/entries/", 1)
}

type folder string

func (f folder) Height() int { return height }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), tilePath(t)))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func readEntries(dir string, size int64) ([][]byte, error) {
	var entries [][]byte
	for from := int64(0); from < size; from += 1 << height {
		width := min(size-from, 1<<height)
		data, err := os.ReadFile(filepath.Join(dir, bundlePath(tlog.Tile{H: height, L: 0, N: from >> height, W: int(width)})))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, errors.New("a bundle is too short")
			}
			n := 2 + int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:n])
			data = data[n:]
		}
		if len(data) > 0 {
			return nil, errors.New("a bundle is too long")
		}
	}
	return entries, nil
}

func verify(dir, vkey string, old []string) error {
	tree, err := readCheckpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	entries, err := readEntries(dir, tree.N)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(dir))
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	for _, path := range old {
		before, err := readCheckpoint(path, vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		proof, err := tlog.ProveTree(tree.N, before.N, reader)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	fmt.Printf("%d %s\n", tree.N, hex.EncodeToString(tree.Hash[:]))
	return nil
}

func checkProof(file, record, vkey string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(record)
	if err != nil {
		return err
	}
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := openCheckpoint(checkpoint, vkey)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Println(index)
	return nil
}

func checkConsistency(old, now, vkey string, hashes []string) error {
	before, err := readCheckpoint(old, vkey)
	if err != nil {
		return err
	}
	after, err := readCheckpoint(now, vkey)
	if err != nil {
		return err
	}
	var proof tlog.TreeProof
	for _, text := range hashes {
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize {
			return fmt.Errorf("%s: not a hash", text)
		}
		proof = append(proof, tlog.Hash(raw))
	}
	return tlog.CheckTree(proof, after.N, after.Hash, before.N, before.Hash)
}

func write(dir, path string, data []byte) error {
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func publish(dir string, signer note.Signer, entries [][]byte, old, size int64, reader tlog.HashReader) error {
	for _, t := range tlog.NewTiles(height, old, size) {
		data, err := tlog.ReadTileData(t, reader)
		if err != nil {
			return err
		}
		if err := write(dir, tilePath(t), data); err != nil {
			return err
		}
		if t.L != 0 {
			continue
		}
		var bundle []byte
		for i := range t.W {
			entry := entries[t.N<<height+int64(i)]
			bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
			bundle = append(bundle, entry...)
		}
		if err := write(dir, bundlePath(t), bundle); err != nil {
			return err
		}
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return err
	}
	if err := write(dir, "checkpoint", signed); err != nil {
		return err
	}
	return write(dir, fmt.Sprintf("checkpoint.%d", size), signed)
}

func makeLog(dir, name, count string, sizes []string) error {
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	total, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	var entries [][]byte
	for i := range total {
		entry := []byte(strings.Repeat(fmt.Sprintf("entry %d ", i), int(i%7)))
		hashes, err := tlog.StoredHashes(i, entry, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
		entries = append(entries, entry)
	}
	old := int64(0)
	for _, text := range append(sizes, count) {
		size, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		if err := publish(dir, signer, entries, old, size, reader); err != nil {
			return err
		}
		old = size
	}
	fmt.Println(vkey)
	return nil
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "verify":
		return verify(args[1], args[2], args[3:])
	case len(args) == 4 && args[0] == "proof":
		return checkProof(args[1], args[2], args[3])
	case len(args) >= 4 && args[0] == "consistency":
		return checkConsistency(args[1], args[2], args[3], args[4:])
	case len(args) >= 4 && args[0] == "make":
		return makeLog(args[1], args[2], args[3], args[4:])
	}
	return errors.New("usage: sumdb verify|proof|consistency|make ...")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sumdb:", err)
		os.Exit(1)
	}
}

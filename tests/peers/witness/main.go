// witness holds what we do with witnesses against the packages of those who thought of them:
// transparency-dev's formats (cosignatures) and tessera (a log that asks witnesses by itself).
//
//	witness keygen NAME                    a log's key: the secret, then the public line
//	witness check POLICY CHECKPOINT        does the checkpoint satisfy the policy? who cosigned, and when
//	witness log DIR SECRET POLICY ENTRIES  a log of Tessera's, cosigned by the witnesses of the policy
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func readPolicy(path string) (tessera.WitnessGroup, []note.Verifier, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tessera.WitnessGroup{}, nil, err
	}
	group, err := tessera.NewWitnessGroupFromPolicy(text)
	if err != nil {
		return group, nil, err
	}
	var logs []note.Verifier
	for _, line := range strings.Split(string(text), "\n") {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "log" {
			log, err := note.NewVerifier(words[1])
			if err != nil {
				return group, nil, err
			}
			logs = append(logs, log)
		}
	}
	return group, logs, nil
}

func check(policy, checkpoint string) error {
	group, logs, err := readPolicy(policy)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(checkpoint)
	if err != nil {
		return err
	}
	witnesses := map[string]bool{}
	verifiers := logs
	for _, verifier := range group.Endpoints() {
		verifiers = append(verifiers, verifier)
		witnesses[verifier.Name()] = true
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	var lines []string
	for _, signature := range opened.Sigs {
		if !witnesses[signature.Name] {
			continue
		}
		at, err := f_note.CoSigV1Timestamp(signature)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s %d", signature.Name, at.Unix()))
	}
	sort.Strings(lines)
	fmt.Println(strings.Join(lines, "\n"))
	if !group.Satisfied(text) {
		return errors.New("the policy is not satisfied")
	}
	return nil
}

func makeLog(ctx context.Context, directory, secret, policy, entries string) error {
	group, _, err := readPolicy(policy)
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(entries)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(secret)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(200*time.Millisecond).
		WithWitnesses(group, &tessera.WitnessOptions{Timeout: 5 * time.Second})
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	for i := 0; i < count; i++ {
		future := appender.Add(ctx, tessera.NewEntry([]byte(fmt.Sprintf("entry %d", i))))
		if _, _, err := awaiter.Await(ctx, future); err != nil {
			return err
		}
	}
	return shutdown(ctx)
}

func run(ctx context.Context, words []string) error {
	switch {
	case len(words) == 2 && words[0] == "keygen":
		secret, public, err := note.GenerateKey(rand.Reader, words[1])
		fmt.Printf("%s\n%s\n", secret, public)
		return err
	case len(words) == 3 && words[0] == "check":
		return check(words[1], words[2])
	case len(words) == 5 && words[0] == "log":
		return makeLog(ctx, words[1], words[2], words[3], words[4])
	}
	return errors.New("witness keygen | check | log: see the source")
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "witness:", err)
		os.Exit(1)
	}
}

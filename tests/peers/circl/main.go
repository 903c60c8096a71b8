// Command circl does with Cloudflare's circl what holders, clients and auditors of subject tags do, for
// tests: JSON on standard input, JSON on standard output, elements and scalars as hexadecimal.
//
//	circl deal      {"threshold", "count"}                       a key, its shares, what is public of them
//	circl evaluate  {"key", "blinded"}                           evaluations, a proof for each
//	circl tags      {"holders", "blinded", "evaluations", "blinds"}   checks all, combines, gives outputs
//	circl function  {"key", "inputs"}                            the function itself, by the whole key
package main

import (
	"crypto"
	"crypto/rand"
	_ "crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/secretsharing"
	"github.com/cloudflare/circl/zk/dleq"
)

var (
	suite  = oprf.SuiteRistretto255
	g      = suite.Group()
	params = dleq.Params{G: g, H: crypto.SHA512, DST: []byte("OPRFV1-\x01-ristretto255-SHA512")}
)

type pair struct {
	Element string `json:"element"`
	Proof   string `json:"proof"`
}

type evaluation struct {
	Index   uint64 `json:"index"`
	Answers []pair `json:"answers"`
}

type blind struct {
	Selector string `json:"selector"`
	Blind    string `json:"blind"`
}

type question struct {
	Threshold   uint         `json:"threshold"`
	Count       uint         `json:"count"`
	Key         string       `json:"key"`
	Inputs      []string     `json:"inputs"`
	Blinded     []string     `json:"blinded"`
	Holders     []string     `json:"holders"`
	Evaluations []evaluation `json:"evaluations"`
	Blinds      []blind      `json:"blinds"`
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "circl:", err)
		os.Exit(1)
	}
	return value
}

func element(text string) group.Element {
	e := g.NewElement()
	must(0, e.UnmarshalBinary(must(hex.DecodeString(text))))
	return e
}

func scalar(text string) group.Scalar {
	s := g.NewScalar()
	must(0, s.UnmarshalBinary(must(hex.DecodeString(text))))
	return s
}

func elementText(e group.Element) string { return hex.EncodeToString(must(e.MarshalBinaryCompress())) }
func scalarText(s group.Scalar) string   { return hex.EncodeToString(must(s.MarshalBinary())) }

func privateKey(text string) *oprf.PrivateKey {
	key := new(oprf.PrivateKey)
	must(0, key.UnmarshalBinary(suite, must(hex.DecodeString(text))))
	return key
}

func deal(q question) any {
	whole := g.RandomNonZeroScalar(rand.Reader)
	shares := secretsharing.New(rand.Reader, q.Threshold-1, whole).Share(q.Count)
	keys, publics := []string{}, []string{}
	for i, share := range shares {
		if !share.ID.IsEqual(g.NewScalar().SetUint64(uint64(i + 1))) {
			must(0, errors.New("shares are not numbered from 1"))
		}
		keys = append(keys, scalarText(share.Value))
		publics = append(publics, elementText(g.NewElement().MulGen(share.Value)))
	}
	return map[string]any{"key": scalarText(whole), "public": elementText(g.NewElement().MulGen(whole)),
		"shares": keys, "holders": publics}
}

func evaluate(q question) any {
	server := oprf.NewVerifiableServer(suite, privateKey(q.Key))
	out := []pair{}
	for _, text := range q.Blinded {
		done := must(server.Evaluate(&oprf.EvaluationRequest{Elements: []oprf.Blinded{element(text)}}))
		out = append(out, pair{elementText(done.Elements[0]), hex.EncodeToString(must(done.Proof.MarshalBinary()))})
	}
	return out
}

// The value at 0 of the polynomial in the exponent.
func combine(at []uint64, points []group.Element) group.Element {
	sum := g.Identity()
	for i := range at {
		above, below := g.NewScalar().SetUint64(1), g.NewScalar().SetUint64(1)
		for k := range at {
			if k == i {
				continue
			}
			xi, xk := g.NewScalar().SetUint64(at[i]), g.NewScalar().SetUint64(at[k])
			above.Mul(above, xk)
			below.Mul(below, g.NewScalar().Sub(xk, xi))
		}
		by := g.NewScalar().Mul(above, g.NewScalar().Inv(below))
		sum.Add(sum, g.NewElement().Mul(points[i], by))
	}
	return sum
}

func tags(q question) any {
	outputs := []string{}
	for n, b := range q.Blinds {
		input := [][]byte{[]byte(b.Selector)}
		by := []oprf.Blind{scalar(b.Blind)}
		client := oprf.NewVerifiableClient(suite, privateKey(b.Blind).Public())
		_, asked, err := client.DeterministicBlind(input, by)
		must(0, err)
		blinded := element(q.Blinded[n])
		if !asked.Elements[0].IsEqual(blinded) {
			must(0, fmt.Errorf("no. %d was blinded otherwise", n))
		}
		at, points := []uint64{}, []group.Element{}
		for _, e := range q.Evaluations {
			proof := new(dleq.Proof)
			must(0, proof.UnmarshalBinary(g, must(hex.DecodeString(e.Answers[n].Proof))))
			point := element(e.Answers[n].Element)
			verifier := dleq.Verifier{Params: params}
			if !verifier.Verify(g.Generator(), element(q.Holders[e.Index-1]), blinded, point, proof) {
				must(0, fmt.Errorf("holder %d, no. %d: the proof is wrong", e.Index, n))
			}
			at, points = append(at, e.Index), append(points, point)
		}
		// Taking the blind off and hashing is the same in all modes.
		plain := oprf.NewClient(suite)
		data, _, err := plain.DeterministicBlind(input, by)
		must(0, err)
		done := must(plain.Finalize(data, &oprf.Evaluation{Elements: []oprf.Evaluated{combine(at, points)}}))
		outputs = append(outputs, hex.EncodeToString(done[0]))
	}
	return outputs
}

func function(q question) any {
	server := oprf.NewVerifiableServer(suite, privateKey(q.Key))
	outputs := []string{}
	for _, input := range q.Inputs {
		outputs = append(outputs, hex.EncodeToString(must(server.FullEvaluate([]byte(input)))))
	}
	return outputs
}

func main() {
	var q question
	must(0, json.NewDecoder(os.Stdin).Decode(&q))
	commands := map[string]func(question) any{"deal": deal, "evaluate": evaluate, "tags": tags, "function": function}
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		must(0, errors.New("usage: circl deal|evaluate|tags|function"))
	}
	must(0, json.NewEncoder(os.Stdout).Encode(commands[os.Args[1]](q)))
}

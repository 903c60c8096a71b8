// fxamacker answers, for each line of hexadecimal, whether the bytes are one CBOR item in the
// deterministic form of RFC 8949 section 4.2.1 and within the profile of records: "yes", or
// "no" and a reason. It judges by decoding, encoding again and comparing.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"

	"github.com/fxamacker/cbor/v2"
)

const maxNesting = 16

func modes() (cbor.EncMode, cbor.DecMode) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	var others []func(*cbor.SimpleValueRegistry) error
	for v := range 256 {
		// 20 to 22 are false, true and null; 24 to 31 are never well formed.
		if v < 20 || v == 23 || v > 31 {
			others = append(others, cbor.WithRejectedSimpleValue(cbor.SimpleValue(v)))
		}
	}
	simple, err := cbor.NewSimpleValueRegistryFromDefaults(others...)
	if err != nil {
		panic(err)
	}
	dec, err := cbor.DecOptions{
		DupMapKey:       cbor.DupMapKeyEnforcedAPF,
		IndefLength:     cbor.IndefLengthForbidden,
		TagsMd:          cbor.TagsForbidden,
		MaxNestedLevels: maxNesting,
		UTF8:            cbor.UTF8RejectInvalid,
		SimpleValues:    simple,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return enc, dec
}

// The library has no option against these.
func outside(value any) error {
	switch v := value.(type) {
	case nil, bool, uint64, int64, big.Int, []byte, string:
		return nil
	case []any:
		for _, item := range v {
			if err := outside(item); err != nil {
				return err
			}
		}
		return nil
	case map[any]any:
		for key, item := range v {
			switch key.(type) {
			case uint64, int64, big.Int, string:
			default:
				return fmt.Errorf("key of type %T", key)
			}
			if err := outside(item); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("value of type %T", value)
	}
}

func main() {
	enc, dec := modes()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<22)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		item, err := hex.DecodeString(in.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Fprintln(out, judge(enc, dec, item))
	}
}

func judge(enc cbor.EncMode, dec cbor.DecMode, item []byte) string {
	var value any
	if err := dec.Unmarshal(item, &value); err != nil {
		return "no " + err.Error()
	}
	if err := outside(value); err != nil {
		return "no " + err.Error()
	}
	again, err := enc.Marshal(value)
	if err != nil {
		return "no " + err.Error()
	}
	if !bytes.Equal(item, again) {
		return "no written otherwise"
	}
	return "yes"
}

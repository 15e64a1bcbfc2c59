// Command gowitness checks a C2SP tlog-proof, or a checkpoint, with the libraries of Go's own checksum database.
//
//	gowitness checkpoint NOTE VKEY...
//	gowitness proof PROOF RECORD VKEY...
//
// A key of type 4 is that of a witness (C2SP tlog-cosignature), which those libraries do not know: its verifier is here.
// Prints "signed by NAME" for each good signature, with the time of a cosignature; then "record N of M" for a proof.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }
func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	seconds := strconv.FormatUint(binary.BigEndian.Uint64(sig), 10)
	return ed25519.Verify(w.key, append([]byte("cosignature/v1\ntime "+seconds+"\n"), msg...), sig[8:])
}

func verifier(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if raw[0] != 4 {
		made, err := note.NewVerifier(vkey)
		must(err)
		return made
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	return &witness{parts[0], binary.BigEndian.Uint32(sum[:]), raw[1:]}
}

func head(signed []byte, vkeys []string) tlog.Tree {
	var known []note.Verifier
	for _, vkey := range vkeys {
		known = append(known, verifier(vkey))
	}
	opened, err := note.Open(signed, note.VerifierList(known...))
	must(err)
	for _, sig := range opened.Sigs {
		fmt.Printf("signed by %s\n", sig.Name)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

func main() {
	content, err := os.ReadFile(os.Args[2])
	must(err)
	if os.Args[1] == "checkpoint" {
		head(content, os.Args[3:])
		return
	}
	record, err := os.ReadFile(os.Args[3])
	must(err)
	above, signed, found := bytes.Cut(content, []byte("\n\n"))
	if !found {
		log.Fatal("no checkpoint")
	}
	lines := strings.Split(string(above), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		log.Fatal("no proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		proof = append(proof, hash)
	}
	tree := head(signed, os.Args[4:])
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(record)))
	fmt.Printf("record %d of %d\n", index, tree.N)
}

// Command gotlog checks a custody log with the libraries of Go's own checksum database, which know nothing of us.
//
//	gotlog CUSTODY.JSONL CHECKPOINT VKEY...
//
// It prints the root at every size and the inclusion and consistency proofs against the last size, one a line, and then
// "signed by NAME" for every key whose signature over the checkpoint is good.
package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func text(hashes []tlog.Hash) string {
	line := ""
	for _, hash := range hashes {
		line += " " + hex.EncodeToString(hash[:])
	}
	return line
}

func main() {
	content, err := os.ReadFile(os.Args[1])
	must(err)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	var size int64
	for _, line := range bytes.SplitAfter(content, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		hashes, err := tlog.StoredHashes(size, line, reader)
		must(err)
		stored = append(stored, hashes...)
		size++
		root, err := tlog.TreeHash(size, reader)
		must(err)
		fmt.Printf("root %d %s\n", size, hex.EncodeToString(root[:]))
	}
	for index := int64(0); index < size; index++ {
		inclusion, err := tlog.ProveRecord(size, index, reader)
		must(err)
		fmt.Printf("record %d%s\n", index, text(inclusion))
		consistency, err := tlog.ProveTree(size, index+1, reader)
		must(err)
		fmt.Printf("tree %d%s\n", index+1, text(consistency))
	}
	signed, err := os.ReadFile(os.Args[2])
	must(err)
	var verifiers []note.Verifier
	for _, vkey := range os.Args[3:] {
		verifier, err := note.NewVerifier(vkey)
		must(err)
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	must(err)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + opened.Text[bytes.IndexByte([]byte(opened.Text), '\n')+1:]))
	must(err)
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		log.Fatal("the checkpoint's root is not that of the log")
	}
	for _, signature := range opened.Sigs {
		fmt.Printf("signed by %s\n", signature.Name)
	}
}

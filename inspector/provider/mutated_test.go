package provider

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// TestMutatedSignatures changes good signatures, in one bit up to all of them, and what they are over: none may fit any
// more. MUTATIONS=1000000 tries as many for each sender.
func TestMutatedSignatures(t *testing.T) {
	count := 2_000
	if n, err := strconv.Atoi(os.Getenv("MUTATIONS")); err == nil {
		count = n
	}
	tried := 0
	try := func(k *signature, s Sample) {
		tried += count
		mutate(t, k, s.Request, count)
	}
	for _, r := range rows() {
		for _, k := range kindsOf(r.proof) {
			try(k, r.provider().Samples()[0])
		}
	}
	try(sevenScheme().signed, sevenSamples()[0])
	try(ricloudScheme(), ricloud().Samples()[0])
	t.Logf("%d mutated signatures, %d of each of %d kinds, none accepted", tried, count, tried/count)
	if tried == 0 {
		t.Error("nothing was tried")
	}
}

// kindsOf are the signatures that a proof is made of; tokens have a test of their own.
func kindsOf(proof scheme) versions {
	switch k := proof.(type) {
	case versions:
		return k
	case *signature:
		return versions{k}
	case gitlab:
		return versions{k.signed}
	case pusher:
		return versions{k.signature}
	case inBody:
		return versions{k.one}
	case adyenProof:
		return versions{k.whole, k.items.one}
	}
	return nil
}

func mutate(t *testing.T, k *signature, q Request, count int) {
	t.Helper()
	check, private := k.secret(sha256.Sum256([]byte(k.name)))
	q.At, q.URL, q.Quick = time.Unix(1795299300, 0), "https://shop.example.com"+q.Target, true
	if _, err := k.sign(&q, Secret{Value: private}, q.At); err != nil {
		t.Fatal(err)
	}
	good := []Secret{{Value: check}}
	if r := k.verify(&q, good); r.Verdict != Valid {
		t.Fatalf("%s: what was signed is %s: %s", k.name, r.Verdict, r.Reason)
	}
	f, _ := k.read(&q)
	sig, err := k.coded.decode(f.sigs[0])
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(3, uint64(len(k.name))))
	for range count {
		bad := append([]byte(nil), sig...)
		for range 1 + rnd.IntN(len(bad)) {
			bad[rnd.IntN(len(bad))] ^= byte(1 + rnd.IntN(255))
		}
		if string(bad) == string(sig) {
			bad[0] ^= 1
		}
		q.setHeader(f.header, k.layout.write(k.coded.encode(bad), f.time))
		if r := k.verify(&q, good); r.Verdict != Invalid {
			t.Fatalf("%s: the signature %x is %s", k.name, bad, r.Verdict)
		}
	}
	q.setHeader(f.header, k.layout.write(k.coded.encode(sig), f.time))
	if !k.has(theBody) || len(q.Body) == 0 {
		return
	}
	for range count / 10 {
		body := append([]byte(nil), q.Body...)
		n := rnd.IntN(len(body))
		body[n] ^= byte(1 + rnd.IntN(255))
		other := q
		other.Body = body
		if r := k.verify(&other, good); r.Verdict != Invalid {
			t.Fatalf("%s: a body with byte %d changed is %s", k.name, n, r.Verdict)
		}
	}
}

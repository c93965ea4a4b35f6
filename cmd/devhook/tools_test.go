package main

import (
	"compress/gzip"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"devhook/store"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// appMain is the app that webhooks go to: app [-host ADDR] [-port N] [-status N] [-slow D] [-until FILE] [-choosy].
// It prints its address, then what reaches it: method, target and body. With -choosy it
// takes requests for localhost only, as the dev servers of Vite and others do; with -until it answers once FILE is there.
func appMain() {
	host := flag.String("host", "127.0.0.1", "")
	port := flag.String("port", "0", "")
	status := flag.Int("status", 200, "")
	slow := flag.Duration("slow", 0, "")
	until := flag.String("until", "", "")
	choosy := flag.Bool("choosy", false, "")
	flag.Parse()
	ln, err := net.Listen("tcp", net.JoinHostPort(*host, *port))
	check(err)
	fmt.Println("listening", ln.Addr().(*net.TCPAddr).Port)
	check(http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check(err)
		fmt.Printf("%s %s %s X-Try=%s\n", r.Method, r.URL, body, r.Header.Get("X-Try"))
		if *choosy && !strings.HasPrefix(r.Host, "localhost:") {
			http.Error(w, "Blocked request. This host ("+r.Host+") is not allowed.", http.StatusForbidden)
			return
		}
		time.Sleep(*slow)
		for *until != "" && !exists(*until) {
			time.Sleep(5 * time.Millisecond)
		}
		w.WriteHeader(*status)
		fmt.Fprintln(w, "the app's answer")
	})))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// hookMain is a sender: hook [-secret S] [-id ID] [-data D] [-method M] URL. With a
// secret it sends what Telerivet would. It prints the status and the body.
func hookMain() {
	secret := flag.String("secret", "", "")
	id := flag.String("id", "SM1", "")
	data := flag.String("data", "", "")
	method := flag.String("method", "POST", "")
	flag.Parse()
	body := *data
	if *secret != "" {
		body = url.Values{
			"event": {"incoming_message"}, "id": {*id}, "project_id": {"PJ1"}, "phone_id": {"PN1"},
			"contact_id": {"CT1"}, "message_type": {"sms"}, "from_number": {"+15550100"}, "content": {"hello"}, "secret": {*secret},
		}.Encode()
	}
	q, err := http.NewRequest(*method, flag.Arg(0), strings.NewReader(body))
	check(err)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(q)
	check(err)
	answer, err := io.ReadAll(res.Body)
	check(err)
	fmt.Printf("%d %s", res.StatusCode, answer)
}

// occupyMain takes a free port, or the address it is given, prints the port and holds it: occupy [ADDR].
func occupyMain() {
	ln, err := net.Listen("tcp", append(os.Args[1:], "127.0.0.1:0")[0])
	check(err)
	fmt.Println("taken", ln.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := ln.Accept()
		check(err)
		check(conn.Close())
	}
}

// makedbMain makes databases that devhook must not touch: makedb newer|foreign|damaged FILE.
func makedbMain() {
	kind, path := os.Args[1], os.Args[2]
	statement := "CREATE TABLE customers (name TEXT)"
	if kind == "schema1" {
		packed, err := os.Open(os.Getenv("SCHEMA1"))
		check(err)
		plain, err := gzip.NewReader(packed)
		check(err)
		b, err := io.ReadAll(plain)
		check(err)
		check(os.WriteFile(path, b, 0o600))
		return
	}
	if kind != "foreign" {
		db, err := store.Open(context.Background(), store.Options{Path: path})
		check(err)
		check(db.Close())
		statement = "PRAGMA user_version = 9999"
	}
	if kind == "cut" {
		check(os.Truncate(path, 5000))
		return
	}
	if kind == "damaged" {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		check(err)
		_, err = f.WriteAt([]byte("UUUUUUUU"), 2*4096)
		check(err)
		check(f.Close())
		return
	}
	db, err := sql.Open("sqlite", path)
	check(err)
	_, err = db.Exec(statement)
	check(err)
	check(db.Close())
}

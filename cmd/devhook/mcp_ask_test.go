package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// askMain is a coding agent with one question: ask [-with "FLAGS"] TOOL [JSON]. It starts devhook mcp with the flags, uses
// the tool and prints the texts of the answer; an error goes to stderr, and it exits 1. The tool "tools" lists what there is.
func askMain() {
	with := flag.String("with", "", "")
	flag.Parse()
	ctx := context.Background()
	server := exec.Command("devhook", append([]string{"mcp"}, strings.Fields(*with)...)...)
	server.Stderr = os.Stderr
	session, err := mcp.NewClient(&mcp.Implementation{Name: "ask", Version: "1"}, nil).Connect(ctx, &mcp.CommandTransport{Command: server}, nil)
	check(err)
	code := ask(ctx, session, flag.Arg(0), flag.Arg(1))
	check(session.Close())
	os.Exit(code)
}

func ask(ctx context.Context, session *mcp.ClientSession, tool, arguments string) (code int) {
	if tool == "tools" {
		list, err := session.ListTools(ctx, nil)
		check(err)
		for _, t := range list.Tools {
			fmt.Printf("%s: %s\n", t.Name, t.Description)
		}
		return 0
	}
	if arguments == "" {
		arguments = "{}"
	}
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	check(err)
	to := os.Stdout
	if res.IsError {
		to, code = os.Stderr, 1
	}
	for _, c := range res.Content {
		fmt.Fprintln(to, c.(*mcp.TextContent).Text)
	}
	return code
}

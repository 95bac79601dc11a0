// Command serasi is all of SERASI in one binary: a balai's node, the tools of
// its operator and its caseworkers, and the demo.
//
// It is a door: it reads flags, speaks to package node or over REST to a node
// that runs, prints, and ends the process. Data goes to stdout, words to stderr.
// It decides nothing about cases, members or custody.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set when a release is built.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(args, stdin, stdout, stderr)
	root := a.root()
	root.SetArgs(args)
	return a.finish(root.ExecuteContext(ctx))
}

// Package federationpb is generated from serasi.proto: the messages and
// services between nodes. Only federation/rpc uses it.
//
// To change it, edit serasi.proto, run go generate here, and commit what comes
// out. The generators are pinned, so the same source gives the same bytes.
package federationpb

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.50.0 lint
//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.50.0 generate

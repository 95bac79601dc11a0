package api

import (
	"context"
	"strconv"

	"serasi/node/casework"
)

const tagLedger = "ledger"

func (a *API) ledgerRoutes() {
	handle(a, op{method: "GET", path: prefix + "/ledger/events", name: "ledgerEvents", tag: tagLedger,
		summary: "The history all balai share, oldest first: ids, balai and digests"}, a.ledgerEvents)
	handle(a, op{method: "GET", path: prefix + "/ledger/head", name: "ledgerHead", tag: tagLedger,
		summary: "How far this node has followed the ledger"}, a.ledgerHead)
}

type eventsIn struct {
	From  uint64 `query:"from" default:"1" minimum:"1" doc:"First index"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type events struct {
	Items []Event `json:"items"`
	Next  uint64  `json:"next,omitempty" doc:"from of the next page, if there was a full one"`
}

type eventsOut struct {
	Link string `header:"Link"`
	Body events
}

func (a *API) ledgerEvents(ctx context.Context, by casework.Actor, in *eventsIn) (*eventsOut, error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	list, err := a.cfg.Ledger.Events(ctx, in.From, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &eventsOut{Body: events{Items: orEmpty(list)}}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].Index + 1
		out.Link = nextLink(exchangeOf(ctx).url, "from", strconv.FormatUint(out.Body.Next, 10))
	}
	return out, nil
}

func (a *API) ledgerHead(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[Head], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	return answer(a.cfg.Ledger.Head(ctx))
}

package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const streamPath = "/aliran"

func (s *Site) newsRoutes() {
	s.add("GET "+streamPath, (*visit).stream, kind{span: streamTime})
}

// A stream beats so that dead ones are noticed, and ends at times, so that a
// session that is over is noticed too; the browser comes back by itself.
const (
	beat       = 20 * time.Second
	streamTime = 30 * time.Minute
)

// stream tells an open page how many handoffs wait, and one about the network how
// that is.
func (v *visit) stream() error {
	after, err := strconv.ParseUint(v.r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil {
		after = 0
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	v.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(v.w)
	ctx, stop := context.WithCancel(v.ctx)
	defer stop()
	go func() { // ends with this call, by stop
		select {
		case <-v.ended:
			stop()
		case <-ctx.Done():
		}
	}()
	pace := beat
	var told map[string]figure
	if v.query("keadaan") != "" {
		pace = lookEvery
	}
	for last := time.Now(); ctx.Err() == nil; {
		if pace < beat {
			if told, err = v.tellState(told); err != nil {
				return nil
			}
		}
		if err := out.Flush(); err != nil {
			return nil // a reader that has gone
		}
		wait, cancel := context.WithTimeout(ctx, pace)
		news, err := v.cfg.News.Watch(wait, v.by, after)
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded) && time.Since(last) < beat:
			err = nil
		case errors.Is(err, context.DeadlineExceeded):
			last = time.Now()
			_, err = fmt.Fprint(v.w, ": \n\n")
		case err == nil:
			after = news.Mark
			_, err = fmt.Fprintf(v.w, "id: %d\nevent: inbox\ndata: %d\n\n", news.Mark, news.Inbox)
		}
		if err != nil {
			return nil // the answer has begun; the browser asks again
		}
	}
	return nil
}

package nodetest

import (
	"encoding/json"
	"strconv"
)

// Password is that of every account of a balai under test. The logins are the
// short roles: admin, worker, head, desk, dpo, supervisor.
const Password = password

// URL is the address of the balai's pages, without a slash at its end.
func (b *Balai) URL() string { return "http://" + b.config.People }

// At is what is sent as an edit of what was seen at a version.
type At struct {
	Version uint64
	Body    any
}

// MarshalJSON writes the body alone: the version goes into If-Match.
func (a At) MarshalJSON() ([]byte, error) { return json.Marshal(a.Body) }

func (a At) etag() string { return `"` + strconv.FormatUint(a.Version, 10) + `"` }

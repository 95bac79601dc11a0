package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"serasi/node"
	"serasi/testdata"
)

// invented is one person of the test data.
type invented struct {
	Key    string         `json:"key"`
	Balai  string         `json:"balai"`
	Unborn bool           `json:"unborn"`
	Mother string         `json:"mother"` // key
	Claims []claim        `json:"claims"`
	Case   map[string]any `json:"case"`
	Notes  []struct {
		Kind string    `json:"kind"`
		At   time.Time `json:"at"`
		Text string    `json:"text"`
	} `json:"notes"`
	Consents []struct {
		Scope     string    `json:"scope"`
		Recipient string    `json:"recipient"`
		Purpose   string    `json:"purpose"`
		How       string    `json:"how"`
		GivenBy   string    `json:"givenBy"`
		Witness   string    `json:"witness"`
		Text      string    `json:"text"`
		At        time.Time `json:"at"`
	} `json:"consents"`
	Documents []struct {
		Kind  string    `json:"kind"`
		Title string    `json:"title"`
		At    time.Time `json:"at"`
		Text  string    `json:"text"`
	} `json:"documents"`
}

// child1 is the person of the first story, who is registered before our eyes.
const child1 = "mgl-rizal"

// people reads the invented people, their dates moved so that the last thing
// written about anybody happened yesterday.
func people(now time.Time) ([]invented, error) {
	b, err := testdata.Files.ReadFile("people/people.json")
	var all []invented
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read the invented people: %w", err)
	}
	var last time.Time
	for _, p := range all {
		for _, t := range p.times() {
			if t.After(last) {
				last = *t
			}
		}
	}
	shift := now.Add(-24 * time.Hour).Sub(last).Truncate(24 * time.Hour)
	for i := range all {
		for _, t := range all[i].times() {
			*t = t.Add(shift)
		}
	}
	return all, nil
}

// times are all dates of p, in place.
func (p *invented) times() (all []*time.Time) {
	for i := range p.Notes {
		all = append(all, &p.Notes[i].At)
	}
	for i := range p.Consents {
		all = append(all, &p.Consents[i].At)
	}
	for i := range p.Documents {
		all = append(all, &p.Documents[i].At)
	}
	return all
}

// came is when the person came: when the first thing was written.
func (p *invented) came() time.Time {
	var first time.Time
	for _, t := range p.times() {
		if first.IsZero() || t.Before(first) {
			first = *t
		}
	}
	return first
}

// intake is the body that opens the case.
func (p *invented) intake(motherCase, lead string) map[string]any {
	body := map[string]any{"claims": p.Claims}
	for k, v := range p.Case {
		body[k] = v
	}
	if p.Unborn {
		body["unborn"] = true
	}
	if motherCase != "" {
		body["mother"] = motherCase
	}
	if lead != "" {
		body["lead"] = lead
	}
	if t := p.came(); !t.IsZero() {
		body["at"] = t
	}
	return body
}

// load registers everybody but the child of the first story, each at their own
// balai by its social worker.
func (d *demo) load(ctx context.Context) error {
	all, err := people(time.Now())
	if err != nil {
		return err
	}
	ids := make(chan [2]string, len(all))
	err = d.each(func(n *demoNode) error { return d.loadAt(ctx, n, all, ids) })
	close(ids)
	for id := range ids {
		d.state.Cases[id[0]] = id[1]
	}
	d.tell(d.t("%d orang karangan terdaftar.", "%d invented people are registered."), len(d.state.Cases))
	return err
}

// loadAt registers the people of one balai, those with a mother after the rest.
func (d *demo) loadAt(ctx context.Context, n *demoNode, all []invented, ids chan<- [2]string) error {
	c, err := d.as(n.Code, worker)
	if err != nil {
		return err
	}
	here := map[string]string{}
	for _, late := range []bool{false, true} {
		for _, p := range all {
			if p.Balai != n.Code || p.Key == child1 || (p.Mother != "") != late {
				continue
			}
			o, err := d.register(ctx, c, p, p.intake(here[p.Mother], ""), "load-"+p.Key)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Key, err)
			}
			here[p.Key] = string(o.Case.ID)
			ids <- [2]string{p.Key, string(o.Case.ID)}
		}
	}
	return nil
}

// register opens a case and writes all that is known about the person. Each
// write has a key, so that a second try doubles nothing.
func (d *demo) register(ctx context.Context, c *client, p invented, intake map[string]any, key string) (o opened, err error) {
	n := 0
	send := func(r request, out any) {
		if err != nil {
			return
		}
		n++
		r.method, r.key = "POST", fmt.Sprintf("demo-%s-%s-%d", d.state.ID, key, n)
		err = c.call(ctx, r, out)
	}
	send(request{path: "/cases", body: intake}, &o)
	id := string(o.Case.ID)
	for _, x := range p.Consents {
		send(request{path: path("cases", id, "consents"), body: x}, nil)
	}
	for _, x := range p.Notes {
		send(request{path: path("cases", id, "notes"), body: x}, nil)
	}
	for _, x := range p.Documents {
		up, upErr := upload(path("cases", id, "documents"), x.Kind, x.Title, "isi.txt", []byte(x.Text), false)
		if err == nil {
			err = upErr
		}
		send(up, &node.Document{})
	}
	return o, err
}

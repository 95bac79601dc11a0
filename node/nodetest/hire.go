package nodetest

import (
	"net/http"

	"serasi/node/casework"
)

// Hire makes one more account, with a token that Do uses under its login.
func (b *Balai) Hire(login string, role casework.Role, scopes ...string) casework.UserID {
	b.c.T.Helper()
	var u casework.User
	b.Must("admin", http.MethodPost, "/users", map[string]any{
		"login": login, "name": "Uji " + login, "roles": []casework.Role{role}, "password": password, "unit": "satu",
	}, &u)
	if len(scopes) > 0 {
		b.tokens[login] = b.token(login, scopes)
	}
	return u.ID
}

// Close ends a case of a person who has died, which needs no more papers.
func (b *Balai) Close(c casework.Case) {
	b.c.T.Helper()
	b.Must("worker", http.MethodPost, "/cases/"+string(c.ID)+"/close", edit{c.Version, map[string]string{"reason": "meninggal dunia"}}, nil)
}

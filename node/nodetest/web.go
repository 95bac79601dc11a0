package nodetest

// Password is that of every account of a balai under test. The logins are the
// short roles: admin, worker, head, desk, dpo, supervisor.
const Password = password

// URL is the address of the balai's pages, without a slash at its end.
func (b *Balai) URL() string { return "http://" + b.config.People }
